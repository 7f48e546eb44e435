"""What demonstration texts are made of: trade words, terms of scenarios, sentences and phrases.

Words come from the taxonomy and from the shipped example sentences; `data/demo_phrases.csv` holds the
sentence patterns, whose ``{slots}`` are filled here, and `data/demo_shares.csv` how often each division
and scenario is drawn.
"""

from __future__ import annotations

import csv
import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from catalog.taxonomy import Taxonomy
from matcher.understanding.reading import NONE, shipped_examples

_HEAD = 4
_WIDE_HEAD = 40
"""How far the head of a list is flattened: that of phrases, and that of words that tell a trade.

An item's share falls as 1 / (rank + head).
"""
_DIVISION = 3
_SENTENCE_END = "。.！!；; "
_CLAUSE = re.compile(r"[，,；;。？?！!：:\s]")
_SHORTEST, _LONGEST = 6, 22
_NOTHING: dict[str, str] = {}
_SLOT = re.compile(r"\{([a-z_]+\d?)\}")
_DIGITS = "0123456789"

Rng = random.Random
Key = tuple[str, str]
"""A language, and a code or a use."""
Place = tuple[str, str]
"""A division and a scenario: what a text is about."""


class Ranked:
    """A list that is drawn from by rank: Zipf's law with a flattened head (Mandelbrot)."""

    def __init__(self, items: Sequence[str], head: int = _HEAD):
        """``items``, the most frequent first."""
        self.items = tuple(dict.fromkeys(items))
        self._head = head
        self._reach = math.log((len(self.items) + head) / head)

    def draw(self, rng: Rng) -> str:
        """One item."""
        return self.items[int(self._head * (math.exp(rng.random() * self._reach) - 1.0))]


class Weighted:
    """Codes that are drawn by their share."""

    def __init__(self, shares: dict[str, float]):
        self.codes = tuple(shares)
        total = sum(shares.values())
        self._shares = tuple(share / total for share in shares.values())

    def draw(self, rng: Rng) -> str:
        """One code."""
        left = rng.random()
        for code, share in zip(self.codes, self._shares, strict=True):
            left -= share
            if left < 0.0:
                return code
        return self.codes[-1]


class Words:
    """Every list that a text draws from, by language, division and scenario."""

    def __init__(self, taxonomy: Taxonomy, seed: int):
        """``seed`` decides which sentences are the frequent ones."""
        rng = random.Random(seed)
        shares = _shares()
        self.divisions = Weighted({code: s for code, s in shares.items() if code.startswith("C")})
        self.scenarios = Weighted({code: s for code, s in shares.items() if code.startswith("S")})
        self._phrases, self._values = _phrases()
        self._products = _terms("sector_aliases.csv", None, _DIVISION)
        self._terms = {kind: _terms("scenario_aliases.csv", kind) for kind in _KINDS}
        self._tools = {
            node.code: Ranked(re.split("[、，]", node.tools.zh))
            for node in taxonomy.scenarios
            if node.tools and node.tools.zh
        }
        meanings = defaultdict(list)
        for one in taxonomy.levels:
            meanings[one.scenario].append(one.meaning.zh)
        self._meanings = {code: Ranked(texts) for code, texts in meanings.items()}
        self._of_division = _examples("sector", _DIVISION, rng)
        self._of_scenario = _examples("scenario", None, rng)
        self._clauses = {
            code: Ranked(found, _WIDE_HEAD)
            for (lang, code), examples in self._of_division.items()
            if lang == "zh" and (found := _clauses(examples.items))
        }

    def product(self, rng: Rng, lang: str, division: str) -> str:
        """A trade word of the division; where a language has none, in English."""
        words = self._products.get((lang, division)) or self._products["en", division]
        return words.draw(rng)

    def term(self, rng: Rng, kind: str, lang: str, scenario: str) -> str:
        """A ``label``, ``system`` or ``pain`` of the scenario; a label when it has none of these."""
        found = self._terms[kind].get((lang, scenario)) or self._terms["label"][lang, scenario]
        return found.draw(rng)

    def sentence(self, rng: Rng, lang: str, division: str, scenario: str) -> str:
        """An example sentence of the division or of the scenario, without its full stop."""
        by_division = self._of_division.get((lang, division))
        if by_division and rng.random() < 0.5:
            return by_division.draw(rng)
        return self._of_scenario[lang, scenario].draw(rng)

    def unserved(self, rng: Rng, lang: str) -> str:
        """A sentence that no digital offer serves."""
        return self._of_scenario[lang, NONE].draw(rng)

    def clause(self, rng: Rng, division: str) -> str:
        """Part of a sentence of the division, in Chinese."""
        return self._clauses[division].draw(rng)

    def phrase(self, rng: Rng, use: str, lang: str) -> tuple[str, str]:
        """A phrase of ``use`` and the value that it stands for (``"十万以内"``, ``"100000"``)."""
        text = self._phrases[use, lang].draw(rng)
        return text, self._values[use, lang][text]

    def all_of(self, use: str) -> tuple[str, ...]:
        """Every Chinese phrase of ``use``, in the order of the file."""
        return self._phrases[use, "zh"].items

    def filled(
        self,
        rng: Rng,
        use: str,
        lang: str,
        place: Place,
        count: int = 1,
        given: Mapping[str, str] = _NOTHING,
    ) -> list[str]:
        """``count`` different patterns of ``use`` with their slots filled, some of them ``given``."""
        patterns: dict[str, None] = {}
        while len(patterns) < count:
            patterns[self._phrases[use, lang].draw(rng)] = None
        return [self._fill(rng, pattern, lang, place, given) for pattern in patterns]

    def _fill(
        self, rng: Rng, pattern: str, lang: str, place: Place, given: Mapping[str, str]
    ) -> str:
        parts = []
        for literal, slot in _parsed(pattern):
            parts.append(literal)
            if slot:
                parts.append(given.get(slot) or self._slot(rng, slot, lang, *place))
        return "".join(parts)

    def _slot(self, rng: Rng, slot: str, lang: str, division: str, scenario: str) -> str:
        slot = slot.rstrip(_DIGITS)
        if slot in _NUMBERS:
            return str(_NUMBERS[slot](rng))
        if slot == "product":
            return self.product(rng, lang, division)
        if slot == "old":
            return self.sentence(rng, lang, division, scenario)
        if slot == "clause":
            return self.clause(rng, division)
        if slot in _KINDS:
            return self.term(rng, slot, lang, scenario)
        if slot == "change":
            measure, unit = self.phrase(rng, "measure", lang)
            low, high = round(rng.uniform(0.5, 19.0), 1), rng.randrange(20, 100)
            return f"{measure}由{high}{unit}变为{low}{unit}"
        if slot == "tool":
            return self._tools[scenario].draw(rng)
        if slot == "meaning":
            known = self._meanings.get(scenario) or self._tools[scenario]
            return known.draw(rng)
        return self._phrases[slot, lang].draw(rng)


_KINDS = ("label", "system", "pain")
_NUMBERS: dict[str, Callable[[Rng], int]] = {
    "n": lambda rng: rng.randrange(2, 13),
    "count": lambda rng: int(2 * math.exp(4 * rng.random())),
    "days": lambda rng: int(3 * math.exp(3 * rng.random())),
    "percent": lambda rng: rng.randrange(5, 60),
}


@cache
def _parsed(pattern: str) -> tuple[tuple[str, str], ...]:
    """``pattern`` as pairs of what stands there and the slot behind it.

    >>> _parsed("把{object}交给{role2}看")
    (('把', 'object'), ('交给', 'role2'), ('看', ''))
    """
    parts = []
    at = 0
    for found in _SLOT.finditer(pattern):
        parts.append((pattern[at : found.start()], found[1]))
        at = found.end()
    return (*parts, (pattern[at:], ""))


def _rows(package: str, name: str) -> list[dict[str, str]]:
    text = files(package).joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _shares() -> dict[str, float]:
    return {row["code"]: float(row["share"]) for row in _rows("matcher", "demo_shares.csv")}


def _phrases() -> tuple[dict[Key, Ranked], dict[Key, dict[str, str]]]:
    """Phrases by use and language, and the value that each one stands for."""
    texts: dict[Key, list[str]] = defaultdict(list)
    values: dict[Key, dict[str, str]] = defaultdict(dict)
    for row in _rows("matcher", "demo_phrases.csv"):
        key = row["use"], row["lang"]
        texts[key].append(row["text"])
        values[key][row["text"]] = row["value"]
    return {key: Ranked(found) for key, found in texts.items()}, values


def _terms(name: str, kind: str | None, length: int | None = None) -> dict[Key, Ranked]:
    """Shipped terms of a kind by language and by the first ``length`` letters of their first code.

    Everyday words (weak terms) are left out: they say nothing of a trade.
    """
    found = defaultdict(list)
    for row in _rows("catalog", name):
        if kind in (None, row.get("kind")) and not row["note"].startswith("weak"):
            found[row["lang"], row["codes"].split(";")[0][:length]].append(row["term"])
    return {key: Ranked(texts, _WIDE_HEAD) for key, texts in found.items()}


def _examples(facet: str, length: int | None, rng: Rng) -> dict[Key, Ranked]:
    """Example sentences by language and by the first ``length`` letters of their first code."""
    found = defaultdict(list)
    for example in shipped_examples(facet):
        text = example.text.rstrip(_SENTENCE_END)
        found[example.lang, example.codes[0][:length]].append(text)
    for texts in found.values():
        rng.shuffle(texts)
    return {key: Ranked(texts, _WIDE_HEAD) for key, texts in found.items()}


def _clauses(sentences: Sequence[str]) -> list[str]:
    """Parts of sentences that can stand inside another one."""
    parts = (part.strip() for text in sentences for part in _CLAUSE.split(text))
    return [part for part in parts if _SHORTEST <= len(part) <= _LONGEST]
