"""The command that makes load data."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from api.cli import app


def test_demo_data_writes_files_and_says_how_to_import_them(tmp_path: Path) -> None:
    target = tmp_path / "demo"
    arguments = [
        "demo-data",
        "--offers",
        "20",
        "--needs",
        "10",
        "--seed",
        "3",
        "--out",
        str(target),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "provider" in result.stdout and "need" in result.stdout
    assert "qingzhun import" in result.stderr
    first = {path.name: path.read_bytes() for path in target.iterdir()}
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert {path.name: path.read_bytes() for path in target.iterdir()} == first


def test_demo_data_refuses_bad_arguments(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    for arguments in (
        ["--out", str(tmp_path)],
        ["--out", str(tmp_path / "new"), "--offers", "0"],
        ["--out", str(tmp_path / "new"), "--needs", "-1"],
        ["--offers", "5"],
    ):
        result = CliRunner().invoke(app, ["demo-data", *arguments])
        assert result.exit_code == 2
        assert "错误：" in result.stderr and "error: " in result.stderr
    assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
