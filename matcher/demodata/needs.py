"""Invented enterprises and their needs, with limits told in words."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.records import Kind
from matcher.demodata.source import (
    LEVELS,
    MARK,
    VALUES,
    Fields,
    Source,
    known,
    one,
    ownership,
    price,
    skewed,
    some,
)
from matcher.demodata.words import Place, Rng

NEEDS_EACH = 5
"""Needs of one enterprise (DESIGN §6)."""
_NEAR_COPIES = 0.03
_FOREIGN = (("en", 0.035), ("es", 0.015))
_UNSERVED = 0.03
_SAID = (("size_words", 0.15), ("budget", 0.3), ("days", 0.25))
"""How often a need says its size, budget and time in words."""
_FIELD_OF = {"size_words": "size", "budget": "budget_cny", "days": "deploy_days"}


@dataclass(frozen=True, slots=True)
class _Told:
    """The pain of a need in its own words; ``served`` when a digital offer may answer it."""

    text: str
    lang: str
    place: Place
    served: bool


class Demand:
    """Invented enterprises and needs, by number."""

    def __init__(self, source: Source):
        self._source = source
        self._words = source.words

    def enterprise(self, number: int) -> Fields:
        """The enterprise with this number."""
        rng, words = self._source.rng(Kind.ENTERPRISE, number), self._words
        size = one(rng, ("small", 70), ("medium", 18), ("micro", 12))
        heads = int(skewed(rng, {"micro": 12, "small": 95, "medium": 420}[size], 0.4))
        levels = [code for code in words.scenarios.codes if not code.startswith("S1")]
        return {
            "kind": "enterprise",
            "code": f"YE{number:07d}",
            "name": self._enterprise_name(number),
            "city": self._city(number),
            "sectors": self._source.sector_labels(rng, [self._division_of(number)])[:1],
            "size": size,
            "headcount": known(rng, 0.9, heads),
            "revenue_cny": known(rng, 0.8, heads * price(rng, 450_000)),
            "ownership": ownership(rng),
            "specialised_level": one(
                rng, ("none", 70), ("innovative", 20), ("provincial", 8), ("national", 2)
            ),
            "above_scale": size != "micro",
            "scenario_levels": {
                code: one(rng, (0, 40), (1, 45), (2, 13), (3, 2)) for code in levels
            },
            "demonstration": True,
        }

    def _enterprise_name(self, number: int) -> str:
        tail = self._source.word(self._source.rng(Kind.ENTERPRISE, number, 1), "enterprise_tail")
        return f"{self._source.brand(Kind.ENTERPRISE, number, 3)}{tail}{MARK}"

    def _division_of(self, enterprise: int) -> str:
        return self._words.divisions.draw(self._source.rng(Kind.ENTERPRISE, enterprise, 2))

    def _city(self, enterprise: int) -> str:
        return self._source.word(self._source.rng(Kind.ENTERPRISE, enterprise, 3), "city")

    def need(self, number: int) -> Fields:
        """The need with this number; five in a row belong to one enterprise."""
        rng, words = self._source.rng(Kind.NEED, number), self._words
        enterprise = number // NEEDS_EACH
        told = self._told(number)
        if number and rng.random() < _NEAR_COPIES:
            # The words of somebody else, with limits of its own.
            told = self._told(rng.randrange(number))
        limits = {use: words.phrase(rng, use, told.lang) for use, _ in _SAID}
        said = [use for use, share in _SAID if rng.random() < share]
        fields: Fields = {
            "kind": "need",
            "code": f"YN{number:07d}",
            "text": _with_limits(told, [limits[use][0] for use in said], rng),
            "lang": told.lang,
            "enterprise": self._enterprise_name(enterprise),
            "city": self._city(enterprise),
            "sectors": known(rng, 0.6, [self._source.sectors[told.place[0]].name.zh]),
            "scenarios": None,
            "target_level": known(rng, 0.6, one(rng, *LEVELS)),
            "barrier": one(rng, (None, 76), ("unable", 11), ("afraid", 7), ("unwilling", 6)),
            "values": some(rng, *VALUES),
            "demonstration": True,
        }
        if told.served:
            fields["scenarios"] = known(rng, 0.5, [self._source.scenarios[told.place[1]].name.zh])
        # What is said in words is a field as well in half of the cases.
        fields |= {
            field: int(value) if value.isdigit() else value
            for use, field in _FIELD_OF.items()
            if use in said and rng.random() < 0.5
            for value in [limits[use][1]]
        }
        return fields

    def _told(self, number: int) -> _Told:
        """What the need with this number says, before its limits."""
        rng = self._source.rng(Kind.NEED, number, 1)
        place = self._division_of(number // NEEDS_EACH), self._words.scenarios.draw(rng)
        lang = one(rng, *_FOREIGN, ("zh", 1.0 - sum(share for _, share in _FOREIGN)))
        if rng.random() < _UNSERVED:
            return _Told(self._words.unserved(rng, lang), lang, place, served=False)
        return _Told(self._words.filled(rng, "need", lang, place)[0], lang, place, served=True)


def _with_limits(told: _Told, limits: list[str], rng: Rng) -> str:
    if told.lang == "zh":
        return "，".join([told.text, *limits]) + ("。" if rng.random() < 0.5 else "")
    text = told.text if told.text.endswith(("?", ".")) else f"{told.text}."
    return " ".join([text, *(f"{limit[0].upper()}{limit[1:]}." for limit in limits)])
