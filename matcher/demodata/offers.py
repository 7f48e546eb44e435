"""Invented providers, solutions, cases and city listings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.records import Kind
from matcher.demodata.source import (
    LEVELS,
    MARK,
    VALUES,
    Fields,
    Source,
    day,
    known,
    one,
    ownership,
    price,
    skewed,
    some,
)
from matcher.demodata.words import Place, Rng

_PROVIDERS, _CASES = 14, 15
"""Of 100 offers; the others are solutions (about the shares of the country, DESIGN §6)."""
_NEAR_COPIES = 0.03
_CROSS_SECTOR = 0.06
_LISTED = 0.4
_MOST_CITIES = 6
_TECHNOLOGIES = (
    ("cloud", 0.5),
    ("IoT", 0.41),
    ("AI", 0.19),
    ("edge", 0.15),
    ("machine_vision", 0.11),
    ("RFID", 0.07),
    ("big_data", 0.06),
    ("low_code", 0.05),
    ("5G", 0.02),
)


@dataclass(frozen=True, slots=True)
class _Topic:
    """What one offer or need is about; ``brand`` is the invented part of its name."""

    place: Place
    product: str
    label: str
    brand: str


class Offers:
    """``count`` invented offers, by kind and number."""

    def __init__(self, source: Source, count: int):
        self._source = source
        self._words = source.words
        self.providers, self.cases = count * _PROVIDERS // 100, count * _CASES // 100
        self.solutions = count - self.providers - self.cases
        self._brand_length = source.shortest_brand(self.solutions)

    def _topic(self, number: int, rng: Rng) -> _Topic:
        words = self._words
        division, scenario = words.divisions.draw(rng), words.scenarios.draw(rng)
        label = (
            self._source.scenarios[scenario].name.zh
            if rng.random() < 0.7
            else words.term(rng, "label", "zh", scenario)
        )
        brand = self._source.brand(Kind.SOLUTION, number, self._brand_length)
        return _Topic((division, scenario), words.product(rng, "zh", division), label, brand)

    def provider(self, number: int) -> Fields:
        """The provider with this number."""
        rng, words = self._source.rng(Kind.PROVIDER, number), self._words
        divisions = [words.divisions.draw(rng) for _ in range(rng.choice((1, 1, 1, 2)))]
        scenarios = [words.scenarios.draw(rng) for _ in range(rng.choice((1, 2, 2, 3)))]
        place = divisions[0], scenarios[0]
        sentences = words.filled(rng, "provider", "zh", place, min(2, len(scenarios)))
        return {
            "kind": "provider",
            "code": f"YP{number:07d}",
            "name": self._provider_name(number),
            "provider_kind": one(rng, ("product", 5), ("integrator", 4), ("chain_leader", 1)),
            "description": "。".join(sentences) + "。",
            "sectors": self._source.sector_labels(rng, divisions),
            "scenarios": [
                self._source.scenarios[code].name.zh for code in dict.fromkeys(scenarios)
            ],
            "ownership": ownership(rng),
            "registered_place": self._source.word(rng, "city"),
            "size": one(rng, ("small", 5), ("medium", 3), ("micro", 1), ("large", 1)),
            "years_in_business": known(rng, 0.9, rng.randrange(1, 25)),
            "enterprises_served": known(rng, 0.85, int(skewed(rng, 90, 1.0))),
            "demonstration": True,
        }

    def _provider_name(self, number: int) -> str:
        rng = self._source.rng(Kind.PROVIDER, number, 1)
        tail = self._source.word(rng, "provider_tail") + MARK + self._source.word(rng, "legal")
        return self._source.brand(Kind.PROVIDER, number, 3) + tail

    def _provider_of(self, solution: int) -> str | None:
        """The first providers have many solutions, most have a few."""
        if not self.providers:
            return None
        return self._provider_name(int(self.providers * (solution / self.solutions) ** 1.5))

    def solution_head(self, number: int) -> tuple[Rng, _Topic, str]:
        """The generator of a solution after its topic and name were drawn, the topic, the name."""
        rng = self._source.rng(Kind.SOLUTION, number)
        topic = self._topic(number, rng)
        suffix = self._source.word(rng, "suffix") if rng.random() < 0.6 else ""
        core = topic.label
        if rng.random() < 0.4:
            core = self._words.term(rng, "system", "zh", topic.place[1])
        return rng, topic, f"{topic.brand}{topic.product}{core}{suffix}"

    def solution(self, number: int) -> Fields:
        """The solution with this number."""
        rng, topic, name = self.solution_head(number)
        words = self._words
        second = words.scenarios.draw(rng)
        scenarios = list(dict.fromkeys([topic.place[1], second][: rng.choice((1, 2, 2))]))
        everywhere = rng.random() < _CROSS_SECTOR
        return {
            "kind": "solution",
            "code": f"YS{number:07d}",
            "name": name,
            "provider": self._provider_of(number),
            "description": self._solution_text(number, rng, topic),
            "sectors": ["制造业"]
            if everywhere
            else self._source.sector_labels(rng, [topic.place[0]]),
            "scenarios": [
                {
                    "label": topic.label if place == 0 else self._source.scenarios[code].name.zh,
                    "level": known(rng, 0.93, one(rng, *LEVELS)),
                }
                for place, code in enumerate(scenarios)
            ],
            "packages": self._packages(rng),
            "sizes": some(rng, ("micro", 0.3), ("small", 0.9), ("medium", 0.75), ("large", 0.2)),
            "technologies": some(rng, *_TECHNOLOGIES),
            "cost_kinds": some(
                rng, ("software", 0.94), ("device", 0.5), ("cloud", 0.3), ("consulting", 0.14)
            ),
            "ip": one(rng, ("own", 90), ("licensed", 7), ("open_source", 3)),
            "review_status": one(
                rng,
                ("listed", 27),
                ("site_review", 24),
                ("desk_review", 22),
                ("technical_test", 17),
                (None, 10),
            ),
            "valid_until": known(rng, 0.83, day(rng, 365, 1_200)),
            "demonstration": True,
        }

    def _solution_text(self, number: int, rng: Rng, topic: _Topic) -> str:
        """Two to four sentences; some solutions are an earlier one with another end."""
        first = number
        if number and rng.random() < _NEAR_COPIES:
            first = rng.randrange(number)
            topic = self.solution_head(first)[1]
        told = self._source.rng(Kind.SOLUTION, first, 1)
        given = {"product": topic.product, "label": topic.label}
        first_words, later_words = told.choice(((1, 1), (1, 2), (2, 1), (2, 0), (2, 1)))
        sentences = self._words.filled(told, "solution_from", "zh", topic.place, first_words)
        sentences += self._words.filled(
            told, "solution", "zh", topic.place, later_words, given=given
        )
        if first != number:
            sentences[-1:] = self._words.filled(rng, "solution", "zh", topic.place)
        return "。".join(sentences) + "。"

    def _packages(self, rng: Rng) -> list[Fields]:
        packages = []
        for _ in range(one(rng, (1, 50), (2, 48), (3, 2))):
            model = one(
                rng,
                ("one_off", 54),
                ("yearly", 22),
                ("negotiable", 10),
                ("monthly", 4),
                ("per_user_month", 4),
                ("free", 2),
                ("shared_savings", 1),
                (None, 3),
            )
            middle = {"monthly": 900, "per_user_month": 60, "yearly": 12_000}.get(model, 42_000)
            asked = None if model in ("negotiable", "shared_savings") else price(rng, middle)
            packages.append(
                {
                    "name": self._source.word(rng, "package"),
                    "price_cny": 0 if model == "free" else asked,
                    "price_model": model,
                    "deploy_days": known(rng, 0.88, int(skewed(rng, 14, 0.9))),
                    "delivery_mode": one(rng, ("onsite", 45), ("remote", 34), ("mixed", 21)),
                }
            )
        return packages

    def listings(self, solution: int) -> Iterator[Fields]:
        """The listings of one solution, each in another city; most solutions have none."""
        rng = self._source.rng(Kind.LISTING, solution)
        if rng.random() > _LISTED:
            return
        name = self.solution_head(solution)[2]
        wanted = 1 + int(_MOST_CITIES * rng.random() ** 3)
        cities = {self._source.word(rng, "city"): None for _ in range(wanted)}
        for city in cities:
            yield {
                "kind": "listing",
                "name": name,
                "city": city,
                "solution": name,
                "packages": self._packages(rng)[:1],
                "review_status": "listed",
                "valid_until": known(rng, 0.9, day(rng, 365, 1_200)),
                "demonstration": True,
            }

    def case(self, number: int) -> Fields:
        """The case with this number."""
        # Another solution for each case, spread over all of them.
        solution = number * self.solutions // self.cases
        topic, name = self.solution_head(solution)[1:]
        rng, words = self._source.rng(Kind.CASE, number), self._words
        given = {"product": topic.product, "label": topic.label}
        told = words.filled(rng, "case", "zh", topic.place, given=given)
        if rng.random() < 0.5:
            told += words.filled(rng, "case_end", "zh", topic.place, given=given)
        city = self._source.word(rng, "city")
        before = one(rng, (1, 80), (2, 20))
        return {
            "kind": "case",
            "code": f"YC{number:07d}",
            "name": f"{topic.product}厂{topic.label}{topic.brand}案例",
            "provider": self._provider_of(solution),
            "solution": name,
            "enterprise": f"{city}某{topic.product}厂",
            "description": "。".join(told) + "。",
            "sectors": self._source.sector_labels(rng, [topic.place[0]]),
            "scenarios": [{"label": topic.label, "level": one(rng, *LEVELS)}],
            "size": one(rng, ("small", 5), ("medium", 4), ("micro", 1)),
            "cost_cny": known(rng, 0.89, price(rng, 80_000)),
            "duration_days": known(rng, 0.95, int(skewed(rng, 25, 0.8))),
            "effects": [
                {
                    "metric": metric,
                    "before": rng.randrange(20, 200),
                    "after": round(rng.uniform(1, 19), 1),
                    "unit": unit,
                }
                for metric, unit in (
                    words.phrase(rng, "measure", "zh")
                    for _ in range(one(rng, (1, 25), (2, 70), (3, 5)))
                )
            ],
            "level_before": before,
            "level_after": before + one(rng, (0, 5), (1, 75), (2, 20)),
            "accepted": one(rng, (True, 88), (None, 8), (False, 4)),
            "acceptance_date": known(rng, 0.88, day(rng, 0, 600)),
            "satisfaction": known(rng, 0.88, rng.randrange(70, 100)),
            "values": some(rng, *VALUES),
            "demonstration": True,
        }
