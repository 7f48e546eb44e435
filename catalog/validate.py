"""Rows of text and JSON objects → records, with every problem of every cell.

An error rejects the row: no name, a negative or absurd amount, a number that cannot be read where
one is needed. A warning imports and reports: an unknown sector or scenario, no provider, a blurred
number, a word nobody knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from pydantic import ValidationError

from catalog.columns import WORDS, Column, Row, RowIssue, Severity, Table
from catalog.errors import NOTHING, Bilingual
from catalog.identity import folded
from catalog.quantities import (
    Quantity,
    is_blank,
    is_open,
    plain,
    read_date,
    read_days,
    read_level,
    read_number,
    read_price,
    split_labels,
)
from catalog.records import MAX_NAME, RECORD_TYPES, Effect, Kind, Label, Package, Record

__all__ = ["COLUMNS_OF_KIND", "Names", "RowIssue", "Validated", "Validator"]

_LEVEL_SUFFIX = re.compile(r"^(.+?)\s*[（(\[](?:L?([1-4])级?|([一二三四])级)[)）\]]$", re.DOTALL)
_FIGURE = r"(-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)?"
_EFFECT = re.compile(rf"(.+?)[:：]\s*{_FIGURE}\s*(?:→|->)\s*{_FIGURE}\s*(.*)")
_SUSPICIOUS_CNY = 100_000_000
_NEEDED = frozenset(
    (
        *("kind", "name", "text", "packages", "cost_cny", "duration_days", "budget_cny"),
        *("deploy_days", "revenue_cny", "headcount", "solution"),
    )
)
_PACKAGE = ("price", "deploy", "package_name", "price_model", "delivery_mode", "packages")
_YES = frozenset(
    ["是", "有", "yes", "y", "true", "1", "√", "✓", "已验收", "通过", "同意", "已通过"]
)
_NO = frozenset(["否", "no", "n", "false", "0", "×", "x", "未验收", "未通过", "不同意"])
_NAME_OF = {
    Kind.PROVIDER: Bilingual("服务商名称", "provider name"),
    Kind.SOLUTION: Bilingual("产品名称", "product name"),
    Kind.CASE: Bilingual("案例名称", "case name"),
    Kind.LISTING: Bilingual("产品名称", "product name"),
    Kind.ENTERPRISE: Bilingual("企业名称", "enterprise name"),
    Kind.NEED: Bilingual("需求描述", "need"),
}


class Names(Protocol):
    """What the validation asks of the taxonomy (`catalog.taxonomy.Taxonomy`)."""

    def sector_label(self, text: str, city: str | None = None) -> Label:
        """``text`` beside its sectors; no nodes when it is not resolved."""

    def scenario_label(self, text: str, level: int | None = None) -> Label:
        """``text`` beside its scenarios; no nodes when it is not resolved."""

    def sector_code_problem(self, text: str) -> Bilingual | None:
        """What is wrong with a sector code in ``text``."""


@dataclass(frozen=True, slots=True)
class Validated:
    """One row: its record, or ``None`` when an error rejects it; its kind when that is known."""

    record: Record | None
    kind: Kind | None
    row: int
    issues: tuple[RowIssue, ...]


class _Place:
    """The row being read, and its problems so far."""

    def __init__(self, file: str, sheet: str | None, row: int):
        self._at = (file, sheet, row)
        self.issues: list[RowIssue] = []

    def say(
        self,
        severity: Severity,
        column: str | None,
        value: object,
        message: Bilingual,
        expected: Bilingual = NOTHING,
    ) -> None:
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
        self.issues.append(RowIssue(severity, *self._at, column, text[:200], message, expected))

    @property
    def rejected(self) -> bool:
        return any(issue.severity == "error" for issue in self.issues)


_Reader = Callable[["Validator", _Place, Column, str], Any]


class Validator:
    """Rows → records of one import: labels are resolved once and by the names of ``city``.

    ``whole_names`` are official names that contain a separator (计算机、通信和…) and stay whole.
    """

    def __init__(self, names: Names, whole_names: Iterable[str] = (), city: str | None = None):
        self._names = names
        self._whole = tuple(sorted(whole_names, key=len, reverse=True))
        self._city = city
        self._labels: dict[tuple[str, str], tuple[Label, Bilingual | None]] = {}

    def unused_columns(self, table: Table) -> Iterator[RowIssue]:
        """A warning for each known column that the table's kind has no field for."""
        for column in table.columns:
            if column.field in (None, "number", "ignore") or _target(table.kind, column.field):
                continue
            message = Bilingual(
                "这类目录没有这个字段，未导入", "no such field for this kind: ignored"
            )
            yield RowIssue(
                "warning", table.file, table.sheet, None, column.header, column.header, message
            )

    def row(self, table: Table, row: Row) -> Validated:
        """The record in a row of a table."""
        place = _Place(table.file, table.sheet, row.number)
        payload: dict[str, Any] = {}
        package: dict[str, tuple[Column, str]] = {}
        level: tuple[Column, str] | None = None
        for column in table.columns:
            text = row.cells[column.index] if column.index < len(row.cells) else ""
            if column.field is None or not text or (len(text) < 20 and is_blank(text)):
                continue
            target = _target(table.kind, column.field)
            if target is None:
                continue
            if target[0] == "packages":
                package.setdefault(column.field, (column, text))
            elif target[0] == "level":
                level = (column, text)
            else:
                value = target[1](self, place, column, text)
                if value is not None:
                    _add(payload, target[0], value)
        if package:
            payload["packages"] = self._packages(place, package)
        if level:
            self._reached(place, payload, level)
        return self._finish(place, table.kind, payload, row.number)

    def object(self, file: str, line: int, values: dict[str, Any]) -> Validated:
        """The record in a JSON object with the fields of `catalog.records`, or of the benchmark."""
        place = _Place(file, None, line)
        try:
            kind = Kind(str(values.get("kind", "")))
        except ValueError:
            kinds = "、".join(Kind)
            message = Bilingual("缺少或不认得的 kind", "kind is missing or unknown")
            expected = Bilingual(f"其中之一：{kinds}", f"one of: {', '.join(Kind)}")
            place.say("error", "kind", values.get("kind", ""), message, expected)
            return Validated(None, None, line, tuple(place.issues))
        payload: dict[str, Any] = {}
        package: dict[str, tuple[Column, str]] = {}
        fields = RECORD_TYPES[kind].model_fields
        for key, value in values.items():
            field = {"id": "code"}.get(key, key)
            if value is None or value == "" or key == "kind":
                continue
            column = Column(0, key, field)
            if key in ("price", "deploy_days") and field not in fields and "packages" in fields:
                package["price" if key == "price" else "deploy"] = (column, str(value))
            elif kind is Kind.CASE and key in ("price", "deploy_days"):
                target = "cost_cny" if key == "price" else "duration_days"
                payload[target] = _OF_FIELD[target](self, place, column, str(value))
            elif field not in fields:
                message = Bilingual("不认得的字段，已忽略", "an unknown field, ignored")
                place.say("warning", key, value, message)
            else:
                found = self._json_value(place, column, field, value)
                if found is not None:
                    payload[field] = found
        if package and not payload.get("packages"):
            payload["packages"] = self._packages(place, package)
        return self._finish(place, kind, payload, line)

    def _json_value(self, place: _Place, column: Column, field: str, value: Any) -> Any:
        if field in ("sectors", "scenarios"):
            items = value if isinstance(value, list) else [value]
            if isinstance(value, str):
                return _OF_FIELD[field](self, place, column, value)
            return self._resolved(place, column, field, items)
        if field in ("packages", "effects"):
            known = set((Package if field == "packages" else Effect).model_fields)
            items = value if isinstance(value, list) else [value]
            for item in items:
                for name in set(item) - known if isinstance(item, dict) else ():
                    message = Bilingual("不认得的字段，已忽略", "an unknown field, ignored")
                    place.say("warning", f"{field}.{name}", item[name], message)
            return [
                {name: item[name] for name in item if name in known}
                if isinstance(item, dict)
                else item
                for item in items
            ]
        if (field in ("provider", "solution") and isinstance(value, dict)) or field == "enterprise":
            return {"name": value.get("name")} if isinstance(value, dict) else value
        reader = _OF_FIELD.get(field)
        if isinstance(value, list) and field in WORDS:
            return [_WORDS_BY_FIELD[field].get(folded(str(item)), item) for item in value]
        if isinstance(value, str) and reader is not None:
            return None if is_blank(value) else reader(self, place, column, value)
        return str(value) if field in ("code", "name") else value

    def _packages(self, place: _Place, cells: dict[str, tuple[Column, str]]) -> Any:
        if "packages" in cells:
            column, text = cells["packages"]
            try:
                return self._json_value(place, column, "packages", json.loads(text))
            except (ValueError, RecursionError):
                message = Bilingual("套餐明细不是 JSON", "the packages are no JSON")
                place.say("warning", column.header, text, message)
        package: dict[str, Any] = {}
        if "package_name" in cells:
            package["name"] = cells["package_name"][1][:MAX_NAME]
        if "price" in cells:
            column, text = cells["price"]
            price = read_price(text, column.unit)
            _check(
                place, column, text, price.problem, price.approximate, price.low, bool(price.model)
            )
            package |= {"price_cny": price.low, "price_to_cny": price.high}
            package |= {"price_from": price.floor, "price_model": price.model}
            if not (column.unit and _is_bare(text)):
                package["price_text"] = text
        if "deploy" in cells:
            column, text = cells["deploy"]
            days = read_days(text, column.unit or "天")
            value = None if days.value is None else int(days.value)
            _check(place, column, text, days.problem, days.approximate, value)
            package["deploy_days"] = value
            if not ((column.unit or column.field == "deploy_days") and _is_bare(text)):
                package["deploy_text"] = text
        for name in ("price_model", "delivery_mode"):
            if name in cells:
                word = _OF_FIELD[name](self, place, *cells[name])
                package |= {name: word} if word else {}
        return [package]

    def _reached(self, place: _Place, payload: dict[str, Any], cell: tuple[Column, str]) -> None:
        """Give the level of a solution's row to its scenarios."""
        level = _level(self, place, *cell)
        if level is None:
            return
        labels = payload.get("scenarios", ())
        if not labels:
            message = Bilingual(
                "有等级但没有场景，等级未导入", "a level without a scenario: ignored"
            )
            place.say("warning", cell[0].header, cell[1], message)
        payload["scenarios"] = tuple(
            label if label.level else label.model_copy(update={"level": level}) for label in labels
        )

    def _resolved(
        self, place: _Place, column: Column, facet: str, items: Iterable[Any]
    ) -> tuple[Label, ...]:
        labels: dict[str, Label] = {}
        for item in items:
            text = str(item.get("label", "") if isinstance(item, dict) else item).strip()
            text = text.encode(errors="replace").decode()  # JSON may carry half a character
            level = item.get("level") if isinstance(item, dict) else None
            if not text or text in labels:
                continue
            if len(text) > MAX_NAME:
                message = Bilingual("名称过长，未导入", "too long for a label: ignored")
                place.say("warning", column.header, text, message)
                continue
            label, problem = self._label(facet, text)
            if problem or not label.nodes:
                what = (
                    Bilingual("行业", "sector")
                    if facet == "sectors"
                    else Bilingual("场景", "scenario")
                )
                unknown = Bilingual(
                    f"不认得的{what.zh}，已保留原文", f"an unknown {what.en}, kept as text"
                )
                place.say("warning", column.header, text, problem or unknown)
            if level is not None and facet == "scenarios":
                read = (
                    level if isinstance(level, int) and 1 <= level <= 4 else read_level(str(level))
                )
                label = label.model_copy(update={"level": read})
            labels[text] = label
        return tuple(labels.values())

    def _label(self, facet: str, text: str) -> tuple[Label, Bilingual | None]:
        key = (facet, text)
        if key not in self._labels:
            if facet == "sectors":
                problem = self._names.sector_code_problem(text)
                self._labels[key] = (self._names.sector_label(text, self._city), problem)
            else:
                self._labels[key] = (self._names.scenario_label(text), None)
        return self._labels[key]

    def split(self, facet: str, text: str) -> list[Any]:
        """The labels in a cell, as texts or as objects with the level written behind them."""
        if (items := _json_list(text)) is not None:
            return items
        pieces: list[Any] = list(split_labels(text, self._whole))
        if facet == "scenarios":
            pieces = [_with_level(piece) for piece in pieces]
        return pieces

    def _finish(self, place: _Place, kind: Kind, payload: dict[str, Any], row: int) -> Validated:
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
        record = None if place.rejected else _built(place, kind, payload)
        return Validated(record, kind, row, tuple(place.issues))


def _with_level(piece: str) -> Any:
    found = _LEVEL_SUFFIX.match(piece)
    if not found:
        return piece
    return {"label": found[1], "level": int(found[2] or "一二三四".index(found[3]) + 1)}


def _built(place: _Place, kind: Kind, payload: dict[str, Any]) -> Record | None:
    """The record; optional facts that do not hold are left out with a warning."""
    payload = {**payload, "kind": kind}
    for _ in range(len(payload)):
        try:
            return RECORD_TYPES[kind].model_validate(payload)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_context=False):
                name = str(problem["loc"][0]) if problem["loc"] else "packages"
                column = ".".join(str(part) for part in problem["loc"]) or None
                needed = name in _NEEDED
                value = problem["input"] if not isinstance(problem["input"], dict) else ""
                done = Bilingual("值不符合要求", "the value does not fit")
                if not needed and name in payload:
                    done = Bilingual("值不符合要求，未导入", "the value does not fit: ignored")
                expected = Bilingual(problem["msg"], problem["msg"])
                place.say("error" if needed else "warning", column, value, done, expected)
                if not needed:
                    payload.pop(name, None)
        if place.rejected:
            break
    return None


def _add(payload: dict[str, Any], field: str, value: Any) -> None:
    """Join what several columns say about one field; of single facts the first holds."""
    known = payload.get(field)
    if known is None:
        payload[field] = value
    elif isinstance(known, dict) and isinstance(value, dict):
        payload[field] = {**value, **known}
    elif isinstance(known, tuple) and isinstance(value, tuple):
        payload[field] = known + tuple(item for item in value if item not in known)
    elif field in ("description", "evidence") and value not in known:
        payload[field] = f"{known}\n{value}"


def _is_bare(text: str) -> bool:
    return re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", plain(text)) is not None


def _check(
    place: _Place,
    column: Column,
    text: str,
    problem: str | None,
    approximate: bool,
    value: int | None,
    modelled: bool = False,
) -> None:
    """Report what is odd about an amount. Where the header declares a unit, a number is needed."""
    number = Bilingual("填写数字，如 5 或 30", "a number such as 5 or 30")
    if problem == "negative":
        place.say(
            "error", column.header, text, Bilingual("不能为负数", "must not be negative"), number
        )
    elif problem == "absurd":
        message = Bilingual("数值过大，请核对单位", "far too large: check the unit")
        place.say("error", column.header, text, message, number)
    elif problem == "foreign":
        message = Bilingual("不是人民币，保留原文", "not in CNY: kept as text")
        place.say(
            "warning", column.header, text, message, Bilingual("折合人民币", "the amount in CNY")
        )
    elif column.unit and value is None:
        known = modelled or is_open(text)
        message = Bilingual("数字列中没有数字", "no number in a column of numbers")
        place.say("warning" if known else "error", column.header, text, message, number)
    elif column.unit and approximate:
        message = Bilingual(
            f"数字列中有文字，按 {value} 读取", f"words in a number column: read as {value}"
        )
        place.say("warning", column.header, text, message, number)
    elif value is not None and value > _SUSPICIOUS_CNY and column.field == "price":
        message = Bilingual("金额超过一亿元，请核对单位", "above 100 million CNY: check the unit")
        place.say("warning", column.header, text, message)


def _json_list(text: str) -> list[Any] | None:
    if not text.startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if isinstance(items, list) else None


def _kept(_: Validator, __: _Place, ___: Column, text: str) -> Any:
    return text


def _reference(_: Validator, __: _Place, ___: Column, text: str) -> Any:
    return {"name": text}


def _labels(self: Validator, place: _Place, column: Column, text: str) -> Any:
    facet = column.field or ""
    return self._resolved(place, column, facet, self.split(facet, text))


def _unread(place: _Place, column: Column, text: str, expected: Bilingual) -> None:
    place.say(
        "warning",
        column.header,
        text,
        Bilingual("看不懂，未导入", "not understood: ignored"),
        expected,
    )


def _level(_: Validator, place: _Place, column: Column, text: str) -> Any:
    level = read_level(text)
    if level is None:
        _unread(place, column, text, Bilingual("一级至四级", "a level 1 to 4"))
    return level


def _scenario_level(_: Validator, place: _Place, column: Column, text: str) -> Any:
    level = 0 if plain(text) in ("0", "无等级", "0级", "未达级") else read_level(text)
    if level is None:
        _unread(place, column, text, Bilingual("0 至 4", "0 to 4"))
        return None
    return {(column.field or "").partition(".")[2]: level}


def _date(_: Validator, place: _Place, column: Column, text: str) -> Any:
    found = read_date(text)
    if found is None:
        _unread(place, column, text, Bilingual("如 2026-05-20", "such as 2026-05-20"))
    return found


def _money(_: Validator, place: _Place, column: Column, text: str) -> Any:
    price = read_price(text, column.unit)
    value = price.low if price.high is None else price.high
    _check(place, column, text, price.problem, price.approximate, value, bool(price.model))
    if value is None and not column.unit and price.problem == "unreadable" and not is_open(text):
        _unread(place, column, text, Bilingual("金额，如 20万元", "an amount such as 200000"))
    return value


def _days(_: Validator, place: _Place, column: Column, text: str) -> Any:
    days = read_days(text, column.unit or "天")
    value = None if days.value is None else int(days.value)
    _check(place, column, text, days.problem, days.approximate, value)
    if value is None and not column.unit and days.problem == "unreadable" and not is_open(text):
        _unread(place, column, text, Bilingual("天数，如 30天", "a number of days"))
    return value


def _number(_: Validator, place: _Place, column: Column, text: str) -> Any:
    found: Quantity = read_number(text)
    if found.problem == "negative":
        place.say("error", column.header, text, Bilingual("不能为负数", "must not be negative"))
    elif found.value is None:
        _unread(place, column, text, Bilingual("填写数字", "a number"))
    elif found.approximate:
        message = f"按 {found.value} 读取", f"read as {found.value}"
        place.say("warning", column.header, text, Bilingual(*message))
    return found.value


def _whole(self: Validator, place: _Place, column: Column, text: str) -> Any:
    value: Decimal | None = _number(self, place, column, text)
    return None if value is None else int(value)


def _yes_no(_: Validator, place: _Place, column: Column, text: str) -> Any:
    word = plain(text)
    if word not in _YES and word not in _NO:
        _unread(place, column, text, Bilingual("是或否", "yes or no"))
        return None
    return word in _YES


def _word(_: Validator, place: _Place, column: Column, text: str) -> Any:
    words = _WORDS_BY_FIELD[column.field or ""]
    found = words.get(folded(text))
    if found is None:
        known = "、".join(sorted(set(words.values())))
        _unread(place, column, text, Bilingual(f"其中之一：{known}", f"one of: {known}"))
    return found


def _words(self: Validator, place: _Place, column: Column, text: str) -> Any:
    field = column.field or ""
    pieces = _json_list(text) or split_labels(text)
    if field == "technologies":
        words = _WORDS_BY_FIELD[field]
        return tuple(dict.fromkeys(words.get(folded(str(piece)), str(piece)) for piece in pieces))
    if field == "sizes" and folded(text) in ("小微", "小微企业"):
        return ("micro", "small")
    found = (_word(self, place, column, str(piece)) for piece in pieces)
    return tuple(dict.fromkeys(word for word in found if word))


def _effects(_: Validator, place: _Place, column: Column, text: str) -> Any:
    if (items := _json_list(text)) is not None:
        return tuple(items)
    found = []
    for line in filter(None, (line.strip() for line in re.split(r"[\n；;]", text))):
        match = _EFFECT.fullmatch(line)
        if match is None or not (match[2] or match[3]):
            _unread(place, column, line, Bilingual("指标：前→后 单位", "metric: before→after unit"))
            continue
        metric, before, after, unit = match.groups()
        numbers = {"before": before and float(before), "after": after and float(after)}
        found.append({"metric": metric, **numbers, "unit": unit or None})
    return tuple(found)


_WORDS_BY_FIELD = {
    name: {folded(value): value for value in words.values()}
    | {folded(word): value for word, value in words.items()}
    for name, words in (*WORDS.items(), ("sizes", WORDS["size"]))
}
_READERS: dict[_Reader, str] = {
    _kept: "name code credit_code source_url description evidence text enterprise city"
    " registered_place",
    _reference: "provider solution",
    _labels: "sectors scenarios",
    _level: "level_before level_after target_level",
    _date: "valid_from valid_until acceptance_date",
    _money: "cost_cny budget_cny revenue_cny",
    _days: "duration_days deploy_days",
    _number: "years_in_business satisfaction",
    _whole: "enterprises_served headcount",
    _yes_no: "demonstration serious_dishonesty_listed accepted above_scale consent",
    _word: "provider_kind ownership size ip review_status specialised_level lang barrier"
    " price_model delivery_mode",
    _words: "sizes technologies cost_kinds values",
    _effects: "effects",
    _scenario_level: "scenario_levels",
}
_OF_FIELD = {name: reader for reader, names in _READERS.items() for name in names.split()}
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
    Kind.LISTING: "code source_url demonstration listing_city>city product>solution review_status"
    " valid_from valid_until",
    Kind.ENTERPRISE: "code source_url demonstration enterprise>name city credit_code sectors size"
    " headcount revenue_cny ownership specialised_level above_scale scenario_levels",
    Kind.NEED: "code source_url demonstration need>text enterprise lang city sectors scenarios"
    " price>budget_cny deploy>deploy_days size level>target_level delivery_mode barrier values"
    " consent",
}


@cache
def _target(kind: Kind, column: str) -> tuple[str, _Reader] | None:
    """The record's field that a column of this kind fills, and how its cells are read."""
    if kind in (Kind.SOLUTION, Kind.LISTING) and column in _PACKAGE:
        return "packages", _kept
    if kind is Kind.SOLUTION and column == "level":
        return "level", _level
    for entry in COLUMNS_OF_KIND[kind].split():
        source, _, field = entry.partition(">")
        if source == column.partition(".")[0]:
            field = field or source
            if kind is Kind.NEED and field == "enterprise":
                return field, _reference
            return field, _OF_FIELD.get(field, _kept)
    return None
