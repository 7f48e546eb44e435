"""Import of files into the store: one transaction for all of them, and a report of every row.

Rows that are the same record within one run are written once, so that a file imported twice changes
nothing. With a city the solutions stay national and a listing of the city is written beside each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from catalog.columns import RowIssue, Skipped
from catalog.errors import NOTHING, Bilingual, InvalidRecord, RecordConflict
from catalog.identity import folded, keys_of
from catalog.imported import Counts, ImportReport, SheetReport
from catalog.records import Kind, Listing, Need, Record, Reference, Solution
from catalog.sheets import Lines, Part, read_bytes, read_file
from catalog.store import Store
from catalog.stored import Change, Provenance
from catalog.taxonomy import Taxonomy
from catalog.validate import Validated, Validator
from catalog.wording import city_name
from catalog.writer import Writer

__all__ = ["Counts", "ImportReport", "Progress", "SheetReport", "import_bytes", "import_files"]

Progress = Callable[[int, int], None]
_EVERY = 500
_ORDER = (Kind.PROVIDER, Kind.ENTERPRISE, Kind.SOLUTION, Kind.LISTING, Kind.CASE, Kind.NEED)
_OF_THE_CITY = ("review_status", "valid_from", "valid_until")
UNKNOWN_KIND = "unknown"


@dataclass(slots=True)
class _Entry:
    """One record to write, the row it comes from, and the sheets of later rows that add to it."""

    record: Record
    sheet: int
    row: int
    added: list[int] = field(default_factory=list)


class _DryRunError(Exception):
    """Ends the transaction of a dry run."""


def import_files(
    store: Store,
    taxonomy: Taxonomy,
    paths: Iterable[Path],
    *,
    by: str,
    city: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """The report on ``paths``, imported on behalf of ``by`` in one transaction.

    ``city`` owns the declared codes, and gets a listing beside each solution. A dry run reports the
    same and keeps nothing. ``progress`` is told records done and records in all.

    Raises:
        UnreadableFile: a file cannot be read at all; nothing of any file is then kept.
        StoreUnavailable: the store cannot be written.
    """
    parts = [part for path in paths for part in read_file(Path(path))]
    return _Import(store, taxonomy, by, city, progress).run(parts, dry_run)


def import_bytes(
    store: Store,
    taxonomy: Taxonomy,
    uploads: Iterable[tuple[str, bytes]],
    *,
    by: str,
    city: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Like `import_files`, for uploads given as file name and bytes."""
    parts = [part for name, data in uploads for part in read_bytes(data, Path(name).name)]
    return _Import(store, taxonomy, by, city, progress).run(parts, dry_run)


class _Import:
    """One run: parts → records → store, counting as it goes."""

    def __init__(
        self, store: Store, taxonomy: Taxonomy, by: str, city: str | None, progress: Progress | None
    ):
        whole = [node.name.zh for node in taxonomy.sectors if "、" in node.name.zh]
        self._store = store
        city = city_name(city) if city else None
        self._validator = Validator(taxonomy, whole, city)
        self._by = by
        self._city = city
        self._progress = progress or (lambda done, total: None)
        self._sheets: list[SheetReport] = []
        self._issues: list[RowIssue] = []
        self._created_here: set[str] = set()

    def run(self, parts: Sequence[Part], dry_run: bool) -> ImportReport:
        entries = self._merged([entry for part in parts for entry in self._read(part)])
        entries.sort(key=lambda entry: _ORDER.index(entry.record.kind))
        try:
            with self._store.writing(self._by) as writer:
                for done, entry in enumerate(entries):
                    if done % _EVERY == 0:
                        self._progress(done, len(entries))
                    try:
                        action = self._write(writer, entry)
                    except (InvalidRecord, RecordConflict) as error:
                        action = "rejected"
                        self._say("error", entry, entry.record.name, error.message, error.hint)
                        self._count(entry.sheet, entry.record.kind, action)
                    for sheet in entry.added:
                        done_there = "updated" if action == "created" else action
                        self._count(sheet, entry.record.kind, done_there)
                self._progress(len(entries), len(entries))
                _undo(dry_run)
        except _DryRunError:
            pass
        places = {(sheet.file, sheet.sheet): at for at, sheet in enumerate(self._sheets)}
        self._issues.sort(key=lambda issue: (places[issue.file, issue.sheet], issue.row or 0))
        return ImportReport(
            tuple(self._sheets), tuple(self._issues), self._store.sequence(), dry_run, self._city
        )

    def _read(self, part: Part) -> list[_Entry]:
        at = len(self._sheets)
        if isinstance(part, Skipped):
            self._sheets.append(SheetReport(part.file, part.sheet, skipped=part.reason))
            return []
        self._issues += part.issues
        read: list[Validated]
        if isinstance(part, Lines):
            rows = len(part.objects) + len(part.issues)
            self._sheets.append(SheetReport(part.file, None, rows))
            for _ in part.issues:
                self._count(at, UNKNOWN_KIND, "rejected")
            read = [self._validator.object(part.file, line, item) for line, item in part.objects]
        else:
            self._sheets.append(SheetReport(part.file, part.sheet, len(part.rows)))
            self._issues += self._validator.unused_columns(part)
            read = [self._validator.row(part, row) for row in part.rows]
        entries = []
        for validated in read:
            self._issues += validated.issues
            if validated.record is None:
                self._count(at, validated.kind or UNKNOWN_KIND, "rejected")
            else:
                entries.append(_Entry(validated.record, at, validated.row))
        return entries

    def _merged(self, entries: list[_Entry]) -> list[_Entry]:
        """One entry for each record: of facts that differ the first row's hold."""
        first: dict[str, _Entry] = {}
        kept: list[_Entry] = []
        for entry in entries:
            keys = _keys(entry.record, self._city)
            same = next((first[key] for key in keys if key in first), None)
            if same and entry.record.code and not _same_name(same.record, entry.record):
                message = Bilingual(
                    f"编码与第 {same.row} 行重复而名称不同，编码未导入",
                    f"the code of row {same.row} under another name: the code is ignored",
                )
                self._say("warning", entry, entry.record.code, message)
                entry.record = entry.record.model_copy(update={"code": None})
                keys = _keys(entry.record, self._city)
                same = next((first[key] for key in keys if key in first), None)
            for key in keys:
                first.setdefault(key, same or entry)
            if same is None:
                kept.append(entry)
                continue
            merged = _joined(same.record, entry.record)
            where = "" if same.sheet == entry.sheet else f"{self._sheets[same.sheet].file} "
            if entry.record == same.record:
                message = Bilingual(
                    f"与{where}第 {same.row} 行重复", f"repeats {where}row {same.row}"
                )
            else:
                message = Bilingual(
                    f"与{where}第 {same.row} 行是同一条，已合并，不同之处以前者为准",
                    f"the same record as {where}row {same.row}: merged, the earlier row holds",
                )
            self._say("warning", entry, entry.record.name, message)
            if merged == same.record:
                self._count(entry.sheet, entry.record.kind, "unchanged")
            else:
                same.added.append(entry.sheet)
            same.record = merged
        return kept

    def _write(self, writer: Writer, entry: _Entry) -> str:
        record = entry.record
        if isinstance(record, Solution) and self._city:
            return self._put_listed(writer, entry, record, self._city)
        city = self._city or (record.city if isinstance(record, Listing) else None)
        return self._put(writer, entry, record, city).action

    def _put_listed(self, writer: Writer, entry: _Entry, record: Solution, city: str) -> str:
        """The national solution and the city's listing beside it."""
        national = record.model_copy(update=dict.fromkeys(_OF_THE_CITY))
        existing = writer.find(record, city)
        owner: str | None = city
        if existing is not None and existing not in self._created_here:
            owner = writer.city_of(existing)
            if owner != city:
                national = national.model_copy(update={"packages": (), "code": None})
        change = self._put(writer, entry, national, city, owner)
        listing = Listing(
            name=record.name,
            code=record.code,
            city=city,
            solution=Reference(name=record.name, id=change.id),
            provider=record.provider,
            demonstration=record.demonstration,
            packages=record.packages,
            **{name: getattr(record, name) for name in _OF_THE_CITY},
        )
        self._put(writer, entry, listing, city)
        return change.action

    def _put(
        self,
        writer: Writer,
        entry: _Entry,
        record: Record,
        city: str | None,
        owner: str | None = None,
    ) -> Change:
        sheet = self._sheets[entry.sheet]
        owner = owner if isinstance(record, Solution) and self._city else city
        origin = Provenance(self._by, sheet.file, sheet.sheet, entry.row, record.source_url, owner)
        named_before = len(writer.named)
        change = writer.put(record, origin, city)
        self._count(entry.sheet, record.kind, change.action)
        if new := len(writer.named) - named_before:
            named = sheet.named_providers + new
            self._sheets[entry.sheet] = replace(sheet, named_providers=named)
        if change.asleep:
            message = Bilingual(
                "这条记录已停用，导入后仍停用", "this record is retired and stays so"
            )
            restore = f"qingzhun restore {change.id}"
            hint = Bilingual(f"要重新使用请恢复：{restore}", f"to use it again: {restore}")
            self._say("warning", entry, record.name, message, hint)
        if change.action == "created":
            self._created_here.add(change.id)
        elif change.action == "updated" and change.id not in self._created_here:
            before = self._store.get(change.id).record.name
            if not isinstance(record, Need | Listing) and folded(before) != folded(record.name):
                message = Bilingual(f"同一编码原名“{before}”，已改名", f"was “{before}”: renamed")
                self._say("warning", entry, record.name, message)
        return change

    def _count(self, sheet: int, kind: str, action: str) -> None:
        counts = self._sheets[sheet].counts
        before = counts.get(str(kind), Counts())
        number: dict[str, Any] = {action: getattr(before, action) + 1}
        counts[str(kind)] = replace(before, **number)

    def _say(
        self,
        severity: Any,
        entry: _Entry,
        value: str,
        message: Bilingual,
        hint: Bilingual = NOTHING,
    ) -> None:
        sheet = self._sheets[entry.sheet]
        self._issues.append(
            RowIssue(severity, sheet.file, sheet.sheet, entry.row, None, value[:200], message, hint)
        )


def _undo(dry_run: bool) -> None:
    if dry_run:
        raise _DryRunError


def _keys(record: Record, city: str | None) -> tuple[str, ...]:
    if isinstance(record, Listing):
        provider = folded(record.provider.name) if record.provider else ""
        listed = record.solution.id or folded(record.solution.name)
        return (f"listing|{folded(record.city)}|{listed}|{provider}",)
    return keys_of(record, city)


def _same_name(one: Record, other: Record) -> bool:
    if isinstance(one, Need) and isinstance(other, Need):
        return folded(one.text) == folded(other.text)
    return folded(one.name) == folded(other.name)


def _joined(first: Record, later: Record) -> Record:
    """``first`` with the facts that only ``later`` knows, and the packages of both."""
    known = {name for name, _ in first if getattr(first, name) not in (None, (), "", {})}
    if getattr(later, "consent", None) is False:
        known.discard("consent")  # whichever row refuses
    facts = {name: value for name, value in later if name not in known}
    packages = tuple(getattr(first, "packages", ()))
    more = tuple(one for one in getattr(later, "packages", ()) if one not in packages)
    return first.model_copy(update=facts | ({"packages": packages + more} if more else {}))
