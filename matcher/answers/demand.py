"""What is kept of a need that is not served, so that a city sees what its catalogue lacks."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.unmet import Demand
from matcher.types import Constraint, Lack, Lacking, MatchQuery, Understanding, Understood

_SURE = 0.5
_SURE_WITH_WORDS = 0.2
"""Scenarios below these confidences are not kept: a guess is no demand."""


def demand_of(
    query: MatchQuery,
    understanding: Understanding,
    lacking: Lacking | None,
    generation: str,
    nearest: str | None = None,
    reason: str = "unserved",
) -> Demand | None:
    """The demand of a need that lacks what ``lacking`` says; ``None`` when it is served.

    ``nearest`` is the id of the offer that misses least, ``reason`` what it misses.
    """
    if lacking is None or not lacking.demand:
        return None
    # What is no digital need has no scenario, but the one that it was given.
    digital = lacking.lack != Lack.NOT_DIGITAL
    scenarios = [one for one in understanding.scenarios if one.given or (digital and _surely(one))]
    codes = [lacking.scenario] if lacking.scenario else []
    return Demand(
        lang=understanding.lang,
        sectors=_codes([one for one in understanding.sectors if _told(one)]),
        scenarios=tuple(dict.fromkeys([*codes, *_codes(scenarios)])),
        reason=reason,
        nearest=nearest,
        generation=generation,
        cause=lacking.lack.value,
        within=scope(query),
    )


def scope(query: MatchQuery) -> str:
    """Within what a need is unmet: what its city lists, where that is a must, or all offers."""
    return "city" if query.city and Constraint.CITY in query.must else "catalogue"


def _surely(one: Understood) -> bool:
    return one.confidence >= (_SURE_WITH_WORDS if one.words else _SURE)


def _told(one: Understood) -> bool:
    """Whether a trade was given, or is told by words that surely mean it: a guess is nobody's trade."""
    return one.given or (bool(one.words) and one.confidence >= _SURE)


def _codes(found: Sequence[Understood]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in found))
