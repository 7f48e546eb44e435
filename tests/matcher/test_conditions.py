"""What stands around a need and tells nothing of it: courtesies, and conditions of payment and place."""

from __future__ import annotations

import pytest

from catalog.wording import normalised
from matcher.types import Constraint, MatchQuery
from matcher.understanding.asked import asked
from matcher.understanding.conditions import conditions_among
from matcher.understanding.courtesies import without_courtesies
from matcher.wishes import with_limits


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("您好，请问一下质检漏检怎么办", "质检漏检怎么办"),
        ("老板让我问一下仓库的货老是对不上账", "仓库的货老是对不上账"),
        ("在吗？我想问下模具管理", "模具管理"),
        ("领导说了,今年上MES", "今年上MES"),
        ("hi, looking for MES", "looking for MES"),
        ("my boss asked me to find out about scheduling", "scheduling"),
        ("hola, buenas tardes, quiero inventario", "quiero inventario"),
    ],
)
def test_courtesies_are_left_out(text: str, left: str) -> None:
    assert without_courtesies(normalised(text)) == normalised(left)


@pytest.mark.parametrize(
    "text",
    [
        "老板要看数据",
        "老板说不清哪台亏",
        "厂长让我们搞报工",
        "history of lots",
        "问题是仓库乱",
        "想要问卷调查系统",
        "你好",
    ],
)
def test_what_tells_something_stays(text: str) -> None:
    assert without_courtesies(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("不要月租的，仓库管理", "仓库管理"),
        ("唔要月費，一次過買斷，管模具用", "管模具用"),
        ("要本地部署，考勤", "考勤"),
        ("AI什么的不感兴趣，就要个巡检记录", "就要个巡检记录"),
        (
            "No subscriptions, one-off purchase only. Time sheets against jobs.",
            "Time sheets against jobs",
        ),
        ("no cloud, purchasing", "purchasing"),
        ("must run offline, shop floor reporting", "shop floor reporting"),
        ("不能联网，只能内网用，车间数据采集", "车间数据采集"),
        ("sin cuotas mensuales, nóminas", "nóminas"),
    ],
)
def test_conditions_are_set_aside(text: str, left: str) -> None:
    need = asked(text)
    assert need.text == left and need.aside


@pytest.mark.parametrize(
    "text",
    [
        "年费没人记得交，老断网",
        "服务费收不回来，对账难",
        "想要按月付的MES",
        "不要上云",
    ],
)
def test_a_pain_about_fees_and_conditions_alone_are_read(text: str) -> None:
    assert asked(text).text == normalised(text) and not asked(text).aside


def test_a_condition_that_is_set_aside_still_counts() -> None:
    query = with_limits(MatchQuery("数据不能出厂，想做MES"), ())
    assert query.refused_technologies == ("cloud",) and Constraint.WITHOUT in query.must


def test_places() -> None:
    assert conditions_among(["不要月租的", "仓库管理", "nothing in the cloud"]) == {0, 2}
    assert conditions_among(["云盘满了", "月租算不清", "厂里老断网", "内网老掉线"]) == set()


def test_a_price_is_for_something() -> None:
    """What is left is never a price alone."""
    assert asked("仓库管理，预算6万").text == "仓库管理,预算6万"
