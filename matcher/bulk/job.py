"""Needs in, one table out: what `qingzhun match-all` does, from the needs' source to the finished file."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from catalog.columns import Skipped
from catalog.errors import Bilingual, InvalidRecord
from catalog.need_files import NeedRow, open_need_file
from catalog.records import Kind, Need
from catalog.store import RecordFilter, Store
from catalog.taxonomy import Taxonomy
from catalog.unmet import DIVISION, NOT_DIGITAL, WITHIN, Demand, record_needs
from matcher.bulk.lists import Status, query_of
from matcher.bulk.parts import AskedNeed, Part, Parts
from matcher.bulk.run import PART, Place, Served, run_parts
from matcher.encoder import Encoder
from matcher.engine import Matcher
from matcher.index.embedding import embed
from matcher.types import Constraint

FORMAT = 2
_PAGE = 1000
_NAMED = 3
"""How many of the places that are at fault an error names."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class NeedSource:
    """Needs to be matched: ``rows`` reads them anew each time, ``count`` is how many at most.

    ``fingerprint`` differs when their content does. ``skipped`` tells of sheets that were not read.
    The places of ``stored`` needs are their ids.
    """

    rows: Callable[[], Iterator[NeedRow]]
    count: int
    fingerprint: str
    skipped: tuple[str, ...] = ()
    stored: bool = False


@dataclass(frozen=True, slots=True)
class BulkOptions:
    """What is asked of every need: kinds of offers, how many of each, the language.

    ``city`` is where needs without a city of their own are asked; ``must`` are hard limits for the needs that
    give their value. With ``record`` stored needs that are unmet are kept as such (`catalog.unmet`).
    """

    kinds: tuple[Kind, ...]
    limit: int
    city: str | None
    lang: str
    must: tuple[Constraint, ...] = ()
    record: bool = False


Gap = tuple[str | None, str | None]
"""Division and scenario; ``None`` where the need did not tell it."""


@dataclass(frozen=True, slots=True)
class BulkDone:
    """A finished run: rows written, and the needs by what became of them.

    ``gaps`` counts the needs for which nothing is made, ``not_digital`` those that no digital offer serves.
    """

    rows: int
    statuses: Counter[Status]
    gaps: Counter[Gap]
    not_digital: int


def needs_in_files(paths: Sequence[Path], taxonomy: Taxonomy, city: str | None) -> NeedSource:
    """The needs in files, read as an import reads them.

    Raises:
        UnreadableFile: a file cannot be opened.
        InvalidRecord: no sheet of any file can be read.
    """
    opened = [open_need_file(path) for path in paths]
    skipped = tuple(place for one in opened for place in one.skipped)
    count = sum(one.rows for one in opened)
    if not count:
        sheets = [part for one in opened for part in one.parts if isinstance(part, Skipped)]
        raise _nothing_usable(
            [(" ".join(filter(None, (s.file, s.sheet))), s.reason) for s in sheets]
        )
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())

    def rows() -> Iterator[NeedRow]:
        for one in opened:
            yield from one.needs(taxonomy, city)

    return NeedSource(rows, count, digest.hexdigest(), skipped)


def stored_needs(store: Store, where: RecordFilter) -> NeedSource:
    """The needs in the store that pass ``where``, in order of id.

    Raises:
        InvalidRecord: there are none.
    """
    if not store.page(Kind.NEED, where, None, 1).records:
        raise _no_stored_needs(store)

    def rows() -> Iterator[NeedRow]:
        cursor = None
        while True:
            page = store.page(Kind.NEED, where, cursor, _PAGE)
            for stored in page.records:
                assert isinstance(stored.record, Need)
                yield NeedRow(stored.id, stored.record, None)
            cursor = page.next_cursor
            if cursor is None:
                return

    asked = {
        name: sorted(v) if isinstance(v, frozenset) else v for name, v in asdict(where).items()
    }
    count = store.counts()[Kind.NEED]
    return NeedSource(rows, count, json.dumps(asked, sort_keys=True), stored=True)


def match_all(
    store: Store,
    data: Path,
    database: str | None,
    encoder: Encoder,
    taxonomy: Taxonomy,
    source: NeedSource,
    out: Path,
    options: BulkOptions,
    workers: int,
    progress: Progress = lambda step, done, total: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> BulkDone:
    """Match the needs of ``source`` against the current generation and write ``out``.

    A run that is stopped keeps its parts beside ``out``; the same run goes on from there. ``out``
    appears by one rename when it is whole.

    Raises:
        InvalidRecord: ``out`` is no .parquet or .xlsx, or more than a sheet holds; or none of the needs
            can be read: an earlier ``out`` stays.
        NoGeneration: nothing has been built yet.
        BulkStopped: a process died, the catalogue changed, or another run writes ``out``.
    """
    check_output(out, source.count * options.limit * len(options.kinds))
    began = now()
    matcher = Matcher(store, data, encoder, taxonomy, lambda: began)
    served = Served(matcher, matcher.snapshot(), taxonomy, matcher.kept_meanings())
    parts = Parts.open(out, _key(served, encoder, source, options), began)
    began = parts.moment
    try:
        place = Place(
            data,
            database,
            encoder.space,
            encoder.dimension,
            matcher.generation,
            served.snapshot.sequence,
            parts.moment,
        )
        done = 0

        def report(needs: int) -> None:
            nonlocal done
            done += needs
            progress("match", done, max(source.count, done))

        encode = partial(embed, store, encoder, "need")
        run_parts(parts, served, place, _asked(source.rows(), options), encode, workers, report)
        progress("match", done, done)
        _check_usable(parts)
        finished = _write(parts, served, store, out, options, progress)
        if options.record and source.stored and not store.read_only:
            _record(parts, store, options)
    except BaseException:
        parts.close()
        raise
    parts.remove()
    return finished


def check_output(out: Path, rows: int) -> None:
    """Refuse an output that cannot be written, before any work is done.

    Raises:
        InvalidRecord: its folder is not there, its format is unknown, or it holds too few rows.
    """
    from matcher.bulk.table import MOST_ROWS

    if out.suffix not in (".parquet", ".xlsx"):
        raise InvalidRecord(
            Bilingual(f"不支持的输出格式：{out.name}", f"unknown output format: {out.name}"),
            Bilingual("用 .parquet 或 .xlsx", "use .parquet or .xlsx"),
            field="out",
        )
    if not out.absolute().parent.is_dir():
        raise InvalidRecord(
            Bilingual(f"没有目录 {out.parent}", f"there is no folder {out.parent}"),
            Bilingual("请先建立目录", "make the folder first"),
            field="out",
        )
    if out.suffix == ".xlsx" and rows > MOST_ROWS:
        raise InvalidRecord(
            Bilingual(
                f"最多会有 {rows:,} 行，一张工作表只能放 {MOST_ROWS:,} 行",
                f"up to {rows:,} rows, and a sheet holds {MOST_ROWS:,}",
            ),
            Bilingual("写成 .parquet，或减少 --limit、--kind", "write .parquet, or lower --limit"),
            field="out",
        )


def _check_usable(parts: Parts) -> None:
    """Refuse a run that refused all its needs: its output would say nothing and replace one that does."""
    why: list[tuple[str, Bilingual]] = []
    for part in parts:
        if (part.told.status != Status.REFUSED).any():
            return
        told = zip((place for place, *_ in part.needs), part.told.remarks, strict=True)
        why += [(place, remark) for place, remark in told if remark is not None]
    if why:
        parts.remove()
        raise _nothing_usable(why)


def _nothing_usable(why: Sequence[tuple[str, Bilingual]]) -> InvalidRecord:
    """The refusal that names the first places and what is wrong there."""
    zh = "；".join(f"{place} {problem.zh}" for place, problem in why[:_NAMED])
    en = "; ".join(f"{place} {problem.en}" for place, problem in why[:_NAMED])
    return InvalidRecord(
        Bilingual(f"没有一条需求可用：{zh}", f"none of the needs can be used: {en}"),
        Bilingual(
            "请改正需求；没有写输出文件，原有的同名文件不变",
            "put the needs right; no output was written, an earlier one stays as it is",
        ),
        field="needs",
    )


def _no_stored_needs(store: Store) -> InvalidRecord:
    """The error for a query that no stored need passes: more often a slip than a wish for an empty table."""
    cities = store.cities(Kind.NEED, _NAMED)
    hint = Bilingual(
        "请先导入需求；没有写输出文件，原有的同名文件不变",
        "import needs first; no output was written, an earlier one stays",
    )
    if store.counts()[Kind.NEED]:
        hint = Bilingual(
            f"请核对条件（有需求的城市：{'、'.join(cities) or '无'}）；没有写输出文件，原有的同名文件不变",
            f"check the query (cities of stored needs: {', '.join(cities) or 'none'}); no output was "
            "written, an earlier one stays",
        )
    return InvalidRecord(
        Bilingual("库中没有符合条件的需求", "no stored need passes the query"), hint, field="needs"
    )


def _asked(rows: Iterable[NeedRow], options: BulkOptions) -> Iterator[AskedNeed]:
    for row in rows:
        need = row.need
        if need is None:
            yield AskedNeed(row.place, None, None, row.problem)
            continue
        query = query_of(need, options.kinds, options.limit, options.city, options.must)
        yield AskedNeed(row.place, need.enterprise.name if need.enterprise else None, query)


def _key(served: Served, encoder: Encoder, source: NeedSource, options: BulkOptions) -> str:
    """A hash of all that the parts of a run depend on, but the day."""
    calibration = served.matcher.calibration(served.snapshot)
    parts = [
        FORMAT,
        PART,
        served.snapshot.generation.info.id,
        served.snapshot.sequence,
        encoder.space,
        served.taxonomy.lexicon,
        calibration.key if calibration else None,
        source.fingerprint,
        asdict(options),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _write(
    parts: Parts,
    served: Served,
    store: Store,
    out: Path,
    options: BulkOptions,
    progress: Progress,
) -> BulkDone:
    from matcher.bulk.table import Offers, Tables, write_parquet, write_workbook

    statuses: Counter[Status] = Counter()
    gaps: Counter[Gap] = Counter()
    causes: Counter[str] = Counter()
    total = len(parts.done())

    def counted() -> Iterator[Part]:
        for number, part in enumerate(parts, start=1):
            statuses.update(map(Status, part.told.status.tolist()))
            demands = list(filter(None, part.told.demands))
            causes.update(one.cause for one in demands)
            gaps.update(gap_of(one) for one in demands if one.cause != NOT_DIGITAL)
            yield part
            progress("write", number, total)

    tables = Tables(Offers.of(served.snapshot, store.names), served.taxonomy, options.lang)
    unfinished = parts.directory / "output.new"
    write = write_parquet if out.suffix == ".parquet" else write_workbook
    rows = write(counted(), tables, unfinished)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(out)
    return BulkDone(rows, statuses, gaps, causes[NOT_DIGITAL])


def gap_of(demand: Demand) -> Gap:
    """The division and the scenario that ``demand`` counts for."""
    sector, scenario = (next(iter(codes), None) for codes in (demand.sectors, demand.scenarios))
    return sector and sector[:DIVISION], scenario


def _record(parts: Parts, store: Store, options: BulkOptions) -> None:
    """Keep which of the stored needs are unmet: once each, however often they are matched."""
    for part in parts:
        by_scope: dict[str, dict[str, Demand | None]] = {one: {} for one in WITHIN}
        rows = zip(part.needs, part.told.status.tolist(), part.told.demands, strict=True)
        for (identity, _, _, city), status, demand in rows:
            # What cannot be read, or is kept out by hard limits alone, says nothing about the catalogue.
            if demand is not None or status == Status.MATCHED:
                by_city = city and Constraint.CITY in options.must
                by_scope["city" if by_city else "catalogue"][identity] = demand
        for within, demands in by_scope.items():
            if demands:
                record_needs(store, demands, within, options.city)
