"""Credit codes: written out, checked, and those that a spreadsheet rounded."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from catalog.credit_codes import code_problem, written_out
from catalog.importing import ImportReport, import_bytes
from catalog.records import Enterprise, Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy

STANDARD = "91350100M000100Y43"
"""The example of GB 32100-2015."""


def load(store: Store, *rows: list[Any]) -> ImportReport:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return import_bytes(store, Taxonomy.shipped(), [("a.xlsx", file.getvalue())], by="test")


def codes(store: Store) -> dict[str, str | None]:
    found = [one.record for one in store.iterate(Kind.ENTERPRISE)]
    return {one.name: one.credit_code for one in found if isinstance(one, Enterprise)}


def test_the_check_digit() -> None:
    assert code_problem(STANDARD) is None
    assert code_problem(written_out("91350100-m000100y43 ")) is None
    for place in range(18):
        changed = "7" if STANDARD[place] != "7" else "8"
        assert code_problem(STANDARD[:place] + changed + STANDARD[place + 1 :])


@pytest.mark.parametrize(
    ("code", "said"),
    [("9135", "4 位"), ("9135010OM000100Y43", "：O"), (STANDARD[:-1] + "5", "校验")],
)
def test_what_is_wrong_with_a_code(code: str, said: str) -> None:
    problem = code_problem(code)
    assert problem is not None and said in problem.zh and problem.en


def test_numbers_that_were_rounded_make_no_two_firms_one(store: Store) -> None:
    report = load(
        store,
        ["企业名称", "统一社会信用代码", "行业", "营业收入（元）"],
        ["甲厂", 913205001234567001, "纺织业", 9_000_000],
        ["乙厂", 913205001234567099, "食品制造业", 1],
        ["丙厂", "9.13205E+17", "食品制造业", 1],
    )
    assert codes(store) == {"甲厂": None, "乙厂": None, "丙厂": None}
    assert [(issue.row, issue.column) for issue in report.warnings] == [
        (row, "统一社会信用代码") for row in (2, 3, 4)
    ]
    assert all("请设为文本" in issue.expected.zh for issue in report.warnings)


def test_a_code_is_read_in_either_case_and_a_wrong_one_left_out(store: Store) -> None:
    header = ["企业名称", "信用代码", "行业"]
    report = load(
        store,
        header,
        ["甲厂", STANDARD.lower(), "纺织业"],
        ["乙厂", "91350100M000100Y44", "纺织业"],
        ["丙厂", "91350100M000100Y44", "纺织业"],
    )
    assert codes(store) == {"甲厂": STANDARD, "乙厂": None, "丙厂": None}
    assert [issue.row for issue in report.warnings] == [3, 4]
    again = load(store, header, ["甲厂有限公司", STANDARD, "纺织业"])
    assert again.total().updated == 1 and len(codes(store)) == 3


def test_codes_of_products_that_were_rounded(store: Store) -> None:
    report = load(
        store,
        ["产品编码", "产品名称", "服务商"],
        [1234567890123456789, "甲", "一"],
        [123456789012345, "乙", "一"],
    )
    kept = {one.record.name: one.record.code for one in store.iterate(Kind.SOLUTION)}
    assert kept == {"甲": None, "乙": "123456789012345"}
    assert [issue.row for issue in report.warnings] == [2]
