"""BM25 by hand on three documents, and the same score for offers that come later."""

from __future__ import annotations

import logging
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.index.lexical import K1, B, LexicalIndex

# Lengths 4, 2, 3: average 3.
DOCUMENTS = [["mes", "mes", "oee", "看板"], ["mes", "质检"], ["质检", "相机", "相机"]]
IDF_OF_ONE = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
IDF_OF_TWO = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))


@pytest.fixture
def index() -> LexicalIndex:
    return LexicalIndex.build(DOCUMENTS)


def by_hand(idf: float, frequency: int, length: int) -> float:
    return idf * frequency / (frequency + 1.2 * (1 - 0.75 + 0.75 * length / 3))


def test_the_constants_are_those_of_the_formula() -> None:
    assert (K1, B) == (1.2, 0.75)


def test_the_steps_of_bm25s_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        LexicalIndex.build(DOCUMENTS)
    assert not [one for one in caplog.records if one.name.startswith("bm25s")]


def test_idf(index: LexicalIndex) -> None:
    assert index.idf("oee") == pytest.approx(IDF_OF_ONE) == pytest.approx(0.980829, abs=1e-6)
    assert index.idf("mes") == pytest.approx(IDF_OF_TWO) == pytest.approx(0.470004, abs=1e-6)
    assert index.idf("unknown") == 0.0


def test_scores(index: LexicalIndex) -> None:
    assert index.scores(["mes"]) == pytest.approx(
        [by_hand(IDF_OF_TWO, 2, 4), by_hand(IDF_OF_TWO, 1, 2), 0.0], abs=1e-6
    )
    # 0.470004 * 2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)) = 0.940007 / 3.5
    assert index.scores(["mes"])[0] == pytest.approx(0.268574, abs=1e-6)
    assert index.scores(["相机", "质检"]) == pytest.approx(
        [0.0, by_hand(IDF_OF_TWO, 1, 2), by_hand(IDF_OF_ONE, 2, 3) + by_hand(IDF_OF_TWO, 1, 3)],
        abs=1e-6,
    )


def test_a_word_said_twice_counts_twice(index: LexicalIndex) -> None:
    assert index.scores(["oee", "oee"]) == pytest.approx(2 * index.scores(["oee"]), abs=1e-6)


def test_unknown_words_count_nothing(index: LexicalIndex) -> None:
    assert index.scores(["unknown"]).tolist() == [0, 0, 0]
    assert index.scores([]).tolist() == [0, 0, 0]
    assert index.scores(["mes", "unknown"]) == pytest.approx(index.scores(["mes"]))


def test_bound(index: LexicalIndex) -> None:
    assert index.bound(["mes", "oee", "unknown"]) == pytest.approx(IDF_OF_ONE + IDF_OF_TWO)
    assert index.bound([]) == 0.0


WORDS = st.lists(st.sampled_from(["mes", "oee", "质检", "相机", "看板", "new"]), max_size=8)


@settings(deadline=None, max_examples=60)
@given(documents=st.lists(WORDS, min_size=1, max_size=8), need=WORDS)
def test_later_offers_are_scored_by_the_same_measure(
    documents: list[list[str]], need: list[str]
) -> None:
    index = LexicalIndex.build(documents)
    inside = index.scores(need)
    later = index.score_later(need, [Counter(document) for document in documents])
    assert inside.shape == later.shape == (len(documents),)
    assert inside == pytest.approx(later, abs=1e-5)
    assert inside.max() <= index.bound(need) + 1e-5


def test_later_offers_by_hand(index: LexicalIndex) -> None:
    scores = index.score_later(["mes", "new"], [Counter(["mes", "new", "new"]), Counter()])
    assert scores == pytest.approx([by_hand(IDF_OF_TWO, 1, 3), 0.0], abs=1e-6)


@pytest.mark.parametrize("documents", [DOCUMENTS, [], [[], []], [["mes"]]])
def test_saved_and_loaded_it_scores_the_same(tmp_path: Path, documents: list[list[str]]) -> None:
    index = LexicalIndex.build(documents)
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    need = ["mes", "相机", "unknown"]
    assert loaded.size == index.size == len(documents)
    assert np.array_equal(loaded.scores(need), index.scores(need))
    assert loaded.bound(need) == index.bound(need)
    later = [Counter(["mes", "x"])]
    assert np.array_equal(loaded.score_later(need, later), index.score_later(need, later))
