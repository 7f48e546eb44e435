"""Functions: word tables by hand, shares of either side, what is shown, and what a caller names."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from catalog.functions import shipped_functions
from catalog.taxonomy import Taxonomy
from matcher.config import FunctionWeights
from matcher.errors import InvalidNeed
from matcher.index.analyzer import Analyzer
from matcher.index.lexical import K1, B
from matcher.understanding.function_words import bm25_scores, trade_words, word_table
from matcher.understanding.functions import (
    FunctionParts,
    FunctionReader,
    need_examples,
    offer_examples,
)
from matcher.understanding.glossary import NeedWords
from matcher.understanding.reading import Classifier

WEIGHTS = FunctionWeights(
    need_ridge=1,
    offer_ridge=1,
    sharpness=1,
    words=1,
    need_power=3,
    offer_power=2,
    need_strongest=2,
    offer_strongest=2,
)
EVEN = Classifier(("a", "b"), np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
TABLE = bm25_scores([Counter({"毛利": 2, "成本": 1}), Counter({"划伤": 1})]).table()
PARTS = FunctionParts(("a", "b"), EVEN, EVEN, TABLE)
VECTOR = np.array([1.0, 0.0], dtype=np.float32)


def _words(*tokens: str, **said: str) -> NeedWords:
    return NeedWords(tokens, tokens, said, whole=tokens)


def test_a_word_table_by_hand() -> None:
    idf = math.log(1 + (2 - 1 + 0.5) / 1.5)
    norm = K1 * (1 - B + B * 3 / 2)
    assert TABLE.idf == pytest.approx([idf] * 3)
    assert TABLE.table[TABLE.rows["毛利"]] == pytest.approx([idf * 2 / (2 + norm), 0.0])
    shares = TABLE.shares(["毛利", "划伤", "未知"])
    assert shares[0] == pytest.approx(2 / (2 + norm) / 2)
    assert TABLE.shares(["未知"]).tolist() == TABLE.shares([]).tolist() == [0.0, 0.0]


def test_both_sides_are_unit_shares_and_words_tell_them_apart() -> None:
    reader = FunctionReader(PARTS, WEIGHTS)
    need = reader.need(["订单", "毛利"], VECTOR)
    assert np.linalg.norm(need) == pytest.approx(1.0) and need[0] > need[1]
    offers = reader.offers([["成本"], ["划伤"], []], np.vstack([VECTOR] * 3))
    assert offers.shape == (3, 2) and not offers[2].any()
    assert offers[0] @ need > offers[1] @ need
    # By hand: the classifier says one half each, the word 毛利 adds its share, cubed.
    raised = np.array([0.5 + TABLE.shares(["毛利"])[0], 0.5]) ** 3
    assert need == pytest.approx(raised / np.linalg.norm(raised), abs=1e-6)
    assert reader.offers([], np.empty((0, 2), np.float32)).shape == (0, 2)


def test_what_is_shown_names_the_word() -> None:
    found, shares = FunctionReader(PARTS, WEIGHTS).read(_words("毛利", "算"), VECTOR)
    # The other one's share is below what is shown.
    assert [(one.code, one.words, one.given) for one in found] == [("a", "毛利", False)]
    assert found[0].confidence == pytest.approx(shares[0] ** 2, abs=1e-4)
    said = _words("margin", "毛利", 毛利="margin")
    assert FunctionReader(PARTS, WEIGHTS).read(said, VECTOR)[0][0].words == "margin"


def test_what_lies_below_each_scenario() -> None:
    codes = ("S3-3a", "S3-3b", "S5-1a")
    reader = FunctionReader(FunctionParts(codes, EVEN, EVEN, TABLE), WEIGHTS)
    found = reader.scenarios(np.sqrt(np.array([0.5, 0.2, 0.3], dtype=np.float32)))
    assert found == pytest.approx({"S3-3": 0.7, "S5-1": 0.3})
    assert reader.scenarios(np.array([0, 0, 1], dtype=np.float32)) == {"S5-1": 1.0}


def test_a_caller_may_name_functions() -> None:
    found, shares = FunctionReader(PARTS, WEIGHTS).named(("b",))
    assert [(one.code, one.confidence, one.given) for one in found] == [("b", 1.0, True)]
    assert shares.tolist() == [0.0, 1.0]
    with pytest.raises(InvalidNeed, match="S9-9z") as refused:
        FunctionReader(PARTS, WEIGHTS).named(("S9-9z",))
    assert refused.value.field == "functions"


def test_names_of_trades_are_words_of_no_function(taxonomy: Taxonomy) -> None:
    trades = trade_words(taxonomy)
    assert "纸箱厂" in trades
    # What is called so in functions and scenarios stays, and so do machines.
    assert trades.isdisjoint({"注塑机", "停机", "计件", "设备管理"})
    codes = tuple(node.code for node in shipped_functions())
    plain, without = (word_table(codes, Analyzer(), left_out) for left_out in (set(), trades))
    assert "纸箱厂" in plain.rows and "纸箱厂" not in without.rows
    assert "停机" in without.rows


def test_what_is_shipped_hangs_together(taxonomy: Taxonomy) -> None:
    codes = {node.code for node in shipped_functions()}
    assert len(codes) >= 150
    assert all(node.parent in taxonomy.scenarios for node in shipped_functions())
    assert all(node.code.startswith(node.parent or "-") for node in shipped_functions())
    for examples in (need_examples(), offer_examples()):
        assert {code for one in examples for code in one.codes} <= codes
    table = word_table(tuple(codes), Analyzer(), trade_words(taxonomy))
    # Every function is known by some words.
    assert (table.table > 0).any(axis=0).all()
    assert np.isfinite(table.table).all()
