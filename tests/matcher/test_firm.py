"""What a need says about its firm: how many people it has, and the level that it wants to reach."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.wording import normalised
from matcher.limits import read_limits

TODAY = date(2026, 6, 15)


def read_of(text: str, field: str) -> int | str | None:
    limits = read_limits(normalised(text), TODAY)
    return next((one.value for one in limits if one.field == field), None)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("六十人以下的厂，仓库乱", 59),
        ("我们厂不到二十人", 19),
        ("三百多个人，考勤乱", 300),
        ("一百三十个人左右，考勤", 130),
        ("工人九十六個，考勤亂", 96),
        ("在册412人", 412),
        ("90多号兄弟，排班靠吼", 90),
        ("加起来六百号人，放假安排乱", 600),
        ("staff: 85. stock is a mess", 85),
        ("we employ 400, payroll is a mess", 400),
        ("a team of 30, stock is a mess", 30),
        ("220 operadores, nómina a mano", 220),
        ("60 trabajadoras cosen", 60),
        ("40 empleados", 40),
        ("plantilla de 90", 90),
        ("somos 45, hacemos bombas", 45),
    ],
)
def test_the_people_of_a_firm(text: str, people: int) -> None:
    assert read_of(text, "headcount") == people


@pytest.mark.parametrize(
    "text",
    [
        "复判要8个人",
        "三个人轮班看炉子",
        "一班12人",
        "一条线三十来号人",
        "缺两个人",
        "招20人",
        "培训30人",
        "客户来了五个人",
        "仓库有四百口缸",
        "全厂四十个工位",
        "3 inspectors per shift",
        "we need to hire 20 people",
        "12 people in planning",
        "my neighbour has 300 people",
        "25 people leave for Spring Festival",
        "cada mes entran 16 empleados nuevos",
        "faltan 12 operarios",
    ],
)
def test_people_who_are_no_headcount(text: str) -> None:
    assert read_of(text, "headcount") is None


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("本月新进员工十四人，离职九人，目前在册员工四百一十二人", 412),
        ("车间有80个工人，办公室30个职员，全厂110人", 110),
        ("有三十个工人，一共五十人", 50),
    ],
)
def test_of_several_counts_all_of_the_firm_counts(text: str, people: int) -> None:
    assert read_of(text, "headcount") == people


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("企业数字化水平自评：二级。目标：三级", 3),
        ("现在是二级想升三级", 3),
        ("我们已经评上二级了，想冲三级", 3),
        ("目前一级，想达到二级", 2),
        ("自评二级", None),
        ("pasar de nivel 1 a nivel 2", 2),
        ("de nivel 1 a nivel 2", 2),
        ("from level 1 to level 3", 3),
        ("we are at level 2 now and want to reach level 3", 3),
        ("from 2 to 3 shifts", None),
    ],
)
def test_the_level_to_be_reached_is_not_the_present_one(text: str, level: int | None) -> None:
    assert read_of(text, "level") == level
