"""Workbooks that go out: no formulas, and records that import again."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.columns import Table
from catalog.errors import InvalidRecord
from catalog.importing import import_bytes, import_files
from catalog.quantities import is_blank
from catalog.records import (
    Case,
    DeliveryMode,
    Effect,
    Enterprise,
    Kind,
    Label,
    Need,
    Package,
    PriceModel,
    Provider,
    Record,
    Reference,
    Size,
    Solution,
    ValueServed,
)
from catalog.report import (
    Unresolved,
    records_xlsx,
    report_xlsx,
    write_records,
    write_report_xlsx,
)
from catalog.sheets import read_bytes
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator

DATA = Path(__file__).parents[1] / "data"
_ALPHABET = "甲乙注塑质量Aa1=+-@'，、；/（）「」:→ \n"


def back(records: list[Record]) -> list[Record]:
    found = []
    for part in read_bytes(records_xlsx(records), "a.xlsx"):
        assert isinstance(part, Table)
        rows = [Validator(Unresolved()).row(part, row) for row in part.rows]
        found += [row.record for row in rows if row.record]
    return found


def _text(most: int = 12) -> st.SearchStrategy[str]:
    texts = st.text(_ALPHABET, min_size=1, max_size=most).map(str.strip)
    return texts.filter(lambda text: not is_blank(text) and text == text.lstrip("'"))


_NAMES = _text().map(lambda text: f"名{text}")
_LABELS = st.lists(st.builds(Label, label=_text()), max_size=3, unique_by=lambda label: label.label)
_SCENARIOS = st.lists(
    st.builds(Label, label=_text(), level=st.none() | st.integers(1, 4)),
    max_size=3,
    unique_by=lambda label: label.label,
)
_PACKAGES = st.builds(
    Package,
    name=st.none() | _text(),
    price_cny=st.none() | st.integers(0, 10**7),
    price_from=st.booleans(),
    price_model=st.none() | st.sampled_from(PriceModel),
    price_text=st.none() | _text(),
    deploy_days=st.none() | st.integers(0, 400),
    deploy_text=st.none() | _text(),
    delivery_mode=st.none() | st.sampled_from(DeliveryMode),
)
_EFFECTS = st.builds(
    Effect,
    metric=_text(),
    before=st.none() | st.integers(-99, 99).map(float),
    after=st.none() | st.floats(0, 1e6, allow_nan=False),
    unit=st.none() | st.sampled_from(["%", "分钟", "人/班"]),
)
_SOLUTIONS = st.builds(
    Solution,
    name=_NAMES,
    code=st.none() | st.sampled_from(["000001", "A-1"]),
    provider=st.none() | st.builds(Reference, name=_NAMES),
    description=st.just("") | _text(30),
    sectors=_LABELS.map(tuple),
    scenarios=_SCENARIOS.map(tuple),
    packages=st.lists(_PACKAGES, max_size=2, unique=True).map(tuple),
    technologies=st.lists(_text(), max_size=2, unique=True).map(tuple),
    sizes=st.lists(st.sampled_from(Size), max_size=2, unique=True).map(tuple),
    valid_until=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    demonstration=st.booleans(),
)
_CASES = st.builds(
    Case,
    name=_NAMES,
    scenarios=_SCENARIOS.map(tuple),
    cost_cny=st.none() | st.integers(0, 10**8),
    duration_days=st.none() | st.integers(0, 3000),
    effects=st.lists(_EFFECTS, max_size=2).map(tuple),
    level_after=st.none() | st.integers(1, 4),
    accepted=st.none() | st.booleans(),
    satisfaction=st.none() | st.integers(0, 1000).map(lambda number: number / 10),
    values=st.lists(st.sampled_from(ValueServed), max_size=3, unique=True).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(_SOLUTIONS | _CASES)
def test_records_come_back(record: Record) -> None:
    assert back([record]) == [record]


def test_every_kind_comes_back() -> None:
    records: list[Record] = [
        Provider(name="甲", ownership="private", years_in_business=8, enterprises_served=3),
        Solution(name="乙", sectors=(Label(label="计算机、通信和其他电子设备制造业"),)),
        Enterprise(name="丙", size=Size.SMALL, scenario_levels={"S2-1": 0, "S5-4": 3}),
        Need(name="老停机", text="老停机", enterprise=Reference(name="丙"), budget_cny=0),
    ]
    assert back(records) == records


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@a", "'=x"])
def test_no_cell_starts_a_formula(start: str) -> None:
    record = Solution(name=start, description=start)
    sheet = openpyxl.load_workbook(io.BytesIO(records_xlsx([record]))).worksheets[0]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in texts)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert back([record]) == [record]


def test_an_export_of_a_store_imports_again_without_change(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    taxonomy = Taxonomy.shipped()
    files = [DATA / "catalogue-as-cities-send-it.xlsx"]
    import_files(store, taxonomy, files, by="test", city="苏州市")
    sequence = store.sequence()
    path = tmp_path / "out.xlsx"
    write_records([one.record for one in store.iterate(*Kind)], path, list(Kind))
    report = import_files(store, taxonomy, [path], by="test")
    assert not report.errors
    assert (report.total().updated, store.sequence()) == (0, sequence)
    store.close()


def test_a_csv_of_one_kind_imports_again_without_change(tmp_path: Path) -> None:
    store, taxonomy = Store.open(tmp_path / "data"), Taxonomy.shipped()
    import_files(store, taxonomy, [DATA / "catalogue-as-cities-send-it.xlsx"], by="test")
    with store.writing("test") as writer:
        writer.put(
            Solution(name="=1+1", provider=Reference(name="甲"), description='两行，\n“引号"')
        )
    sequence = store.sequence()
    for kind in (Kind.PROVIDER, Kind.SOLUTION, Kind.CASE, Kind.NEED):
        path = tmp_path / f"{kind}.CSV"
        write_records([one.record for one in store.iterate(kind)], path, [kind])
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        if not store.counts()[kind]:
            continue
        report = import_files(store, taxonomy, [path], by="test")
        assert not report.errors and report.total().unchanged == store.counts()[kind]
    assert store.sequence() == sequence
    store.close()


@pytest.mark.parametrize(
    ("name", "kinds", "said"),
    [
        ("r.csv", list(Kind), "one kind"),
        ("r.txt", [Kind.NEED], "unknown output format: r.txt"),
        ("r", [Kind.NEED], "unknown output format"),
        ("r.xls", list(Kind), "unknown output format"),
    ],
)
def test_an_ending_that_cannot_be_written(
    tmp_path: Path, name: str, kinds: list[Kind], said: str
) -> None:
    with pytest.raises(InvalidRecord, match=said) as caught:
        write_records([], tmp_path / name, kinds)
    assert caught.value.hint.zh and caught.value.hint.en and not list(tmp_path.iterdir())


def test_report_tells_providers_that_were_only_named(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    data = "产品名称,服务商\n甲,一\n乙,二\n".encode()
    report = import_bytes(store, Taxonomy.shipped(), [("a.csv", data)], by="test")
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(report)))
    rows = [[cell.value for cell in row][:5] for row in book.worksheets[0].rows][2:]
    named = "服务商（仅被列名） / provider (only named)"
    assert rows == [
        ["a.csv", None, "solution", 2, 2],
        ["a.csv", None, named, None, 2],
        ["合计 / total", None, None, 2, 2],
        ["合计 / total", None, named, None, 2],
    ]
    store.close()


def test_report_lists_every_issue(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data")
    data = "产品名称,服务商,价格(万元)\n=cmd(),乙,-5\n".encode()
    report = import_bytes(store, Taxonomy.shipped(), [("a.csv", data)], by="test", dry_run=True)
    path = tmp_path / "report.xlsx"
    write_report_xlsx(report, path)
    assert path.read_bytes()[:2] == b"PK" and report_xlsx(report)
    summary, issues = openpyxl.load_workbook(path).worksheets
    assert [cell.value for cell in summary[3]][:8] == ["a.csv", None, "solution", 1, 0, 0, 0, 1]
    last = [[cell.value for cell in row][:8] for row in list(summary.rows)[-2:]]
    assert last[0] == ["合计 / total", None, None, 1, 0, 0, 0, 1]
    assert last[1][2:5] == ["服务商（仅被列名） / provider (only named)", None, 0]
    assert [cell.value for cell in issues[2]][:6] == [
        "error",
        "a.csv",
        None,
        2,
        "价格(万元)",
        "'-5",
    ]
    store.close()
