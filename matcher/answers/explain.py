"""Reasons as data, and their rendering in Chinese and English.

A reason says which sector node matched and how closely, which scenario, price and days against the
constraint, which words, which evidence; misfits and unknowns are told apart from each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.errors import Bilingual
from catalog.payments import FREE, PAYMENTS, paid_so, payment_of
from catalog.records import Case, Label, Package, Record, Size, Solution
from catalog.taxonomy import Taxonomy
from catalog.technologies import TECHNOLOGIES
from catalog.tree import Tree
from matcher.answers.compared import APART, compared
from matcher.answers.money import cost_said, days_of
from matcher.answers.phrases import PHRASES
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.price import priced, standing
from matcher.types import MatchQuery, Reason, Understanding, Understood
from matcher.validity import out_of_time

SURE = {"scenario": 0.6, "sector": 0.45}
"""A node read from the words is held against an offer only from this confidence on.

Of scenarios read with 0.6 and more 98 of 100 were right on needs of blind authors, with 0.5 to 0.6 92, with
0.4 to 0.5 67 (docs/relevance.md).
"""
NAMED = 2
"""Cases of an offer that are named; the others are counted."""
_EFFECTS = 2
_LIKELY = 0.12
_LIKELY_WITHOUT_WORDS = {"scenario": 0.3, "sector": 0.75}
"""A trade that no word names is guessed: below this, more than half of the guesses are wrong."""
_SIZES = {
    Size.MICRO: Bilingual("微型", "micro"),
    Size.SMALL: Bilingual("小型", "small"),
    Size.MEDIUM: Bilingual("中型", "medium"),
    Size.LARGE: Bilingual("大型", "large"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What explaining one offer needs besides the offer: words shared, evidence, the city's view.

    ``lapsed`` says why the city's listing of it is not valid; ``more_cases`` counts the cases besides
    those in ``case_names``; ``function`` is what the need asks for and the offer does, empty when that
    cannot be told; ``flag`` is what is said of its provider.
    """

    words: tuple[str, ...]
    case_names: tuple[str, ...]
    offer_names: tuple[str, ...]
    packages: tuple[Package, ...]
    listed: int | None
    lapsed: Reason | None = None
    more_cases: int = 0
    function: str = ""
    flag: Reason | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """The sectors or scenarios of a need that are sure enough to be told, with their rows in ``table``."""

    name: str
    needed: tuple[tuple[Understood, int], ...]
    table: Closeness
    tree: Tree


def facets_of(understanding: Understanding, taxonomy: Taxonomy) -> tuple[Facet, Facet]:
    """What reasons about scenario and sector, in this order, are told by: the same for every offer."""
    return tuple(  # type: ignore[return-value]
        Facet(
            name,
            tuple((one, table.index[one.code]) for one in needed if likely(one, name)),
            table,
            tree,
        )
        for name, needed, table, tree in (
            (
                "scenario",
                understanding.scenarios,
                scenario_closeness(taxonomy),
                taxonomy.scenarios,
            ),
            ("sector", understanding.sectors, sector_closeness(taxonomy), taxonomy.sectors),
        )
    )


@dataclass(slots=True)
class Explanation:
    """Reasons for, reasons against, and what nobody published."""

    reasons: list[Reason]
    misfits: list[Reason]
    unknowns: list[Reason]

    def add(self, fit: int, name: str, data: dict[str, Any]) -> None:
        """A constraint's sentence: yes (1), no (-1) or unknown (0)."""
        suffix = {1: "yes", -1: "no", 0: "unknown"}[fit]
        self.put(fit, Reason(f"{name}_{suffix}", data))

    def put(self, fit: int, reason: Reason) -> None:
        """``reason`` among those for (1), those against (-1) or what is not known (0)."""
        {1: self.reasons, -1: self.misfits, 0: self.unknowns}[fit].append(reason)


def render(reason: Reason, lang: str = "zh") -> str:
    """The sentence of ``reason`` in ``lang``: ``zh``, or English for anything else."""
    data = reason.data
    if lang != "zh":
        data = {
            name: value.replace("、", ", ") if isinstance(value, str) else value
            for name, value in data.items()
        }
    return phrase(PHRASES, reason).in_language(lang).format(**data)


def phrase(phrases: Mapping[str, Bilingual], reason: Reason) -> Bilingual:
    """The sentence of ``reason`` among ``phrases``: some are others for one, or for what was read."""
    code, data = reason.code, reason.data
    form = "_read" if data.get("given") is False else "_one" if data.get("count") == 1 else ""
    return phrases.get(f"{code}{form}", phrases[code])


def explain(
    record: Record,
    query: MatchQuery,
    understanding: Understanding,
    facts: Facts,
    taxonomy: Taxonomy,
    facets: Sequence[Facet],
    today: date,
) -> Explanation:
    """Why ``record`` fits the need, why not, and what is not known about it.

    ``facets`` are those of ``understanding``: `facets_of`.
    """
    told = Explanation([], [], [])
    if facts.function:
        name = taxonomy.functions[facts.function].name
        told.reasons.append(Reason("function", {"name_zh": name.zh, "name_en": name.en}))
    for facet in facets:
        _facet(told, facet, getattr(record, f"{facet.name}s", ()), bool(facts.function))
    if facts.words:
        told.reasons.append(Reason("words", {"words": "、".join(facts.words)}))
    elif not told.reasons:
        told.reasons.append(Reason("meaning"))
    if isinstance(record, Solution | Case):
        _money_and_time(told, record, query, facts)
    _size_level_city(told, record, query, understanding, facts)
    _evidence(told, record, facts)
    if isinstance(record, Solution) and (why_not := out_of_time(record, today)):
        told.misfits.append(why_not)
    if facts.flag is not None:
        told.misfits.append(facts.flag)
    return told


def likely(one: Understood, facet: str) -> bool:
    """Whether a node of ``facet`` (scenario or sector) is sure enough to be told as a reason.

    The others only weigh.
    """
    least = _LIKELY if one.words else _LIKELY_WITHOUT_WORDS[facet]
    return one.given or one.confidence >= least


def _facet(told: Explanation, facet: Facet, labels: Sequence[Label], does_it: bool) -> None:
    """What ``facet`` tells of an offer with ``labels``; ``does_it``: it has the function asked for."""
    if not facet.needed:
        return
    index, closeness_at = facet.table.index, facet.table.table.item
    most, best = -1.0, None
    for label in labels:
        for node in label.nodes:
            column = index[node]
            for need, row in facet.needed:
                closeness = closeness_at(row, column)
                if closeness * need.confidence > most:
                    most = closeness * need.confidence
                    best = closeness, need, node, label.level
    if best is None:
        told.unknowns.append(Reason(f"{facet.name}_unknown"))
        return
    closeness, need, node, level = best
    asked_for, offered = facet.tree[need.code], facet.tree[node]
    reason = compared(facet.name, asked_for, offered, closeness, level, need.given)
    if reason.code not in APART:
        told.reasons.append(reason)
    elif need.given or _held_against(need, facet.name, does_it):
        told.misfits.append(reason)


def _held_against(read: Understood, facet: str, does_it: bool) -> bool:
    """Whether a node that was ``read`` counts against an offer of another one."""
    # Functions lie below the scenarios: who does what is asked for serves it, whatever it is called.
    return read.confidence >= SURE[facet] and not (does_it and facet == "scenario")


def _money_and_time(
    told: Explanation, record: Solution | Case, query: MatchQuery, facts: Facts
) -> None:
    # What the city leaves open stays as it is nationally, as in `matcher.index.listings`.
    packages = priced(facts.packages, getattr(record, "packages", ()))
    if isinstance(record, Solution):
        packages = standing(packages)
        _payment(told, packages, query)
    said = cost_said(record, paid_so(packages, query.payments), query.budget_cny)
    if said is not None:
        told.put(*said)
    if query.deploy_days is not None:
        days = days_of(record, facts.packages)
        fit = 0 if days is None else (1 if days <= query.deploy_days else -1)
        told.add(fit, "days", {"days": days, "limit": query.deploy_days})


def _size_level_city(
    told: Explanation,
    record: Record,
    query: MatchQuery,
    understanding: Understanding,
    facts: Facts,
) -> None:
    if query.size is not None and isinstance(record, Solution | Case):
        sizes = record.sizes if isinstance(record, Solution) else tuple(filter(None, [record.size]))
        name = _SIZES[query.size]
        fit = 0 if not sizes else (1 if query.size in sizes else -1)
        told.add(fit, "size", {"size_zh": name.zh, "size_en": name.en})
    if query.target_level is not None and isinstance(record, Solution | Case):
        asked = {one.code for one in understanding.scenarios if one.given}
        levels = [
            label.level
            for label in record.scenarios
            if label.level is not None and (not asked or asked & set(label.nodes))
        ]
        fit = 0 if not levels else (1 if max(levels) >= query.target_level else -1)
        told.add(fit, "level", {"target": query.target_level})
    if isinstance(record, Solution):
        _technology(told, record, query)
    if facts.lapsed is not None:
        told.misfits.append(facts.lapsed)
    elif facts.listed is not None:
        told.add(facts.listed, "city", {"city": query.city})


def _payment(told: Explanation, packages: Sequence[Package], query: MatchQuery) -> None:
    if not query.payments:
        return
    offered = {way for way in map(payment_of, packages) if way is not None}
    fitting = offered & {FREE, *query.payments}
    names = _named([way for way in PAYMENTS if way in (fitting or offered)], PAYMENTS)
    wanted = _named(query.payments, PAYMENTS)
    data = names | {"wanted_zh": wanted["names_zh"], "wanted_en": wanted["names_en"]}
    told.add(0 if not offered else 1 if fitting else -1, "payment", data)


def _technology(told: Explanation, record: Solution, query: MatchQuery) -> None:
    asked, refused = query.technologies, query.refused_technologies
    declared = set(record.technologies)
    if (asked or refused) and not declared:
        told.unknowns.append(Reason("technology_unknown"))
        return
    for tags, here, missing in (
        (asked, (told.reasons, "technology_yes"), (told.misfits, "technology_no")),
        (refused, (told.misfits, "technology_refused"), (told.reasons, "technology_avoided")),
    ):
        for there, (target, code) in ((True, here), (False, missing)):
            found = [tag for tag in tags if (tag in declared) is there]
            if found:
                target.append(Reason(code, _named(found, TECHNOLOGIES)))


def _named(tags: Sequence[str], all_names: Mapping[str, Bilingual]) -> dict[str, str]:
    names = [all_names[tag] for tag in tags]
    return {
        "names_zh": "、".join(name.zh for name in names),
        "names_en": ", ".join(name.en for name in names),
    }


def _evidence(told: Explanation, record: Record, facts: Facts) -> None:
    if isinstance(record, Case):
        for effect in [e for e in record.effects if e.after is not None][:_EFFECTS]:
            data = {
                "metric": effect.metric,
                "before": "?" if effect.before is None else _number(effect.before),
                "after": _number(effect.after or 0.0),
                "unit": effect.unit or "",
            }
            told.reasons.append(Reason("effect", data))
        if record.accepted:
            told.reasons.append(Reason("accepted"))
    if facts.case_names:
        names = "、".join(facts.case_names[:NAMED])
        count = len(facts.case_names) + facts.more_cases
        told.reasons.append(Reason("cases", {"count": count, "names": names}))
    if facts.offer_names:
        told.reasons.append(Reason("offers", {"names": "、".join(facts.offer_names)}))


def _number(value: float) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".")
