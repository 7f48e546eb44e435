"""Wire models of imports: the counts of each sheet, every problem of a row."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class CountsBody(BaseModel):
    """What became of the rows of one kind."""

    created: int
    updated: int
    unchanged: int
    rejected: int


class SheetBody(BaseModel):
    """One sheet (or file without sheets) of an import.

    ``named_providers`` were created because a row only named them; no count includes them.
    """

    file: str
    sheet: str | None
    rows: int
    counts: dict[str, CountsBody]
    named_providers: int
    skipped: str | None
    skipped_en: str | None


class IssueBody(BaseModel):
    """One problem of a row; an error rejected it, a warning did not."""

    severity: Literal["error", "warning"]
    file: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str
    message: str
    message_en: str
    expected: str
    expected_en: str


class ImportBody(BaseModel):
    """What an import did, or would do with ``dry_run``. ``id`` names its report for download."""

    id: str
    dry_run: bool
    city: str | None
    sequence: int
    total: CountsBody
    named_providers: int
    sheets: list[SheetBody]
    issues: list[IssueBody]
    building: bool
