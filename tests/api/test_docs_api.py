"""Routes, error codes, settings, commands and options are all in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient

from api.cli import app
from api.errors import PROBLEMS
from api.routes.records import PLURALS
from api.settings import Settings
from catalog.errors import CatalogError
from matcher.errors import MatcherError

DOCS = Path(__file__).parents[2] / "docs"
HTTP = (DOCS / "http.md").read_text(encoding="utf-8")
CLI = (DOCS / "cli.md").read_text(encoding="utf-8")


def test_every_route_is_documented_and_exists(client: TestClient) -> None:
    served = set()
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        generic = re.sub(rf"^/v1/({'|'.join(PLURALS.values())})(?=/|$)", "/v1/{kind}", path)
        served |= {f"{method.upper()} {generic}" for method in operations}
    documented = set(re.findall(r"^\| `((?:GET|POST|PUT|PATCH) /[^`]+)` \|", HTTP, re.MULTILINE))
    assert documented == served


def test_every_error_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", HTTP, re.MULTILINE)
    assert {code: int(status) for code, status in rows} == {
        code: status for code, (status, _) in PROBLEMS.items()
    }


def errors_below(root: type[Any]) -> Iterator[type[Any]]:
    yield root
    for child in root.__subclasses__():
        yield from errors_below(child)


@pytest.mark.parametrize("root", [CatalogError, MatcherError])
def test_every_error_of_the_packages_has_a_status(root: type[Any]) -> None:
    missing = [one.__name__ for one in errors_below(root) if one.code not in PROBLEMS]
    assert missing == []


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"^\| `(QINGZHUN_[A-Z_]+)` \|", HTTP, re.MULTILINE))
    assert documented == {f"QINGZHUN_{name.upper()}" for name in Settings.model_fields}
    assert all(field.description for field in Settings.model_fields.values())


def commands(group: Any, prefix: str = "qingzhun") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_documented(name: str) -> None:
    assert f"`{name}" in CLI and COMMANDS[name].help
    section = CLI.split("## Options of match")[1] if name.endswith("match") else CLI
    for option in COMMANDS[name].params:
        for flag in option.opts:
            if flag.startswith("--") and flag != "--help":
                assert flag in section, (name, flag)
        assert getattr(option, "help", None), (name, option.name)


def test_no_command_is_documented_that_is_not_there() -> None:
    documented = set(re.findall(r"^\| `(qingzhun(?: [a-z][a-z-]*)+)", CLI, re.MULTILINE))
    assert documented == set(COMMANDS)
