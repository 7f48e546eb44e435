"""A run over many needs: the table, and bad rows told beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from catalog.errors import InvalidRecord
from catalog.need_files import NeedRow
from catalog.records import Kind, Need
from catalog.store import RecordFilter
from matcher.bulk.job import NeedSource, needs_in_files, stored_needs
from matcher.bulk.lists import Status, query_of
from matcher.bulk.table import COLUMNS
from tests.bulk_runs import ALL, numbered, rows_of, run
from tests.conftest import Built

HEADER = "企业名称,需求描述,预算（万元）\n"


pytestmark = pytest.mark.usefixtures("short_parts")


class TestTable:
    def test_one_row_for_each_place(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        done = run(tiny, stored_needs(tiny.store, RecordFilter()), out)
        rows = rows_of(out)
        assert done.rows == len(rows) and done.statuses == Counter({Status.MATCHED: 1})
        (need,) = (s for s in tiny.store.iterate(Kind.NEED))
        assert isinstance(need.record, Need)
        answer = tiny.matcher.match(query_of(need.record, ALL, 10))
        shown = [*answer.solutions, *answer.providers, *answer.cases]
        assert [(r["offer"], r["score"], r["place"]) for r in rows] == [
            (one.id, one.score, one.rank) for one in shown
        ]
        assert [row["name"] for row in rows] == [one.record.name for one in shown]
        first = rows[0]
        assert first["need"] == need.id and first["text"] == need.record.text
        assert (first["enterprise"], first["city"]) == ("顺达塑料制品厂", "宁波")
        assert (first["status"], first["kind"]) == ("matched", "solution")
        assert first["provider"] == "海岳智造科技有限公司"
        assert first["budget"] is None and first["grade"] is None
        assert "equipment" in first["reasons"].lower()
        assert not (tmp_path / "matches.parquet.parts").exists()

    def test_in_chinese(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        run(tiny, numbered(2, budget_cny=60_000, sectors=("服装",)), out, lang="zh")
        rows = rows_of(out)
        assert {row["kind"] for row in rows} == {"解决方案", "服务商", "样板案例"}
        assert {row["status"] for row in rows} == {"已匹配"}
        assert {"符合", "不符", "未公布"} >= {row["budget"] for row in rows} > {"不符"}
        assert any("场景对应" in (row["reasons"] or "") for row in rows)

    def test_reasons_are_joined_as_the_language_does(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        for lang, apart, other in (("zh", "；", "; "), ("en", "; ", "；")):
            run(tiny, numbered(2, sectors=("注塑",), scenarios=("设备管理",)), out, lang=lang)
            reasons = [row["reasons"] or "" for row in rows_of(out)]
            assert any(apart in one for one in reasons)
            assert not any(other in one or one.endswith(apart) for one in reasons)

    def test_kinds_limit_and_city(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        run(tiny, numbered(3), out, kinds=(Kind.CASE,), limit=2, city="宁波")
        rows = rows_of(out)
        assert [row["place"] for row in rows] == [1, 2] * 3
        assert {row["city"] for row in rows} == {"宁波"}

    def test_a_need_keeps_its_own_city(self, tiny: Built, tmp_path: Path) -> None:
        path, out = tmp_path / "needs.csv", tmp_path / "matches.parquet"
        path.write_text("城市,需求描述\n宁波市,设备老停机\n,外观划痕\n", encoding="utf-8")
        run(tiny, needs_in_files([path], tiny.taxonomy, "苏州"), out, city="苏州")
        cities = {row["need"]: row["city"] for row in rows_of(out)}
        assert cities == {"needs.csv/2": "宁波", "needs.csv/3": "苏州"}

    def test_a_workbook(self, tiny: Built, tmp_path: Path) -> None:
        source = numbered(2)
        run(tiny, source, tmp_path / "matches.xlsx")
        run(tiny, source, tmp_path / "matches.parquet")
        sheet = openpyxl.load_workbook(tmp_path / "matches.xlsx").active
        assert sheet is not None
        header, *lines = sheet.iter_rows(values_only=True)
        assert header == tuple(str(title) for title in COLUMNS.values())
        assert [dict(zip(COLUMNS, line, strict=True)) for line in lines] == [
            pytest.approx(row) for row in rows_of(tmp_path / "matches.parquet")
        ]

    def test_no_needs_at_all(self, tiny: Built, tmp_path: Path) -> None:
        done = run(tiny, numbered(0), tmp_path / "matches.parquet")
        assert done.rows == 0 and rows_of(tmp_path / "matches.parquet") == []

    def test_personal_data_stays_out(self, tiny: Built, tmp_path: Path) -> None:
        need = Need(text="设备老停机，找王工13800138000，微信 wang_gong8")
        source = NeedSource(lambda: iter([NeedRow("n", need, None)]), 1, "one")
        run(tiny, source, tmp_path / "matches.parquet")
        told = {row["text"] for row in rows_of(tmp_path / "matches.parquet")}
        assert len(told) == 1 and "***" in str(told) and "1380013" not in str(told)


class TestFiles:
    def test_bad_rows_are_told_and_the_rest_go_on(self, tiny: Built, tmp_path: Path) -> None:
        path = tmp_path / "needs.csv"
        path.write_text(
            HEADER
            + "甲厂,设备老停机查不出原因,20\n"
            + "乙厂,,20\n"
            + "丙厂,，。！,\n"
            + "丁厂,外观划痕靠人眼看,说不清\n"
            + "戊厂,外观划痕靠人眼看,\n",
            encoding="utf-8",
        )
        before = tiny.store.sequence()
        source = needs_in_files([path], tiny.taxonomy, None)
        assert source.count == 5
        done = run(tiny, source, tmp_path / "matches.parquet")
        assert done.statuses == Counter({Status.MATCHED: 2, Status.REFUSED: 3})
        assert tiny.store.sequence() == before
        by_need = {row["need"]: row for row in rows_of(tmp_path / "matches.parquet")}
        assert list(by_need) == [f"needs.csv/{line}" for line in (2, 3, 4, 5, 6)]
        assert by_need["needs.csv/2"]["enterprise"] == "甲厂"
        for line in (3, 4, 5):
            row = by_need[f"needs.csv/{line}"]
            assert row["status"] == "refused" and row["remark"] and row["offer"] is None

    def test_files_of_lines(self, tiny: Built, tmp_path: Path) -> None:
        path = tmp_path / "needs.jsonl"
        path.write_text(
            '{"kind": "need", "text": "设备老停机"}\n{"kind": "provider", "name": "甲"}\nno JSON\n',
            encoding="utf-8",
        )
        done = run(tiny, needs_in_files([path], tiny.taxonomy, None), tmp_path / "m.parquet")
        assert done.statuses == Counter({Status.MATCHED: 1, Status.REFUSED: 2})

    def test_another_content_is_another_run(self, tiny: Built, tmp_path: Path) -> None:
        path = tmp_path / "needs.csv"
        found = set()
        for text in ("设备老停机", "外观划痕"):
            path.write_text(f"{HEADER}甲厂,{text},\n", encoding="utf-8")
            found.add(needs_in_files([path], tiny.taxonomy, None).fingerprint)
        assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "count", "field"),
    [("matches.csv", 1, "out"), ("nowhere/matches.parquet", 1, "out"), ("m.xlsx", 40_000, "out")],
)
def test_an_output_that_cannot_be(
    tiny: Built, tmp_path: Path, name: str, count: int, field: str
) -> None:
    with pytest.raises(InvalidRecord) as caught:
        run(tiny, numbered(count), tmp_path / name)
    assert caught.value.field == field and caught.value.hint.zh and caught.value.hint.en
    assert list(tmp_path.iterdir()) == []
