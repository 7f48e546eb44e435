"""Distinct need sentences for timing and recall, composed from the shipped example sentences.

A sentence names a sector in its trade's words, then one or two clauses of what owners of that sector
or with that scenario say, then perhaps a limit. Limits: clauses repeat between sentences (6,000
examples make them all), so neighbours are closer than in a real province.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.taxonomy import ROOT, Taxonomy
from matcher.encoder import Encoder, Vectors
from matcher.understanding.reading import NONE, Example, shipped_examples

_CLAUSE = re.compile(r"[，,。；;！!？?]+|(?<=[a-z])\. ")
_INTRO = {
    "zh": ("我们做{term}的，", "{term}厂，", "{term}这行，", "厂里主要做{term}，", ""),
    "en": ("We make {term}: ", "{term} plant, ", ""),
    "es": ("Hacemos {term}: ", ""),
}
_LIMIT = {
    "zh": ("", "", "", "，预算{n}万以内", "，{n}万左右", "，{m}个月内要用上", "，先花小钱试试"),
    "en": ("", "", ", budget under {n}0k RMB", ", within {m} months"),
    "es": ("", "", ", en {m} meses"),
}
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """A composed need with the labels that a third of the needs carry."""

    text: str
    lang: str
    sector: str
    scenario: str


def compose(taxonomy: Taxonomy, count: int, seed: int = 7) -> list[Sentence]:
    """``count`` distinct sentences, the same for the same seed."""
    rng = random.Random(seed)
    sectors, scenarios = _by_code("sector"), _by_code("scenario")
    trades: dict[tuple[str, str], list[str]] = defaultdict(list)
    for term in taxonomy.sector_terms:
        if term.city is None and term.codes[0] != ROOT:
            lang = "zh" if not term.text.isascii() else "en"
            trades[lang, term.codes[0][:4]].append(term.text)
    codes = sorted({code for lang, code in sectors if lang == "zh"})
    weights = [1.0 / place for place in range(1, len(codes) + 1)]
    rng.shuffle(codes)
    found: dict[str, Sentence] = {}
    while len(found) < count:
        lang = rng.choices(("zh", "en", "es"), (90, 6, 4))[0]
        sector = rng.choices(codes, weights)[0]
        scenario = rng.choice([code for code in scenarios if code[0] == lang])[1]
        own = sectors.get((lang, sector), [])
        clauses = rng.sample(scenarios[lang, scenario], rng.choice((1, 1, 2)))
        if own and rng.random() < 0.4:
            clauses[-1] = rng.choice(own)
        terms = trades.get((lang, sector)) or trades["en", sector] or [""]
        intro = rng.choice(_INTRO[lang]).format(term=rng.choice(terms))
        limit = rng.choice(_LIMIT[lang]).format(n=rng.randrange(2, 90), m=rng.randrange(1, 9))
        text = intro + ("，" if lang == "zh" else ", ").join(clauses) + limit
        found.setdefault(text, Sentence(text, lang, sector, scenario))
    return list(found.values())


def encoded(sentences: list[Sentence], encoder: Encoder, cache: Path) -> Vectors:
    """Vectors of the sentences, kept in ``cache`` chunk by chunk: a second run encodes nothing."""
    cache.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(sentences), _CHUNK):
        path = cache / f"needs-{start:07d}.npy"
        if not path.is_file():
            texts = [one.text for one in sentences[start : start + _CHUNK]]
            np.save(path, encoder.encode_needs(texts))
        parts.append(np.load(path)[: len(sentences) - start])
    return np.concatenate(parts)


def _by_code(facet: str) -> dict[tuple[str, str], list[str]]:
    """The clauses of the examples, by language and main code."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for example in shipped_examples(facet):
        if example.codes[0] != NONE and example.lang in _INTRO:
            found[example.lang, example.codes[0]] += _clauses(example)
    return dict(found)


def _clauses(example: Example) -> list[str]:
    parts = [part.strip() for part in _CLAUSE.split(example.text)]
    return [part for part in parts if len(part) >= 6] or [example.text]
