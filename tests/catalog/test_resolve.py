"""From a free label to nodes: exact, contained, in parts, similar; deterministic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.resolve import ACCEPTED, LabelResolver, Term, stripped

RESOLVER = LabelResolver(
    [
        Term("塑料制品业", ("C292",), 1.0, "name"),
        Term("注塑", ("C292", "C35"), 0.95, "alias"),
        Term("金属表面处理", ("C336",), 0.95, "alias"),
        Term("surface treatment", ("C336",), 0.95, "alias"),
        Term("汽车零部件", ("C367",), 0.95, "alias"),
        Term("家具", ("C21",), 1.0, "name"),
    ]
)


def test_the_term_itself_is_as_sure_as_its_weight() -> None:
    (found,) = RESOLVER.resolve("塑料制品业", 1)
    assert (found.code, found.confidence, found.matched, found.by) == (
        "C292",
        1.0,
        "塑料制品业",
        "name",
    )


def test_a_second_code_is_a_little_less_sure() -> None:
    first, second = RESOLVER.resolve("注塑")
    assert (first.code, first.confidence) == ("C292", 0.95)
    assert (second.code, second.confidence) == ("C35", round(0.95 * 0.93, 4))


@pytest.mark.parametrize(
    "label", ["高端注塑产业", "注塑行业", "注塑加工厂", "注塑制造业", "注塑企业"]
)
def test_words_that_say_only_industry_of_are_left_out(label: str) -> None:
    found = RESOLVER.resolve(label)[0]
    assert found.code == "C292" and found.confidence >= ACCEPTED


@pytest.mark.parametrize(
    ("label", "code", "by"),
    [
        ("Surface Treatments", "C336", "alias"),
        ("家具和塑料制品业", "C21", "part"),
        ("金属的表面处理", "C336", "similar"),
    ],
)
def test_the_way_it_was_found_is_told(label: str, code: str, by: str) -> None:
    found = {one.code: one for one in RESOLVER.resolve(label)}
    assert found[code].by == by


@pytest.mark.parametrize("label", ["", "，。", "完全无关的话", "xyz"])
def test_nothing_is_made_up(label: str) -> None:
    assert RESOLVER.resolve(label) == ()


def test_ties_go_to_the_smaller_code() -> None:
    resolver = LabelResolver([Term("甲乙", ("B",), 0.9, "a"), Term("甲乙", ("A",), 0.9, "a")])
    assert [one.code for one in resolver.resolve("甲乙")] == ["A", "B"]


def test_no_terms_no_nodes() -> None:
    assert LabelResolver([]).resolve("注塑") == ()


@given(st.text(max_size=30), st.integers(0, 5))
def test_any_label_gives_at_most_limit_in_order(label: str, limit: int) -> None:
    found = RESOLVER.resolve(label, limit)
    assert len(found) <= limit
    assert all(0 < one.confidence <= 1 for one in found)
    assert list(found) == sorted(found, key=lambda one: (-one.confidence, one.code))
    assert len({one.code for one in found}) == len(found)


def test_stripped_never_leaves_less_than_a_word() -> None:
    assert stripped("智能制造") == "智能制造"
    assert stripped("家具制造业") == "家具"
    assert stripped(" 绿色食品产业集群 ") == "食品"
