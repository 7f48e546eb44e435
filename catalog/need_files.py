"""Needs in files, read as an import reads them and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.columns import RowIssue, Skipped
from catalog.errors import Bilingual
from catalog.records import Need
from catalog.sheets import Lines, Part, read_file
from catalog.taxonomy import Taxonomy
from catalog.validate import Validated, Validator

_NO_NEED = Bilingual("这一行不是需求", "this row is no need")


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One row: where it stands, its need, or ``None`` with the ``problem`` that rejects it."""

    place: str
    need: Need | None
    problem: Bilingual | None


@dataclass(frozen=True, slots=True)
class NeedFile:
    """A file that was opened: its parts are read row by row."""

    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """Rows of all its sheets that are read."""
        return sum(
            len(part.objects) + len(part.issues) if isinstance(part, Lines) else len(part.rows)
            for part in self.parts
            if not isinstance(part, Skipped)
        )

    @property
    def skipped(self) -> tuple[str, ...]:
        """Its sheets that are not read, each with the reason."""
        return tuple(
            f"{part.file}/{part.sheet or ''}: {part.reason}"
            for part in self.parts
            if isinstance(part, Skipped)
        )

    def needs(self, taxonomy: Taxonomy, city: str | None = None) -> Iterator[NeedRow]:
        """Its rows in order, labels resolved as ``city`` uses them; a bad one is told, the rest go on."""
        whole = [node.name.zh for node in taxonomy.sectors if "、" in node.name.zh]
        validator = Validator(taxonomy, whole, city)
        for part in self.parts:
            if isinstance(part, Skipped):
                continue
            sheet = getattr(part, "sheet", None)
            if isinstance(part, Lines):
                for issue in part.issues:
                    place = _place(part.file, None, issue.row)
                    yield NeedRow(place, None, _said([issue]))
                for line, values in part.objects:
                    yield _read(part.file, None, validator.object(part.file, line, values))
            else:
                for row in part.rows:
                    yield _read(part.file, sheet, validator.row(part, row))


def open_need_file(path: Path) -> NeedFile:
    """The file at ``path``.

    Raises:
        UnreadableFile: it cannot be opened, is too large, damaged, locked or of another format.
    """
    return NeedFile(read_file(path))


def _read(file: str, sheet: str | None, row: Validated) -> NeedRow:
    place = _place(file, sheet, row.row)
    if isinstance(row.record, Need):
        return NeedRow(place, row.record, None)
    errors = [issue for issue in row.issues if issue.severity == "error"]
    return NeedRow(place, None, _said(errors) if errors else _NO_NEED)


def _place(file: str, sheet: str | None, row: int | None) -> str:
    return "/".join(str(one) for one in (file, sheet, row) if one is not None)


def _said(issues: list[RowIssue]) -> Bilingual:
    columns = [f"{one.column}：" if one.column else "" for one in issues]
    return Bilingual(
        "；".join(f"{c}{one.message.zh}" for c, one in zip(columns, issues, strict=True)),
        "; ".join(f"{c}{one.message.en}" for c, one in zip(columns, issues, strict=True)),
    )
