"""Rows of text and JSON objects → records, with every problem of every cell.

An error rejects the row: no name, a negative or absurd amount, a number that cannot be read where
one is needed, a validity that ends before it starts. A warning imports and reports: an unknown sector
or scenario, no provider, a blurred number, a word nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from catalog.cells import Cell, Place, labelled
from catalog.columns import Column, Row, RowIssue, Severity, Table
from catalog.constraints import expected
from catalog.errors import Bilingual
from catalog.fields import READER_OF_FIELD, read_consent, read_one_level, target_of
from catalog.identity import folded
from catalog.labels import LabelReader, Names
from catalog.packages import (
    UNKNOWN_FIELD,
    Editions,
    already_told,
    editions,
    known_items,
    read_packages,
)
from catalog.quantities import is_blank
from catalog.records import CHECK_DATES, RECORD_TYPES, Kind, Record, ends_before_it_starts
from catalog.words import VALUES, WORDS

__all__ = ["Names", "RowIssue", "Validated", "Validator"]

_NEEDED = frozenset(
    (
        *("kind", "name", "text", "packages", "cost_cny", "duration_days", "budget_cny"),
        *("deploy_days", "revenue_cny", "headcount", "solution"),
    )
)
_NAME_OF = {
    Kind.PROVIDER: Bilingual("服务商名称", "provider name"),
    Kind.SOLUTION: Bilingual("产品名称", "product name"),
    Kind.CASE: Bilingual("案例名称", "case name"),
    Kind.LISTING: Bilingual("产品名称", "product name"),
    Kind.ENTERPRISE: Bilingual("企业名称", "enterprise name"),
    Kind.NEED: Bilingual("需求描述", "need"),
}


@dataclass(frozen=True, slots=True)
class Validated:
    """One row: its record, or ``None`` when an error rejects it; its kind when that is known."""

    record: Record | None
    kind: Kind | None
    row: int
    issues: tuple[RowIssue, ...]


class Validator:
    """Rows → records of one import: labels are resolved once and by the names of ``city``.

    ``whole_names`` are official names that contain a separator (计算机、通信和…) and stay whole.
    """

    def __init__(self, names: Names, whole_names: Iterable[str] = (), city: str | None = None):
        self._labels = LabelReader(names, whole_names, city)
        self._city = city

    def unused_columns(self, table: Table) -> Iterator[RowIssue]:
        """A warning for each known column that the table's kind has no field for."""
        for column in table.columns:
            if column.field in (None, "number", "ignore") or target_of(table.kind, column.field):
                continue
            message = Bilingual(
                "这类目录没有这个字段，未导入", "no such field for this kind: ignored"
            )
            yield RowIssue(
                "warning", table.file, table.sheet, None, column.header, column.header, message
            )

    def row(self, table: Table, row: Row) -> Validated:
        """The record in a row of a table."""
        place = Place(table.file, table.sheet, row.number)
        payload: dict[str, Any] = {}
        told: dict[str, str] = {}
        package: dict[str, list[Cell]] = {}
        levels: list[Cell] = []
        for column in table.columns:
            text = row.cells[column.index] if column.index < len(row.cells) else ""
            if column.field is None or not text or (len(text) < 20 and is_blank(text)):
                continue
            target = target_of(table.kind, column.field)
            if target is None:
                continue
            cell = Cell(text, column, place, self._labels)
            if target[0] == "packages":
                package.setdefault(column.field, []).append(cell)
            elif target[0] == "level":
                levels.append(cell)
            else:
                value = target[1](cell)
                if value is not None and not _added(payload, target[0], value):
                    already_told(cell, told[target[0]])
                told.setdefault(target[0], column.header)
        if package:
            payload["packages"] = read_packages(package, editions(table.columns))
        for cell in levels[:1]:
            _give_level(payload, cell)
        for cell in levels[1:]:
            already_told(cell, levels[0].column.header)
        headers = _headers_of(table.kind, table.columns)
        return self._finish(place, table.kind, payload, row.number, headers)

    def object(self, file: str, line: int, values: dict[str, Any]) -> Validated:
        """The record in a JSON object with the fields of `catalog.records`, or of the benchmark."""
        place = Place(file, None, line)
        try:
            kind = Kind(str(values.get("kind", "")))
        except ValueError:
            kinds = "、".join(Kind)
            message = Bilingual("缺少或不认得的 kind", "kind is missing or unknown")
            expected = Bilingual(f"其中之一：{kinds}", f"one of: {', '.join(Kind)}")
            place.say("error", "kind", values.get("kind", ""), message, expected)
            return Validated(None, None, line, tuple(place.issues))
        payload: dict[str, Any] = {}
        package: dict[str, list[Cell]] = {}
        fields = RECORD_TYPES[kind].model_fields
        for key, value in values.items():
            field = {"id": "code"}.get(key, key)
            if value is None or value == "" or key == "kind":
                continue
            cell = Cell(str(value), Column(0, key, field), place, self._labels)
            if key in ("price", "deploy_days") and field not in fields and "packages" in fields:
                package["price" if key == "price" else "deploy"] = [cell]
            elif kind is Kind.CASE and key in ("price", "deploy_days"):
                target = "cost_cny" if key == "price" else "duration_days"
                payload[target] = READER_OF_FIELD[target](cell)
            elif field not in fields:
                place.say("warning", key, value, UNKNOWN_FIELD)
            else:
                found = self._json_value(cell, field, value)
                if found is not None:
                    payload[field] = found
        if package and not payload.get("packages"):
            payload["packages"] = read_packages(package, Editions())
        return self._finish(place, kind, payload, line)

    def _json_value(self, cell: Cell, field: str, value: Any) -> Any:
        if field in ("sectors", "scenarios"):
            if isinstance(value, str):
                return READER_OF_FIELD[field](cell)
            return labelled(cell, field, value if isinstance(value, list) else [value])
        if field in ("packages", "effects"):
            return known_items(cell.place, field, value if isinstance(value, list) else [value])
        if (field in ("provider", "solution") and isinstance(value, dict)) or field == "enterprise":
            return {"name": value.get("name")} if isinstance(value, dict) else value
        if field == "consent":
            return value if isinstance(value, bool) else read_consent(cell)
        reader = READER_OF_FIELD.get(field)
        if isinstance(value, list) and field in WORDS:
            return [VALUES[field].get(folded(str(item)), item) for item in value]
        if reader is not None and (isinstance(value, str) or field == "credit_code"):
            return None if is_blank(cell.text) else reader(cell)
        return str(value) if field in ("code", "name") else value

    def _finish(
        self,
        place: Place,
        kind: Kind,
        payload: dict[str, Any],
        row: int,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Validated:
        if kind is Kind.LISTING and payload.get("solution") and not payload.get("name"):
            solution = payload["solution"]
            payload["name"] = solution["name"] if isinstance(solution, dict) else solution
        if self._city and kind in (Kind.LISTING, Kind.ENTERPRISE, Kind.NEED):
            payload.setdefault("city", self._city)
        if not payload.get("text" if kind is Kind.NEED else "name"):
            name = _NAME_OF[kind]
            message = Bilingual(f"缺少{name.zh}", f"the {name.en} is missing")
            place.say("error", name.zh, "", message, Bilingual("请填写", "fill it in"))
        if kind is Kind.SOLUTION and not payload.get("provider"):
            place.say("warning", "服务商", "", Bilingual("没有服务商", "no provider is given"))
        record = None if place.rejected else _built(place, kind, payload, headers)
        wrong = ends_before_it_starts(record) if record else None
        if wrong is not None:
            place.say("error", "有效期止", str(payload["valid_until"]), wrong, CHECK_DATES)
            record = None
        return Validated(record, kind, row, tuple(place.issues))


def _give_level(payload: dict[str, Any], cell: Cell) -> None:
    """Give the level of a solution's row to its scenarios."""
    level = read_one_level(cell)
    if level is None:
        return
    labels = payload.get("scenarios", ())
    if not labels:
        message = Bilingual("有等级但没有场景，等级未导入", "a level without a scenario: ignored")
        cell.say("warning", message)
    payload["scenarios"] = tuple(
        label if label.level else label.model_copy(update={"level": level}) for label in labels
    )


@lru_cache(maxsize=64)
def _headers_of(kind: Kind, columns: tuple[Column, ...]) -> Mapping[str, str]:
    """The header of the first column that tells each field of a record."""
    found: dict[str, str] = {}
    for column in columns:
        if target := target_of(kind, column.field or ""):
            found.setdefault(target[0], column.header)
    return found


def _built(
    place: Place, kind: Kind, payload: dict[str, Any], headers: Mapping[str, str]
) -> Record | None:
    """The record; optional facts that do not hold are left out with a warning.

    ``headers`` are those of the columns that tell the fields, by field; JSON has none.
    """
    payload = {**payload, "kind": kind}
    for _ in range(len(payload)):
        try:
            return RECORD_TYPES[kind].model_validate(payload)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                name = str(problem["loc"][0]) if problem["loc"] else "packages"
                path = ".".join(str(part) for part in problem["loc"]) or None
                needed = name in _NEEDED or problem["type"] == "missing"
                value = problem["input"] if not isinstance(problem["input"], dict) else ""
                done = Bilingual("值不符合要求", "the value does not fit")
                if not needed and name in payload:
                    done = Bilingual("值不符合要求，未导入", "the value does not fit: ignored")
                severity: Severity = "error" if needed else "warning"
                place.say(severity, headers.get(name, path), value, done, expected(problem))
                if not needed:
                    payload.pop(name, None)
        if place.rejected:
            break
    return None


def _added(payload: dict[str, Any], field: str, value: Any) -> bool:
    """Join what several columns say about one field; of single facts the first holds.

    Whether all of ``value`` is now told: another value for a single fact is not.
    """
    known = payload.get(field)
    if known is None:
        payload[field] = value
    elif isinstance(known, dict) and isinstance(value, dict):
        payload[field] = {**value, **known}
        return bool(payload[field] == {**known, **value})
    elif isinstance(known, tuple) and isinstance(value, tuple):
        payload[field] = known + tuple(item for item in value if item not in known)
    elif field == "consent":
        payload[field] = known and value  # one refusal is one
    elif field in ("description", "evidence"):
        payload[field] = known if value in known else f"{known}\n{value}"
    else:
        return bool(known == value)
    return True
