"""A machine in a need speaks for the trade that works with it, unless it says that it is made."""

from __future__ import annotations

import pytest

from catalog.resolve import Term
from catalog.taxonomy import Taxonomy
from matcher.understanding.machines import as_used, machine_users

TERM = Term("注塑机", ("C352",), 1.0, "alias")


@pytest.mark.parametrize(
    "text", ["注塑机老停机查不出原因", "二十台注塑机，夜班没人看", "注塑机保养全靠记性"]
)
def test_who_names_a_machine_mostly_works_with_it(text: str) -> None:
    assert as_used(TERM, text).codes == ("C292", "C352")


@pytest.mark.parametrize(
    "text",
    [
        "我们做注塑机的，装配缺料",
        "生产大型注塑机",
        "注塑机厂家，售后派工乱",
        "注塑机整机装配返工多",
    ],
)
def test_who_says_that_it_is_made_makes_it(text: str) -> None:
    assert as_used(TERM, text).codes == ("C352",)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("our injection molding machines stop every night", ("C292", "C352")),
        ("we make injection molding machines, parts are always missing", ("C352",)),
        ("manufacturer of injection molding machines", ("C352",)),
    ],
)
def test_machines_in_english(text: str, codes: tuple[str, ...]) -> None:
    term = Term("injection molding machines", ("C352",), 1.0, "alias")
    assert as_used(term, text).codes == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("刀具领用没数", ()),
        ("锅炉蒸汽费用高", ()),
        ("做刀具的，磨床老停", ("C332",)),
        ("刀具厂磨床老停", ("C332",)),
        ("刀具卖经销商，账对不上", ("C332",)),
    ],
)
def test_tools_of_every_plant_tell_no_trade_unless_made_or_sold(
    text: str, codes: tuple[str, ...]
) -> None:
    name = "刀具" if "刀具" in text else "锅炉"
    assert as_used(Term(name, ("C332",), 1.0, "alias"), text).codes == codes


def test_other_terms_and_those_of_a_city_stay() -> None:
    for term in (
        Term("阀门", ("C344",), 1.0, "alias"),
        Term("注塑机", ("C29",), 1.0, "甲", city="甲市"),
    ):
        assert as_used(term, f"{term.text}老停机") is term


def test_machines_are_known_terms_and_their_trades_exist(taxonomy: Taxonomy) -> None:
    terms = {term.text for term in taxonomy.sector_terms}
    for machine, codes in machine_users().items():
        assert machine in terms and all(code in taxonomy.sectors for code in codes)
