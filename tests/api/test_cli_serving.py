"""The command that serves, and what a store and its names do to commands."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from catalog.store import Store
from tests.api.conftest import Cli


def test_serve_listens_where_it_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    seen: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: seen.update(options, app=app))
    cli.good("serve", "--port", "9001")
    assert seen["port"] == 9001 and seen["host"] == "127.0.0.1" and seen["access_log"] is False


def test_serve_says_what_to_do_about_a_busy_port(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("started"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = cli("serve", "--port", port)
    assert result.exit_code == 1 and port in result.output and "--port" in result.output


def test_serve_says_what_is_wrong_with_the_store(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("started"))
    file = tmp_path / "passwd"
    file.write_text("x")
    result = cli("serve", "--port", "9001", data=file)
    assert result.exit_code == 1
    assert "错误：数据库无法使用" in result.output and "error: the database" in result.output


def test_a_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert Cli(tmp_path / "new")("list", "need").exit_code == 0
    Store.open(tmp_path / "new").close()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("数据采集[/api]", "数据采集[/api]"),
        ("[erp/mes]看板", "[erp/mes]看板"),
        ("[bold]甲[/bold] :smile:", "[bold]甲[/bold] :smile:"),
        ("\x1b[31m红\x07\u202e", "[31m红"),
        ("\x9b2J红", "2J红"),
    ],
)
def test_a_name_is_text_and_steers_nothing(cli: Cli, tmp_path: Path, name: str, shown: str) -> None:
    file = tmp_path / "a[b].jsonl"
    file.write_text(json.dumps({"kind": "solution", "name": name, "provider": name}))
    printed = cli.good("import", str(file), "--no-build", "--report", str(tmp_path / "[r].xlsx"))
    assert "a[b].jsonl" in printed
    printed = cli.good("list", "solution")
    assert shown in printed and shown in cli.good("match", "停机", "--limit", "100")
    identity = next(
        one["id"]
        for one in json.loads(cli.good("list", "solution", "--json"))["records"]
        if one["record"]["name"] == name
    )
    retired = cli.good("retire", identity)
    assert shown in retired
    steering = set(map(chr, (*range(10), *range(11, 32), *range(127, 160), 0x202E)))
    assert not steering & set(printed + retired)
