"""The cells of a row that tell prices, periods and editions → the packages of a solution.

Two columns of prices that a header above sets apart (价格 over 标准版 and 专业版) are two packages. A
cell that finds no place is told: nothing is dropped in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from catalog.cells import TWO_PERIODS, TWO_SUMS, Cell, Place, check, lacks_unit
from catalog.columns import Column, variant
from catalog.errors import Bilingual
from catalog.fields import READER_OF_FIELD
from catalog.numerals import NUMBER
from catalog.quantities import plain, read_days, read_price
from catalog.records import MAX_NAME, Effect, Package

UNKNOWN_FIELD = Bilingual("不认得的字段，已忽略", "an unknown field, ignored")
Cells = Mapping[str, list[Cell]]
"""The cells of a row by field, in the order of their columns."""


@dataclass(frozen=True, slots=True)
class Editions:
    """What the columns of ``field`` are told apart by, as their headers say it; mostly nothing."""

    field: str = ""
    labels: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def editions(columns: tuple[Column, ...]) -> Editions:
    """The editions that several columns of prices, or else of periods, are told apart by."""
    for field in ("price", "deploy"):
        labels = dict.fromkeys(variant(column) for column in columns if column.field == field)
        if len(labels) > 1:
            return Editions(field, tuple(labels))
    return Editions()


def read_packages(cells: Cells, told: Editions) -> Any:
    """The packages that the cells tell, as a record takes them: one for each edition that is told."""
    for cell in cells.get("packages", ()):
        try:
            items = json.loads(cell.text)
        except (ValueError, RecursionError):
            cell.say("warning", Bilingual("套餐明细不是 JSON", "the packages are no JSON"))
        else:
            return known_items(
                cell.place, "packages", items if isinstance(items, list) else [items]
            )
    given = {field: some for field, some in cells.items() if field != "packages"}
    chosen = {label: _cells_of(label, told, given) for label in told.labels}
    chosen = {label: found for label, found in chosen.items() if told.field in found}
    chosen = chosen or {"": _cells_of("", Editions(), given)}
    for some in given.values():
        used = [cell for found in chosen.values() for cell in some if found.get(cell.field) is cell]
        for cell in some:
            if cell not in used and used and _said(cell) != _said(used[0]):
                already_told(cell, used[0].column.header)
    return [_package(label, found) for label, found in chosen.items()]


def known_items(place: Place, field: str, items: list[Any]) -> list[Any]:
    """The objects of a list without the fields that nobody knows; each of those is told."""
    known = set((Package if field == "packages" else Effect).model_fields)
    kept = []
    for item in items:
        if not isinstance(item, dict):
            kept.append(item)
            continue
        for name in item.keys() - known:
            place.say("warning", f"{field}.{name}", item[name], UNKNOWN_FIELD)
        kept.append({name: item[name] for name in item if name in known})
    return kept


def already_told(cell: Cell, first: str) -> None:
    """Warn that the column ``first`` says otherwise, and that it holds."""
    cell.say(
        "warning",
        Bilingual(
            f"与“{first}”列是同一字段，未导入", f"the column “{first}” tells this field: ignored"
        ),
        Bilingual("一个字段只留一列，或合并两列", "one column for a field"),
    )


def _cells_of(label: str, told: Editions, cells: Cells) -> dict[str, Cell]:
    """One cell of each field for an edition: its own, else one that is no other edition's."""
    found = {}
    for field, given in cells.items():
        own = [cell for cell in given if variant(cell.column) == label]
        others = set(told.labels) - {""}
        shared = [cell for cell in given if variant(cell.column) not in others]
        if of_edition := own or (shared if field != told.field else []):
            found[field] = of_edition[0]
    return found


def _said(cell: Cell) -> Any:
    """What a cell comes to: 5 under 万元 is 50000 under 元."""
    if cell.field == "price":
        price = read_price(cell.text, cell.column.unit)
        return price.low, price.high
    return (
        read_days(cell.text, cell.column.unit or "天").value
        if cell.field == "deploy"
        else cell.text
    )


def _package(label: str, cells: Mapping[str, Cell]) -> dict[str, Any]:
    named = cells["package_name"].text if "package_name" in cells else ""
    name = " ".join(filter(None, (named, label)))[:MAX_NAME]
    package: dict[str, Any] = {"name": name} if name else {}
    if "price" in cells:
        package |= _price(cells["price"])
    if "deploy" in cells:
        package |= _deployment(cells["deploy"])
    for field in ("price_model", "delivery_mode"):
        if field in cells:
            word = READER_OF_FIELD[field](cells[field])
            package |= {field: word} if word else {}
    return package


def _price(cell: Cell) -> dict[str, Any]:
    if lacks_unit(cell, read_price, TWO_SUMS):
        return {}
    price = read_price(cell.text, cell.column.unit)
    check(cell, price.problem, price.approximate, price.low, bool(price.model))
    found: dict[str, Any] = {"price_cny": price.low, "price_to_cny": price.high}
    found |= {"price_from": price.floor, "price_model": price.model}
    if not (cell.column.unit and _is_bare(cell)):
        return {**found, "price_text": cell.text}
    # Foreign money of the header goes with the number: alone it would be read as yuan one day.
    foreign = price.problem == "foreign"
    return {**found, "price_text": f"{cell.text}（{cell.column.unit}）"} if foreign else found


def _deployment(cell: Cell) -> dict[str, Any]:
    if lacks_unit(cell, read_days, TWO_PERIODS):
        return {}
    days = read_days(cell.text, cell.column.unit or "天")
    value = None if days.value is None else int(days.value)
    check(cell, days.problem, days.approximate, value)
    declared = cell.column.unit or cell.field == "deploy_days"
    text = {} if declared and _is_bare(cell) else {"deploy_text": cell.text}
    return {"deploy_days": value, **text}


def _is_bare(cell: Cell) -> bool:
    return re.fullmatch(NUMBER, plain(cell.text)) is not None
