"""A run over many needs: the table, bad rows, a stop and its continuation, several processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from catalog.errors import InvalidRecord
from catalog.need_files import NeedRow
from catalog.records import Kind, Need
from catalog.store import RecordFilter, Store
from catalog.taxonomy import Taxonomy
from matcher import bulk_run
from matcher.bulk import Status, query_of
from matcher.bulk_job import (
    BulkDone,
    BulkOptions,
    NeedSource,
    match_all,
    needs_in_files,
    stored_needs,
)
from matcher.bulk_parts import Parts
from matcher.bulk_table import COLUMNS
from matcher.errors import BulkStopped
from tests.conftest import NOW, Built, clock
from tests.fakes import HashEncoder

ROOT = Path(__file__).parents[2]
ALL = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE)
OPTIONS = BulkOptions(ALL, 10, None, "en")
HEADER = "企业名称,需求描述,预算（万元）\n"


def numbered(count: int, **fields: Any) -> NeedSource:
    def rows() -> Iterator[NeedRow]:
        for number in range(count):
            yield NeedRow(f"n{number}", Need(text=f"换模慢，设备停机{number}次", **fields), None)

    return NeedSource(rows, count, f"numbered {count} {fields}")


def run(built: Built, source: NeedSource, out: Path, **options: Any) -> BulkDone:
    workers = options.pop("workers", 1)
    now = options.pop("now", clock)
    return match_all(
        built.store,
        built.data,
        None,
        built.encoder,
        built.taxonomy,
        source,
        out,
        replace(OPTIONS, **options),
        workers,
        now=now,
    )


def rows_of(out: Path) -> list[dict[str, Any]]:
    table = pd.read_parquet(out)
    assert list(table.columns) == list(COLUMNS)
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_run, "PART", 10)


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

    def test_kinds_limit_and_city(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        run(tiny, numbered(3), out, kinds=(Kind.CASE,), limit=2, city="宁波")
        rows = rows_of(out)
        assert [row["place"] for row in rows] == [1, 2] * 3
        assert {row["city"] for row in rows} == {"宁波"}

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


class TestStopAndGoOn:
    """35 needs in parts of ten; the second run finds what the first has done."""

    def stopped(
        self, built: Built, out: Path, monkeypatch: pytest.MonkeyPatch, parts: int = 2
    ) -> None:
        save = Parts.save

        def fails(self: Parts, number: int, needs: Any, told: Any) -> None:
            if number == parts:
                raise KeyboardInterrupt
            save(self, number, needs, told)

        with monkeypatch.context() as patch:
            patch.setattr(Parts, "save", fails)
            with pytest.raises(KeyboardInterrupt):
                run(built, numbered(35), out)

    def test_a_run_goes_on_where_it_was_stopped(
        self, tiny: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "matches.parquet"
        self.stopped(tiny, out, monkeypatch)
        assert not out.exists()
        done: list[int] = []
        save = Parts.save

        def counted(self: Parts, number: int, needs: Any, told: Any) -> None:
            done.append(number)
            save(self, number, needs, told)

        monkeypatch.setattr(Parts, "save", counted)
        run(tiny, numbered(35), out)
        assert done == [2, 3]
        run(tiny, numbered(35), tmp_path / "whole.parquet")
        assert done == [2, 3, 0, 1, 2, 3]
        assert rows_of(out) == rows_of(tmp_path / "whole.parquet")

    def test_it_keeps_the_day_on_which_it_began(
        self, tiny: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "matches.parquet"
        self.stopped(tiny, out, monkeypatch)
        kept = Parts.open(out, "", NOW + timedelta(days=9))
        kept.close()
        # Another key starts anew, with the new day.
        assert kept.moment == NOW + timedelta(days=9) and not kept.done()
        self.stopped(tiny, out, monkeypatch)
        moments = []
        opened = Parts.open

        def noted(*arguments: Any) -> Parts:
            found = opened(*arguments)
            moments.append((found.moment, sorted(found.done())))
            return found

        monkeypatch.setattr(Parts, "open", noted)
        run(tiny, numbered(35), out, now=lambda: NOW + timedelta(days=1))
        assert moments == [(NOW, [0, 1])]

    def test_other_needs_options_or_catalogue_start_anew(
        self, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[int] = []
        save = Parts.save

        def counted(self: Parts, number: int, needs: Any, told: Any) -> None:
            done.append(number)
            save(self, number, needs, told)

        def again(source: NeedSource, **options: Any) -> list[int]:
            out = tmp_path / "matches.parquet"
            self.stopped(built, out, monkeypatch)
            done.clear()
            with monkeypatch.context() as patch:
                patch.setattr(Parts, "save", counted)
                run(built, source, out, **options)
            return list(done)

        assert again(numbered(35)) == [2, 3]
        assert again(numbered(34)) == [0, 1, 2, 3]
        assert again(numbered(35), limit=9) == [0, 1, 2, 3]
        assert again(numbered(35), lang="zh") == [0, 1, 2, 3]
        self.stopped(built, tmp_path / "matches.parquet", monkeypatch)
        with built.store.writing("test") as writer:
            writer.retire(built.ids["缝制车间协同"])
        done.clear()
        monkeypatch.setattr(Parts, "save", counted)
        run(built, numbered(35), tmp_path / "matches.parquet")
        assert done == [0, 1, 2, 3]

    def test_a_text_is_encoded_once(self, built: Built, tmp_path: Path) -> None:
        run(built, numbered(25), tmp_path / "matches.parquet")
        first = built.encoder.calls
        run(built, numbered(25), tmp_path / "again.parquet", limit=3)
        assert built.encoder.calls == first

    def test_two_runs_do_not_write_the_same_file(self, tiny: Built, tmp_path: Path) -> None:
        out = tmp_path / "matches.parquet"
        parts = Parts.open(out, "other", NOW)
        with pytest.raises(BulkStopped) as caught:
            run(tiny, numbered(3), out)
        assert caught.value.field == "out"
        parts.close()
        run(tiny, numbered(3), out)
        assert out.exists()

    def test_a_folder_of_something_else_is_left_alone(self, tiny: Built, tmp_path: Path) -> None:
        other = tmp_path / "matches.parquet.parts"
        other.mkdir()
        (other / "letter.txt").write_text("hello")
        with pytest.raises(BulkStopped, match="something else"):
            run(tiny, numbered(3), tmp_path / "matches.parquet")
        assert (other / "letter.txt").read_text() == "hello"

    def test_an_older_output_stays_until_the_new_one_is_whole(
        self, tiny: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "matches.parquet"
        run(tiny, numbered(3), out)
        before = out.read_bytes()
        self.stopped(tiny, out, monkeypatch, parts=3)
        assert out.read_bytes() == before


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


@pytest.mark.slow
def test_several_processes_give_the_same_table(built: Built, tmp_path: Path) -> None:
    run(built, numbered(45), tmp_path / "one.parquet", workers=1)
    run(built, numbered(45), tmp_path / "two.parquet", workers=2)
    assert rows_of(tmp_path / "one.parquet") == rows_of(tmp_path / "two.parquet")


@pytest.mark.slow
def test_a_change_while_processes_start_stops_the_run(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> Iterator[NeedRow]:
        for number, row in enumerate(numbered(45).rows()):
            if number == 15:
                with built.store.writing("test") as writer:
                    writer.retire(built.ids["缝制车间协同"])
            yield row

    source = NeedSource(rows, 45, "changing")
    with pytest.raises(BulkStopped, match="changed"):
        run(built, source, tmp_path / "matches.parquet", workers=2)
    assert not (tmp_path / "matches.parquet").exists()


@pytest.mark.slow
def test_a_killed_run_goes_on(built: Built, tmp_path: Path) -> None:
    """Killed with -9 after its first parts, then run again to the end: the table of an untouched run.

    Its processes end with it.
    """
    out = tmp_path / "matches.parquet"
    command = [sys.executable, "-m", "tests.killed_bulk", str(built.data), str(out)]
    process = subprocess.Popen(command, cwd=ROOT)
    parts = out.with_name("matches.parquet.parts")
    for _ in range(600):
        if len(list(parts.glob("[0-9]*.npz"))) >= 2:
            break
        assert process.poll() is None
        time.sleep(0.1)
    children = [
        Path(f"/proc/{child}")
        for path in Path(f"/proc/{process.pid}/task").glob("*/children")
        for child in path.read_text().split()
    ]
    assert len(children) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    for _ in range(100):
        if not any(
            "tests.killed_bulk" in _command(child) or "spawn" in _command(child)
            for child in children
        ):
            break
        time.sleep(0.1)
    else:
        pytest.fail("its processes go on")
    kept = {path.name: path.stat().st_mtime_ns for path in parts.glob("[0-9]*.npz")}
    assert len(kept) >= 2 and not out.exists()
    subprocess.run([*command, "0"], cwd=ROOT, check=True)
    assert out.exists() and not parts.exists()
    subprocess.run([*command[:-1], str(tmp_path / "whole.parquet"), "0"], cwd=ROOT, check=True)
    assert rows_of(out) == rows_of(tmp_path / "whole.parquet")


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def killable(data: Path, out: Path, pause: float) -> None:
    """A run in a process of its own, with a pause after each part (see `tests.killed_bulk`)."""
    store = Store.open(data, clock=clock)
    bulk_run.PART = 10
    match_all(
        store,
        data,
        None,
        HashEncoder(),
        Taxonomy.shipped(),
        numbered(60),
        out,
        OPTIONS,
        2,
        progress=lambda step, done, total: time.sleep(pause),
        now=clock,
    )
