"""`qingzhun match-all` on the tiny catalogue."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from api import assembly
from api.cli import app
from catalog.records import Need
from catalog.unmet import list_unmet
from matcher.calibration import FEATURES, Calibration
from tests.conftest import Built

CSV = "企业名称,需求描述\n甲厂,设备老停机查不出原因\n乙厂,\n"


@pytest.fixture(autouse=True)
def _encoder(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "load_encoder", lambda _: built.encoder)


def run(built: Built, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(built.data), "match-all", *arguments])


def test_files_of_needs(built: Built, tmp_path: Path) -> None:
    path, out = tmp_path / "needs.csv", tmp_path / "matches.parquet"
    path.write_text(CSV, encoding="utf-8")
    result = run(built, "--needs", str(path), "--out", str(out), "--limit", "2")
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(out)
    assert table["need"].nunique() == 2 and table["place"].max() == 2
    assert "matched: 1" in result.stdout and "not readable, the table says why: 1" in result.stdout
    # Progress goes to standard error alone.
    assert "━" not in result.stdout
    twice = run(built, "--needs", str(path), "--needs", str(path), "--out", str(out))
    assert twice.exit_code == 0 and "matched: 2" in twice.stdout


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        ("all", 3),
        ("city=宁波", 1),
        ("sector=C29", 1),
        ("scenario=S3", 1),
        ("sector=C29，scenario=S3-3", 1),
    ],
)
def test_a_query_over_stored_needs(built: Built, tmp_path: Path, query: str, needs: int) -> None:
    with built.store.writing("test") as writer:
        for text, place in (("外观划痕靠人眼看", "苏州"), ("账不清", "")):
            labels = {"sectors": ({"label": "注塑", "nodes": ["C292"]},)} if place else {}
            labels |= {"scenarios": ({"label": "质检", "nodes": ["S3-3"]},)} if place else {}
            writer.put(Need.model_validate({"text": text, "city": place or None, **labels}))
    out = tmp_path / "matches.parquet"
    result = run(built, "--needs", query, "--out", str(out), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert pd.read_parquet(out)["need"].nunique() == needs


@pytest.mark.parametrize("query", ["city=宁坡", "city=宁波,sector=C29"])
def test_a_query_that_no_need_passes_leaves_the_output(
    built: Built, tmp_path: Path, query: str
) -> None:
    out = tmp_path / "matches.parquet"
    out.write_bytes(b"earlier")
    result = run(built, "--needs", query, "--out", str(out))
    assert (
        result.exit_code == 2 and "宁波" in result.output and "earlier one stays" in result.output
    )
    assert out.read_bytes() == b"earlier" and list(tmp_path.glob("*.parts")) == []


def test_what_the_catalogue_lacks_is_counted_and_kept(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = Calibration("test", ((-2.0, *[0.0] * len(FEATURES)),) * 3, 1.0, {})
    monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: flat)
    labels = {
        "sectors": ({"label": "注塑", "nodes": ["C292"]},),
        "scenarios": ({"label": "网络安全", "nodes": ["S1-6"]},),
    }
    with built.store.writing("test") as writer:
        writer.put(Need.model_validate({"text": "怕中勒索病毒", "city": "苏州", **labels}))
    arguments = ("--needs", "city=苏州", "--out", str(tmp_path / "matches.parquet"))
    tried = run(built, *arguments, "--no-record")
    assert tried.exit_code == 0 and list_unmet(built.store).needs == ()
    result = run(built, *arguments)
    assert "C29 橡胶和塑料制品业" in result.stdout and "S1-6 网络安全" in result.stdout
    assert "the catalogue has nothing for 1 needs" in result.stdout
    (kept,) = list_unmet(built.store).needs
    assert kept.demand.scenarios[0] == "S1-6" and kept.demand.sectors == ("C292",)
    # A city that lists nothing says nothing about what it lacks.
    nothing = run(built, *arguments, "--must", "city")
    assert (
        "nothing meets the hard limits: 1" in nothing.stdout and "has nothing" not in nothing.stdout
    )


def test_a_workbook_of_one_kind(built: Built, tmp_path: Path) -> None:
    out = tmp_path / "matches.xlsx"
    result = run(built, "--needs", "all", "--out", str(out), "--kind", "cases", "--workers", "1")
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    header, *lines = sheet.iter_rows(values_only=True)
    kind = header.index("类型 / kind")
    assert {line[kind] for line in lines} == {"样板案例"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--needs", "everything", "--out", "m.parquet"), "no file and no query"),
        (("--needs", "city=", "--out", "m.parquet"), "no file and no query"),
        (("--needs", "colour=red", "--out", "m.parquet"), "no file and no query"),
        (("--needs", "city=甲,city=乙", "--out", "m.parquet"), "no file and no query"),
        (("--needs", "sector=C99", "--out", "m.parquet"), "C99"),
        (("--needs", "nowhere.csv", "--out", "m.parquet"), "cannot be opened"),
        (("--needs", "all", "--out", "m.csv"), "unknown output format"),
        (("--needs", "all", "--out", "m.parquet", "--kind", "needs"), "no such kind of offer"),
        (("--needs", "all", "--out", "m.parquet", "--lang", "es"), "no language es"),
        (("--needs", "all", "--out", "m.parquet", "--must", "without"), "no hard limit without"),
        (("--needs", "all", "--out", "m.parquet", "--limit", "101"), "100"),
        (("--needs", "all"), "--out"),
    ],
)
def test_wrong_usage_is_told_in_both_languages(
    built: Built,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    result = run(built, *arguments)
    assert result.exit_code == 2, result.output
    assert "错误：" in result.stderr and said in " ".join(result.stderr.split())
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("企业名称,需求描述\n", "只有表头"),
        ("企业名称,需求描述\n甲厂,\n乙厂,，。！\n", "needs.csv/2"),
        ("产品名称,服务商\n看板,甲\n", "这一行不是需求"),
        ("甲,乙\n丙,丁\n", "没有认得的表头"),
    ],
)
@pytest.mark.parametrize("name", ["m.parquet", "m.xlsx"])
def test_files_without_a_need_leave_an_earlier_output(
    built: Built, tmp_path: Path, rows: str, said: str, name: str
) -> None:
    path, out = tmp_path / "needs.csv", tmp_path / name
    path.write_text(rows, encoding="utf-8")
    out.write_bytes(b"earlier")
    result = run(built, "--needs", str(path), "--out", str(out))
    assert result.exit_code == 2 and result.stdout == "", result.output
    assert "错误：" in result.stderr and "error: " in result.stderr and said in result.stderr
    assert out.read_bytes() == b"earlier" and not out.with_name(f"{name}.parts").exists()
