"""From a free label ("汽配", "注塑", "surface treatment") to taxonomy nodes with a confidence.

A label is compared with the terms of each node (official names, trade words, city names): the
same term, terms contained in the label, and likeness of character pairs for what is left.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from catalog.wording import HAN, units

ACCEPTED = 0.55
"""From this confidence on a label counts as resolved when records are imported."""
_LATER_CODE = 0.93
_CONTAINED = 0.97
_SIMILAR = 0.85
_JOINED = re.compile(r"[、，,;；/|]|及其|及|和|与|或|\band\b|\by\b|\(|\)|（|）", re.IGNORECASE)
_GENERIC = re.compile(
    r"^(?:高端|新型|特色|先进|精品|现代|智能|绿色|传统|优势|重点|高性能|高档|其他)+"
    r"|(?:制造业|制造|加工业|加工|行业|产业链|产业|产业集群|集群|企业|工厂|厂家|厂|领域|类|业|及配套|配套|相关)+$"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One wording of one or more nodes, best first. ``weight`` (0-1) is how sure it is.

    In running text a ``weak`` term is an everyday word as well, and a term is no hit at all inside
    one of the phrases of ``unless``. A term with a ``city`` counts in that city only, where it stands
    before everybody's.
    """

    text: str
    codes: tuple[str, ...]
    weight: float
    source: str
    weak: bool = False
    unless: tuple[str, ...] = ()
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """A node that a label may mean.

    ``confidence`` is 0-1, not a probability; ``matched`` is the term that led there and ``by`` says
    how: code, name, alias, lexicon (an added word), city, part (contained term) or similar (likeness
    of characters).
    """

    code: str
    confidence: float
    matched: str
    by: str


class LabelResolver:
    """Resolves labels of one facet. Deterministic; ties go to the smaller code.

    The tables are made with the first label: most commands resolve none.
    """

    def __init__(self, terms: Iterable[Term]):
        self._given = tuple(terms)
        self.resolve = lru_cache(maxsize=20_000)(self._resolve)

    @cached_property
    def _terms(self) -> dict[tuple[str, ...], list[Term]]:
        terms: dict[tuple[str, ...], list[Term]] = defaultdict(list)
        for term in self._given:
            for form in {units(term.text), units(stripped(term.text))} - {()}:
                terms[form].append(term)
        return terms

    @cached_property
    def _longest(self) -> int:
        return max((len(form) for form in self._terms), default=0)

    @cached_property
    def _pairs(self) -> dict[str, list[tuple[str, ...]]]:
        pairs: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for form in self._terms:
            for pair in set(_pairs(form)):
                pairs[pair].append(form)
        return pairs

    @cached_property
    def _idf(self) -> dict[str, float]:
        total = max(len(self._terms), 1)
        return {pair: math.log(1 + total / len(forms)) for pair, forms in self._pairs.items()}

    @cached_property
    def _norms(self) -> dict[tuple[str, ...], float]:
        return {form: self._norm(Counter(_pairs(form))) for form in self._terms}

    def _resolve(self, label: str, limit: int = 3) -> tuple[Resolution, ...]:
        """Up to ``limit`` nodes for ``label``, surest first."""
        best: dict[str, Resolution] = {}
        whole = units(label)
        core = units(stripped(label)) or whole
        for form, factor in ((whole, 1.0), (core, 0.98)):
            for term in self._terms.get(form, ()):
                self._offer(best, term, factor, term.source)
        exact = any(found.confidence >= ACCEPTED for found in best.values())
        if not exact:
            self._contained(best, core)
            for part in self._parts(label):
                for form in (units(part), units(stripped(part))):
                    for term in self._terms.get(form, ()):
                        self._offer(best, term, 0.92, "part")
            self._similar(best, core)
        order = sorted(best.values(), key=lambda found: (-found.confidence, found.code))
        return tuple(order[:limit])

    def _contained(self, best: dict[str, Resolution], core: tuple[str, ...]) -> None:
        """Terms inside the label: the more of it a term covers, the surer; the head counts more.

        In Chinese and English compounds the last word names the thing, so a term that ends the
        label gets a little more than one that stands in front of it.
        """
        total = _length(core)
        for start in range(len(core)):
            for stop in range(min(len(core), start + self._longest), start, -1):
                form = core[start:stop]
                if form not in self._terms or _length(form) < 2:
                    continue
                coverage = _length(form) / total
                head = 0.06 if stop == len(core) else 0.0
                factor = _CONTAINED * (0.35 + 0.6 * math.sqrt(coverage)) + head
                for term in self._terms[form]:
                    self._offer(best, term, min(factor, _CONTAINED), "part")

    def _similar(self, best: dict[str, Resolution], core: tuple[str, ...]) -> None:
        counts = Counter(_pairs(core))
        norm = self._norm(counts)
        if not norm:
            return
        dots: dict[tuple[str, ...], float] = defaultdict(float)
        for pair, count in counts.items():
            weight = count * self._idf.get(pair, 0.0) ** 2
            for form in self._pairs.get(pair, ()):
                dots[form] += weight
        for form, dot in dots.items():
            likeness = dot / (norm * self._norms[form])
            if likeness > 0.3:
                for term in self._terms[form]:
                    self._offer(best, term, _SIMILAR * likeness, "similar")

    def _norm(self, counts: Counter[str]) -> float:
        return math.sqrt(sum((n * self._idf.get(pair, 0.0)) ** 2 for pair, n in counts.items()))

    @staticmethod
    def _offer(best: dict[str, Resolution], term: Term, factor: float, by: str) -> None:
        for place, code in enumerate(term.codes):
            confidence = round(term.weight * factor * _LATER_CODE**place, 4)
            if code not in best or confidence > best[code].confidence:
                best[code] = Resolution(code, confidence, term.text, by)

    @staticmethod
    def _parts(label: str) -> list[str]:
        parts = [part.strip() for part in _JOINED.split(label)]
        return [part for part in parts if len(part) > 1] if len(parts) > 1 else []


def stripped(text: str) -> str:
    """``text`` without the words that say only "industry of", in front and behind."""
    text = text.strip()
    shorter = _GENERIC.sub("", text)
    return shorter if len(shorter) >= 2 else text


def _length(form: tuple[str, ...]) -> int:
    """Length in characters; a Latin word counts as two."""
    return sum(1 if HAN.match(unit) else 2 for unit in form)


def _pairs(form: tuple[str, ...]) -> list[str]:
    pairs = [a + b for a, b in pairwise(form)]
    return pairs + [unit for unit in form if not HAN.match(unit)]
