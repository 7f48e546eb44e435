"""The documents say what is true: their commands run, their links lead somewhere, their files exist."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import assembly
from api.cli import app
from api.settings import VERSION
from matcher.encoder import OnnxEncoder
from matcher.understanding.reading import Example, shipped_examples

ROOT = Path(__file__).parents[1]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
EVERY_NTH_EXAMPLE = 8


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands_of(path: Path) -> list[str]:
    """The commands in the ``console`` blocks of a document, in their order."""
    return [
        line.removeprefix("$ ")
        for block in BLOCK.findall(path.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


SHOWN = [path for path in DOCS if commands_of(path)]


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(data), *arguments])


def few_examples(facet: str) -> tuple[Example, ...]:
    return shipped_examples(facet)[::EVERY_NTH_EXAMPLE]


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, encoder: OnnxEncoder) -> Path:
    """A data directory with samples, built by the real model.

    One file of samples, and every eighth of the shipped examples of labels: the commands are tried,
    not the order of their answers, and encoding everything takes ten times as long as they do.
    """
    data = tmp_path_factory.mktemp("docs") / "data"
    with pytest.MonkeyPatch.context() as patch:
        ready(patch, encoder)
        result = run(data, "import", "samples/demonstration-a.jsonl")
    assert result.exit_code == 0, result.output
    return data


def ready(patch: pytest.MonkeyPatch, encoder: OnnxEncoder) -> None:
    """Commands run in the repository, with the model that is loaded already."""
    patch.chdir(ROOT)
    patch.setattr(assembly, "load_encoder", lambda _: encoder)
    patch.setattr("matcher.index.build.shipped_examples", few_examples, raising=False)


def stand_in(command: str, data: Path) -> list[str]:
    """The arguments of a command; ids of records and generations become ones that are there."""

    def record(found: re.Match[str]) -> str:
        listed = run(data, "list", found[1], "--limit", "1", "--json")
        return str(json.loads(listed.stdout)["records"][0]["id"])

    command = re.sub(r"\b(provider|solution|case|need|enterprise)-[0-9a-f]{16}\b", record, command)
    # What a command writes goes beside the data, not into the repository.
    command = re.sub(r"(?<=--out )(\S+)", lambda out: str(data.parent / out[1]), command)
    current = (data / "generations" / "CURRENT").read_text().strip()
    return shlex.split(re.sub(r"\bg\d{7}-[0-9a-f]{8}\b", current, command))


@pytest.mark.slow
@pytest.mark.parametrize("path", SHOWN, ids=name_of)
def test_every_shown_command_runs(
    path: Path,
    samples: Path,
    encoder: OnnxEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready(monkeypatch, encoder)
    data = tmp_path / "data"
    shutil.copytree(samples, data)
    for command in commands_of(path):
        arguments = stand_in(command, data)
        assert arguments[0] == "qingzhun", command
        result = run(data, *arguments[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"


def test_there_are_commands_to_run() -> None:
    assert {"README.md", "docs/how-to-match.md"} <= set(map(name_of, SHOWN))


def anchors_of(path: Path) -> set[str]:
    """What a heading can be linked by, as the usual renderers make it."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        assert target.resolve().is_relative_to(ROOT.resolve()), link
        if anchor:
            assert anchor in anchors_of(target), link


def test_every_document_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path.resolve())
        for link in LINK.findall(path.read_text(encoding="utf-8")):
            target = (path.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file() and target not in reached:
                waiting.append(target)
    assert [name_of(path) for path in DOCS if path.resolve() not in reached] == []


def test_files_of_the_architecture_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.]+/[\w./-]*)`", text))
    assert len(named) > 50
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("path", DOCS, ids=name_of)
def test_no_document_names_a_developers_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found: list[Any] = re.findall(
        r"(?<![\w.~*/-])/(?:work|tmp|home|root|Users|mnt|opt)/[^\s`]*|[A-Z]:\\Users", text
    )
    assert found == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
