"""Functions: what digital products do, one layer below the scenarios (``data/functions.csv``).

Written for Qingzhun, with names as vendors and consultants use them; no published list has this layer.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from catalog.errors import Bilingual
from catalog.tree import Node, Tree


@cache
def shipped_functions() -> Tree:
    """Every function; the children of a scenario's code are its functions."""
    text = files("catalog").joinpath("data", "functions.csv").read_text(encoding="utf-8")
    return Tree(
        (
            Node(
                row["code"], Bilingual(row["name_zh"], row["name_en"]), row["scenario"], "function"
            )
            for row in csv.DictReader(text.splitlines())
        ),
        Bilingual("功能", "function"),
    )
