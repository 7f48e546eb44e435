"""Files that go out: the report on an import, and records in a form that imports again.

No cell ever starts a formula: a ' goes before text that starts with = + - @, tab or return, and the
import takes it off again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell

from catalog.columns import Row, Table, headers, read_header
from catalog.errors import Bilingual, InvalidRecord
from catalog.fields import COLUMNS_OF_KIND
from catalog.files import check_ending
from catalog.imported import Counts, ImportReport
from catalog.labels import split_labels
from catalog.records import Kind, Label, Package, Record, Reference
from catalog.validate import Validator

_GUARD = re.compile(r"'*[=+\-@\t\r]")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_CELL = 32_767
_SHEETS = {
    Kind.PROVIDER: "服务商",
    Kind.SOLUTION: "解决方案",
    Kind.LISTING: "城市目录",
    Kind.CASE: "案例",
    Kind.ENTERPRISE: "企业",
    Kind.NEED: "需求",
}
_SUMMARY = ["文件 / file", "工作表 / sheet", "类型 / kind", "读取行数 / rows", "新增 / created"]
_SUMMARY += ["更新 / updated", "未变 / unchanged", "拒绝 / rejected", "跳过原因 / skipped"]
_NAMED = "服务商（仅被列名） / provider (only named)"
_TOTAL = "合计 / total"
_ISSUES = ["级别 / severity", "文件 / file", "工作表 / sheet", "行 / row", "列 / column"]
_ISSUES += ["值 / value", "说明", "message", "应为", "expected"]
_PLAIN_HEADERS = {
    "cost_cny": "改造投入（元）",
    "budget_cny": "预算（元）",
    "revenue_cny": "营业收入（元）",
    "duration_days": "实施天数",
    "deploy_days": "期望天数",
}
_PACKAGE_HEADERS = {
    "name": "套餐名称",
    "price_cny": "价格（元）",
    "price_text": "参考价格",
    "price_model": "计费方式",
    "deploy_days": "部署天数",
    "deploy_text": "部署周期",
    "delivery_mode": "交付方式",
}
_PACKAGES = "套餐明细"
_LEVEL = "可达水平"
_LISTS = frozenset(["sectors", "scenarios", "technologies", "effects", "packages"])
_LEVEL_WORDS = "一二三四"


class Unresolved:
    """Resolves nothing: only the wording is compared when an export is read back."""

    def sector_label(self, text: str, city: str | None = None) -> Label:
        """The wording alone."""
        return Label(label=text)

    def scenario_label(self, text: str, level: int | None = None, city: str | None = None) -> Label:
        """The wording and the level."""
        return Label(label=text, level=level)

    def sector_code_problem(self, text: str) -> Bilingual | None:
        """Nothing is wrong."""
        return None


def write_report_xlsx(report: ImportReport, path: Path) -> None:
    """Write the report to ``path``: a summary sheet, and a sheet with one row for each issue.

    Raises:
        OSError: ``path`` cannot be written.
    """
    path.write_bytes(report_xlsx(report))


def report_xlsx(report: ImportReport) -> bytes:
    """The workbook of `write_report_xlsx`."""
    done = "试运行，未保存 / dry run, nothing kept" if report.dry_run else "已保存 / kept"
    summary: list[list[Any]] = [
        [
            f"导入报告 / import report: {done}",
            None,
            f"序号 / sequence {report.sequence}",
            report.city,
        ],
        list(_SUMMARY),
    ]
    for sheet in report.sheets:
        where: list[Any] = [sheet.file, sheet.sheet]
        skipped = str(sheet.skipped) if sheet.skipped else None
        if not sheet.counts:
            summary.append([*where, None, sheet.rows, *[None] * 4, skipped])
        for kind, counts in sheet.counts.items():
            summary.append([*where, kind, sheet.rows, *_numbers(counts), skipped])
        if sheet.named_providers:
            summary.append([*where, _NAMED, None, sheet.named_providers])
    rows = sum(sheet.rows for sheet in report.sheets)
    summary.append([_TOTAL, None, None, rows, *_numbers(report.total())])
    summary.append([_TOTAL, None, _NAMED, None, report.named_providers])
    issues: list[list[Any]] = [list(_ISSUES)]
    for issue in report.issues:
        where = [issue.severity, issue.file, issue.sheet, issue.row, issue.column, issue.value]
        said = [issue.message.zh, issue.message.en, issue.expected.zh, issue.expected.en]
        issues.append([*where, *said])
    return _workbook({"汇总 summary": summary, "问题 issues": issues})


def _numbers(counts: Counts) -> list[int]:
    return [counts.created, counts.updated, counts.unchanged, counts.rejected]


def check_export(path: Path, kinds: Sequence[Kind]) -> None:
    """Refuse a file that records of ``kinds`` cannot be written to, before they are read.

    Raises:
        InvalidRecord: its format is unknown, or holds one kind and not several.
    """
    check_ending(path, ".xlsx", ".csv")
    if path.suffix.lower() == ".csv" and len(kinds) != 1:
        raise InvalidRecord(
            Bilingual("一个 .csv 只装一类记录", "a .csv holds records of one kind"),
            Bilingual(
                "用 --kind 选一类，或写成 .xlsx", "choose one with --kind, or write an .xlsx"
            ),
            field="file",
        )


def write_records(records: Iterable[Record], path: Path, kinds: Sequence[Kind]) -> None:
    """Write ``records`` of ``kinds`` to ``path`` so that it imports again, as its ending says.

    A workbook has one sheet for each kind, a .csv one kind. Resolved codes and ids are left out: the
    import finds them anew. Blank words (无, -) come back as nothing.

    Raises:
        InvalidRecord: its format is unknown, or holds one kind and not several.
        OSError: ``path`` cannot be written.
    """
    check_export(path, kinds)
    as_text = path.suffix.lower() == ".csv"
    # Beside it first: what stands there stays whole when the disk is full.
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(records_csv(records, kinds[0]) if as_text else records_xlsx(records))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def records_csv(records: Iterable[Record], kind: Kind) -> bytes:
    """The file of `write_records` for one kind: UTF-8 with the mark by which spreadsheets know it."""
    file = io.StringIO(newline="")
    lines = _lines(kind, records)
    csv.writer(file).writerows([_guarded(cell) for cell in line] for line in lines)
    return file.getvalue().encode("utf-8-sig")


def records_xlsx(records: Iterable[Record]) -> bytes:
    """The workbook of `write_records`."""
    by_kind: dict[Kind, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.kind, []).append(record)
    sheets = {
        title: _lines(kind, by_kind[kind]) for kind, title in _SHEETS.items() if kind in by_kind
    }
    return _workbook(sheets or {"空 empty": []})


def _lines(kind: Kind, records: Iterable[Record]) -> list[list[Any]]:
    """The header of a kind, and a line for each of its records."""
    columns = _columns(kind)
    header = list(dict.fromkeys(columns.values()))
    if kind in (Kind.SOLUTION, Kind.LISTING):
        header += [*_PACKAGE_HEADERS.values(), _PACKAGES]
    header += [_LEVEL] if kind is Kind.SOLUTION else []
    lines = [_cells(record, columns, header) for record in records]
    return [header, *([line.get(name) for name in header] for line in lines)]


def _columns(kind: Kind) -> dict[str, str]:
    """The header of each field of a kind."""
    known = headers()
    found: dict[str, str] = {}
    for entry in COLUMNS_OF_KIND[kind].split():
        source, _, field = entry.partition(">")
        field = field or source
        if field == "scenario_levels":
            found |= {name: header for (name, _), header in known.items() if "levels." in name}
        elif (field not in found and source not in ("need", "case_name")) or field in (
            "text",
            "name",
        ):
            found.setdefault(field, _PLAIN_HEADERS.get(field) or known[source, ""])
    return found


def _cells(record: Record, columns: Mapping[str, str], header: list[str]) -> dict[str, Any]:
    """The cells of a record by header; a list that would not read back is written as JSON."""
    exact: set[str] = set()
    cells = _written(record, columns, exact)
    back = _read_back(record.kind, header, cells)
    for field in _LISTS & set(type(record).model_fields):
        value = getattr(record, field)
        if value and (back is None or _bare(getattr(back, field)) != _bare(value)):
            exact.add(field)
    return _written(record, columns, exact) if exact else cells


def _written(record: Record, columns: Mapping[str, str], exact: set[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for field, header in columns.items():
        name, _, code = field.partition(".")
        value = getattr(record, name)
        if code:
            value = value.get(code)
        hidden = value is False and name == "demonstration"
        if value is None or value in ("", ()) or hidden:
            continue
        cells[header] = _json(value) if field in exact else _cell(value)
    packages = getattr(record, "packages", ())
    if packages and ("packages" in exact or len(packages) > 1):
        cells[_PACKAGES] = _json(packages)
    elif packages:
        cells |= _package(packages[0])
    levels = {label.level for label in getattr(record, "scenarios", ())}
    if (
        record.kind is Kind.SOLUTION
        and len(levels) == 1
        and "scenarios" not in exact
        and levels != {None}
    ):
        cells[_LEVEL] = f"{_LEVEL_WORDS[max(level or 1 for level in levels) - 1]}级"
        unlevelled = [Label(label=label.label) for label in getattr(record, "scenarios", ())]
        cells[columns["scenarios"]] = _cell(tuple(unlevelled))
    return cells


def _package(package: Package) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(package, name) for name in _PACKAGE_HEADERS}
    for text, number in (("price_text", "price_cny"), ("deploy_text", "deploy_days")):
        if values[text] is not None:
            values[number] = None
    return {
        _PACKAGE_HEADERS[name]: _cell(value) for name, value in values.items() if value is not None
    }


def _read_back(kind: Kind, header: list[str], cells: Mapping[str, Any]) -> Record | None:
    texts = ["" if cells.get(name) is None else str(cells[name]).strip() for name in header]
    row = Row(1, tuple(texts))
    table = Table("", None, kind, read_header(header), (row,))
    return Validator(Unresolved()).row(table, row).record


def _bare(values: Iterable[Any]) -> list[Any]:
    return [(value.label, value.level) if isinstance(value, Label) else value for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 10**15 else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Reference):
        return value.name
    if isinstance(value, tuple):
        return ("\n" if value and hasattr(value[0], "metric") else "；").join(
            _item(one) for one in value
        )
    return str(value) if isinstance(value, str) else value


def _item(value: Any) -> str:
    if isinstance(value, Label):
        name = value.label if split_labels(value.label) == (value.label,) else f"「{value.label}」"
        return f"{name}（{_LEVEL_WORDS[value.level - 1]}级）" if value.level else name
    if hasattr(value, "metric"):
        before, after = ("" if one is None else f"{one:g}" for one in (value.before, value.after))
        return f"{value.metric}：{before}→{after} {value.unit or ''}".strip()
    return str(value)


def _json(values: Iterable[Any]) -> str:
    found = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
            continue
        left_out = {"nodes"} if isinstance(value, Label) else None
        found.append(value.model_dump(mode="json", exclude_defaults=True, exclude=left_out))
    return json.dumps(found, ensure_ascii=False)


def _workbook(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([written_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def written_cell(sheet: Any, value: Any) -> Any:
    """``value`` as a cell of a write-only ``sheet``; text never starts a formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, _guarded(value)[:_MAX_CELL])
    cell.data_type = "s"  # text such as #N/A would become a spreadsheet error
    return cell


def _guarded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub("", value)
    return f"'{text}" if _GUARD.match(text) else text
