"""Words that cities add: a CSV of terms, kept in the store beside the shipped ones.

A file is kept as a whole or, when a row is wrong, not at all. A term without a city is everybody's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, cast

from sqlalchemy import or_, select

from catalog.columns import RowIssue
from catalog.cursors import decoded_number, encoded_number
from catalog.errors import NOTHING, Bilingual, UnknownRecord
from catalog.files import check_size, unreadable, without_guard
from catalog.resolve import Term
from catalog.schema import LexiconRow, table
from catalog.store import Store, utc
from catalog.taxonomy import ADDED_WEIGHT, Taxonomy, read_note
from catalog.textfiles import decoded
from catalog.wording import HAN, city_name, normalised, units

KINDS = ("sector", "scenario")
LANGUAGES = ("zh", "en", "es", "other")
COLUMNS = ("term", "lang", "codes", "kind", "city", "note")
MOST_ROWS = 20_000
_NEEDED = ("term", "codes", "kind")
_LONGEST = {"term": 100, "city": 300, "note": 500}
_MOST_CODES = 10
_SEPARATORS = re.compile(r"[\s;；,，、/|]+")
_LEXICON = table(LexiconRow)
_CHUNK = 500

Kind = Literal["sector", "scenario"]


@dataclass(frozen=True, slots=True)
class NewTerm:
    """One row of a file that may be kept. ``city`` is ``None`` for everybody's word."""

    term: str
    lang: str
    kind: Kind
    codes: tuple[str, ...]
    city: str | None
    note: str


@dataclass(frozen=True, slots=True)
class LexiconTerm:
    """One kept term, with when and by whom it was last changed."""

    id: int
    term: str
    lang: str
    kind: Kind
    codes: tuple[str, ...]
    city: str | None
    note: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class LexiconPage:
    """One page of a list; ``next_cursor`` is ``None`` on the last one."""

    terms: tuple[LexiconTerm, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class LexiconReport:
    """What became of a file. With ``issues`` nothing of it was kept."""

    rows: int
    created: int
    updated: int
    unchanged: int
    issues: tuple[RowIssue, ...]

    @property
    def kept(self) -> bool:
        """Whether the file was kept."""
        return not self.issues


def import_lexicon(
    store: Store, taxonomy: Taxonomy, name: str, data: bytes, by: str, city: str | None = None
) -> LexiconReport:
    """Keep the terms of a CSV; ``city`` owns the rows that name none.

    The same term of the same kind and city is replaced. When a row is wrong nothing is kept and every
    problem is told.

    Raises:
        UnreadableFile: it is no CSV, or a column is missing.
        StoreUnavailable: the database cannot be locked or written.
    """
    rows = 0
    found: dict[str, tuple[int, NewTerm]] = {}
    issues: list[RowIssue] = []
    for number, cells in _rows(name, data):
        rows += 1
        checked = _checked(cells, taxonomy, city)
        if isinstance(checked, NewTerm):
            first = found.setdefault(_key(checked), (number, checked))
            if first[1] == checked:
                continue
            checked = [("term", *_said("与第 {0} 行重复", "row {0} has it already", first[0]))]
        issues += [
            RowIssue(
                "error", name, None, number, column or None, cells.get(column, "")[:200], *said
            )
            for column, *said in checked
        ]
    if issues:
        return LexiconReport(rows, 0, 0, 0, tuple(issues))
    created, updated = _keep(store, {key: term for key, (_, term) in found.items()}, by)
    return LexiconReport(rows, created, updated, rows - created - updated, ())


def list_terms(
    store: Store,
    city: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> LexiconPage:
    """Up to ``limit`` kept terms after ``cursor``, oldest first; of ``city`` with everybody's.

    Raises:
        InvalidRecord: ``cursor`` was not handed out by this function.
    """
    query = select(_LEXICON).order_by(_LEXICON.c.id)
    if city is not None:
        query = query.where(or_(_LEXICON.c.city == city_name(city), _LEXICON.c.city.is_(None)))
    if kind is not None:
        query = query.where(_LEXICON.c.kind == kind)
    if cursor:
        query = query.where(_LEXICON.c.id > decoded_number(cursor))
    with store.reading() as connection:
        rows = connection.execute(query.limit(limit + 1)).all()
    terms = tuple(_term(row) for row in rows[:limit])
    return LexiconPage(terms, encoded_number(terms[-1].id) if len(rows) > limit else None)


def remove_term(store: Store, identity: int) -> LexiconTerm:
    """Take out one kept term; the term as it was.

    Raises:
        UnknownRecord: no such term.
        StoreUnavailable: the database cannot be locked or written.
    """
    with store.transaction() as connection:
        row = connection.execute(select(_LEXICON).where(_LEXICON.c.id == identity)).one_or_none()
        if row is None:
            raise UnknownRecord(
                Bilingual(f"没有编号 {identity} 的叫法", f"there is no word with id {identity}"),
                Bilingual("编号见叫法列表", "ids stand in the list of words"),
                field="id",
            )
        connection.execute(_LEXICON.delete().where(_LEXICON.c.id == identity))
    return _term(row)


def added_terms(store: Store) -> tuple[Term, ...]:
    """The kept terms as the taxonomy takes them, in order of their key."""
    with store.reading() as connection:
        rows = connection.execute(select(_LEXICON).order_by(_LEXICON.c.key)).all()
    return tuple(
        Term(
            row.term,
            tuple(row.codes),
            ADDED_WEIGHT if row.city is None else 1.0,
            "lexicon" if row.city is None else "city",
            *read_note(row.note),
            city=row.city,
        )
        for row in rows
    )


def served_taxonomy(store: Store) -> Taxonomy:
    """The shipped taxonomy with the terms that were added to the store."""
    extra = added_terms(store)
    return _extended(extra) if extra else Taxonomy.shipped()


@lru_cache(maxsize=2)
def _extended(extra: tuple[Term, ...]) -> Taxonomy:
    return Taxonomy.shipped().with_terms(extra)


def _keep(store: Store, terms: dict[str, NewTerm], by: str) -> tuple[int, int]:
    """Write the terms in one transaction: how many are new, how many changed."""
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    with store.transaction() as connection:
        now, known = store.now(), {}
        keys = list(terms)
        for start in range(0, len(keys), _CHUNK):
            query = select(_LEXICON).where(_LEXICON.c.key.in_(keys[start : start + _CHUNK]))
            known.update({row.key: row for row in connection.execute(query)})
        for key, term in terms.items():
            values = {
                "term": term.term,
                "lang": term.lang,
                "kind": term.kind,
                "codes": list(term.codes),
                "city": term.city,
                "note": term.note,
            }
            row = known.get(key)
            if row is None:
                new.append({"key": key, **values, "at": now, "by": by})
            elif any(getattr(row, column) != value for column, value in values.items()):
                changed.append({"row_id": row.id, **values, "at": now, "by": by})
        if new:
            connection.execute(_LEXICON.insert(), new)
        for values in changed:
            identity = values.pop("row_id")
            connection.execute(_LEXICON.update().where(_LEXICON.c.id == identity).values(**values))
    return len(new), len(changed)


def _rows(name: str, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header, with the number that the sheet shows; empty ones left out."""
    text = decoded(data, name)
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=lambda mark: (head.count(mark), mark == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    try:
        for number, cells in enumerate(reader, start=1):
            texts = [without_guard(cell).strip() for cell in cells]
            if not any(texts):
                continue
            check_size(name, len(texts), number - 1, MOST_ROWS)
            if not columns:
                columns = [cell.lower() for cell in texts]
                _check_columns(name, columns)
                continue
            row = dict(zip(columns, texts, strict=False))
            row[""] = " ".join(texts[len(columns) :]).strip()
            yield number, row
    except csv.Error as error:
        raise unreadable(
            name,
            f"的引号没有成对，约在第 {reader.line_num} 行",
            f"has a quote that is not closed, near line {reader.line_num} ({error})",
            '请给含逗号的单元格加成对的英文双引号 "…"',
            'close the quotes "…" around the cell',
        ) from error
    if not columns:
        _check_columns(name, columns)


def _check_columns(name: str, columns: list[str]) -> None:
    missing = [column for column in _NEEDED if column not in columns]
    unknown = [column for column in columns if column not in COLUMNS]
    if missing or unknown or len(set(columns)) < len(columns):
        wrong = ", ".join(missing or unknown or columns)
        raise unreadable(
            name,
            f"的表头不对：{wrong}",
            f"has another header than expected: {wrong}",
            f"第一行应为 {','.join(COLUMNS)}；lang、city、note 可省",
            f"the first row is {','.join(COLUMNS)}; lang, city and note may be left out",
        )


def _checked(
    cells: dict[str, str], taxonomy: Taxonomy, city: str | None
) -> NewTerm | list[tuple[str, Bilingual, Bilingual]]:
    """The term of a row, or its problems: the column, what is wrong, and what would be right."""
    term, kind = " ".join(cells["term"].split()), cells.get("kind", "").lower()
    lang = cells.get("lang", "").lower() or ("zh" if HAN.search(normalised(term)) else "en")
    codes = tuple(dict.fromkeys(_SEPARATORS.split(normalised(cells.get("codes", "")).upper())))
    codes = tuple(code for code in codes if code)
    own = cells.get("city", "") or city
    own = city_name(own) if own else None
    city = city_name(city) if city else None
    issues = list(_term_problems(term)) + list(_code_problems(codes, kind, taxonomy))
    if lang not in LANGUAGES:
        issues.append(("lang", *_one_of(LANGUAGES)))
    if city is not None and own != city:
        issues.append(("city", *_said("不是 {0}", "is not {0}", city)))
    for column in ("term", "city", "note"):
        if len(cells.get(column, "")) > _LONGEST[column]:
            issues.append((column, *_said("超过 {0} 字", "above {0} characters", _LONGEST[column])))
    if cells[""]:
        issues.append(
            (
                "",
                Bilingual("单元格比表头多", "there are more cells than columns"),
                Bilingual("多个代码用分号隔开", "separate codes by semicolons"),
            )
        )
    if issues:
        return issues
    return NewTerm(term, lang, cast(Kind, kind), codes, own, cells.get("note", ""))


def _term_problems(term: str) -> Iterator[tuple[str, Bilingual, Bilingual]]:
    if not units(term):
        said = Bilingual("没有写词", "there is no word")
        yield "term", said, Bilingual("如 注塑件", "for example 注塑件")
    elif sum(map(len, units(term))) < 2:
        said = Bilingual("只有一个字", "this is one character only")
        yield "term", said, Bilingual("至少两个字", "at least two characters")


def _code_problems(
    codes: Iterable[str], kind: str, taxonomy: Taxonomy
) -> Iterator[tuple[str, Bilingual, Bilingual]]:
    if kind not in KINDS:
        yield ("kind", *_one_of(KINDS))
        return
    codes = tuple(codes)
    if not codes:
        yield "codes", Bilingual("没有代码", "there is no code"), Bilingual("如 C292", "e.g. C292")
    if len(codes) > _MOST_CODES:
        yield ("codes", *_said("多于 {0} 个代码", "more than {0} codes", _MOST_CODES))
    for code in codes:
        if kind == "sector" and code not in taxonomy.sectors:
            problem = taxonomy.sector_code_problem(code)
            yield "codes", problem or _unknown(code), Bilingual("如 C292", "for example C292")
        if kind == "scenario" and not _is_scenario(code, taxonomy):
            meant = ";".join(taxonomy.crosswalk.get(code, ())) or "S3-4"
            yield "codes", _unknown(code), Bilingual(f"如 {meant}", f"for example {meant}")


def _is_scenario(code: str, taxonomy: Taxonomy) -> bool:
    """Whether a need can mean the node: no family, and none that the crosswalk leads elsewhere."""
    known = code in taxonomy.scenarios and taxonomy.scenarios[code].level != "family"
    return known and code not in taxonomy.crosswalk


def _unknown(code: str) -> Bilingual:
    return Bilingual(f"没有代码 {code}", f"there is no code {code}")


def _one_of(values: Iterable[str]) -> tuple[Bilingual, Bilingual]:
    named = " | ".join(values)
    return Bilingual("取值无效", "this value is not valid"), Bilingual(named, named)


def _said(zh: str, en: str, *figures: object) -> tuple[Bilingual, Bilingual]:
    return Bilingual(zh.format(*figures), en.format(*figures)), NOTHING


def _key(term: NewTerm) -> str:
    """What makes a term the same term: kind, city, and the wording as it is compared."""
    return "\n".join((term.kind, term.city or "", " ".join(units(term.term))))


def _term(row: Any) -> LexiconTerm:
    return LexiconTerm(
        id=row.id,
        term=row.term,
        lang=row.lang,
        kind=row.kind,
        codes=tuple(row.codes),
        city=row.city,
        note=row.note,
        at=utc(row.at),
        by=row.by,
    )
