"""Files → store: counts, identity, cities, dry run, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.errors import UnreadableFile
from catalog.importing import Counts, ImportReport, import_bytes, import_files
from catalog.records import Kind, Listing, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy

DATA = Path(__file__).parents[1] / "data"
WORKBOOK = DATA / "catalogue-as-cities-send-it.xlsx"
ERRORS = DATA / "catalogue-with-errors.gb18030.csv"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data")
    yield opened
    opened.close()


def load(store: Store, text: str, city: str | None = None, name: str = "a.csv") -> ImportReport:
    return import_bytes(store, Taxonomy.shipped(), [(name, text.encode())], by="test", city=city)


def solutions(store: Store) -> dict[str, Solution]:
    found = (one.record for one in store.iterate(Kind.SOLUTION))
    return {record.name: record for record in found if isinstance(record, Solution)}


def test_workbook_of_a_city(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    report = import_files(
        store,
        Taxonomy.shipped(),
        [WORKBOOK],
        by="test",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert report.total("solution") == Counts(created=31)
    assert report.total("case") == Counts(created=34)
    assert not report.errors and seen[-1] == (65, 65)
    assert report.sequence == store.sequence() > 0
    again = import_files(store, Taxonomy.shipped(), [WORKBOOK], by="test")
    assert again.total() == Counts(unchanged=65) and again.sequence == report.sequence


def test_catalogue_with_errors(store: Store) -> None:
    report = import_files(store, Taxonomy.shipped(), [ERRORS], by="test")
    assert report.total() == Counts(created=17, unchanged=1, rejected=3)
    assert [(issue.row, issue.column) for issue in report.errors] == [
        (3, "产品名称"),
        (5, "价格(万元)"),
        (22, "价格(万元)"),
    ]
    assert [issue.row for issue in report.warnings if "重复" in issue.message.zh] == [21]
    assert solutions(store)["面料找布机器人"].code == "000001"
    assert solutions(store)["AI智慧验布技术"].packages[0].deploy_days == 30


def test_dry_run_reports_the_same_and_keeps_nothing(store: Store) -> None:
    taxonomy = Taxonomy.shipped()
    dry = import_files(store, taxonomy, [ERRORS, WORKBOOK], by="test", dry_run=True)
    assert store.sequence() == dry.sequence == 0
    done = import_files(store, taxonomy, [ERRORS, WORKBOOK], by="test")
    assert (dry.sheets, dry.issues) == (done.sheets, done.issues)


def test_one_unreadable_file_keeps_all_out(store: Store, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"no workbook")
    with pytest.raises(UnreadableFile):
        import_files(store, Taxonomy.shipped(), [WORKBOOK, bad], by="test")
    assert store.sequence() == 0


def test_cities_get_listings_and_leave_each_others_prices(store: Store) -> None:
    head = "产品编码,产品名称,服务商,价格(万元)\n"
    first = load(store, head + "1,甲,乙,5\n", city="苏州市")
    assert (first.total("solution"), first.total("listing")) == (
        Counts(created=1),
        Counts(created=1),
    )
    load(store, head + "9,甲,乙,8\n", city="无锡市")
    assert solutions(store)["甲"].packages[0].price_cny == 50_000
    assert solutions(store)["甲"].code == "1"
    listings = [one.record for one in store.iterate(Kind.LISTING)]
    prices = {
        one.city: (one.code, one.packages[0].price_cny)
        for one in listings
        if isinstance(one, Listing)
    }
    assert prices == {"苏州市": ("1", 50_000), "无锡市": ("9", 80_000)}
    sequence = store.sequence()
    assert load(store, head + "9,甲,乙,8\n", city="无锡市").total() == Counts(unchanged=2)
    assert load(store, head + "1,甲,乙,6\n", city="苏州市").total() == Counts(updated=2)
    assert solutions(store)["甲"].packages[0].price_cny == 60_000
    assert store.sequence() == sequence + 2


def test_rows_of_one_product_become_its_packages(store: Store) -> None:
    text = "产品名称,服务商,版本,价格(万元)\n甲,乙,基础版,1\n甲,乙,专业版,3\n"
    report = load(store, text)
    assert [one.price_cny for one in solutions(store)["甲"].packages] == [10_000, 30_000]
    assert [issue.row for issue in report.warnings] == [3]
    assert load(store, text).sequence == report.sequence


def test_a_code_used_twice_does_not_swallow_a_product(store: Store) -> None:
    report = load(store, "产品编码,产品名称,服务商\n1,甲,乙\n1,丙,乙\n")
    assert {name: one.code for name, one in solutions(store).items()} == {"甲": "1", "丙": None}
    assert [issue.row for issue in report.warnings] == [3]


def test_running_number_is_no_code_and_a_rename_is_told(store: Store) -> None:
    load(store, "序号,产品编码,产品名称,服务商\n1,A1,甲,乙\n")
    report = load(store, "序号,产品编码,产品名称,服务商\n7,A1,甲二代,乙\n")
    assert [issue.message.en for issue in report.warnings] == ["was “甲”: renamed"]
    assert list(solutions(store)) == ["甲二代"]


def test_order_of_kinds_and_listings_in_json(store: Store) -> None:
    text = "\n".join(
        [
            '{"kind":"listing","city":"苏州市","solution":"乙","packages":[{"price_cny":5}]}',
            '{"kind": "listing", "city": "苏州市", "solution": "没有"}',
            '{"kind": "case", "name": "甲", "provider": "丙", "solution": "乙"}',
            '{"kind": "solution", "name": "乙", "provider": "丙"}',
            "nonsense",
        ]
    )
    report = load(store, text, name="a.jsonl")
    assert report.total("listing") == Counts(created=1, rejected=1)
    assert report.total("unknown") == Counts(rejected=1)
    assert [issue.row for issue in report.errors] == [2, 5]
    assert load(store, text, name="a.jsonl").sequence == report.sequence
