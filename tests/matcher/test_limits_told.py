"""What a few words tell: days however they are spelt, refusals, headcounts, what is wished for."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.wording import normalised
from matcher.limits import read_limits

TODAY = date(2026, 6, 15)


def read_of(text: str, field: str) -> int | str | None:
    limits = read_limits(normalised(text), TODAY)
    return next((one.value for one in limits if one.field == field and not one.refused), None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("下周天要上线", "下周日要上线"),
        ("lo quiero antes del once de julio", "lo quiero antes del 11 de julio"),
        ("antes del veintidos de julio", "antes del veintidós de julio"),
    ],
)
def test_a_day_is_the_same_however_it_is_spelt(one: str, other: str) -> None:
    assert read_of(one, "days") == read_of(other, "days") is not None


@pytest.mark.parametrize(
    "text",
    [
        "领导说不能再上云了,就做设备点检",
        "我们没有5G,也不打算上5G",
        "不做低代码,做点检",
        "AI就算了,质检相机简单点",
        "上云已经上了,缺排产",
        "车间没有物联网",
    ],
)
def test_what_is_refused_or_there_already_is_no_wish(text: str) -> None:
    assert read_of(text, "technology") is None


@pytest.mark.parametrize(
    "text", ["想上AI质检", "有没有AI质检", "能不能上AI质检", "你们做不做AI质检"]
)
def test_a_question_is_a_wish(text: str) -> None:
    assert read_of(text, "technology") == "AI"


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("五金厂,85人,仓库乱", 85),
        ("规模:150人", 150),
        ("plastics, 300 workers", 300),
        ("复判要8个人", None),
        ("四十人", 40),
    ],
)
def test_a_clause_that_is_a_headcount_tells_one(text: str, people: int | None) -> None:
    assert read_of(text, "headcount") == people


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("need a WMS for 50k yuan", "50k yuan"),
        ("要一万块左右的仓库软件", "一万块左右"),
        ("qué sistema hay por 20 mil yuanes", "20 mil yuanes"),
    ],
)
def test_what_is_wished_for_is_no_part_of_the_limit(text: str, words: str) -> None:
    assert [limit.words for limit in read_limits(text, TODAY)] == [words]


@pytest.mark.parametrize(
    "text",
    [
        "预算八万，多一分没有",
        "预算八万不能突破",
        "总价不过八万，仓库",
        "超过五万免谈，考勤",
        "頂盡八萬，考勤",
        "最多再给八万，仓库",
        "我们只有八万，仓库",
        "八万左右，超了就算了",
        "not a cent over 40k yuan, stock control",
        "60k RMB is all I have, stock control",
        "ni un yuan más de 80 mil, inventario",
        "anything over 50k yuan is out",
    ],
)
def test_a_budget_that_is_all_there_is_is_a_hard_limit(text: str) -> None:
    (budget,) = (one for one in read_limits(normalised(text), TODAY) if one.field == "budget")
    assert budget.hard


@pytest.mark.parametrize("text", ["预算八万，不过可以谈", "预算大概八万，多培训几次"])
def test_a_budget_that_may_be_talked_about_is_none(text: str) -> None:
    (budget,) = (one for one in read_limits(normalised(text), TODAY) if one.field == "budget")
    assert not budget.hard
