"""Tables that are shipped in ``matcher/data``."""

from __future__ import annotations

import csv
from importlib.resources import files


def shipped_rows(name: str) -> list[dict[str, str]]:
    """The rows of the CSV file ``name``, by column."""
    text = files("matcher").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
