"""Demonstration data as files that an import reads, in a directory of their own.

Lines are written as they are made: memory does not grow with their number. The files appear all
together at the end; a run that is cut short leaves what was there before.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import Bilingual, InvalidRecord
from catalog.files import MAX_BYTES, MAX_ROWS
from catalog.records import Kind
from matcher.demodata.records import KINDS, DemoData, Fields

Progress = Callable[[str, int, int], None]
_MANIFEST = ".demo-data.json"
_WORK = ".writing"
_ROWS = MAX_ROWS // 2
_BYTES = MAX_BYTES // 2
_EVERY = 1_000
_LISTINGS_EACH = 1.0
"""Listings for each solution, about: only for the progress that is shown."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: records by kind, the files in the order of their import, bytes in all."""

    records: dict[str, int]
    files: tuple[str, ...]
    bytes: int


def write_demo_data(
    directory: Path, data: DemoData, made_by: dict[str, int], progress: Progress | None = None
) -> Written:
    """Write ``data`` into ``directory`` as JSONL files, each small enough to be imported.

    ``made_by`` (offers, needs, seed) is kept beside the files in a hidden one, by which a later run
    knows them as its own and replaces them. ``progress`` is told a kind, what is done, what there is.

    Raises:
        InvalidRecord: ``directory`` is a file, or holds anything that this did not write.
    """
    report = progress or (lambda kind, done, total: None)
    before = _own_files(directory)
    work = directory / _WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        counts, files = {}, []
        for place, kind in enumerate(KINDS, start=1):
            counts[str(kind)], written = _write_kind(work, place, kind, data, report)
            files += written
        size = sum((work / name).stat().st_size for name in files)
        for name in before:
            (directory / name).unlink(missing_ok=True)
        # The names are known before the files are there: a move that is cut short can be repeated.
        _write_manifest(directory, {**made_by, "records": counts, "files": files})
        for name in files:
            os.replace(work / name, directory / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Written(counts, tuple(files), size)


def _write_kind(
    work: Path, place: int, kind: Kind, data: DemoData, report: Progress
) -> tuple[int, list[str]]:
    """The number of records of ``kind``, and the names of their files."""
    expected = data.counts.get(kind) or int(data.counts[Kind.SOLUTION] * _LISTINGS_EACH)
    written: list[str] = []
    file, rows, size, done = None, _ROWS, 0, 0
    try:
        for fields in data.records(kind):
            line = _line(fields)
            if rows >= _ROWS or size + len(line) > _BYTES:
                if file is not None:
                    file.close()
                written.append(f"{place}-{kind}-{len(written) + 1:03d}.jsonl")
                file, rows, size = (work / written[-1]).open("wb"), 0, 0
            assert file is not None
            file.write(line)
            rows, size, done = rows + 1, size + len(line), done + 1
            if done % _EVERY == 0:
                report(str(kind), done, max(expected, done))
    finally:
        if file is not None:
            file.close()
    if done:
        report(str(kind), done, done)
    return done, written


def _line(fields: Fields) -> bytes:
    """One record as a line, without the facts that nobody knows."""
    known = {name: value for name, value in fields.items() if value not in (None, [])}
    return json.dumps(known, ensure_ascii=False).encode() + b"\n"


def _own_files(directory: Path) -> list[str]:
    """Names of the files of an earlier run; nothing else may be there."""
    if not directory.exists():
        return []
    if not directory.is_dir():
        raise _refused(directory, "不是目录", "is no directory")
    own = set(_manifest(directory).get("files", ())) | {_MANIFEST, f"{_MANIFEST}.new", _WORK}
    foreign = sorted(path.name for path in directory.iterdir() if path.name not in own)
    if foreign:
        raise _refused(
            directory,
            f"里有别的文件（{foreign[0]} 等 {len(foreign)} 个）",
            f"holds other files ({foreign[0]}, {len(foreign)} in all)",
        )
    return sorted(own - {_MANIFEST, _WORK})


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        found = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_manifest(directory: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (directory / f"{_MANIFEST}.new").write_text(text + "\n", encoding="utf-8")
    os.replace(directory / f"{_MANIFEST}.new", directory / _MANIFEST)


def _refused(directory: Path, zh: str, en: str) -> InvalidRecord:
    return InvalidRecord(
        Bilingual(f"{directory} {zh}", f"{directory} {en}"),
        Bilingual(
            "--out 请指向空目录、新目录，或以前由 demo-data 写出的目录",
            "point --out at an empty or new directory, or at one that demo-data wrote before",
        ),
        field="out",
    )
