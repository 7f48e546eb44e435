"""What all demonstration records are drawn with: generators by kind and number, names, labels, chances."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Any

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.demodata.words import Rng, Words

Fields = dict[str, Any]
"""What one line of a JSONL file holds."""

KINDS = (
    Kind.PROVIDER,
    Kind.ENTERPRISE,
    Kind.SOLUTION,
    Kind.LISTING,
    Kind.CASE,
    Kind.NEED,
)
"""In the order that an import wants: a record names only those before it."""
MARK = "（演示）"
"""Part of every name of a provider or an enterprise: should it be somebody's, it is not meant."""
LEVELS = ((1, 0.08), (2, 0.6), (3, 0.3), (4, 0.02))
VALUES = (
    ("quality", 0.35),
    ("cost", 0.35),
    ("efficiency", 0.3),
    ("market", 0.17),
    ("safety", 0.09),
    ("green", 0.09),
    ("innovation", 0.03),
)
_FIRST_DAY = date(2025, 1, 1)


class Source:
    """Words, the generators of records, invented names and labels, for one seed."""

    def __init__(self, taxonomy: Taxonomy, seed: int):
        self.words = Words(taxonomy, seed)
        self.sectors = taxonomy.sectors
        self.scenarios = taxonomy.scenarios
        self._seed = seed
        self._marks = self.words.all_of("brand")

    def rng(self, kind: Kind, number: int, part: int = 0) -> Rng:
        """The generator of one record, or of one of up to four parts of it."""
        place = (self._seed * len(Kind) + KINDS.index(kind)) << 40
        return random.Random((place | number) << 2 | part)

    def brand(self, kind: Kind, number: int, length: int) -> str:
        """Another name for every number: its digits in a number system of rare characters."""
        base = len(self._marks)
        # A step that shares no factor with the size visits every name before one comes again.
        size = base**length
        step = int(size * 0.6180339887)
        while math.gcd(step, size) > 1:
            step += 1
        left = (number * step + KINDS.index(kind) * size // 7 + self._seed) % size
        marks = []
        for _ in range(length):
            left, place = divmod(left, base)
            marks.append(self._marks[place])
        return "".join(marks)

    def shortest_brand(self, count: int) -> int:
        """Characters of a brand that tell ``count`` records apart: two while they are enough."""
        return 2 if count <= len(self._marks) ** 2 else 3

    def word(self, rng: Rng, use: str) -> str:
        """A Chinese phrase of ``use``: a city, a legal form, the name of a package."""
        return self.words.phrase(rng, use, "zh")[0]

    def sector_labels(self, rng: Rng, divisions: list[str]) -> list[str]:
        """As catalogues name sectors: official names, trade words, a code with its name."""
        labels: dict[str, None] = {}
        if rng.random() < 0.4:
            labels = {self.sectors[division].name.zh: None for division in divisions}
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            division = rng.choice(divisions)
            if rng.random() < 0.2:
                code = rng.choice(sorted(self.sectors.subtree(division)))
                labels[f"{code} {self.sectors[code].name.zh}"] = None
            else:
                labels[self.words.product(rng, "zh", division)] = None
        return list(labels)[-3:]


def one(rng: Rng, *choices: tuple[Any, float]) -> Any:
    """One of the values, by their shares."""
    left = rng.random() * sum(share for _, share in choices)
    for value, share in choices:
        left -= share
        if left < 0:
            return value
    return choices[-1][0]


def some(rng: Rng, *choices: tuple[str, float]) -> list[str]:
    """Each value with its own chance."""
    return [value for value, share in choices if rng.random() < share]


def known(rng: Rng, share: float, value: Any) -> Any:
    """``value``, or ``None`` where nobody published it."""
    return value if rng.random() < share else None


def skewed(rng: Rng, middle: float, spread: float) -> float:
    """A log-normal number of 1 and more, half of them above ``middle``."""
    return max(1.0, middle * math.exp(rng.gauss(0.0, spread)))


def price(rng: Rng, middle: int) -> int:
    """A price as it is published: two digits that count."""
    wanted = skewed(rng, middle, 1.2)
    step = int(10 ** max(0, int(math.log10(wanted)) - 1))
    return max(1, int(wanted / step) * step)


def day(rng: Rng, first: int, last: int) -> str:
    """A day, ``first`` to ``last`` days after the beginning of 2025."""
    return (_FIRST_DAY + timedelta(days=rng.randrange(first, last))).isoformat()


def ownership(rng: Rng) -> str:
    """Who owns a firm; it never plays a part in an order."""
    choices = (("private", 65), ("state", 10), ("mixed", 12), ("foreign", 8), ("collective", 5))
    return str(one(rng, *choices))
