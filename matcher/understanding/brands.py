"""Brands of software, each with the kind of product it is: ``data/brands.csv``.

Columns: ``pattern`` (a regular expression), ``kind_zh``, ``kind_en``.
"""

from __future__ import annotations

import re
from functools import cache

from matcher.shipped import shipped_rows


@cache
def any_brand() -> re.Pattern[str]:
    """Finds a brand of any kind."""
    return re.compile("|".join(f"(?:{one.pattern})" for one, _, _ in brands()), re.IGNORECASE)


@cache
def brands() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """The brands of each kind of product as a pattern, and the kind in Chinese and English."""
    return tuple(
        (re.compile(row["pattern"], re.IGNORECASE), row["kind_zh"], row["kind_en"])
        for row in shipped_rows("brands.csv")
    )
