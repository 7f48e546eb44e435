"""What an import hands out: the rows of each sheet, what became of them, and every problem."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.columns import RowIssue
from catalog.errors import Bilingual


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class SheetReport:
    """One sheet (or file without sheets): rows read and what became of them, by kind.

    ``skipped`` tells why a sheet was not read. A row of a city counts twice: solution and listing.
    ``named_providers`` were created because a row only named them; no count includes them.
    """

    file: str
    sheet: str | None
    rows: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)
    skipped: Bilingual | None = None
    named_providers: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do with ``dry_run``. ``sequence`` is the store's last change."""

    sheets: tuple[SheetReport, ...]
    issues: tuple[RowIssue, ...]
    sequence: int
    dry_run: bool = False
    city: str | None = None

    def total(self, kind: str | None = None) -> Counts:
        """The counts of all sheets together, of one kind or of all."""
        found = [
            counts
            for sheet in self.sheets
            for name, counts in sheet.counts.items()
            if kind in (None, name)
        ]
        return Counts(
            created=sum(counts.created for counts in found),
            updated=sum(counts.updated for counts in found),
            unchanged=sum(counts.unchanged for counts in found),
            rejected=sum(counts.rejected for counts in found),
        )

    @property
    def nothing_read(self) -> bool:
        """Whether every sheet of every file was skipped."""
        return all(sheet.skipped is not None for sheet in self.sheets)

    @property
    def named_providers(self) -> int:
        """How many providers were created because rows only named them."""
        return sum(sheet.named_providers for sheet in self.sheets)

    @property
    def errors(self) -> tuple[RowIssue, ...]:
        """The issues that rejected a row."""
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def warnings(self) -> tuple[RowIssue, ...]:
        """The issues that did not keep a row out."""
        return tuple(issue for issue in self.issues if issue.severity == "warning")
