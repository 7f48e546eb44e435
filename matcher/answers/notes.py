"""What the caller should know about an answer as a whole: notes beside its offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.taxonomy import Taxonomy
from catalog.tree import Tree
from catalog.wording import units
from matcher.answers.explain import likely
from matcher.answers.phrases import CONSTRAINTS
from matcher.answers.remarks import (
    approximate,
    bare,
    foreign_budget,
    only_a_trade,
    set_aside,
)
from matcher.types import ASIDE, Constraint, Match, MatchQuery, Reason, Understanding
from matcher.understanding.asked import Asked, asked

_GOOD = frozenset(["good", "solves"])
_FEWEST_WORDS = 2
_SURE_FUNCTION = 0.3
"""With a function read from this confidence on, an answer graded partly shows that a need was understood.

Chosen on needs of a blind tester (docs/relevance.md).
"""


def notes(
    query: MatchQuery,
    understanding: Understanding,
    considered: int,
    about_city: Reason | None,
    calibrated: bool,
    nothing: Reason | None,
    taxonomy: Taxonomy,
    first: Sequence[Match] = (),
) -> tuple[Reason, ...]:
    """The notes of an answer, in the order in which they are told.

    ``nothing`` says why nothing is listed, ``first`` are the offers that it lists first, one of each kind.
    """
    need = asked(query.text, ASIDE in query.ignore)
    found = [*set_aside(need, understanding), *foreign_budget(need, query)]
    found += approximate(understanding, taxonomy)
    if nothing is not None:
        found.append(nothing)
    elif _vague(need, understanding, taxonomy.scenarios, first):
        found.append(Reason("vague"))
    elif understanding.pains:
        found.append(_several(understanding.pains, taxonomy.scenarios))
    if not calibrated:
        found.append(Reason("uncalibrated"))
    if understanding.unresolved:
        found.append(Reason("unresolved", {"labels": "、".join(understanding.unresolved)}))
    if about_city is not None:
        found.append(about_city)
    if considered == 0:
        found += _nothing_compared(query, about_city)
    return tuple(found)


def _vague(
    need: Asked, understanding: Understanding, scenarios: Tree, first: Sequence[Match]
) -> bool:
    """Whether it cannot be told what hurts: neither from the words nor from how well offers fit them."""
    if only_a_trade(need.text, understanding):
        return not any(one.given for one in (*understanding.scenarios, *understanding.functions))
    told = any(likely(one, "scenario") for one in understanding.scenarios)
    if told and not bare(need, understanding, scenarios):
        return False
    grades = {one.grade for one in first}
    sure = max((one.confidence for one in understanding.functions), default=0.0)
    fits = bool(grades & _GOOD) or ("partly" in grades and sure >= _SURE_FUNCTION)
    # One foreign word (test) meets words of offers by accident.
    return not fits or len(units(need.text)) < _FEWEST_WORDS


def _several(pains: Sequence[str], scenarios: Tree) -> Reason:
    names = [scenarios[code].name for code in pains]
    return Reason(
        "several",
        {
            "names_zh": "、".join(name.zh for name in names),
            "names_en": ", ".join(name.en for name in names),
        },
    )


def _nothing_compared(query: MatchQuery, about_city: Reason | None) -> Iterator[Reason]:
    """Why no offer was compared, unless what was told about the city says it already."""
    if not query.must:
        yield Reason("empty_catalogue")
        return
    if about_city is not None and query.must == {Constraint.CITY}:
        return
    must = sorted(query.must)
    names = {
        f"must_{lang}": "、".join(CONSTRAINTS[one].in_language(lang) for one in must)
        for lang in ("zh", "en")
    }
    yield Reason("none_pass", {"must": ", ".join(must), **names})
