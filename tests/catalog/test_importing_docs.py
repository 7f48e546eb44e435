"""docs/importing.md says what the code does: columns, cells and the excerpt of a report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.columns import read_column
from catalog.fields import target_of
from catalog.importing import ImportReport, import_files
from catalog.quantities import read_date, read_days, read_level, read_price
from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
ERRORS = ROOT / "tests" / "data" / "catalogue-with-errors.gb18030.csv"


def test_columns() -> None:
    lines = re.findall(r"^\| \S+ (all|[a-z]+) \| (`.+) \|$", PAGE, re.MULTILINE)
    assert {kind for kind, _ in lines} == {"all", *Kind}
    for name, cells in lines:
        for header, field in re.findall(r"`([^`→]+)→([a-z_]+)`", cells):
            for kind in Kind if name == "all" else [Kind(name)]:
                target = target_of(kind, read_column(0, header).field or "")
                assert target is not None and target[0] == field, (kind, header)


def price(text: str) -> str:
    found = read_price(text)
    amount = "" if found.low is None else str(found.low)
    amount += f"–{found.high}" if found.high is not None else "+" if found.floor else ""
    return f"{amount} {found.model}".strip()


def other(text: str) -> str:
    days, day, level = read_days(text).value, read_date(text), read_level(text)
    return str(day or level if days is None else days)


def test_cells() -> None:
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| \| `(.+?)` \| (.+?) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 14
    for left, as_price, right, as_other in rows:
        assert price(left) == as_price
        assert other(right) == as_other


@pytest.fixture
def report(store: Store) -> ImportReport:
    return import_files(store, Taxonomy.shipped(), [ERRORS], by="test")


def test_excerpt_of_the_report(report: ImportReport) -> None:
    said = set()
    for issue in report.issues:
        mark = "✗" if issue.severity == "error" else "!"
        where = f"{issue.file} #{issue.row}" + (f" {issue.column}" if issue.column else "")
        value = f"  [{issue.value}]" if issue.value else ""
        said.add(f"{mark} {where}: {issue.message}{value}")
    lines = re.findall(r"^[✗!] .+$", PAGE, re.MULTILINE)
    assert len(lines) == 7 and said.issuperset(lines)
    total = report.total()
    figures = (report.sheets[0].rows, total.created, total.unchanged, total.rejected)
    assert figures == (21, 17, 1, 3) and report.named_providers == 14
    assert "21 行：新增 17，未变 1（重复行），拒绝 3；另因只被列名而新建服务商 14 家" in PAGE
