"""Figures in a need's words: amounts, sums that are left to be worked out, periods, dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.easter import easter

from catalog.wording import normalised
from matcher.limits import read_limits, without_limits
from matcher.limits.amounts import amounts, foreign_sums
from matcher.limits.derived import derived
from matcher.limits.figures import figures
from matcher.limits.periods import periods
from matcher.limits.phrases import rows


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("一台给两千块,十二台", {"each": 24_000}),
        ("1,500 RMB a machine, 14 machines", {"each": 21_000}),
        ("三个合伙人,一人认三万", {"each": 90_000}),
        ("老大出八万,老二出五万,我再贴两万", {"sum": 150_000}),
        ("报价二十万,砍到八万", {}),
        ("罚了六万,拿罚款的一半出来", {"share": 30_000}),
        ("costó 64.000 yuanes, pago la mitad de aquello", {"share": 32_000}),
        ("那机子花了45万,不超过它的十分之一", {"share": 45_000}),
        ("花了九千,愿意出到那笔钱的三倍", {"share": 27_000}),
        ("a third of the 90k yuan", {"share": 30_000}),
        ("贵了三成", {}),
        ("考勤机两千一台,要5台", {"each": 10_000}),
        ("40多个工人,每个工位算2600块,一共24个工位", {"each": 62_400}),
        ("40副模具,每副300块", {"each": 12_000}),
        ("单线五万内,两条线", {"each": 100_000}),
        ("60 yuan per user, 40 office users", {"each": 2_400}),
        ("900 RMB for each of our 50 machines", {"each": 45_000}),
        ("for each of our 20 welding booths I can pay 1,500 RMB", {"each": 30_000}),
        ("24 x 3,500 yuan", {"each": 84_000}),
        ("CNY 1,800 each for 15 dryers", {"each": 27_000}),
        ("450 yuan monthly per line for 20 lines", {"each": 9_000}),
    ],
)
def test_sums_that_are_left_to_be_worked_out(text: str, sums: dict[str, int]) -> None:
    told = [(said, said.value) for said in amounts(text) if said.money]
    assert {form: value for form, _, value in derived(text, told, told)} == sums


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("一万五", 15_000), ("三五万", 50_000), ("十五六万", 160_000), ("十来万", 100_000)),
        *(("一百二三十万", 1_300_000), ("1万5", 15_000), ("一亿三", 130_000_000)),
        *(
            ("两个亿", 200_000_000),
            ("一万零五百", 10_500),
            ("伍拾万元", 500_000),
            ("万把块", 10_000),
        ),
        *(("8-10万", 100_000), ("80.000 yuanes", 80_000), ("1,5 millones de yuanes", 1_500_000)),
        *(("fifty thousand yuan", 50_000), ("half a million yuan", 500_000), ("RMB200k", 200_000)),
        *(
            ("二十台", None),
            ("5万美元", None),
            ("$50k", None),
            ("三十万套", None),
            ("几万块", None),
            ("万一停了", None),
            ("二十个W", 200_000),
            ("20个达不溜", 200_000),
            ("万儿八千", 10_000),
            ("十万八万", 100_000),
            ("廿万", 200_000),
            ("大几万", 90_000),
            ("20 wan", 200_000),
            ("a quarter million yuan", 250_000),
            ("港币二十万", None),
            ("13万6,一分不加", 136_000),
            ("参拾万元", 300_000),
            ("RMB 2.5 lakh", 250_000),
            ("¥2,40,000", 240_000),
            ("28 ten-thousand yuan", 280_000),
            ("un cuarto de millón de yuanes", 250_000),
            ("setecientos mil yuanes", 700_000),
            ("un millón doscientos mil yuanes", 1_200_000),
            ("quince mil quinientos yuanes", 15_500),
            ("23 mil 500 yuanes", 23_500),
            ("millón y medio de yuanes", 1_500_000),
            ("un millón y medio de yuanes", 1_500_000),
            ("cuarenta y tres wan", 430_000),
            ("only two wan", 20_000),
            ("90 000 yuanes", 90_000),
            ("340'000 yuan", 340_000),
            ("29 thou", 29_000),
        ),
    ],
)
def test_amounts(text: str, value: int | None) -> None:
    assert [said.value for said in amounts(text) if said.money] == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "days"),
    [
        *(
            ("一个半月", 45),
            ("半年", 180),
            ("一年半", 545),
            ("两三个月", 90),
            ("俩月", 60),
            ("个把月", 30),
        ),
        *(
            ("10个工作日", 10),
            ("十天半个月", 15),
            ("半月", 15),
            ("上半月", None),
            ("半月刊", None),
            ("一个季度", 90),
            ("三月", None),
            ("2026年", None),
        ),
        *(("two and a half months", 75), ("half a year", 180), ("a couple of weeks", 14)),
        *(("un mes y medio", 45), ("medio año", 180), ("八小时", None)),
        *(("三个月零十天", 100), ("a fortnight", 14), ("a quarter million", None)),
        *(("十天八天", 10), ("十天八日", 10)),
    ],
)
def test_periods(text: str, days: int | None) -> None:
    assert [said.value for said in periods(text)] == ([days] if days else [])


@pytest.mark.parametrize(
    ("text", "today", "days"),
    [
        ("国庆前上线", date(2026, 10, 2), 364),
        ("年底前上线", date(2026, 12, 31), 1),
        ("下个月要用", date(2026, 12, 15), 47),
        ("春节前上线", date(2026, 2, 18), 353),
        ("2月底前上线", date(2028, 1, 1), 59),
        ("第三季度前上线", date(2026, 6, 15), 16),
        ("明年一季度末前上线", date(2026, 6, 15), 289),
        ("Q1上线", date(2026, 6, 15), 289),
        ("下季度上线", date(2026, 11, 1), 150),
        ("下下个月底前上线", date(2026, 11, 15), 77),
        ("下周五之前装好", date(2026, 6, 15), 11),
        ("开春就要用", date(2026, 12, 1), 89),
        ("明年初上线", date(2026, 12, 1), 61),
        ("2026-09-30前上线", date(2026, 6, 15), 107),
        ("从7月1号算起三个月内交付", date(2026, 6, 15), 106),
        ("国庆节后就要用上", date(2026, 6, 15), None),
        ("live before Q4", date(2026, 6, 15), 108),
        ("live by the end of 2026", date(2026, 6, 15), 199),
        ("running by Oct 1", date(2026, 6, 15), 108),
        ("2月30日前上线", date(2026, 1, 1), None),
        ("明年3月前上线", date(2026, 12, 1), 90),
        ("年前要弄好", date(2027, 1, 27), 10),
        ("过年前上线", date(2036, 2, 1), None),
        ("live before Chinese New Year", date(2036, 2, 1), None),
        ("本季度内上线", date(2026, 5, 1), 60),
        ("下周上线", date(2026, 6, 15), 13),
        ("去年年底前上线的系统", date(2026, 6, 15), None),
        ("live before March", date(2026, 1, 1), 59),
        ("live by mid March", date(2026, 1, 1), 73),
        ("ready by the end of the quarter", date(2026, 5, 1), 60),
        ("ready by next month", date(2026, 12, 1), 61),
        ("listo antes del 15 de mayo de 2027", date(2027, 5, 1), 14),
        ("que funcione antes de Navidad", date(2026, 12, 1), 24),
        ("重阳节那天大屏得亮", date(2026, 6, 15), 125),
        ("本月二十八号前开通账号", date(2026, 6, 15), 13),
        ("二十号搬新址,搬之前条码要贴完", date(2026, 6, 15), 5),
        ("10月5号开业,开业那天要能扫码", date(2026, 6, 15), 112),
        ("五个月后新厂投产,系统要跟着一起开", date(2026, 6, 15), 150),
        ("七月十五之前给我个能跑的版本", date(2026, 6, 15), 30),
        ("后天就要用", date(2026, 6, 15), 2),
        ("月底对账要对一个礼拜", date(2026, 6, 15), None),
        ("The audit is on 12 October and it must work by then", date(2026, 6, 15), 119),
        ("funcionar para mediados de octubre", date(2026, 6, 15), 122),
        ("9月初（9月1日）投产,WMS要同时开", date(2026, 6, 15), 78),
        ("it must be live in the fourth quarter", date(2026, 6, 15), 199),
        ("up before the national holiday", date(2026, 6, 15), 108),
        ("it must be live by Oct. 1", date(2026, 6, 15), 108),
        ("ready by late August", date(2026, 6, 15), 77),
        ("ready by the second week of September", date(2026, 6, 15), 91),
        ("running by the third quarter", date(2026, 6, 15), 107),
        ("live by Friday", date(2026, 6, 15), 4),
        ("listo antes de que acabe agosto", date(2026, 6, 15), 77),
        ("listo para el 15/9", date(2026, 6, 15), 92),
        ("que funcione al cierre del año", date(2026, 6, 15), 199),
        ("listo en la primera quincena de agosto", date(2026, 6, 15), 61),
        ("que funcione el mes que viene", date(2026, 6, 15), 46),
        ("listo antes del feriado nacional", date(2026, 6, 15), 108),
        ("10.31之前上线进销存", date(2026, 6, 15), 138),
        ("que esté en un par de meses", date(2026, 6, 15), 60),
        ("approved on Friday, no date yet", date(2026, 6, 15), None),
        ("se olvida el martes", date(2026, 6, 15), None),
        ("it must be running by Saturday", date(2026, 6, 15), 5),
        ("it must be running by Wednesday", date(2026, 6, 18), 6),
        ("it must work by Monday next week", date(2026, 6, 15), 7),
        ("que funcione para el viernes de la semana que viene", date(2026, 6, 15), 11),
        ("puesta en servicio: 31-10-2026", date(2026, 6, 15), 138),
        ("go-live by 30.09.2026", date(2026, 6, 15), 107),
        ("in operation by mid-November. 21 trucks", date(2026, 6, 15), 153),
        ("que funcione el mes que entra", date(2026, 6, 15), 46),
        ("it must be done this year", date(2026, 6, 15), 199),
        ("今年要上线", date(2026, 6, 15), 199),
        ("今年订单少了三成", date(2026, 6, 15), None),
        ("系统9/15上线", date(2026, 6, 15), 92),
        ("it must be live by the tenth of September", date(2026, 6, 15), 87),
        ("it must be live by September twenty-first", date(2026, 6, 15), 98),
        ("listo antes del diez de septiembre", date(2026, 6, 15), 87),
        ("listo antes del veintiuno de septiembre", date(2026, 6, 15), 98),
        ("it must be live before the new year", date(2026, 12, 1), 31),
        ("live before New Year's Day", date(2026, 12, 1), 31),
        ("que funcione antes de Año Nuevo", date(2026, 12, 1), 31),
        ("que funcione antes del año nuevo chino", date(2026, 12, 1), 67),
        ("入夏前要上线", date(2026, 4, 1), 61),
        ("it must be running before winter", date(2026, 6, 15), 169),
        ("que funcione antes del verano", date(2026, 4, 1), 61),
        ("六一前上线", date(2026, 4, 1), 61),
        ("running by the first half of next year", date(2026, 12, 1), 211),
        ("in summer orders double", date(2026, 4, 1), None),
        ("next year we will be two hundred people", date(2026, 4, 1), None),
        ("third of May's orders were late", date(2026, 4, 1), None),
        ("live before St Patrick's Day", date(2026, 12, 1), 106),
        ("it must be live by Easter", date(2026, 12, 1), 117),
        ("running before Thanksgiving", date(2026, 6, 15), 164),
        ("que funcione antes de Semana Santa", date(2026, 12, 1), 110),
        ("listo antes de Reyes", date(2026, 12, 1), 36),
        ("listo antes del Día de Muertos", date(2026, 6, 15), 140),
        ("3·15前要上线追溯", date(2026, 12, 1), 104),
        ("315之前追溯要用上", date(2026, 12, 1), 104),
        ("高考前要装好", date(2026, 6, 1), 6),
        ("年三十之前装好", date(2026, 12, 1), 67),
        ("年卅晚前要用", date(2026, 12, 1), 67),
        ("小年前要上线", date(2026, 12, 1), 60),
        ("腊月二十之前上线", date(2026, 12, 1), 57),
        ("腊月廿三之前上线", date(2026, 12, 1), 60),
        ("正月初八之前上线", date(2026, 12, 1), 74),
        ("年初八开工前要用", date(2026, 12, 1), 74),
        ("过完年三月份就能用上", date(2026, 12, 1), 120),
        ("过完元宵节开工以后两个月之内上线", date(2026, 12, 1), 141),
        ("今年三十台设备要联网", date(2026, 12, 1), None),
        ("we ship to eastern China", date(2026, 12, 1), None),
    ],
)
def test_dates_count_from_today(text: str, today: date, days: int | None) -> None:
    read = {limit.field: limit.value for limit in read_limits(text, today)}
    assert read.get("days") == days


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("年底前想把仓库管起来", "把仓库管起来"),
        ("三个月内把仓库管起来", "把仓库管起来"),
        ("两个月内上线一套报价系统", "一套报价系统"),
    ],
)
def test_what_is_to_be_done_by_then_is_left(text: str, left: str) -> None:
    assert without_limits(text, read_limits(text, date(2026, 6, 15))).strip() == left


def test_feasts_that_move_with_easter_are_those_of_the_calendar() -> None:
    away = {"easter": 0, "good friday": -2, "semana santa": -7}
    for name, days in away.items():
        (row,) = (row for row in rows("festival") if name in row["pattern"])
        listed = [date.fromisoformat(day) for day in row["value"].split()]
        assert listed == [easter(day.year) + timedelta(days) for day in listed]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("月费的不要，要一次买断，仓库管理，人民币25万左右", 250_000),
        ("不要按月付，总共八万，考勤", 80_000),
        ("唔要月費，一次過買斷，十五萬", 150_000),
        ("月费制的别来，总价十二万", 120_000),
        ("sin cuota mensual, 80 mil yuanes de una vez", 80_000),
        ("上家按月付的，我们想一次性付清，8万以内", 80_000),
        ("包月的那种，两千左右", 24_000),
        ("月费不要超过两千", 24_000),
        ("不要培训，月租八百", 9_600),
    ],
)
def test_what_is_paid_by_the_month_is_told_and_not_refused(text: str, value: int) -> None:
    told = figures(normalised(text), date(2026, 6, 15))
    assert [one.value for one in told if one.field == "budget"] == [value]


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("presupuesto máximo 150 mil pesos", ("150 mil pesos",)),
        ("港纸十万以内", ("港纸十万",)),
        ("2000万越南盾或五十万泰铢", ("2000万越南盾", "五十万泰铢")),
        ("预算八千刀", ("八千刀",)),
        ("AUD 15k or SGD20k", ("AUD 15k", "SGD20k")),
        ("5 lakh rupees", ("5 lakh rupees",)),
        ("budget 5 lakh", ("5 lakh",)),
        ("presupuesto: 30 mil soles", ("30 mil soles",)),
        ("we make 30k soles a day", ()),
        ("budget £12k", ("£12k",)),
        ("12k quid", ("12k quid",)),
        ("预算50万台币", ("50万台币",)),
        ("budget 20,000 EUR", ("20,000 EUR",)),
        ("3美元一个", ()),
        ("RMB 2.5 lakh", ()),
        ("2.2 lakh (RMB)", ()),
        ("26 mil pesos chinos", ()),
        ("二十万人民币", ()),
    ],
)
def test_foreign_money_is_never_read(text: str, sums: tuple[str, ...]) -> None:
    assert foreign_sums(text) == sums
    if sums:
        assert amounts(text) == []
