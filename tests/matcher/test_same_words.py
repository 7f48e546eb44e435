"""Quick readings of words against the straightforward ones, kept here: the same, to the last bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.resolve import Term
from catalog.wording import units
from matcher.index.lexical import K1, B, LexicalIndex
from matcher.understanding.glossary import NeedWords
from matcher.understanding.reading import Read
from matcher.understanding.terms import TermFinder
from matcher.understanding.understander import Understander

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_bm25_is_that_of_bm25s(seed: int) -> None:
    dice = np.random.default_rng(seed)
    words = [f"词{number}" for number in range(60)]
    often = 1.0 / np.arange(1, 61)
    texts = [
        dice.choice(words, size=int(dice.integers(1, 30)), p=often / often.sum()).tolist()
        for _ in range(int(dice.choice([2, 100, 255, 600])))
    ]
    index = LexicalIndex.build(texts)
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    known = {
        token: number for number, token in enumerate(sorted({t for one in texts for t in one}))
    }
    other.index(([[known[t] for t in one] for one in texts], known), show_progress=False)
    for _ in range(10):
        need = dice.choice(words, size=12).tolist()
        asked = [token for token in need if token in known]
        plain = other.get_scores(asked) if asked else np.zeros(len(texts), np.float32)
        # Added up in another order: the last bit may differ.
        assert index.scores([*need, "没有的"]) == pytest.approx(plain, rel=1e-6)


def plain_find(terms: Sequence[Term], text: str, city: str | None) -> list[tuple[str, Term]]:
    known: dict[tuple[str, ...], list[Term]] = defaultdict(list)
    for term in terms:
        known[units(term.text)].append(term)
    stream = units(text)
    used = [False] * len(stream)
    found = []
    for size in range(min(12, len(stream)), 0, -1):
        for start in range(len(stream) - size + 1):
            stop = start + size
            if any(used[start:stop]):
                continue
            spoken = known.get(stream[start:stop], [])
            own = [term for term in spoken if term.city is not None and term.city == city]
            spoken = own or [term for term in spoken if term.city is None]
            if not spoken or any(p in text for term in spoken for p in term.unless):
                continue
            used[start:stop] = [True] * size
            found += [(stream[start:stop], term) for term in spoken]
    return [(" ".join(words), term) for words, term in found]


TERMS = [
    Term(text, ("C29",), 1.0, "alias", unless=unless, city=city)
    for text, unless, city in (
        ("注塑", (), None),
        ("注塑机", ("旧注塑机",), None),
        ("注塑机", (), "宁波"),
        ("塑机模具", (), None),
        ("模具", (), None),
        ("模", (), None),
        ("mes", (), None),
        ("mes 系统", (), "宁波"),
        ("injection mold", (), None),
    )
]


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["注", "塑", "机", "模", "具", "旧", "mes", " mes系统", "injection mold", "，"]
        ),
        max_size=20,
    ),
    st.sampled_from([None, "宁波", "苏州"]),
)
def test_terms_are_found_as_by_trying_every_place(pieces: list[str], city: str | None) -> None:
    text = "".join(pieces)
    finder = TermFinder(TERMS)
    found = finder.find(text, city)
    plain = plain_find(TERMS, text, city)
    assert [term for _, term in found] == [term for _, term in plain]
    assert [units(words) for words, _ in found] == [tuple(words.split()) for words, _ in plain]


def plain_divisions(read: Read, power: float) -> dict[str, float]:
    raised = (np.clip(read.scores, 0, None) ** power).tolist()
    score_of = dict(zip(read.codes, raised, strict=True))
    divisions = {code: score for code, score in score_of.items() if len(code) == 3}
    total = sum(divisions.values()) or 1.0
    weights: dict[str, float] = {}
    for division, value in divisions.items():
        groups = {c: s for c, s in score_of.items() if len(c) > 3 and c.startswith(division)}
        inside = sum(groups.values()) or 1.0
        weights[division] = value / total * 0.5
        for code, one in groups.items():
            weights[code] = value / total * 0.5 * one / inside
    return weights


def test_weights_of_divisions_and_groups(tiny: Any) -> None:
    generation = tiny.matcher.snapshot().generation
    understander = Understander(
        tiny.taxonomy, generation.readers, generation.unserved, generation.constants
    )
    reader = understander._readers["sector"]
    dice = np.random.default_rng(1)
    for text in ("注塑机老停机", "服装厂小单快反", "什么都不好用", "做轮胎和药瓶的，铸件气孔多"):
        vector = dice.standard_normal(64).astype(np.float32)
        vector /= np.linalg.norm(vector)
        words = NeedWords((text,), (text,), {})
        _, sectors, _ = understander.read(text, "zh", words, vector, {})
        plain = plain_divisions(reader.read(text, [text], vector), generation.constants.posterior)
        assert list(sectors.weights) == list(plain)
        assert list(sectors.weights.values()) == np.float32(list(plain.values())).tolist()
