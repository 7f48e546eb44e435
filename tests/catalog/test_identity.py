"""When two records are the same record."""

from __future__ import annotations

import pytest

from catalog.identity import folded, keys_of, name_key
from catalog.records import Case, Enterprise, Listing, Need, Provider, Reference, Solution


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＭＥＳ 系统", "mes系统"), ("M E S", "mes"), ("Straße", "STRASSE"), ("甲\u3000乙", "甲乙")],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_names_that_differ() -> None:
    assert folded("设备联网") != folded("设备联网2")


def test_code_of_the_city_comes_before_name_and_provider() -> None:
    keys = keys_of(Solution(name="MES 系统", code="007", provider="甲公司"), "宁波")
    assert keys == ("solution|code|宁波|007", "solution|name|mes系统|甲公司")


def test_leading_zeros_count() -> None:
    one, other = (keys_of(Solution(name="甲", code=code))[0] for code in ("007", "7"))
    assert one != other


def test_provider_and_case_by_name() -> None:
    assert keys_of(Provider(name="甲 公司")) == (name_key("provider", "甲公司"),)
    assert keys_of(Case(name="某厂", provider="甲公司")) == ("case|name|某厂|甲公司",)


def test_listing_by_city_and_solution_alone() -> None:
    listing = Listing(
        name="随便", code="9", city="宁波", solution=Reference(name="MES", id="solution-1")
    )
    assert keys_of(listing, "宁波") == ("listing|listing|宁波|solution-1",)


def test_enterprise_by_credit_code_first() -> None:
    code = "91330200ABCDEFGH1X"
    assert keys_of(Enterprise(name="顺达", credit_code=code)) == (
        f"enterprise|credit|{code.lower()}",
        "enterprise|name|顺达|",
    )


def test_need_by_text_enterprise_and_city() -> None:
    need = Need(text="换模 慢", enterprise="顺达", city="宁波")
    assert keys_of(need) == ("need|text|换模慢|顺达|宁波",)


def test_a_long_key_stays_short_and_telling() -> None:
    one, other = (keys_of(Need(text="长" * 5000 + end))[0] for end in "甲乙")
    assert one != other
    assert len(one) == len(other) < 300
