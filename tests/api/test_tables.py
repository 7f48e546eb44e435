"""What the tables print in their cells."""

from __future__ import annotations

import pytest

from api.tables import money, named


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


def test_tags_by_their_names() -> None:
    assert named("payment", "yearly", "zh", refused=True) == "不要按年付"
    assert named("payment", "one_off", "en") == "one-off payment"
    assert named("technology", "cloud", "en", refused=True) == "not cloud"
