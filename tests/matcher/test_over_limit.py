"""The solution that a hard budget or hard days leave out is told where it is clearly better."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.records import Kind, Listing, Package, Reference, Solution
from matcher.answers.explain import render
from matcher.answers.over_limit import _better
from matcher.calibration import FEATURES, Calibration
from matcher.types import Answer, Constraint, Match, MatchQuery, Reason, Signals
from tests.conftest import Built

SEWING = "缝制车间协同"
NEED = "吊挂线平板报工，裁片流转看不见，小单快反"
BUDGET = frozenset({Constraint.BUDGET})
BY_TEXT = (-0.15, 1.0, *[0.0] * (len(FEATURES) - 1))
"""A grade is reached from a text score of 0.15 on."""


@pytest.fixture
def graded(built: Built, monkeypatch: pytest.MonkeyPatch) -> Built:
    """The tiny catalogue with grades: solves or weak, by the text alone."""
    calibration = Calibration("test", (BY_TEXT,) * 3, unserved_from=2.0, provenance={})
    monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: calibration)
    return built


def told(built: Built, **asked: Any) -> tuple[Answer, Reason | None]:
    answer = built.matcher.match(MatchQuery(text=NEED, **asked))
    found = [one for one in answer.notes if one.code == "over_limit"]
    assert len(found) <= 1
    return answer, found[0] if found else None


def test_the_better_one_is_named_with_what_it_misses(graded: Built) -> None:
    answer, note = told(graded, budget_cny=300_000, must=BUDGET)
    assert SEWING not in [match.record.name for match in answer.solutions] and answer.solutions
    assert note is not None
    assert note.data["id"] == graded.ids[SEWING] and note.data["over_cny"] == 60_000
    assert render(note) == (
        f"最对口的“{SEWING}”超出硬性条件，没有列出：首年费用 360,000 元，比预算多 60,000 元"
    )
    assert render(note, "en") == (
        f'"{SEWING}" fits best, but breaks a hard limit and is not listed: '
        "360,000 CNY in the first year, 60,000 CNY over the budget"
    )


def test_days_and_budget_together(graded: Built) -> None:
    must = frozenset({Constraint.BUDGET, Constraint.DAYS})
    note = told(graded, budget_cny=300_000, deploy_days=30, must=must)[1]
    assert note is not None and (note.data["over_cny"], note.data["over_days"]) == (60_000, 15)
    assert "比预算多 60,000 元；需要 45 天，比要求多 15 天" in render(note)
    note = told(graded, budget_cny=400_000, deploy_days=30, must=must)[1]
    assert note is not None and "over_cny" not in note.data and note.data["over_days"] == 15
    assert "takes 45 days, 15 more than asked" in render(note, "en")


@pytest.mark.parametrize(
    "asked",
    [
        {"budget_cny": 300_000},
        {"budget_cny": 400_000, "must": BUDGET},
        {"budget_cny": 300_000, "must": BUDGET, "kinds": (Kind.CASE,)},
        {"budget_cny": 300_000, "must": BUDGET, "limit": 0},
        {"budget_cny": 300_000, "must": BUDGET | {Constraint.SECTOR}, "sectors": ("C292",)},
    ],
    ids=["a wish", "within", "cases alone", "nothing listed", "another hard limit"],
)
def test_nothing_is_told_of_what_is_left_out_for_another_reason(
    graded: Built, asked: dict[str, Any]
) -> None:
    assert told(graded, **asked)[1] is None


def test_nothing_is_told_where_what_is_shown_is_as_good(graded: Built) -> None:
    query = MatchQuery(text="换模慢，设备老停机", budget_cny=300_000, must=BUDGET)
    codes = {one.code for one in graded.matcher.match(query).notes}
    assert "over_limit" not in codes


def test_where_nothing_passes_the_best_is_named_beside(graded: Built) -> None:
    asked: dict[str, Any] = {"sectors": ("C18",), "must": BUDGET | {Constraint.SECTOR}}
    with graded.store.writing("test") as writer:
        for name in ("机器视觉质检", "云梭软件有限公司"):
            writer.retire(graded.ids[name])
    answer, note = told(graded, budget_cny=1_000, **asked)
    assert not answer.solutions and note is not None and note.data["id"] == graded.ids[SEWING]


def test_demonstration_data_say_so_and_the_city_tells_the_price(graded: Built) -> None:
    with graded.store.writing("test") as writer:
        record = graded.store.get(graded.ids[SEWING]).record
        assert isinstance(record, Solution)
        writer.put(record.model_copy(update={"demonstration": True}))
        writer.put(
            Listing(
                name=f"{SEWING}@绍兴",
                city="绍兴",
                solution=Reference(name=SEWING, id=graded.ids[SEWING]),
                packages=(Package(name="单线", price_cny=310_000),),
            )
        )
    note = told(graded, budget_cny=300_000, must=BUDGET, city="绍兴")[1]
    assert note is not None and note.data["over_cny"] == 10_000
    assert "首年费用每条线 310,000 元起" in render(note) and "演示数据" in render(note)
    assert "demonstration data" in render(note, "en")
    assert told(graded, budget_cny=300_000, must=BUDGET, demonstration=False)[1] is None


def test_a_need_that_nothing_serves_is_told_nothing_else(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = Calibration("test", (BY_TEXT,) * 3, unserved_from=-1.0, provenance={})
    monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: calibration)
    answer, note = told(built, budget_cny=300_000, must=BUDGET)
    assert answer.unserved and note is None


DOES = (Reason("function", {}),)
NO_SIGNALS = Signals(*[0.0] * 9)


def match(grade: str | None, does: bool) -> Match:
    record = Solution(name="甲")
    reasons = DOES if does else ()
    return Match(1, Kind.SOLUTION, "a", record, 0.5, NO_SIGNALS, reasons, (), (), (), grade)


@pytest.mark.parametrize(
    ("left_out", "shown", "better"),
    [
        (("good", False), ("partly", True), True),
        (("good", True), ("good", False), True),
        (("good", True), ("good", True), False),
        (("good", False), ("good", False), False),
        (("partly", True), ("good", False), False),
        (("partly", True), ("weak", False), False),
        (("weak", True), ("weak", False), False),
        ((None, True), (None, False), True),
        ((None, False), (None, False), False),
        ((None, True), (None, True), False),
        ((None, True), None, True),
        (("good", False), None, True),
        (("partly", True), None, False),
        (("solves", False), ("good", True), True),
        ((None, False), None, False),
    ],
)
def test_clearly_better(
    left_out: tuple[str | None, bool], shown: tuple[str | None, bool] | None, better: bool
) -> None:
    assert _better(match(*left_out), [match(*shown)] if shown else []) is better
