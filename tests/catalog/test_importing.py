"""Files → store: counts, identity, cities, dry run, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.errors import UnreadableFile
from catalog.exporting import exported
from catalog.importing import Counts, ImportReport, import_bytes, import_files
from catalog.records import Case, Kind, Listing, Need, Reference, Solution
from catalog.report import write_records
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
    assert report.named_providers == store.counts()["provider"] > 0
    assert not report.errors and seen[-1] == (65, 65)
    assert report.sequence == store.sequence() > 0
    again = import_files(store, Taxonomy.shipped(), [WORKBOOK], by="test")
    assert again.total() == Counts(unchanged=65) and again.sequence == report.sequence
    assert again.named_providers == 0


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


@pytest.mark.parametrize("city", [None, "绍兴"])
def test_a_validity_that_ends_before_it_starts_is_refused(store: Store, city: str | None) -> None:
    text = "产品名称,服务商,有效期起,有效期止\n甲,乙,2026-05-01,2026-04-30\n丙,乙,2026-05-01,2026-05-01\n"
    report = load(store, text, city=city)
    assert report.total("solution") == Counts(created=1, rejected=1)
    (issue,) = report.issues
    assert (issue.severity, issue.row, issue.value) == ("error", 2, "2026-04-30")
    assert set(solutions(store)) == {"丙"}


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
    assert prices == {"苏州": ("1", 50_000), "无锡": ("9", 80_000)}
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
    assert report.total() == Counts(created=1, updated=1)
    again = load(store, text)
    assert again.total() == Counts(unchanged=2) and again.sequence == report.sequence


def test_a_code_used_twice_does_not_swallow_a_product(store: Store) -> None:
    report = load(store, "产品编码,产品名称,服务商\n1,甲,乙\n1,丙,乙\n")
    assert {name: one.code for name, one in solutions(store).items()} == {"甲": "1", "丙": None}
    assert [issue.row for issue in report.warnings] == [3]


def test_running_number_is_no_code_and_a_rename_is_told(store: Store) -> None:
    load(store, "序号,产品编码,产品名称,服务商\n1,A1,甲,乙\n")
    report = load(store, "序号,产品编码,产品名称,服务商\n7,A1,甲二代,乙\n")
    assert [issue.message.en for issue in report.warnings] == ["was “甲”: renamed"]
    assert list(solutions(store)) == ["甲二代"]


def test_providers_that_rows_only_name_are_counted_where_they_are_named(store: Store) -> None:
    files = [
        ("a.csv", "产品名称,服务商\n甲,一\n乙,一\n丙,二\n丁,三\n".encode()),
        ("b.csv", "案例名称,服务商\n戊,三\n己,四\n".encode()),
        ("c.csv", "服务商名称,简介\n二,有自己的一行\n".encode()),
    ]
    report = import_bytes(store, Taxonomy.shipped(), files, by="test", dry_run=True)
    assert [sheet.named_providers for sheet in report.sheets] == [2, 1, 0]
    assert report.total("provider") == Counts(created=1) and report.named_providers == 3
    done = import_bytes(store, Taxonomy.shipped(), files, by="test")
    assert done.sheets == report.sheets and store.counts()["provider"] == 4


def linked(store: Store) -> dict[str, str | None]:
    """The provider of the solution that each case is linked to, by the case's name."""
    found = {}
    for one in store.iterate(Kind.CASE):
        solution = one.record.solution if isinstance(one.record, Case) else None
        record = store.get(solution.id).record if solution and solution.id else None
        provider = record.provider if isinstance(record, Solution) else None
        found[one.record.name] = provider.name if provider else None
    return found


def test_a_case_without_a_provider_is_linked_to_the_only_solution_of_that_name(
    store: Store,
) -> None:
    load(store, "产品名称,服务商\nＭＥＳ 系统,甲\n排产,甲\n排产,乙\n")
    cases = "案例名称,产品名称\n一,MES系统\n二,排产\n三,没有的\n"
    load(store, cases)
    assert linked(store) == {"一": "甲", "二": None, "三": None}
    load(store, "产品名称,服务商\nmes系统,丙\n")
    again = load(store, cases)
    assert again.total() == Counts(unchanged=3)
    assert linked(store)["一"] == "甲"
    load(store, "案例名称,产品名称\n四,MES系统\n")
    assert linked(store)["四"] is None


def test_a_retired_solution_leaves_its_name_to_the_other(store: Store) -> None:
    load(store, "产品名称,服务商\n排产,甲\n排产,乙\n")
    with store.writing("test") as writer:
        first = writer.find(Solution(name="排产", provider=Reference(name="甲")))
        assert first is not None
        writer.retire(first)
    load(store, "案例名称,产品名称\n一,排产\n")
    assert linked(store) == {"一": "乙"}


def test_a_listing_of_a_name_that_several_have_is_rejected(store: Store) -> None:
    load(store, "产品名称,服务商\n排产,甲\n排产,乙\n质检,乙\n")
    text = "上架城市,产品名称,价格(万元)\n苏州市,排产,5\n苏州市,质检,6\n"
    report = load(store, text)
    assert report.total("listing") == Counts(created=1, rejected=1)
    assert [issue.row for issue in report.errors] == [2]


def listed(store: Store) -> dict[tuple[str, str | None], int | None]:
    """The price of each listing by its solution's name and provider."""
    found = {}
    for one in store.iterate(Kind.LISTING):
        assert isinstance(one.record, Listing)
        provider = one.record.provider
        name = provider.name if provider else None
        found[one.record.solution.name, name] = one.record.packages[0].price_cny
    return found


def test_a_listing_tells_whose_solution_it_lists(store: Store) -> None:
    load(store, "产品名称,服务商\nWMS,甲\nMES,甲\nMES,乙\n")
    head = "上架城市,产品名称,服务商名称,价格（万元）\n"
    report = load(store, head + "常州,MES,甲,4\n常州,MES,乙,7\n常州,WMS,乙,9\n")
    assert listed(store) == {("MES", "甲"): 40_000, ("MES", "乙"): 70_000}
    assert [(one.row, one.message.zh) for one in report.errors] == [
        (4, "找不到服务商 乙 的解决方案 WMS")
    ]
    unsaid = load(store, "上架城市,产品名称,价格（万元）\n常州,MES,5\n常州,WMS,3\n")
    assert [one.message.zh for one in unsaid.errors] == ["有几个同名产品 MES，请写服务商"]
    assert listed(store)["WMS", "甲"] == 30_000


def test_listings_of_one_name_are_exported_and_imported_again(store: Store, tmp_path: Path) -> None:
    load(store, "产品名称,服务商,价格（万元）\nMES,甲,5\nMES,乙,8\n排产,,1\n", city="无锡")
    kinds = list(Kind)
    for path in (tmp_path / "all.xlsx", tmp_path / "again.xlsx"):
        write_records(exported(store, kinds), path, kinds)
        report = import_files(store, Taxonomy.shipped(), [path], by="test")
        assert not report.errors and report.total().updated == report.total().created == 0
    other = Store.open(tmp_path / "other")
    assert not import_files(other, Taxonomy.shipped(), [path], by="test").errors
    assert listed(other) == listed(store) and len(listed(store)) == 3
    other.close()


def test_a_listing_of_a_retired_solution_says_so(store: Store) -> None:
    load(store, "产品名称,服务商\n排产,甲\n")
    with store.writing("test") as writer:
        solution = writer.find(Solution(name="排产", provider=Reference(name="甲")))
        assert solution is not None
        writer.retire(solution)
    for text in ("上架城市,产品名称\n常州,排产\n", "上架城市,产品名称,服务商\n常州,排产,甲\n"):
        (error,) = load(store, text).errors
        assert error.message.zh == "解决方案 排产 已停用" and solution in error.expected.zh


def test_a_retired_record_that_is_imported_again_is_told(store: Store) -> None:
    text = "产品名称,服务商,价格（万元）\n排产,甲,{}\n质检,甲,1\n"
    load(store, text.format(1))
    with store.writing("test") as writer:
        solution = writer.find(Solution(name="排产", provider=Reference(name="甲")))
        assert solution is not None
        writer.retire(solution)
    for price in (1, 2):
        report = load(store, text.format(price))
        (warning,) = report.warnings
        assert (warning.row, warning.message.zh) == (2, "这条记录已停用，导入后仍停用")
        assert f"qingzhun restore {solution}" in warning.expected.zh
        assert store.get(solution).status == "retired"


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


def test_needs_tell_their_language(store: Store) -> None:
    words = {
        "西班牙语": "es",
        "西班牙文": "es",
        "ES": "es",
        "Español": "es",
        "英语": "en",
        "其他": "other",
    }
    rows = "".join(f"las máquinas paran {word},{word}\n" for word in words)
    report = load(store, "需求描述,语言\n" + rows)
    assert report.total() == Counts(created=len(words)) and not report.issues
    line = '{"kind": "need", "text": "se para la inyectora", "lang": "es"}\n'
    assert not load(store, line, name="a.jsonl").issues
    needs = [one.record for one in store.iterate(Kind.NEED)]
    told = {one.text: one.lang for one in needs if isinstance(one, Need)}
    assert told.pop("se para la inyectora") == "es"
    assert {text.rsplit(" ", 1)[1]: lang for text, lang in told.items()} == words
