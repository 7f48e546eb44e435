"""A data directory that can only be read: what reads works, what writes says why it does not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import assembly
from api.cli import app
from catalog.errors import StoreUnavailable
from catalog.records import Kind, Need
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.leads.types import LeadQuery
from tests.fakes import HashEncoder


@pytest.fixture
def data(built_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The tiny catalogue where nothing may be written. Root may write anywhere, but for what it is told."""
    copied = tmp_path / "data"
    shutil.copytree(built_once, copied)
    allowed = os.access

    def refused(path: str | os.PathLike[str], mode: int) -> bool:
        writes = bool(mode & os.W_OK) and Path(path).is_relative_to(copied)
        return not writes and allowed(path, mode)

    monkeypatch.setattr(os, "access", refused)
    monkeypatch.setattr(assembly, "load_encoder", lambda _: HashEncoder())
    for path in (copied, *copied.iterdir()):
        path.chmod(path.stat().st_mode & ~0o222)
    yield copied
    copied.chmod(0o755)


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(data), *arguments])


def state(data: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in [data, *data.rglob("*")]}


def test_what_reads_works_and_leaves_no_trace(data: Path, tmp_path: Path) -> None:
    store = Store.open(data)
    assert store.read_only
    offers = [one.id for one in store.iterate(Kind.SOLUTION)]
    store.close()
    before = state(data)
    needs = tmp_path / "needs.csv"
    needs.write_text("需求描述\n设备老停机查不出原因\n", encoding="utf-8")
    for arguments in (
        ["list", "solution"],
        ["match", "设备老停机查不出原因"],
        ["match", "想给车间屋顶装光伏板"],
        ["leads", offers[0]],
        ["export", str(tmp_path / "all.xlsx")],
        ["match-all", "--needs", str(needs), "--out", str(tmp_path / "m.parquet")],
        ["unmet"],
        ["lexicon", "list"],
        ["generations"],
    ):
        result = run(data, *arguments)
        assert result.exit_code == 0, (arguments, result.output)
        assert state(data) == before, arguments


def test_what_writes_says_that_it_is_read_only(data: Path, tmp_path: Path) -> None:
    (generation,) = (path.name for path in (data / "generations").glob("g*"))
    offers = tmp_path / "offers.csv"
    offers.write_text("产品名称,服务商\n看板,甲\n", encoding="utf-8")
    store = Store.open(data)
    (need, *_) = (one.id for one in store.iterate(Kind.NEED))
    store.close()
    before = state(data)
    for arguments in (
        ["import", str(offers)],
        ["build"],
        ["rollback", generation],
        ["retire", need],
    ):
        result = run(data, *arguments)
        assert result.exit_code == 1, (arguments, result.output)
        assert "只读" in result.stderr and "read-only" in result.stderr, arguments
        assert "--data" in result.stderr and state(data) == before


def test_a_need_that_came_after_the_build_is_read_anew_each_time(
    built_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built_once, tmp_path / "data")
    store = Store.open(tmp_path / "data")
    with store.writing("test") as writer:
        writer.put(Need(text="换模慢，注塑机老停机"))
    store.close()
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    store, encoder = Store.open(tmp_path / "data"), HashEncoder()
    found = Matcher.open(store, tmp_path / "data", encoder, Taxonomy.shipped())
    (offer, *_) = (one.id for one in store.iterate(Kind.SOLUTION))
    assert found.leads(LeadQuery(offer)).considered == 2
    with pytest.raises(StoreUnavailable, match="read-only"):
        build_generation(store, tmp_path / "data", encoder, Taxonomy.shipped())
    store.close()


def test_what_a_server_has_open_is_read_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = Store.open(tmp_path)
    with serving.writing("test") as writer:
        writer.put(Need(text="换模慢"))
    copied = tmp_path / "copy"
    copied.mkdir()
    for name in ("catalog.sqlite", "catalog.sqlite-wal"):
        shutil.copy(tmp_path / name, copied / name)
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    reading = Store.open(tmp_path)
    assert reading.read_only and reading.counts()["need"] == 1
    reading.close()
    serving.close()
    # The log without its index cannot be read where nothing may be written.
    with pytest.raises(StoreUnavailable, match="sqlite-wal"):
        Store.open(copied)


def test_an_older_database_is_not_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(tmp_path).close()
    monkeypatch.setattr("catalog.databases.REVISION", "9999")
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(StoreUnavailable, match="upgraded"):
        Store.open(tmp_path)
