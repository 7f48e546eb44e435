"""One cell of a row, its problems, and what is checked of every amount and every label."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from catalog.columns import Column, RowIssue, Severity
from catalog.errors import NOTHING, Bilingual
from catalog.labels import LabelReader
from catalog.quantities import is_open, plain, read_level
from catalog.records import MAX_NAME, Label
from catalog.units import MONEY

_SUSPICIOUS_CNY = 100_000_000
_CENTS = re.compile(r"[0-9]{0,2}\.[0-9]*[1-9]0*")
TWO_SUMS, TWO_PERIODS = ("元", "万元"), ("天", "月")
"""Units under which a bare number is two different ones."""


class Place:
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
        """Keep a problem of the row."""
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
        self.issues.append(RowIssue(severity, *self._at, column, text[:200], message, expected))

    @property
    def rejected(self) -> bool:
        """Whether an error keeps the row out."""
        return any(issue.severity == "error" for issue in self.issues)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that says something: its text, its column and its row; labels are read alike."""

    text: str
    column: Column
    place: Place
    labels: LabelReader

    @property
    def field(self) -> str:
        """The field that the column's header tells."""
        return self.column.field or ""

    def say(self, severity: Severity, message: Bilingual, expected: Bilingual = NOTHING) -> None:
        """Keep a problem of the cell."""
        self.place.say(severity, self.column.header, self.text, message, expected)

    def unread(self, expected: Bilingual) -> None:
        """Warn that the cell is not understood and left out."""
        self.say("warning", Bilingual("看不懂，未导入", "not understood: ignored"), expected)


def check(
    cell: Cell, problem: str | None, approximate: bool, value: int | None, modelled: bool = False
) -> None:
    """Report what is odd about an amount. Where the header declares a unit, a number is needed."""
    number = Bilingual("填写数字，如 5 或 30", "a number such as 5 or 30")
    declared = bool(cell.column.unit)
    if problem == "negative":
        cell.say("error", Bilingual("不能为负数", "must not be negative"), number)
    elif problem == "absurd":
        message = Bilingual("数值过大，请核对单位", "far too large: check the unit")
        cell.say("error", message, number)
    elif problem == "foreign":
        message = Bilingual("不是人民币，保留原文", "not in CNY: kept as text")
        cell.say("warning", message, Bilingual("折合人民币", "the amount in CNY"))
    elif problem == "dated":
        message = Bilingual("是日期，不是天数，未导入", "a date, no number of days: ignored")
        cell.say(
            "warning", message, Bilingual("天数或月数，如 90天", "days or months, such as 90 days")
        )
    elif declared and value is None:
        known = modelled or is_open(cell.text)
        message = Bilingual("数字列中没有数字", "no number in a column of numbers")
        cell.say("warning" if known else "error", message, number)
    elif declared and approximate:
        message = Bilingual(
            f"数字列中有文字，按 {value} 读取", f"words in a number column: read as {value}"
        )
        cell.say("warning", message, number)
    elif value is not None and value > _SUSPICIOUS_CNY and cell.field == "price":
        message = Bilingual("金额超过一亿元，请核对单位", "above 100 million CNY: check the unit")
        cell.say("warning", message)
    elif cell.field in MONEY and not declared and _CENTS.fullmatch(plain(cell.text)):
        message = Bilingual("没有单位的小数，按元读取", "a fraction without a unit: read as yuan")
        hint = Bilingual(
            "表头写明单位，如 价格（万元）", "a unit in the header, as in price (10k CNY)"
        )
        cell.say("warning", message, hint)


def lacks_unit(cell: Cell, read: Callable[[str, str], Any], units: tuple[str, str]) -> bool:
    """Whether a bare number stands under a header whose unit nobody understands; that is told.

    A number is bare when ``read`` takes it for another one under each of two ``units``.
    """
    doubt = cell.column.doubt
    if not doubt or read(cell.text, units[0]) == read(cell.text, units[1]):
        return False
    cell.say(
        "warning",
        Bilingual(
            f"表头里的单位“{doubt}”看不懂，未导入",
            f"the unit “{doubt}” of the header is not understood: ignored",
        ),
        Bilingual(
            "表头写明单位，如（万元）、（天）", "a unit in the header such as (10k CNY) or (days)"
        ),
    )
    return True


def labelled(cell: Cell, facet: str, items: Iterable[Any]) -> tuple[Label, ...]:
    """The labels of ``items`` (texts, or objects with label and level); unknown ones are told."""
    labels: dict[str, Label] = {}
    for item in items:
        told = item.get("label") if isinstance(item, dict) else item
        text = "" if told is None else str(told).strip()
        text = text.encode(errors="replace").decode()  # JSON may carry half a character
        level = item.get("level") if isinstance(item, dict) else None
        if not text or text in labels:
            continue
        header = cell.column.header
        if len(text) > MAX_NAME:
            message = Bilingual("名称过长，未导入", "too long for a label: ignored")
            cell.place.say("warning", header, text, message)
            continue
        label, problem = cell.labels.resolve(facet, text)
        if problem is not None:
            cell.place.say("warning", header, text, problem)
        if level is not None and facet == "scenarios":
            direct = isinstance(level, int) and 1 <= level <= 4
            label = label.model_copy(update={"level": level if direct else read_level(str(level))})
        labels[text] = label
    return tuple(labels.values())
