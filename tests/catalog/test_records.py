"""Records refuse what cannot be, and keep what nobody published open."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from catalog.records import (
    MAX_MONEY_CNY,
    RECORD_TYPES,
    AnyRecord,
    Case,
    Effect,
    Enterprise,
    Kind,
    Label,
    Need,
    Package,
    Provider,
    Reference,
    Solution,
)


def test_every_kind_has_its_type_and_reads_back() -> None:
    smallest: dict[Kind, dict[str, Any]] = {
        Kind.LISTING: {"city": "宁波", "solution": "MES"},
        Kind.NEED: {"text": "换模慢"},
    }
    adapter = TypeAdapter(AnyRecord)
    for kind in Kind:
        made = RECORD_TYPES[kind](name="甲", **smallest.get(kind, {}))  # type: ignore[arg-type]
        assert made.kind is kind
        assert adapter.validate_json(made.model_dump_json()) == made


def test_a_label_may_be_given_as_text_alone() -> None:
    solution = Solution(name="MES", sectors="注塑", scenarios=["质检", {"label": "排产"}])
    assert solution.sectors == (Label(label="注塑"),)
    assert [label.label for label in solution.scenarios] == ["质检", "排产"]
    assert solution.sectors[0].nodes == () and solution.sectors[0].level is None


def test_a_reference_may_be_given_as_a_name() -> None:
    assert Solution(name="MES", provider=" 海岳 ").provider == Reference(name="海岳")


def test_a_need_is_named_by_its_beginning() -> None:
    text = "换模慢" * 30
    assert Need(text=f"  {text}").name == text[:40]
    assert Need(text=text, name="换模").name == "换模"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Solution, {"name": ""}),
        (Solution, {"name": "  "}),
        (Solution, {"name": "甲" * 301}),
        (Solution, {"name": "甲", "colour": "red"}),
        (Solution, {"name": "甲", "description": "长" * 20_001}),
        (Solution, {"name": "甲", "scenarios": [{"label": "质检", "level": 5}]}),
        (Package, {"price_cny": -1}),
        (Package, {"price_cny": MAX_MONEY_CNY + 1}),
        (Package, {"price_cny": 100, "price_to_cny": 99}),
        (Package, {"price_to_cny": 99}),
        (Package, {"deploy_days": 4000}),
        (Package, {"price_model": "barter"}),
        (Case, {"name": "甲", "satisfaction": 101}),
        (Case, {"name": "甲", "level_after": 0}),
        (Enterprise, {"name": "甲", "credit_code": "123"}),
        (Enterprise, {"name": "甲", "scenario_levels": {"S3-4": 5}}),
        (Provider, {"name": "甲", "years_in_business": -1}),
        (Need, {"text": ""}),
        (Need, {"text": "慢", "target_level": 9}),
    ],
)
def test_what_cannot_be_is_refused(kind: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind(**values)


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Solution(name="甲").name = "乙"  # type: ignore[misc]


def test_what_nobody_published_is_open() -> None:
    solution, case = Solution(name="甲"), Case(name="乙")
    assert (solution.provider, solution.packages, solution.sizes, solution.ip) == (
        None,
        (),
        (),
        None,
    )
    assert (case.cost_cny, case.accepted, case.level_before, case.satisfaction) == (None,) * 4
    assert (Effect(metric="停机").before, Package().price_cny) == (None, None)
