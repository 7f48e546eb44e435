"""Several columns of one field: packages of their own, or told."""

from __future__ import annotations

import io
from typing import Any

import openpyxl

from catalog.columns import Row, Table, read_header
from catalog.records import Case, Enterprise, Kind, Label, Package, Record, Solution
from catalog.report import Unresolved
from catalog.sheets import read_bytes
from catalog.validate import Validated, Validator


def read(kind: Kind, headers: list[str], *cells: str) -> Validated:
    row = Row(2, cells)
    table = Table("a.csv", None, kind, read_header(headers), (row,))
    return Validator(Unresolved()).row(table, row)


def packages(record: Record | None) -> list[tuple[str | None, int | None, int | None]]:
    assert isinstance(record, Solution)
    return [(one.name, one.price_cny, one.deploy_days) for one in record.packages]


def test_columns_under_one_header_are_packages() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[Any]] = [
        ["产品名称", "服务商", "价格", None, "周期（天）"],
        [None, None, "标准版（万元）", "专业版（万元）", None],
        ["甲", "一", 1.5, 3, 15],
        ["乙", "一", None, 3, 15],
    ]
    for row in rows:
        sheet.append(row)
    for merge in ("A1:A2", "B1:B2", "C1:D1", "E1:E2"):
        sheet.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    (table,) = read_bytes(file.getvalue(), "a.xlsx")
    assert isinstance(table, Table)
    found = [Validator(Unresolved()).row(table, row) for row in table.rows]
    assert not [issue for one in found for issue in one.issues]
    assert packages(found[0].record) == [("标准版", 15_000, 15), ("专业版", 30_000, 15)]
    assert packages(found[1].record) == [("专业版", 30_000, 15)]


def test_each_edition_has_its_own_period_and_the_rest_in_common() -> None:
    headers = ["产品名称", "服务商", "标准版/价格（元）", "专业版/价格（元）"]
    headers += ["标准版/周期（天）", "专业版/周期（天）", "计费方式", "版本"]
    found = read(Kind.SOLUTION, headers, "甲", "一", "100", "200", "10", "20", "年费", "2026")
    assert packages(found.record) == [("2026 标准版", 100, 10), ("2026 专业版", 200, 20)]
    assert isinstance(found.record, Solution)
    assert {one.price_model for one in found.record.packages} == {"yearly"}


def test_a_second_price_that_nothing_tells_apart_is_told_unless_it_is_the_same() -> None:
    headers = ["产品名称", "服务商", "报价（万元）", "价格（元）"]
    assert not read(Kind.SOLUTION, headers, "甲", "一", "5", "50000").issues
    found = read(Kind.SOLUTION, headers, "甲", "一", "5", "80000")
    assert packages(found.record) == [(None, 50_000, None)]
    assert [(issue.column, issue.value) for issue in found.issues] == [("价格（元）", "80000")]
    assert "报价（万元）" in found.issues[0].message.zh


def test_a_second_column_of_any_field_is_told() -> None:
    headers = ["案例名称", "服务商", "供应商", "投入（万元）", "合同金额（万元）", "验收情况"]
    same = read(Kind.CASE, headers, "甲", "一", "一", "5", "5", "是")
    assert isinstance(same.record, Case) and not same.issues
    found = read(Kind.CASE, headers, "甲", "一", "二", "5", "8", "是")
    assert isinstance(found.record, Case) and found.record.cost_cny == 50_000
    assert [issue.column for issue in found.issues] == ["供应商", "合同金额（万元）"]
    levels = read(Kind.ENTERPRISE, ["企业名称", "质量管理", "质量管理等级"], "甲", "1", "2")
    assert isinstance(levels.record, Enterprise) and levels.record.scenario_levels == {"S3-3": 1}
    assert [issue.column for issue in levels.issues] == ["质量管理等级"]


def test_a_second_level_of_a_solution_is_told() -> None:
    headers = ["产品名称", "服务商", "场景", "可达水平", "目标等级"]
    found = read(Kind.SOLUTION, headers, "甲", "一", "质量管理", "二级", "三级")
    assert isinstance(found.record, Solution)
    assert found.record.scenarios == (Label(label="质量管理", level=2),)
    assert [issue.column for issue in found.issues][1:] == ["目标等级"]


def test_packages_written_in_json_hold() -> None:
    headers = ["产品名称", "服务商", "价格（元）", "套餐明细"]
    found = read(Kind.SOLUTION, headers, "甲", "一", "1", '[{"name": "乙", "price_cny": 2}]')
    assert isinstance(found.record, Solution)
    assert found.record.packages == (Package(name="乙", price_cny=2),)
