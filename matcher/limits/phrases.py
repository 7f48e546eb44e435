"""The phrases that tell a limit: ``matcher/data/limit_phrases.csv``.

Columns: ``use`` (what a phrase tells), ``lang``, ``pattern`` (a regular expression whose only groups that
capture are named) and ``value`` (tag of a technology, class of size, dates of a festival, a sum for little
money).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from matcher.expressions import Expression
from matcher.shipped import shipped_rows

_NAMED = re.compile(r"\(\?P<\w+>")


@cache
def rows(use: str) -> tuple[dict[str, str], ...]:
    """The rows of one use."""
    return tuple(row for row in _all_rows() if row["use"] == use)


def expression(row: Mapping[str, str]) -> Expression:
    """The pattern of one row, compiled."""
    return _compiled(row["pattern"])


def rows_in(use: str, text: str) -> tuple[dict[str, str], ...]:
    """The rows of one use, none where ``text`` has no phrase of any: one search instead of many."""
    return rows(use) if _any(use).search(text) else ()


@cache
def _any(use: str) -> Expression:
    # No name stands twice in a pattern.
    return Expression("|".join(_NAMED.sub("(?:", row["pattern"]) for row in rows(use)))


@cache
def _compiled(pattern: str) -> Expression:
    return Expression(pattern)


@cache
def _all_rows() -> tuple[dict[str, str], ...]:
    return tuple(shipped_rows("limit_phrases.csv"))


@cache
def pattern(use: str, lead: str = "", tail: str = "") -> Expression:
    """The phrases of one use, compiled, between ``lead`` and ``tail``."""
    return Expression(f"{lead}{either(use)}{tail}")


@cache
def pattern_in(use: str, han: bool, latin: bool) -> Expression | None:
    """The phrases of one use in Chinese characters, in Latin letters or both; ``None`` without any."""
    told = [row for row in rows(use) if (han if row["lang"] == "zh" else latin)]
    return Expression(_either(told)) if told else None


@cache
def either(use: str) -> str:
    """The phrases of one use as one alternative; the Latin ones stand as whole words."""
    return _either(rows(use))


def _either(phrases: Sequence[dict[str, str]]) -> str:
    han = "|".join(row["pattern"] for row in phrases if row["lang"] == "zh")
    latin = "|".join(row["pattern"] for row in phrases if row["lang"] != "zh")
    whole = rf"(?<![a-zà-ÿ])(?:{latin})(?![a-zà-ÿ])"
    return f"(?:{han}|{whole})" if han and latin else f"(?:{han or whole})"
