"""Prices, periods, levels, numbers, dates and labels as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.labels import split_labels
from catalog.quantities import (
    read_date,
    read_days,
    read_level,
    read_number,
    read_price,
)
from catalog.records import MAX_DAYS, MAX_MONEY_CNY, PriceModel

ONE_OFF, YEARLY, FREE = PriceModel.ONE_OFF, PriceModel.YEARLY, PriceModel.FREE


@pytest.mark.parametrize(
    ("text", "low", "high", "floor", "model"),
    [
        ("约50万元", 500_000, None, False, ONE_OFF),
        ("免费/开源", 0, None, False, FREE),
        ("开源免费", 0, None, False, FREE),
        ("4999元/年起", 4_999, None, True, YEARLY),
        ("6-10万元", 60_000, 100_000, False, ONE_OFF),
        ("8千-1.2万", 8_000, 12_000, False, ONE_OFF),
        ("3000-1万", 3_000, 10_000, False, ONE_OFF),
        ("￥58,000", 58_000, None, False, ONE_OFF),
        ("199元/月/用户", 199, None, False, PriceModel.PER_USER_MONTH),
        ("1200元/用户/年", 100, None, False, PriceModel.PER_USER_MONTH),
        ("15万元（含首年服务）", 150_000, None, False, ONE_OFF),
        ("二十八万元", 280_000, None, False, ONE_OFF),
        ("价格 二十八万元", 280_000, None, False, ONE_OFF),
        ("3 万元", 30_000, None, False, ONE_OFF),
        ("三点五万元", 35_000, None, False, ONE_OFF),
        ("8万", 80_000, None, False, ONE_OFF),
        ("3.5万/年", 35_000, None, False, YEARLY),
        ("1,200元", 1_200, None, False, ONE_OFF),
        ("10万以内", 100_000, None, False, ONE_OFF),
        ("２０ｗ", 200_000, None, False, ONE_OFF),
        ("20k", 20_000, None, False, ONE_OFF),
        ("12,000 RMB", 12_000, None, False, ONE_OFF),
        ("三年质保5万元", 50_000, None, False, ONE_OFF),
        ("2万元/台", 20_000, None, True, ONE_OFF),
        ("15万元,另加维保1万元/年", 150_000, None, True, ONE_OFF),
        ("面议", None, None, False, PriceModel.NEGOTIABLE),
        ("按节能量30%分成", None, None, False, PriceModel.SHARED_SAVINGS),
        ("0.3元/件", None, None, False, None),
    ],
)
def test_price(
    text: str, low: int | None, high: int | None, floor: bool, model: PriceModel | None
) -> None:
    price = read_price(text)
    assert (price.low, price.high, price.floor, price.model) == (low, high, floor, model)
    assert price.problem is None


@pytest.mark.parametrize(
    ("text", "amount", "approximate"),
    [
        ("十来万", 100_000, True),
        ("约十来万元", 100_000, True),
        ("二十多万", 200_000, True),
        ("50余万元", 500_000, True),
        ("壹拾万圆整", 100_000, False),
        ("人民币（大写）壹佰贰拾叁万肆仟元整", 1_234_000, False),
        ("贰拾伍萬整", 250_000, False),
    ],
)
def test_somewhat_more_than_a_round_amount_and_numerals_of_contracts(
    text: str, amount: int, approximate: bool
) -> None:
    price = read_price(text)
    assert (price.low, price.high, price.problem) == (amount, None, None)
    assert price.approximate is approximate and read_number(text).value == amount


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-5", "negative"),
        ("负5万", "negative"),
        ("99999999999万元", "absurd"),
        ("$5,000", "foreign"),
        ("几十万", "unreadable"),
        ("2026-05-20", "unreadable"),
        ("待定", "unreadable"),
        ("3套", "unreadable"),
    ],
)
def test_price_that_is_none(text: str, problem: str) -> None:
    price = read_price(text)
    assert (price.low, price.problem) == (None, problem)


@pytest.mark.parametrize(
    ("text", "unit", "low", "model"),
    [
        ("5", "万元", 50_000, ONE_OFF),
        ("5", "万元/年", 50_000, YEARLY),
        ("58000元", "万元", 58_000, ONE_OFF),
        ("3万", "元", 30_000, ONE_OFF),
    ],
)
def test_unit_of_the_header_counts_only_for_bare_numbers(
    text: str, unit: str, low: int, model: PriceModel
) -> None:
    price = read_price(text, unit)
    assert (price.low, price.model) == (low, model)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2个月", 60),
        ("即开即用", 0),
        ("3个工作日", 3),
        ("60个自然日", 60),
        ("半天", 1),
        ("6周", 42),
        ("两个月", 60),
        ("一个半月", 45),
        ("1个月15天", 45),
        ("半年", 180),
        ("45", 45),
        ("30-45天", 45),
        ("48小时", 2),
        ("3 months", 90),
        ("2 weeks", 14),
        ("三十天左右", 30),
        ("7天(含2天培训)", 7),
        ("待定", None),
        ("十几天", None),
        ("十来天", 10),
        ("二十多个工作日", 20),
        ("叁个月", 90),
        ("2026年5月20日", None),
        ("一年半", 548),
        ("两个月半", 75),
        ("1周半", 11),
        ("一年半个月", 380),
        ("半年", 180),
        ("6个月", 180),
        ("3月内", 90),
        ("一年内", 365),
    ],
)
def test_days(text: str, days: int | None) -> None:
    assert read_days(text).value == days


@pytest.mark.parametrize(
    "text",
    [
        "2026年6月底前",
        "2026年6月",
        "2026-06-30前",
        "2026.6",
        "6月底前",
        "六月底",
        "6月30日前",
        "10月份",
        "年底",
        "明年3月",
        "今年下半年",
        "月底前",
        "2026年5月20日",
    ],
)
def test_a_day_in_the_calendar_is_no_number_of_days(text: str) -> None:
    days = read_days(text)
    assert (days.value, days.problem) == (None, "dated")


def test_blurred_days_are_told_from_plain_ones() -> None:
    assert read_days("三十天左右").approximate
    assert not read_days("3个工作日").approximate
    assert read_days("-5").problem == "negative"


@pytest.mark.parametrize(
    "text", ["二级", "2", "L2", "规范级", "Ⅱ", "２级", "二级及以上", "一级→二级"]
)
def test_level_two(text: str) -> None:
    assert read_level(text) == 2


@pytest.mark.parametrize("text", ["", "5", "0", "无", "十二级"])
def test_no_level(text: str) -> None:
    assert read_level(text) is None


@pytest.mark.parametrize("text", ["2026-05-20", "2026年5月20日", "2026/5/20", "20260520"])
def test_date(text: str) -> None:
    assert read_date(text) == date(2026, 5, 20)


def test_date_that_does_not_exist() -> None:
    assert read_date("2026-02-30") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("2.5E+05", 250_000), ("1e3", 1_000), ("1.00E+05", 100_000), ("3.00E+01", 30), ("3E1", 30)],
)
def test_spreadsheets_write_large_numbers_with_a_power(text: str, number: int) -> None:
    assert read_price(text).low == number and read_price(text, "元").low == number
    assert read_price(f"{text}元").low == number and read_number(text).value == number
    if number <= MAX_DAYS:
        assert read_days(text).value == number and read_days(f"{text}天").value == number


def test_powers_and_long_fractions_have_their_bounds() -> None:
    assert read_price("1E+400").problem == "absurd" and read_days("1E+99").problem == "absurd"
    assert read_price("16.899999999999999999", "万元").low == 169_000
    assert not read_price("2.5E+05").floor and read_price("5E-2", "万元").low == 500


def test_number() -> None:
    assert read_number("1,200人").value == Decimal(1200)
    assert read_number("1.2万").value == Decimal(12000)
    assert read_number("约120人").approximate


def test_labels_split_outside_brackets_and_whole_names() -> None:
    assert split_labels("服装；纺织/染整,a、b|c\nd") == ("服装", "纺织", "染整", "a", "b", "c", "d")
    assert split_labels("食品（肉、蛋）、饮料") == ("食品（肉、蛋）", "饮料")
    assert split_labels("食品（肉、蛋") == ("食品（肉", "蛋")
    whole = ["计算机、通信和其他电子设备制造业"]
    assert split_labels("注塑、计算机、通信和其他电子设备制造业", whole) == ("注塑", whole[0])
    assert split_labels("「甲、乙」；丙") == ("甲、乙", "丙")


_CELLS = st.text() | st.text(
    "0123456789.,-~万千百十亿元年月天周日约/％%￥$（）()半个起一二两点级 wk", max_size=30
)


@given(_CELLS, st.sampled_from(["", "元", "万元", "万元/年", "天", "月"]))
def test_no_text_crashes_a_reader(text: str, unit: str) -> None:
    price = read_price(text, unit)
    for amount in (price.low, price.high):
        assert amount is None or 0 <= amount <= MAX_MONEY_CNY
    days = read_days(text, unit).value
    assert days is None or 0 <= days <= MAX_DAYS
    assert read_level(text) in (None, 1, 2, 3, 4)
    read_number(text)
    read_date(text)
    assert all(split_labels(text))


@pytest.mark.parametrize("text", ["一", "(", "1-", " 约", "一万", "¥"])
def test_long_repetitions_end(text: str) -> None:
    price, days = read_price(text * 20_000), read_days(text * 20_000).value
    for amount in (price.low, price.high):
        assert amount is None or 0 <= amount <= MAX_MONEY_CNY
    assert days is None or 0 <= days <= MAX_DAYS


@given(st.integers(1, MAX_MONEY_CNY), st.sampled_from(["{}元", "￥{:,}", "{} RMB", "约{}元"]))
def test_whole_amounts_come_back(amount: int, form: str) -> None:
    assert read_price(form.format(amount)).low == amount


@pytest.mark.parametrize(
    ("text", "days"), [("三五个月", 150), ("七八天", 8), ("十五六天", 16), ("二十一天", 21)]
)
def test_of_two_numbers_said_together_the_higher_counts(text: str, days: int) -> None:
    assert read_days(text).value == days
    assert read_price("三五万").low == 50_000 and read_price("二十八万").low == 280_000
