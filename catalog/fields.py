"""Which field of a record a column fills, and how the text of its cells is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from catalog.cells import TWO_PERIODS, TWO_SUMS, Cell, check, labelled, lacks_unit
from catalog.columns import ROUNDED_CODE
from catalog.credit_codes import code_problem, written_out
from catalog.errors import Bilingual
from catalog.identity import folded
from catalog.labels import json_list, split_labels
from catalog.quantities import is_open, plain, read_date, read_days, read_level, read_number
from catalog.quantities import read_price as price_in
from catalog.records import Kind, Label
from catalog.technologies import technology_tag
from catalog.words import CONSENT, NO, REFUSAL, VALUES, WORDS, YES

_FIGURE = r"(-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)?"
_EFFECT = re.compile(rf"(.+?)[:：]\s*{_FIGURE}\s*(?:→|->)\s*{_FIGURE}\s*(.*)")
_POWER = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{2}")
_PACKAGE = ("price", "deploy", "package_name", "price_model", "delivery_mode", "packages")

Reader = Callable[[Cell], Any]


def read_text(cell: Cell) -> str:
    """The text as published."""
    return cell.text


def _code(cell: Cell) -> str | None:
    """A code, unless a spreadsheet took it for a number: 9.13E+17 is what many codes were."""
    if _POWER.fullmatch(cell.text):
        cell.say("warning", *ROUNDED_CODE)
        return None
    return cell.text


def _credit_code(cell: Cell) -> str | None:
    """A credit code that can be right: a mistyped one would make two firms one."""
    if _code(cell) is None:
        return None
    code = written_out(cell.text)
    problem = code_problem(code)
    if problem is None:
        return code
    cell.say("warning", Bilingual("信用代码不对，未使用", "no such credit code: not used"), problem)
    return None


def read_reference(cell: Cell) -> Any:
    """The record that the cell names."""
    return {"name": cell.text}


def read_labels(cell: Cell) -> tuple[Label, ...]:
    """The sectors or scenarios in the cell."""
    return labelled(cell, cell.field, cell.labels.split(cell.field, cell.text))


def read_one_level(cell: Cell) -> int | None:
    """A level from 1 to 4."""
    level = read_level(cell.text)
    if level is None:
        cell.unread(Bilingual("一级至四级", "a level 1 to 4"))
    return level


def _scenario_level(cell: Cell) -> Any:
    none = plain(cell.text) in ("0", "无等级", "0级", "未达级")
    level = 0 if none else read_level(cell.text)
    if level is None:
        cell.unread(Bilingual("0 至 4", "0 to 4"))
        return None
    return {cell.field.partition(".")[2]: level}


def _date(cell: Cell) -> Any:
    found = read_date(cell.text)
    if found is None:
        cell.unread(Bilingual("如 2026-05-20", "such as 2026-05-20"))
    return found


def _money(cell: Cell) -> Any:
    if lacks_unit(cell, price_in, TWO_SUMS):
        return None
    price = price_in(cell.text, cell.column.unit)
    value = price.low if price.high is None else price.high
    check(cell, price.problem, price.approximate, value, bool(price.model))
    if value is None and price.problem == "unreadable" and _is_free_of_unit(cell):
        cell.unread(Bilingual("金额，如 20万元", "an amount such as 200000"))
    return value


def _days(cell: Cell) -> Any:
    if lacks_unit(cell, read_days, TWO_PERIODS):
        return None
    days = read_days(cell.text, cell.column.unit or "天")
    value = None if days.value is None else int(days.value)
    check(cell, days.problem, days.approximate, value)
    if value is None and days.problem == "unreadable" and _is_free_of_unit(cell):
        cell.unread(Bilingual("天数，如 30天", "a number of days"))
    return value


def _is_free_of_unit(cell: Cell) -> bool:
    """Whether words in the cell would have to say an amount, and do not say that it is open."""
    return not cell.column.unit and not is_open(cell.text)


def _number(cell: Cell) -> Decimal | None:
    if lacks_unit(cell, read_number, ("", "万")):
        return None
    found = read_number(cell.text, cell.column.unit)
    if found.problem == "negative":
        cell.say("error", Bilingual("不能为负数", "must not be negative"))
    elif found.value is None:
        cell.unread(Bilingual("填写数字", "a number"))
    elif found.approximate:
        cell.say("warning", Bilingual(f"按 {found.value} 读取", f"read as {found.value}"))
    return found.value


def _whole(cell: Cell) -> Any:
    value = _number(cell)
    return None if value is None else int(value)


def _yes_no(cell: Cell) -> Any:
    word = plain(cell.text)
    if word not in YES and word not in NO:
        cell.unread(Bilingual("是或否", "yes or no"))
        return None
    return word in YES


def read_consent(cell: Cell) -> bool:
    """Whether the cell consents. What cannot be read is no consent: a doubt must not publish a name."""
    word = plain(cell.text)
    if word not in CONSENT and word not in REFUSAL:
        message = Bilingual("看不懂，按不同意处理", "not understood: taken for no consent")
        cell.say("warning", message, Bilingual("是或否", "yes or no"))
    return word in CONSENT


def _word(cell: Cell, text: str | None = None) -> Any:
    words = VALUES[cell.field]
    found = words.get(folded(cell.text if text is None else text))
    if found is None:
        known = _known_words(cell.field)
        cell.place.say(
            "warning",
            cell.column.header,
            cell.text if text is None else text,
            Bilingual("看不懂，未导入", "not understood: ignored"),
            Bilingual(f"其中之一：{'、'.join(known)}", f"one of: {', '.join(known.values())}"),
        )
    return found


@cache
def _known_words(field: str) -> dict[str, str]:
    """The first word for each value of a field, and the value."""
    first: dict[str, str] = {}
    for word, value in WORDS[{"sizes": "size"}.get(field, field)].items():
        first.setdefault(value, word)
    return {word: value for value, word in first.items()}


def _words(cell: Cell) -> Any:
    pieces = [str(piece) for piece in json_list(cell.text) or split_labels(cell.text)]
    if cell.field == "technologies":
        return tuple(dict.fromkeys(map(technology_tag, pieces)))
    if cell.field == "sizes" and folded(cell.text) in ("小微", "小微企业"):
        return ("micro", "small")
    found = (_word(cell, piece) for piece in pieces)
    return tuple(dict.fromkeys(word for word in found if word))


def _effects(cell: Cell) -> Any:
    if (items := json_list(cell.text)) is not None:
        return tuple(items)
    found = []
    for line in filter(None, (line.strip() for line in re.split(r"[\n；;]", cell.text))):
        match = _EFFECT.fullmatch(line)
        if match is None or not (match[2] or match[3]):
            expected = Bilingual("指标：前→后 单位", "metric: before→after unit")
            Cell(line, cell.column, cell.place, cell.labels).unread(expected)
            continue
        metric, before, after, unit = match.groups()
        numbers = {"before": before and float(before), "after": after and float(after)}
        found.append({"metric": metric, **numbers, "unit": unit or None})
    return tuple(found)


_READERS: dict[Reader, str] = {
    _code: "code",
    _credit_code: "credit_code",
    read_text: "name source_url description evidence text enterprise city registered_place",
    read_reference: "provider solution",
    read_labels: "sectors scenarios",
    read_one_level: "level_before level_after target_level",
    _date: "valid_from valid_until acceptance_date",
    _money: "cost_cny budget_cny revenue_cny",
    _days: "duration_days deploy_days",
    _number: "years_in_business satisfaction",
    _whole: "enterprises_served headcount",
    _yes_no: "demonstration serious_dishonesty_listed accepted above_scale",
    read_consent: "consent",
    _word: "provider_kind ownership size ip review_status specialised_level lang barrier"
    " price_model delivery_mode",
    _words: "sizes technologies cost_kinds values",
    _effects: "effects",
    _scenario_level: "scenario_levels",
}
READER_OF_FIELD = {name: reader for reader, names in _READERS.items() for name in names.split()}
"""How the text of each field of a record is read."""
_OFFER = "code source_url demonstration description need>description sectors scenarios evidence "
COLUMNS_OF_KIND: dict[Kind, str] = {
    Kind.PROVIDER: _OFFER.replace("need>description ", "")
    + "provider>name enterprise>name city>registered_place registered_place provider_kind ownership"
    " size years_in_business enterprises_served serious_dishonesty_listed",
    Kind.SOLUTION: _OFFER + "product>name provider case_name>evidence sizes technologies cost_kinds"
    " ip review_status valid_from valid_until",
    Kind.CASE: _OFFER + "case_name>name provider product>solution enterprise size price>cost_cny"
    " deploy>duration_days effects level_before level>level_after accepted acceptance_date"
    " satisfaction values",
    Kind.LISTING: "code source_url demonstration listing_city>city product>solution provider"
    " review_status"
    " valid_from valid_until",
    Kind.ENTERPRISE: "code source_url demonstration enterprise>name city credit_code sectors size"
    " headcount revenue_cny ownership specialised_level above_scale scenario_levels",
    Kind.NEED: "code source_url demonstration need>text enterprise lang city sectors scenarios"
    " price>budget_cny deploy>deploy_days size level>target_level delivery_mode barrier values"
    " consent",
}
"""The columns that a kind has a field for; ``column>field`` where the names differ."""


@cache
def target_of(kind: Kind, column: str) -> tuple[str, Reader] | None:
    """The record's field that a column of this kind fills, and how its cells are read.

    Columns of a package lead to ``packages``, the level of a solution's row to ``level``.
    """
    if kind in (Kind.SOLUTION, Kind.LISTING) and column in _PACKAGE:
        return "packages", read_text
    if kind is Kind.SOLUTION and column == "level":
        return "level", read_one_level
    for entry in COLUMNS_OF_KIND[kind].split():
        source, _, field = entry.partition(">")
        if source == column.partition(".")[0]:
            field = field or source
            if kind is Kind.NEED and field == "enterprise":
                return field, read_reference
            return field, READER_OF_FIELD.get(field, read_text)
    return None
