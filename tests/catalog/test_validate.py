"""Rows and JSON objects → records, with every problem."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_args

import pytest

from catalog import records
from catalog.columns import Row, Table, read_header
from catalog.errors import Bilingual
from catalog.records import Case, Enterprise, Kind, Label, Need, PriceModel, Provider, Solution
from catalog.validate import Validated, Validator
from catalog.words import WORDS


class FewNames:
    """A taxonomy of two names."""

    def sector_label(self, text: str, city: str | None = None) -> Label:
        return Label(label=text, nodes=("C292",) if text == "注塑" else ())

    def scenario_label(self, text: str, level: int | None = None, city: str | None = None) -> Label:
        return Label(label=text, nodes=("S3-3",) if text == "质量管理" else (), level=level)

    def sector_code_problem(self, text: str) -> Bilingual | None:
        return Bilingual("旧代码", "an old code") if text == "C9999" else None


def read(kind: Kind, **cells: str) -> Validated:
    row = Row(2, tuple(cells.values()))
    table = Table("a.csv", None, kind, read_header(list(cells)), (row,))
    return Validator(FewNames()).row(table, row)


def problems(found: Validated) -> list[tuple[str, str | None]]:
    return [(issue.severity, issue.column) for issue in found.issues]


def test_solution() -> None:
    cells = {
        "产品编码": "007",
        "产品名称": "甲",
        "服务商": "乙",
        "行业": "注塑",
        "场景": "质量管理",
    }
    cells |= {
        "参考价格": "约5万元",
        "部署周期": "2个月",
        "可达水平": "二级",
        "序号": "3",
        "有效期": "2026年5月20日",
    }
    found = read(Kind.SOLUTION, **cells)
    record = found.record
    assert isinstance(record, Solution) and not found.issues
    assert (record.code, record.name) == ("007", "甲")
    assert record.scenarios == (Label(label="质量管理", nodes=("S3-3",), level=2),)
    (package,) = record.packages
    assert (package.price_cny, package.price_text, package.deploy_days) == (50_000, "约5万元", 60)
    assert str(record.valid_until) == "2026-05-20"


def test_every_problem_of_a_row_is_told() -> None:
    cells = {"产品名称": "", "行业": "不存在", "场景": "也不存在", "价格(万元)": "9999999999999"}
    found = read(Kind.SOLUTION, **cells, 部署天数="三十天左右")
    assert found.record is None
    assert sorted(problems(found)) == [
        ("error", "产品名称"),
        ("error", "价格(万元)"),
        ("warning", "场景"),
        ("warning", "服务商"),
        ("warning", "行业"),
        ("warning", "部署天数"),
    ]


@pytest.mark.parametrize("text", ["面议", "待定", "按节能量分成", "详见官网"])
def test_words_in_a_free_price_column_are_no_problem(text: str) -> None:
    found = read(Kind.SOLUTION, 产品名称="甲", 服务商="乙", 参考价格=text)
    assert isinstance(found.record, Solution) and not found.issues
    assert found.record.packages[0].price_text == text


def test_words_in_a_number_column() -> None:
    negotiable = read(Kind.SOLUTION, **{"产品名称": "甲", "服务商": "乙", "价格(万元)": "面议"})
    assert problems(negotiable) == [("warning", "价格(万元)")]
    assert isinstance(negotiable.record, Solution)
    assert negotiable.record.packages[0].price_model is PriceModel.NEGOTIABLE
    words = read(Kind.SOLUTION, **{"产品名称": "甲", "服务商": "乙", "价格(万元)": "看情况"})
    assert words.record is None and problems(words) == [("error", "价格(万元)")]


@pytest.mark.parametrize("header", ["期望周期", "周期（天）"])
def test_a_date_for_a_period_keeps_the_row(header: str) -> None:
    found = read(Kind.NEED, 需求描述="老停机", **{header: "2026年6月底前"})
    assert isinstance(found.record, Need) and found.record.deploy_days is None
    assert problems(found) == [("warning", header)] and "90天" in found.issues[0].expected.zh
    solution = read(Kind.SOLUTION, 产品名称="甲", 服务商="乙", **{header: "年底前上线"})
    assert isinstance(solution.record, Solution) and problems(solution) == [("warning", header)]
    assert solution.record.packages[0].deploy_text == "年底前上线"


def test_unreadable_facts_are_left_out_with_a_warning() -> None:
    cells = {"产品名称": "甲", "服务商": "乙", "有效期": "近期", "行业": "C9999"}
    found = read(Kind.SOLUTION, **cells)
    assert isinstance(found.record, Solution) and found.record.valid_until is None
    assert problems(found) == [("warning", "有效期"), ("warning", "行业")]


def test_case_enterprise_provider_and_need() -> None:
    case = read(
        Kind.CASE,
        **{"案例名称": "甲", "产品名称": "乙", "改造投入（万元）": "48", "实施天数": "60"},
        成效指标="换型时间：240→20 分钟",
        验收情况="是",
        场景="质量管理（三级）",
    ).record
    assert isinstance(case, Case) and case.accepted
    assert (case.cost_cny, case.duration_days) == (480_000, 60)
    assert (case.effects[0].before, case.effects[0].after, case.effects[0].unit) == (
        240,
        20,
        "分钟",
    )
    assert case.scenarios[0].level == 3
    firm = read(
        Kind.ENTERPRISE, 企业名称="甲", 企业规模="小型", 设备管理="1", 员工人数="80人"
    ).record
    assert isinstance(firm, Enterprise)
    assert (firm.size, firm.scenario_levels, firm.headcount) == ("small", {"S3-4": 1}, 80)
    need = read(Kind.NEED, 企业名称="甲", 需求描述="老停机", 预算="20-30万").record
    assert isinstance(need, Need) and (need.budget_cny, need.name) == (300_000, "老停机")
    provider = read(Kind.PROVIDER, 服务商名称="甲", 企业性质="民营", 服务企业数="120").record
    assert isinstance(provider, Provider)
    assert (provider.ownership, provider.enterprises_served) == ("private", 120)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("size", records.Size),
        ("ownership", get_args(records.Ownership)),
        ("provider_kind", get_args(records.ProviderKind)),
        ("specialised_level", get_args(records.SpecialisedLevel)),
        ("review_status", records.ReviewStatus),
        ("price_model", records.PriceModel),
        ("delivery_mode", records.DeliveryMode),
        ("cost_kinds", get_args(records.CostKind)),
        ("ip", get_args(records.IntellectualProperty)),
        ("values", records.ValueServed),
        ("barrier", records.Barrier),
        ("lang", get_args(records.Language)),
    ],
)
def test_every_value_of_a_record_can_be_said(
    field: str, values: type[StrEnum] | tuple[str, ...]
) -> None:
    assert set(WORDS[field].values()) == {str(value) for value in values}


@pytest.mark.parametrize(
    "header", ["是否同意公开", "是否授权公开", "同意公开", "是否公开", "同意公开信息", "是否同意"]
)
@pytest.mark.parametrize(
    ("word", "consent"),
    [
        ("公开", True),
        ("同意", True),
        ("是", True),
        ("不公开", False),
        ("不同意", False),
        ("0", False),
    ],
)
def test_consent(header: str, word: str, consent: bool) -> None:
    found = read(Kind.NEED, 需求描述="老停机", **{header: word})
    assert isinstance(found.record, Need) and not found.issues
    assert found.record.consent is consent


@pytest.mark.parametrize("word", ["也许", "部分公开", "同意，但不写名称", "见附件"])
def test_consent_that_cannot_be_read_is_none(word: str) -> None:
    found = read(Kind.NEED, 需求描述="老停机", 是否公开=word)
    assert isinstance(found.record, Need) and found.record.consent is False
    assert problems(found) == [("warning", "是否公开")]
    told: list[tuple[Any, bool]] = [(word, False), (2, False), ([True], False), (1, True)]
    for value, consent in [*told, (False, False), (True, True), ("false", False)]:
        record = read_json(kind="need", text="老停机", consent=value).record
        assert isinstance(record, Need) and record.consent is consent


def test_one_refusal_of_two_is_one() -> None:
    found = read(Kind.NEED, 需求描述="老停机", 是否同意="是", 是否公开="否")
    assert isinstance(found.record, Need) and found.record.consent is False


def read_json(**values: Any) -> Validated:
    return Validator(FewNames()).object("a.jsonl", 1, values)


def test_what_does_not_fit_is_said_in_both_languages_under_the_published_header() -> None:
    cells = {"产品名称": "甲" * 400, "服务商名称": "乙"}
    (size,) = read(Kind.ENTERPRISE, 企业名称="甲", 企业规模="巨型").issues
    assert size.expected == Bilingual(
        "其中之一：微型、小型、中型、大型", "one of: micro, small, medium, large"
    )
    (name,) = read(Kind.SOLUTION, **cells).issues
    assert (name.severity, name.column, name.expected.zh) == (
        "error",
        "产品名称",
        "最多 300 字，这里有 400 字",
    )
    found = read(Kind.SOLUTION, 产品名称="甲", 服务商="乙", 产品功能="述" * 20_001)
    (long,) = found.issues
    assert isinstance(found.record, Solution) and not found.record.description
    assert (long.severity, long.column) == ("warning", "产品功能")
    assert long.expected == Bilingual(
        "最多 20000 字，这里有 20001 字", "at most 20000 characters, not 20001"
    )
    found = read(Kind.CASE, 案例名称="甲", 客户满意度="150")
    assert [(one.column, one.expected.zh) for one in found.issues] == [("客户满意度", "不大于 100")]
    found = read(Kind.LISTING, 上架城市="", 产品名称="甲")
    assert [(one.column, one.expected.zh) for one in found.issues] == [("上架城市", "必填")]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"enterprises_served": 1.5}, "整数"),
        ({"years_in_business": [1]}, "数字"),
        ({"size": 3}, "其中之一：micro、small、medium、large"),
        ({"ownership": 3}, "其中之一：private、state、foreign、mixed、collective"),
        ({"serious_dishonesty_listed": "perhaps"}, "是或否"),
        ({"registered_place": 3}, "文字"),
        ({"years_in_business": -3}, "不小于 0"),
    ],
)
def test_expectations_of_json_are_chinese_first(facts: dict[str, Any], said: str) -> None:
    found = read_json(kind="provider", name="甲", **facts)
    assert found.record is not None
    assert [issue.expected.zh for issue in found.issues] == [said]
    assert all(issue.expected.en.isascii() for issue in found.issues)


def test_null_in_a_list_of_labels_is_nothing() -> None:
    labels: list[Any] = ["注塑", None, {"label": None}, {"level": 2}, ""]
    found = read_json(kind="solution", name="甲", provider="乙", sectors=labels, scenarios=[None])
    assert isinstance(found.record, Solution) and not found.issues
    assert [label.label for label in found.record.sectors] == ["注塑"]
    assert found.record.scenarios == ()


def test_a_range_of_prices_must_rise() -> None:
    packages = [{"price_cny": 5, "price_to_cny": 3}]
    (issue,) = read_json(kind="solution", name="甲", provider="乙", packages=packages).issues
    assert issue.expected.zh == "price_to_cny 须不低于 price_cny"
    assert issue.expected.en == "must not be below price_cny"


def test_json_of_the_benchmark() -> None:
    found = read_json(
        id="c1",
        kind="solution",
        name="甲",
        provider="乙",
        sectors=["注塑"],
        price="面议",
        deploy_days=30,
    )
    record = found.record
    assert isinstance(record, Solution) and not found.issues
    assert (record.code, record.packages[0].deploy_days) == ("c1", 30)
    assert record.sectors == (Label(label="注塑", nodes=("C292",)),)


def test_json_unknown_fields_warn_and_wrong_facts_reject() -> None:
    odd = read_json(kind="case", name="甲", colour="red", size="巨大")
    assert odd.record is not None and problems(odd) == [("warning", "colour"), ("warning", "size")]
    assert read_json(kind="case", name="甲", cost_cny=-1).record is None
    assert read_json(kind="solution", name="甲", packages=[{"price_cny": -1}]).record is None
    assert problems(read_json(kind="robot", name="甲")) == [("error", "kind")]
    assert problems(read_json(kind="need")) == [("error", "需求描述")]
