"""Commands on records: import, list, retire, restore, export; on the fake engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api import assembly
from api.settings import Settings
from catalog.records import Provider
from tests.api.conftest import CSV, Cli, ids


def test_import_reports_and_builds_once(
    cli: Cli, fake: Any, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = catalogue.with_suffix(".xlsx")
    result = cli("import", str(catalogue), "--report", str(report))
    assert result.exit_code == 0, result.output
    assert "✗ catalogue.csv" in result.stdout and "#3" in result.stdout
    assert "仅被列名" in result.stdout
    assert report.read_bytes()[:2] == b"PK" and fake.builds == 2
    again = cli("import", str(catalogue))
    assert "仅被列名" not in again.stdout
    assert fake.builds == 2 and "最新" in again.stderr
    # What an earlier version built reads needs as that one did.
    monkeypatch.setattr(fake, "version", "of another version")
    assert "最新" not in cli("import", str(catalogue)).stderr and fake.builds == 3
    assert "最新" in cli("import", str(catalogue)).stderr and fake.builds == 3
    # The vectors of another model are of no use: as after an upgrade that brings one.
    encoder = type(fake.engine().load_encoder(None))
    monkeypatch.setattr(encoder, "space", "of another model")
    assert "最新" not in cli("import", str(catalogue)).stderr and fake.builds == 4


def test_import_without_keeping_or_building(cli: Cli, fake: Any, catalogue: Path) -> None:
    before = ids(cli, "solution")
    assert "试运行" in cli.good("import", str(catalogue), "--dry-run")
    assert ids(cli, "solution") == before
    cli.good("import", str(catalogue), "--no-build", "--city", "宁波")
    assert len(ids(cli, "solutions")) == len(before) + 1 and ids(cli, "listing")
    assert fake.builds == 1


@pytest.mark.parametrize(
    ("arguments", "where", "said"),
    [
        (["import"], "catalog.importing.import_files", "nothing was kept"),
        (["build"], "api.commands.indexing.run_build", "qingzhun build"),
        (["list", "need"], "catalog.store.Store.page", "stopped"),
    ],
)
def test_ctrl_c_says_what_is_kept(
    cli: Cli,
    catalogue: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    where: str,
    said: str,
) -> None:
    def stops(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, stops)
    result = cli(*arguments, *([str(catalogue)] if arguments == ["import"] else ()))
    assert result.exit_code == 130 and "Traceback" not in result.output
    assert "已停下 / stopped" in result.stderr and said in result.stderr


def test_a_file_of_headers_alone_is_no_import(cli: Cli, fake: Any, tmp_path: Path) -> None:
    path, report = tmp_path / "template.csv", tmp_path / "report.xlsx"
    path.write_text(CSV.splitlines()[0] + "\n", encoding="utf-8")
    result = cli("import", str(path), "--report", str(report))
    assert result.exit_code == 2 and result.stdout == "" and not report.exists()
    assert "只有表头，没有数据行" in result.stderr and "a header and no rows" in result.stderr
    assert fake.builds == 1


def test_an_import_of_no_known_sheet_has_failed(cli: Cli, fake: Any, tmp_path: Path) -> None:
    path, report = tmp_path / "other.csv", tmp_path / "report.xlsx"
    path.write_text("姓名,年龄\n张三,40\n", encoding="utf-8")
    result = cli("import", str(path), "--report", str(report))
    assert result.exit_code == 2 and "跳过 skipped" in result.stdout and report.exists()
    assert "没有一张表可以导入" in result.stderr and "no sheet" in result.stderr
    assert fake.builds == 1


def test_records_are_shown_retired_and_restored(cli: Cli) -> None:
    one = ids(cli, "solution")[0]
    assert json.loads(cli.good("show", one))["record"]["name"] == "设备联网看板"
    assert cli.good("retire", one).startswith("retired")
    assert cli.good("retire", one).startswith("unchanged")
    assert one not in cli.good("list", "solution")
    assert cli.good("restore", one).startswith("restored")
    body = json.loads(cli.good("show", one, "--history"))
    assert [entry["action"] for entry in body["history"]] == ["created", "retired", "restored"]
    assert body["history"][1]["by"] == "local operator"


def test_lists_have_pages(cli: Cli) -> None:
    with assembly.opened_store(Settings(data=cli.data)) as store, store.writing("t") as writer:
        for number in range(3):
            writer.put(Provider(name=f"第{number}家"))
    first = json.loads(cli.good("list", "provider", "--limit", "2", "--json"))
    assert len(first["records"]) == 2
    assert first["next_cursor"] in cli.good("list", "provider", "--limit", "2")
    rest = cli.good("list", "providers", "--cursor", first["next_cursor"], "--json")
    assert len(json.loads(rest)["records"]) == 2


def test_export_imports_again(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    assert "3" in cli.good("export", str(path))
    text = cli.good("import", str(path), "--dry-run")
    assert "✗" not in text
    cli.good("export", str(path), "--kind", "case", "--kind", "provider")


def test_export_writes_what_the_name_says(cli: Cli, tmp_path: Path) -> None:
    csv, other = tmp_path / "cases.csv", tmp_path / "cases.txt"
    cli.good("export", str(csv), "--kind", "cases", "--kind", "case")
    assert "案例名称" in csv.read_text(encoding="utf-8-sig")
    for arguments in ([str(other)], [str(tmp_path / "all.csv")]):
        result = cli("export", *arguments)
        assert result.exit_code == 2 and "错误：" in result.stderr and "error: " in result.stderr
    needs = tmp_path / "needs.csv"
    needs.write_text("需求描述\n换模慢\n", encoding="utf-8")
    report = cli("import", str(needs), "--report", str(other))
    assert report.exit_code == 2 and ".xlsx" in report.stderr and not ids(cli, "need")
    assert {path.name for path in tmp_path.glob("*.*")} == {"cases.csv", "needs.csv"}
