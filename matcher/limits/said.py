"""Values that the readers of limits hand on, and the clause that a place in a text stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r"[。;；!！?？\n、()（）…，]|,(?![0-9]{3}(?![0-9]))|\.(?![0-9])|——")

LATIN = re.compile("[a-zà-ÿ]{2}", re.IGNORECASE)
"""Where a text says anything in Latin letters."""
_ASIDE = re.compile(r"[(（][^()（）0-9]{1,6}[)）]")  # 30万(含税)以内


@dataclass(frozen=True, slots=True)
class Said:
    """A number as it stands at ``start:end``; ``blurred`` when a range or a word blurs it.

    ``money`` tells that a currency or a scale makes it look like money (万, k, 块).
    """

    start: int
    end: int
    value: int
    blurred: bool
    money: bool = True


@dataclass(frozen=True, slots=True)
class ReadLimit:
    """One thing read from a need's words.

    ``field`` is budget (CNY, first year), days, size (`Size`), headcount, revenue (CNY), level (1-4),
    technology (a tag of ``Solution.technologies``) or payment (a tag of `catalog.payments`); ``refused``
    says of these two that it is not wanted. ``hard`` when told as a limit, not a wish. ``words`` are as
    they stand in the text; ``confidence`` is 0-1.
    """

    field: str
    value: int | str
    hard: bool
    words: str
    confidence: float
    refused: bool = False


def clause(text: str, start: int, end: int, width: int = 80) -> tuple[str, str]:
    """What stands before and after ``start:end`` in the same clause, at most ``width`` characters."""
    before, after = text[max(0, start - width) : start], text[end : end + width]
    before, after = (_ASIDE.sub(_blank, part) for part in (before, after))
    cut = max((boundary.end() for boundary in _BOUNDARY.finditer(before)), default=0)
    stop = _BOUNDARY.search(after)
    return before[cut:], after[: stop.start()] if stop else after


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def clause_bounds(text: str, start: int, end: int) -> tuple[int, int, int, int]:
    """Where the clause before ``start:end`` begins, where its own does and ends, and the next ends."""
    before, after = clause(text, start, end)
    first, last = start - len(before), end + len(after)
    far = first - 1 - len(clause(text, first - 1, first - 1)[0]) if first > 1 else first
    beyond = last + 1 + len(clause(text, last + 1, last + 1)[1]) if last < len(text) else last
    return far, first, last, beyond
