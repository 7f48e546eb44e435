"""Files as cities send them: what is read, what is skipped and what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from catalog.columns import Skipped, Table, kind_of, read_column, read_header
from catalog.errors import UnreadableFile
from catalog.records import Kind
from catalog.sheets import Lines, read_bytes, read_file

DATA = Path(__file__).parents[1] / "data"


def workbook(
    *rows: list[Any], merge: str | None = None, formats: dict[str, str] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, shown in (formats or {}).items():
        sheet[cell].number_format = shown
    if merge:
        sheet.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def only_table(data: bytes, name: str = "目录.xlsx") -> Table:
    (part,) = read_bytes(data, name)
    assert isinstance(part, Table)
    return part


def test_workbook_of_a_city() -> None:
    parts = read_file(DATA / "catalogue-as-cities-send-it.xlsx")
    tables = [part for part in parts if isinstance(part, Table)]
    assert [(table.kind, len(table.rows)) for table in tables] == [
        (Kind.SOLUTION, 19),
        (Kind.CASE, 34),
        (Kind.SOLUTION, 12),
    ]
    assert tables[0].rows[0].number == 4
    assert tables[0].columns[0].field == "number"


def test_gb18030_is_detected_and_zeros_survive() -> None:
    (part,) = read_file(DATA / "catalogue-with-errors.gb18030.csv")
    assert isinstance(part, Table)
    assert part.rows[0].cells[:2] == ("000001", "面料找布机器人")
    assert part.columns[6].unit == "万元"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_csv(encoding: str) -> None:
    data = '产品编码,产品名称\n007,"排样,下料"\n'.encode(encoding)
    assert only_table(data, "a.csv").rows[0].cells == ("007", "排样,下料")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("full_of", [",", ";"])
def test_the_mark_between_cells_is_told_by_the_header(mark: str, full_of: str) -> None:
    text = full_of.join(["停机", "漏检", "返工", "待料", "换模"])
    told = f'"{text}"' if mark == full_of else text
    rows = [["某市目录"], ["产品名称", "服务商", "简介"], *[["甲", "乙", told]] * 12]
    table = only_table("\n".join(mark.join(row) for row in rows).encode(), "a.csv")
    assert {row.cells for row in table.rows} == {("甲", "乙", text)}


def test_a_file_of_one_column_is_not_divided() -> None:
    table = only_table("需求描述\n停机,漏检\n待料,换模,返工\n".encode(), "a.csv")
    assert [row.cells for row in table.rows] == [("停机,漏检",), ("待料,换模,返工",)]


def test_cells_keep_zeros_dates_and_units_that_the_format_shows() -> None:
    table = only_table(
        workbook(
            ["产品编码", "产品名称", "有效期", "参考价格"],
            [7, "甲", datetime(2026, 5, 20), 5],
            formats={"A2": "000000", "D2": '0"万元"'},
        )
    )
    assert table.rows[0].cells == ("000007", "甲", "2026-05-20", "5万元")


def test_vertical_merges_are_filled_and_section_titles_left_out() -> None:
    rows: list[list[Any]] = [
        ["服务商", "产品名称"],
        ["甲公司", "一"],
        [None, "二"],
        ["注：以上为示例", None],
    ]
    table = only_table(workbook(*rows, merge="A2:A3"))
    assert [row.cells for row in table.rows] == [("甲公司", "一"), ("甲公司", "二")]
    assert [issue.row for issue in table.issues] == [4]


def test_header_in_two_rows() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["产品名称", "服务商", "费用与周期", None])
    sheet.append([None, None, "价格（万元）", "部署天数"])
    sheet.append(["甲", "乙", 5, 30])
    for merge in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(merge)
    file = io.BytesIO()
    book.save(file)
    table = only_table(file.getvalue())
    assert [(c.field, c.unit) for c in table.columns[2:]] == [("price", "万元"), ("deploy", "天")]
    assert table.rows[0].cells == ("甲", "乙", "5", "30")


def test_formula_without_saved_result_is_empty_and_reported() -> None:
    table = only_table(workbook(["产品名称", "参考价格"], ["甲", "=1+1"]))
    assert table.rows[0].cells == ("甲",)
    assert [(issue.severity, issue.row, issue.column) for issue in table.issues] == [
        ("warning", 2, "参考价格")
    ]


def test_saved_result_of_a_formula_is_used_and_reported() -> None:
    source = zipfile.ZipFile(io.BytesIO(workbook(["产品名称", "部署天数"], ["甲", "=1+1"])))
    entries = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    entries[sheet] = entries[sheet].replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
    table = only_table(_zip(entries))
    assert table.rows[0].cells == ("甲", "2")
    assert [issue.message.en for issue in table.issues] == [
        "formulas: their saved results were used"
    ]


def test_hidden_and_error_cells_are_told() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("目录").append(["产品名称", "参考价格"])
    book["目录"].append(["甲", "#REF!"])
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    file = io.BytesIO()
    book.save(file)
    hidden, table = read_bytes(file.getvalue(), "a.xlsx")
    assert isinstance(hidden, Skipped) and "hidden" in hidden.reason.en
    assert isinstance(table, Table) and table.rows[0].cells == ("甲",)
    assert [issue.column for issue in table.issues] == ["参考价格"]


def test_unknown_sheet_is_skipped_not_guessed() -> None:
    (part,) = read_bytes(workbook(["甲", "乙"], ["1", "2"]), "a.xlsx")
    assert isinstance(part, Skipped)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["产品名称", "服务商"], Kind.SOLUTION),
        (["方案", "供应商"], Kind.SOLUTION),
        (["案例名称", "产品名称"], Kind.CASE),
        (["服务商名称", "简介"], Kind.PROVIDER),
        (["企业名称", "统一社会信用代码"], Kind.ENTERPRISE),
        (["企业名称", "规模"], Kind.ENTERPRISE),
        (["企业名称", "需求描述"], Kind.NEED),
        (["企业名称", "简介"], None),
        (["Product name", "Vendor"], Kind.SOLUTION),
    ],
)
def test_kind_is_told_by_the_headers(headers: list[str], kind: Kind | None) -> None:
    assert kind_of(read_header(headers)) == kind


def test_header_declares_field_and_unit() -> None:
    for header in ("价格(万元)", "价格（万元）", "*报价（单位：万元）", "参考价格万元"):
        column = read_column(0, header)
        assert (column.field, column.unit) == ("price", "万元")
    assert read_column(0, "从没见过的列").field is None


@pytest.mark.parametrize("header", ["期限", "上线期限", "工期", "时限", "期限（天）", "期限要求"])
def test_what_buyers_call_the_time_allowed(header: str) -> None:
    assert read_column(0, header).field == "deploy"


def test_a_sheet_of_headers_alone_is_told_beside_the_others() -> None:
    book = openpyxl.Workbook()
    for title, rows in (
        ("方案", [["产品名称", "服务商"], ["看板", "甲"]]),
        ("需求", [["需求描述"]]),
    ):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    parts = {getattr(part, "sheet", None): part for part in read_bytes(file.getvalue(), "a.xlsx")}
    assert isinstance(parts["方案"], Table)
    told = parts["需求"]
    assert isinstance(told, Skipped) and "只有表头" in told.reason.zh and "header" in told.reason.en


def test_a_second_table_below_the_first_is_read_and_repeated_headers_are_not() -> None:
    rows: list[list[Any]] = [
        ["单位：万元"],
        ["产品名称", "服务商", "参考价格"],
        ["Product name", "Vendor"],
        ["甲", "一", 5],
        ["*产品名称 ", "服务商：", "参考价格"],
        ["乙", "一", 6],
        ["二、案例"],
        ["（单位：元）"],
        ["案例名称", "服务商", "投入"],
        ["丙", "一", 7],
        [None, None, None],
        ["企业名称", "简介"],
        ["丁", "某厂"],
    ]
    solutions, cases, unknown = read_bytes(workbook(*rows), "a.xlsx")
    assert isinstance(solutions, Table) and isinstance(cases, Table)
    assert [row.cells for row in solutions.rows] == [("甲", "一", "5"), ("乙", "一", "6")]
    assert (solutions.kind, solutions.columns[2].unit) == (Kind.SOLUTION, "万元")
    assert [issue.row for issue in solutions.issues] == [7, 8]
    assert [(row.number, row.cells) for row in cases.rows] == [(10, ("丙", "一", "7"))]
    assert (cases.kind, cases.columns[2].unit) == (Kind.CASE, "元")
    assert isinstance(unknown, Skipped) and "企业名称、简介" in unknown.reason.zh


def test_the_lower_row_of_a_merged_header_begins_no_table() -> None:
    rows: list[list[Any]] = [
        ["产品", "服务商", None],
        ["产品名称", "服务商名称", "联系人"],
        ["甲", "一", "张"],
    ]
    table = only_table(workbook(*rows, merge="A1:A2"))
    assert [row.cells for row in table.rows] == [("甲", "一", "张")]


def test_group_rows_and_footers_are_no_records() -> None:
    rows: list[list[Any]] = [
        ["序号", "产品名称", "服务商"],
        ["一", "研发设计类", None],
        [1, "甲", "一"],
        ["（二）生产管控", None, None],
        [2, "乙", "一"],
        ["仓储物流类", None, None],
        [3, "丙", "一"],
        ["小计：", None, 3],
        ["填表人：张三", "联系电话：0512-1", None],
        ["审核人（签字）：", None, "日期："],
        ["2026年3月1日", None, None],
        ["备注：", None, None],
    ]
    table = only_table(workbook(*rows))
    assert [row.number for row in table.rows] == [3, 5, 7]
    assert [issue.row for issue in table.issues] == [2, 4, 6, 8, 9, 10, 11, 12]
    assert table.issues[4].value == "填表人：张三；联系电话：0512-1"


def test_numbered_needs_and_a_name_alone_are_records() -> None:
    needs = only_table(
        "需求描述,企业名称\n一、设备老停\n二、排产乱\n三、找不到料\n".encode(), "a.csv"
    )
    assert len(needs.rows) == 3
    products = only_table("产品名称,服务商\n注塑看板\n说明书管理,甲\n".encode(), "a.csv")
    assert len(products.rows) == 2


def test_bad_json_lines_are_issues_and_the_others_stay() -> None:
    (part,) = read_bytes(b'{"kind":"need"}\n{bad\n[1]\n\n{"a":1}', "a.jsonl")
    assert isinstance(part, Lines)
    assert [line for line, _ in part.objects] == [1, 5]
    assert [issue.row for issue in part.issues] == [2, 3]


def _zip(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
REFUSED = {
    "empty": ("a.csv", b""),
    "blank": ("a.csv", b"\xef\xbb\xbf\r\n"),
    "no zip": ("a.xlsx", b"hello"),
    "cut off": ("a.xlsx", workbook(["产品名称"], ["x"])[:-200]),
    "password": ("a.xlsx", OLE2 + "EncryptedPackage".encode("utf-16-le")),
    "old xls": ("a.xls", OLE2 + b"\0" * 100),
    "xlsm": ("a.xlsm", workbook(["产品名称"])),
    "macros": ("a.xlsx", _zip({"xl/vbaProject.bin": b"x"})),
    "bomb": ("a.xlsx", _zip({"xl/workbook.xml": b"0" * 50_000_000})),
    "headers alone": ("a.csv", "产品名称,服务商\n".encode()),
    "headers and a total": ("a.xlsx", workbook(["企业名称", "需求描述"], ["合计", None])),
    "no workbook": ("a.xlsx", _zip({"readme.txt": b"x"})),
    "entity": ("a.xlsx", _zip({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"})),
    "workbook named csv": ("a.csv", workbook(["产品名称"])),
    "pdf": ("a.pdf", b"%PDF-1.7"),
    "junk": ("a.csv", bytes(range(1, 256)) * 40),
    "NUL": ("a.csv", "产品名称,服务商\n甲\0,乙".encode()),
    "NUL in JSON": ("a.jsonl", b'{"kind":\0}'),
    "broken UTF-8": ("a.csv", "产品名称,服务商\n".encode() * 40 + b"\xe4\xba,\n"),
    "open quote": ("a.csv", '产品名称,服务商\n"甲,乙\n丙,丁\n'.encode()),
    "wide": ("a.csv", ("产品名称," * 600).encode() + b"x"),
    "long": ("a.csv", "产品名称,服务商\n".encode() + b"a,b\n" * 200_001),
}


@pytest.mark.parametrize("case", REFUSED)
def test_file_is_refused_in_both_languages_by_name(case: str) -> None:
    name, data = REFUSED[case]
    with pytest.raises(UnreadableFile) as caught:
        read_bytes(data, name)
    message, hint = caught.value.message, caught.value.hint
    assert name in message.zh and name in message.en and hint.zh and hint.en


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(tmp_path / "none.csv")


def test_file_above_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    with pytest.raises(UnreadableFile, match="50 MB"):
        read_file(path)
