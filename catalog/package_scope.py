"""What one package of a solution buys: the whole, one unit of many, something to add to it, or a try.

Its price model tells first (free, per user), then its name and published price, by the words of
``data/package_words.csv``. What follows 含 (including) is part of a package and tells nothing of it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from catalog.errors import Bilingual
from catalog.numerals import CHINESE, plain
from catalog.records import Package, PriceModel


class Scope(StrEnum):
    """What a package buys."""

    ALONE = "alone"
    UNIT = "unit"
    ADD_ON = "add_on"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Sold:
    """The scope of a package; of one sold by unit, what the unit is called behind 每 and "per"."""

    scope: Scope
    unit: Bilingual | None = None

    @property
    def stands(self) -> bool:
        """Whether it can be bought alone and does the work for good."""
        return self.scope in (Scope.ALONE, Scope.UNIT)


@dataclass(frozen=True, slots=True)
class _Words:
    add_on: re.Pattern[str]
    trial: re.Pattern[str]
    one: re.Pattern[str]
    priced: re.Pattern[str]
    units: dict[str, Bilingual]


_PARTS = re.compile(r"含|包括|附送|附带|赠送|\bincl|\bwith\b")
_ON_OLD = re.compile(r"旧|老|现有|原有|存量|既有|改造|\bretrofit|\bexisting")
"""加装 on a machine that the buyer has is a way to buy, not an addition to another package."""
_BOTH = re.compile(r"[^每增]\s*[+＋]|\bplus\b")
_STANDALONE = re.compile(r"单机版|单人版|一站式|一体|一机一码|一线(?:员工|工人|班组)")
_START = r"(?:^|[\s(（:：、,，/·\-]|免费)"


def sold_as(package: Package) -> Sold:
    """What ``package`` buys."""
    return _sold(package.name or "", package.price_text or "", package.price_model)


@lru_cache(maxsize=4096)
def _sold(name: str, price: str, model: PriceModel | None) -> Sold:
    words, whole = _words(), plain(name)
    head = _PARTS.split(whole, maxsplit=1)[0]
    if words.trial.search(head):
        return Sold(Scope.TRIAL)
    if words.add_on.search(head) and not (_ON_OLD.search(head) or _BOTH.search(head)):
        return Sold(Scope.ADD_ON)
    if model is PriceModel.FREE:
        return Sold(Scope.ALONE)
    if model is PriceModel.PER_USER_MONTH:
        return Sold(Scope.UNIT, words.units["用户"])
    found = words.priced.search(plain(price))
    if found is None and not _STANDALONE.search(head):
        found = words.one.search(head)
    if found is None:
        return Sold(Scope.ALONE)
    return Sold(Scope.UNIT, words.units[next(filter(None, found.groups()))])


@lru_cache(maxsize=1)
def _words() -> _Words:
    text = files("catalog").joinpath("data", "package_words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    said = {
        means: [row["words"] for row in rows if row["means"] == means]
        for means in ("add_on", "trial", "unit", "use", "set")
    }
    unit, priced = _either(said["unit"]), _either(said["unit"] + said["use"])
    # A price for a set (5万元/套) is mostly that of the whole.
    counted = _either(said["unit"] + said["use"] + said["set"])
    number = rf"(?:[0-9]+|[{CHINESE}]+)"
    one = (
        rf"{_START}(?:单|single[\s-]|one\s)[一-鿿]{{0,3}}?({unit})"
        rf"|{_START}(?:一|1\s?)({unit})"
        rf"|{number}[台件机]一({unit})"
        rf"|(?:每|按|\bper\s|\beach\s|/)[个条台十百千万]?[一-鿿]{{0,1}}?({counted})"
        rf"|{number}({unit})起(?!步|订)"
    )
    return _Words(
        re.compile(_either(said["add_on"])),
        re.compile(_either(said["trial"])),
        re.compile(one),
        re.compile(rf"(?:/|每|\bper\s|\ba\s)\s*个?({priced})"),
        {row["words"]: Bilingual(row["zh"], row["en"]) for row in rows},
    )


def _either(words: list[str]) -> str:
    """A pattern of any of ``words``, the longest first; Latin ones stand alone."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(
        rf"(?<![a-z]){re.escape(word)}s?(?![a-z])" if word.isascii() else word for word in ordered
    )
