"""Needs that tell several pains: cut into parts, each read by its words, made equal and answered."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from matcher.understanding.pains import balanced, each_answered, each_told, parts, spread


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("仓库找不到料", []),
        ("仓库找不到料，二十万以内" + "。" * 200, []),
        ("我们有两个问题：仓库找不到料，还有设备老坏", ["仓库找不到料", "还有设备老坏"]),
        ("质检靠眼睛、排产靠喊、工资靠手算", ["质检靠眼睛", "排产靠喊", "工资靠手算"]),
        ("1、仓库乱 2、设备老坏", ["仓库乱", "设备老坏"]),
        (
            "First, stock is wrong. Second, payroll takes a week",
            ["stock is wrong", "payroll takes a week"],
        ),
        ("stock is wrong and machines break", ["stock is wrong", "machines break"]),
        ("el inventario no cuadra y faltan piezas", ["el inventario no cuadra", "faltan piezas"]),
        ("我们做挂锁的，仓库乱", []),
        ("仓库乱，做挂锁的，设备老坏", ["仓库乱", "设备老坏"]),
        ("金蝶(ERP)在用，仓库乱，设备老坏", ["在用", "仓库乱", "设备老坏"]),
    ],
)
def test_parts_of_a_need(text: str, found: list[str]) -> None:
    assert parts(text) == found


class TestTold:
    """Three scenarios; two parts whose words speak for the first and the second of them."""

    SHARES: ClassVar = np.array([0.6, 0.1, 0.3], dtype=np.float32)
    SAID: ClassVar = np.array([[1.0, 0.1, 0.2], [0.2, 1.0, 0.1]], dtype=np.float32)

    @pytest.mark.parametrize(
        "text", ["仓库乱，还有设备坏", "两个问题：仓库乱，设备坏", "a, also b", "a y b"]
    )
    def test_two_that_are_counted_or_joined(self, text: str) -> None:
        assert each_told(text, self.SAID, self.SHARES) == {0: 0, 1: 1}

    def test_two_clauses_in_a_row_are_one_story(self) -> None:
        assert each_told("仓库乱，设备坏", self.SAID, self.SHARES) == {}

    def test_three_in_a_row_are_a_list(self) -> None:
        said = np.vstack([self.SAID, [[0.0, 0.2, 1.0]]]).astype(np.float32)
        assert each_told("仓库乱，设备坏，电费高", said, self.SHARES) == {0: 0, 2: 2, 1: 1}
        beside = np.vstack([said, np.zeros((2, 3), np.float32)])
        assert each_told("仓库乱，设备坏，电费高，这，那", beside, self.SHARES) == {}

    def test_what_is_only_joined_must_be_surer_than_what_is_counted(self) -> None:
        said = self.SAID * np.float32(0.6)
        assert each_told("两个问题：仓库乱，设备坏", said, self.SHARES) == {0: 0, 1: 1}
        assert each_told("仓库乱，还有设备坏", said, self.SHARES) == {}

    def test_words_of_what_the_whole_hardly_means_tell_nothing(self) -> None:
        shares = np.array([0.69, 0.01, 0.3], dtype=np.float32)
        assert each_told("两个问题：仓库乱，设备坏", self.SAID, shares) == {}

    def test_parts_of_one_scenario_are_one_pain(self) -> None:
        said = np.vstack([self.SAID[:1], self.SAID[:1]])
        assert each_told("两个问题：仓库乱，仓库脏", said, self.SHARES) == {}
        assert each_told("两个问题", np.zeros((2, 3), np.float32), self.SHARES) == {}
        assert each_told("两个问题", np.zeros((0, 3), np.float32), self.SHARES) == {}


class TestBalanced:
    SHARES: ClassVar = {"S3-6": 0.7, "S3-3": 0.2, "S3-1": 0.05, "S4-1": 0.05}

    def test_pains_count_alike_and_the_rest_keeps_its_proportions(self) -> None:
        found = balanced(self.SHARES, ("S3-1", "S3-6"))
        assert found["S3-6"] == found["S3-1"] == pytest.approx(0.4)
        assert found["S3-3"] == pytest.approx(4 * found["S4-1"])
        assert sum(found.values()) == pytest.approx(1.0)

    def test_without_pains_nothing_changes(self) -> None:
        assert balanced(self.SHARES, ()) == self.SHARES


class TestSpread:
    SHARES: ClassVar = {"S3-6": 0.7, "S3-3": 0.2, "S3-1": 0.05, "S4-1": 0.05}
    WORDS: ClassVar = {"S3-6": "电费", "S3-3": "不良品", "S3-1": "排产"}

    def test_three_of_their_own_clauses(self) -> None:
        found = spread("排产靠喊,不良品追不到,电费高", self.WORDS, self.SHARES)
        assert found == ("S3-6", "S3-3", "S3-1")

    @pytest.mark.parametrize(
        "text", ["排产和电费,不良品", "电费高", "排产,不良品,电费" + "。" * 200]
    )
    def test_fewer_or_a_long_story_are_none(self, text: str) -> None:
        assert spread(text, self.WORDS, self.SHARES) == ()


def test_each_is_answered_by_the_last_places() -> None:
    nodes = np.array([[1, -1], [1, -1], [1, 2], [1, -1], [3, -1], [2, -1]], dtype=np.int16)
    order = np.arange(6, dtype=np.int64)
    assert each_answered(order[:4], order, nodes, [1, 2, 3]).tolist() == [0, 1, 2, 4]
    assert each_answered(order[:2], order, nodes, [1, 2, 3]).tolist() == [0, 1]
    assert each_answered(order[:4], order, nodes, [1, 2, 9]).tolist() == [0, 1, 2, 3]
    assert each_answered(order[:2], order, nodes, [1, 3]).tolist() == [0, 4]
