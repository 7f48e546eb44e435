"""Clauses that name a subject only to set it aside are not read as needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from catalog.wording import normalised
from matcher.understanding.asked import asked
from matcher.understanding.clause_fit import (
    Marked,
    clause_examples,
    fit,
    marked,
    measures,
    ship,
)
from matcher.understanding.clauses import (
    BIAS,
    clauses,
    likelihoods,
    requested,
    shipped_weights,
)


@pytest.mark.parametrize(
    ("text", "left", "aside"),
    [
        ("不用管财务，仓库找不着料", "仓库找不着料", ("不用管财务",)),
        ("质量我们有系统了，排产还靠白板", "排产还靠白板", ("质量我们有系统了",)),
        ("仓库老对不上，财务不用管", "仓库老对不上", ("财务不用管",)),
        ("用友U8在用，仓库还是乱", "仓库还是乱", ("用友U8在用",)),
        (
            "Payroll is fine, we need to know what each part costs",
            "we need to know what each part costs",
            ("Payroll is fine",),
        ),
        (
            "la contabilidad ya está resuelta, falta controlar el almacén",
            "falta controlar el almacén",
            ("la contabilidad ya está resuelta",),
        ),
    ],
)
def test_what_is_solved_or_not_wanted_is_set_aside(
    text: str, left: str, aside: tuple[str, ...]
) -> None:
    assert requested(normalised(text)) == (left, aside)


@pytest.mark.parametrize(
    "text",
    [
        "系统已经上了三年，数据还是对不上",
        "别再漏发货了，客户要跑了",
        "金蝶跟MES接不上，每天人工再录一遍",
        "我们是做阀门的，六十来人，想上报工",
        "stop the presses from breaking down, every week the same",
        "排产不是问题",
        "质量问题不断，客户投诉",
    ],
)
def test_a_need_is_read_whole(text: str) -> None:
    text = normalised(text)
    assert requested(text) == (text, ())


def test_a_brand_that_is_set_aside_is_no_kind_of_product() -> None:
    need = asked("用友U8在用，仓库还是乱")
    assert need.text == "仓库还是乱" and not need.brands
    assert need.aside == ("用友U8在用",)
    whole = asked("用友U8在用，仓库还是乱", whole=True)
    assert "(ERP)" in whole.text and not whole.aside


def test_no_text_is_too_long_or_too_plain_to_be_judged() -> None:
    """A score that is far below zero is a likelihood of zero."""
    assert likelihoods(["一", "二"], {BIAS: -2_000.0}) == [0.0, 0.0]


def test_of_clauses_that_all_set_aside_the_least_likely_is_asked_for() -> None:
    weights = {BIAS: 2.0, "^": -0.5, "#last": -1.0}
    first, last = likelihoods(["一", "二"], weights)
    assert first + last < 1 < 2 * first and last < 0.5


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("3.5万元。想快点", ["3.5万元", "想快点"]),
        ("仓库先不动 先搞电费", ["仓库先不动", "先搞电费"]),
        ("产量有但不准", ["产量有", "但不准"]),
        ("it works but slowly", ["it works", "but slowly"]),
        ("，，急！", ["，，急"]),
        ("", []),
    ],
)
def test_clauses(text: str, own: list[str]) -> None:
    assert [clause for clause, _ in clauses(text)] == own


@given(st.text(alphabet="仓库不用管了,，。 ab但就是", max_size=60))
def test_something_is_always_asked_for(text: str) -> None:
    assert "".join(clause + between for clause, between in clauses(text)).strip() in text
    left, aside = requested(text)
    assert left == text or aside
    assert left or not text


def test_marks_tell_which_clause_is_set_aside() -> None:
    assert marked("甲", "<x>财务不用管</x>，就是仓库乱") == Marked(
        "甲", ("财务不用管", "就是仓库乱"), (True, False)
    )


def test_the_weights_are_those_of_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted again they are the shipped ones, but for the last digits; unseen authors are told."""
    import matcher.understanding.clause_fit as fitting

    examples = clause_examples()
    weights, shipped = fit(examples), shipped_weights()
    known = weights.keys() & shipped.keys()
    assert len(known) > 0.99 * len(shipped)
    assert max(abs(weights[name] - shipped[name]) for name in known) < 0.02
    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    lines = ship(weights).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "feature,weight" and len(lines) == 1 + len(weights)


@pytest.mark.slow
def test_an_author_who_was_not_learned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import matcher.understanding.clause_fit as fitting

    examples = clause_examples()
    monkeypatch.setattr(
        fitting, "fit", lambda part: fit([one for one in examples if one.author != "zh2"])
    )
    (row,) = measures([one for one in examples if one.author == "zh2"])
    assert row["aside"] > 100 and row["precision"] >= 0.85 and row["recall"] >= 0.55


def test_the_command_shows_each_author_apart_and_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matcher.understanding.clause_fit as fitting

    few = [one for one in clause_examples() if one.author in ("zh1", "zh2")][::4]
    monkeypatch.setattr(fitting, "clause_examples", lambda: few)
    monkeypatch.setattr(fitting, "_others", lambda: [])
    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    shown = CliRunner().invoke(app, ["tune-clauses"])
    assert shown.exit_code == 0 and "zh1" in shown.stdout and "zh2" in shown.stdout
    assert not list(tmp_path.iterdir())
    assert CliRunner().invoke(app, ["tune-clauses", "--write"]).exit_code == 0
    assert (tmp_path / "clause_weights.csv").is_file()
