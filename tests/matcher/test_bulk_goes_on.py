"""A run over many needs that is stopped or killed goes on; several processes give the same table."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.need_files import NeedRow
from matcher.bulk.job import NeedSource
from matcher.bulk.parts import Parts
from matcher.errors import BulkStopped
from tests.bulk_runs import numbered, rows_of, run
from tests.conftest import NOW, Built

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.usefixtures("short_parts")


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
