"""What the tables print in their cells."""

from __future__ import annotations

import pytest

from api.schemas import UnderstoodBody
from api.tables import _package, _told, money, named
from catalog.records import Package, PriceModel


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        (9_999, "9,999元", "¥9,999"),
        (10_000, "1万", "¥10,000"),
        (200_000, "20万", "¥200,000"),
        (1_234_567, "123.4567万", "¥1,234,567"),
        (99_999_999, "9999.9999万", "¥99,999,999"),
        (1_000_000_000, "100000万", "¥1,000,000,000"),
    ],
)
def test_no_digit_of_an_amount_is_lost(amount: int, zh: str, en: str) -> None:
    assert (money(amount, "zh"), money(amount, "en")) == (zh, en)


def test_a_price_for_one_of_many_says_of_what() -> None:
    box = Package(name="单台标准盒", price_cny=1_980, deploy_days=2)
    assert (_package(box, "zh"), _package(box, "en")) == ("1,980元/台 2天", "¥1,980/machine 2 days")
    line = Package(name="单线", price_cny=16_500, price_model=PriceModel.YEARLY)
    assert _package(line, "zh") == "1.65万/年/条线"
    seat = Package(name="席位", price_cny=300, price_model=PriceModel.PER_USER_MONTH)
    assert _package(seat, "zh") == "300元/人/月"
    assert _package(Package(name="标准版", price_cny=500), "zh") == "500元"


def test_tags_by_their_names() -> None:
    assert named("payment", "yearly", "zh", refused=True) == "不要按年付"
    assert named("payment", "one_off", "en") == "one-off payment"
    assert named("technology", "cloud", "en", refused=True) == "not cloud"


def test_a_faint_guess_of_a_trade_is_no_line() -> None:
    def told(confidence: float, words: str = "", given: bool = False) -> bool:
        return _told(
            UnderstoodBody(
                code="C134",
                name="制糖业",
                name_en="Sugar",
                confidence=confidence,
                words=words,
                given=given,
            )
        )

    assert not told(0.04)
    assert told(0.2) and told(0.04, words="甘蔗") and told(0.04, given=True)
