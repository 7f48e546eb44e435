"""What the words of a need add to its query: limits and wishes that the caller neither gave nor ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from catalog.payments import RECURRING
from catalog.records import Size
from catalog.wording import city_name
from matcher.limits import ReadLimit, conditions_of_payment, refused
from matcher.query import ASKED, TECHNOLOGY
from matcher.types import ASIDE, Constraint, MatchQuery
from matcher.understanding.asked import asked

_SURE = 0.9
"""From this confidence on a told limit drops offers; why no less: docs/decisions/0014-limits.md."""
_READ = {
    "budget": ("budget_cny", Constraint.BUDGET),
    "days": ("deploy_days", Constraint.DAYS),
    "size": ("size", Constraint.SIZE),
    "level": ("target_level", Constraint.LEVEL),
}


def counted_limits(query: MatchQuery, limits: Sequence[ReadLimit]) -> tuple[ReadLimit, ...]:
    """Those of ``limits`` that count, and what counts of the conditions told in what is set aside.

    ``query`` is that of `with_limits`: where the caller gave something else, or ignores it, what was read
    is left out.
    """
    return tuple(one for one in _told(query, limits) if _counts(query, one))


def _told(query: MatchQuery, limits: Sequence[ReadLimit]) -> tuple[ReadLimit, ...]:
    """``limits``, read from what ``query`` asks, and the conditions told in what it sets aside.

    These are technologies refused and how to pay.
    """
    if ASIDE in query.ignore:
        return tuple(limits)
    return (*limits, *_conditions(asked(query.text).aside))


@lru_cache(maxsize=64)
def _conditions(aside: tuple[str, ...]) -> tuple[ReadLimit, ...]:
    """Those told in the clauses ``aside``: each match asks for them twice."""
    return (*refused(aside), *conditions_of_payment(aside))


def _counts(query: MatchQuery, limit: ReadLimit) -> bool:
    if limit.field in query.ignore:
        return False
    if limit.field == "technology":
        counted = query.refused_technologies if limit.refused else query.technologies
        return limit.value in counted or limit.confidence < _SURE
    if limit.field == "payment":
        return bool(query.payments) and (limit.value in query.payments) is not limit.refused
    return limit.field not in _READ or getattr(query, _READ[limit.field][0]) == limit.value


def with_limits(query: MatchQuery, limits: Sequence[ReadLimit]) -> MatchQuery:
    """``query`` with what was read from its words, where the caller neither gave nor ignored it.

    ``limits`` were read from what it asks. What was told as a limit, and surely, becomes a must.
    """
    told = _told(query, limits)
    found, hard = _technologies(query, told)
    paid, firm = _payments(query, told)
    found |= paid
    musts = {*query.must, *hard, *firm}
    for limit in told:
        if limit.field not in _READ or limit.field in query.ignore:
            continue
        name, constraint = _READ[limit.field]
        if getattr(query, name) is not None:
            continue
        found[name] = Size(str(limit.value)) if limit.field == "size" else limit.value
        if limit.hard and limit.confidence >= _SURE:
            musts.add(constraint)
    if query.city:
        found["city"] = city_name(query.city)
    return replace(query, **found, must=frozenset(musts)) if found else query


def _technologies(
    query: MatchQuery, told: Sequence[ReadLimit]
) -> tuple[dict[str, Any], list[Constraint]]:
    """The technologies asked for and refused, where the caller gave none of that sort; the hard ones."""
    sure = [one for one in told if one.field == "technology" and one.confidence >= _SURE]
    if Constraint.TECHNOLOGY in query.ignore or not sure:
        return {}, []
    given = {*query.technologies, *query.refused_technologies}
    # What is asked for here and refused there says nothing.
    both = {one.value for one in sure if one.refused} & {
        one.value for one in sure if not one.refused
    }
    found: dict[str, Any] = {}
    hard: list[Constraint] = []
    for constraint in TECHNOLOGY:
        name, refused_ones = ASKED[constraint], constraint is Constraint.WITHOUT
        told_so = [
            one
            for one in sure
            if one.refused is refused_ones and one.value not in given and one.value not in both
        ]
        if told_so and not getattr(query, name):
            found[name] = tuple(dict.fromkeys(str(one.value) for one in told_so))
            hard += [constraint] * any(one.hard for one in told_so)
    return found, hard


def _payments(
    query: MatchQuery, told: Sequence[ReadLimit]
) -> tuple[dict[str, Any], list[Constraint]]:
    """The ways to pay that will do, where the caller gave none, and whether that is hard."""
    said = [one for one in told if one.field == "payment"]
    if query.payments or not said or Constraint.PAYMENT in query.ignore:
        return {}, []
    wanted = dict.fromkeys(str(one.value) for one in said if not one.refused)
    no = {str(one.value) for one in said if one.refused}
    if not wanted:
        # Who will not pay every month will not pay every year, unless that is said.
        ways = ("one_off",) if not no.isdisjoint(RECURRING) else RECURRING
        wanted = dict.fromkeys(ways)
    will_do = tuple(one for one in wanted if one not in no)
    if not will_do:
        return {}, []
    return {"payments": will_do}, [Constraint.PAYMENT] * any(one.hard for one in said)
