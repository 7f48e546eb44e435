"""The unit of a column: in its header, above the table, or not understood."""

from __future__ import annotations

import pytest

from catalog.columns import read_column
from catalog.importing import ImportReport, import_bytes
from catalog.quantities import read_number, read_price
from catalog.records import Enterprise, Kind, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy


def load(store: Store, text: str) -> ImportReport:
    return import_bytes(store, Taxonomy.shipped(), [("a.csv", text.encode())], by="test")


def prices(store: Store) -> list[int | None]:
    found = [one.record for one in store.iterate(Kind.SOLUTION)]
    return sorted(
        (one.packages[0].price_cny for one in found if isinstance(one, Solution) and one.packages),
        key=str,
    )


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("价格（含税，万元）", "price", "万元"),
        ("价格（万元，含税）", "price", "万元"),
        ("价格（含税（万元））", "price", "万元"),
        ("价格（人民币万元）", "price", "万元"),
        ("价格（RMB万元）", "price", "万元"),
        ("价格【万元】", "price", "万元"),
        ("价格（以万元计）", "price", "万元"),
        ("价格（含运费万元）", "price", "万元"),
        ("预算（单位：万元人民币）", "price", "万元"),
        ("预算/万元", "price", "万元"),
        ("价格/标准版（万元）", "price", "万元"),
        ("价格（仟元）", "price", "千元"),
        ("报价（w）", "price", "万元"),
        ("年费（万元）", "price", "万元/年"),
        ("价格（元/年）", "price", "元/年"),
        ("Budget (RMB 10k)", "price", "万元"),
        ("Budget (10,000 CNY)", "price", "万元"),
        ("Price (¥10k)", "price", "万元"),
        ("Price (thousand RMB)", "price", "千元"),
        ("Price (RMB '000)", "price", "千元"),
        ("周期/月", "deploy", "月"),
        ("工期（周）", "deploy", "周"),
        ("Timeline (months)", "deploy", "月"),
        ("员工数（百人）", "headcount", "百"),
        ("营业收入（2025年度，万元）", "revenue_cny", "万元"),
        ("价格（美元）", "price", "美元"),
    ],
)
def test_unit_anywhere_in_a_header(header: str, field: str, unit: str) -> None:
    column = read_column(0, header)
    assert (column.field, column.unit, column.doubt) == (field, unit, "")


@pytest.mark.parametrize(
    "header",
    [
        "价格（含税）",
        "价格（含13%增值税）",
        "价格（2026年）",
        "Price (w/o tax)",
        "周期（自签约之日起）",
        "人数（人）",
    ],
)
def test_brackets_that_tell_no_unit(header: str) -> None:
    column = read_column(0, header)
    assert column.field and not column.unit and not column.doubt


@pytest.mark.parametrize(
    "header",
    ["价格（万员）", "价格（元或万元）", "价格（1万元以上）", "价格（10万）", "周期（10）"],
)
def test_a_unit_that_is_not_understood_makes_bare_numbers_worthless(
    store: Store, header: str
) -> None:
    assert read_column(0, header).doubt
    report = load(store, f"产品名称,服务商,{header}\n甲,一,5\n乙,二,3万元30天\n")
    assert report.total("solution").created == 2 and not report.errors
    (told,) = [issue for issue in report.issues if "看不懂" in issue.message.zh]
    assert (told.row, told.column, told.value) == (2, header, "5")
    assert 5 not in prices(store)


@pytest.mark.parametrize(
    "title",
    [
        "单位：万元",
        "（单位：人民币万元）",
        "填报单位：某局 金额单位：万元、天",
        "说明：价格单位为万元",
    ],
)
def test_unit_in_a_title_counts_where_the_header_has_none(store: Store, title: str) -> None:
    report = load(
        store, f"目录\n{title}\n产品名称,服务商,参考价格,部署周期\n甲,一,5,30\n乙,二,8元,60\n"
    )
    assert not report.issues and prices(store) == [50_000, 8]


def test_unit_in_a_note_below_and_a_header_that_knows_better(store: Store) -> None:
    load(store, "产品名称,服务商,价格\n甲,一,12.5\n备注：价格单位为万元\n")
    load(store, "单位：万元\n产品名称,服务商,价格（元）\n乙,一,900\n")
    for number, firm in enumerate(
        ("填报单位：第10万元户公司", "单位名称：万元科技", "单位：元亨厂")
    ):
        load(store, f"{firm}\n产品名称,服务商,价格\n丙{number},一,7000\n")
    assert prices(store) == [125_000, 7_000, 7_000, 7_000, 900]
    doubted = load(store, "单位：万美币\n产品名称,服务商,价格\n丁,一,7\n")
    assert ["万美币" in one.message.zh for one in doubted.warnings] == [True]


def test_a_fraction_below_a_hundred_without_a_unit_is_asked_about(store: Store) -> None:
    report = load(store, "产品名称,服务商,价格\n甲,一,12.5\n乙,一,1250.5\n丙,一,12.0\n")
    assert [(issue.row, issue.column) for issue in report.warnings] == [(2, "价格")]
    assert "万元" in report.warnings[0].expected.zh


def test_foreign_money_and_counts_of_a_header(store: Store) -> None:
    price = read_price("5000", "usd")
    assert (price.low, price.problem) == (None, "foreign")
    assert read_price("5000元", "usd").low == 5_000
    assert read_number("12", "百").value == 1_200 and read_number("1250人", "百").value == 1_250
    report = load(store, "产品名称,服务商,价格（美元）\n甲,一,5000\n")
    assert [issue.message.zh for issue in report.warnings] == ["不是人民币，保留原文"]
    (found,) = [one.record for one in store.iterate(Kind.SOLUTION)]
    assert isinstance(found, Solution) and found.packages[0].price_text == "5000（美元）"
    load(store, "企业名称,行业,员工数（百人）\n甲厂,纺织业,12\n")
    (firm,) = [one.record for one in store.iterate(Kind.ENTERPRISE)]
    assert isinstance(firm, Enterprise) and firm.headcount == 1_200
