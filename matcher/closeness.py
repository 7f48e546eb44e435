"""How close two sectors, or two scenarios, are: graded by their nearest common ancestor.

Same class > same group > same division > cross-sector offer > elsewhere (DESIGN §2.1). The tables are
square float32 matrices over the nodes in order of code, made once from the taxonomy.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import ROOT, Taxonomy
from catalog.tree import Tree

SAME = 1.0
OFFER_COVERS = {"class": 0.97, "group": 0.95, "division": 0.85}
"""An offer for the wider node serves the narrower need, keyed by the level of the offer's node."""
OFFER_NARROWER = 0.9
SAME_GROUP = 0.8
SAME_DIVISION = 0.55
CROSS_SECTOR = 0.5
NEIGHBOUR_DIVISION = 0.25
UNKNOWN = 0.3
"""An offer whose sector or scenario nobody published: neither near nor far, and it is said."""
SAME_FAMILY = 0.3


@dataclass(frozen=True, slots=True)
class Closeness:
    """Closeness of nodes: ``table[need, offer]`` with one more column for "unknown"."""

    index: dict[str, int]
    codes: tuple[str, ...]
    table: NDArray[np.float32]

    @property
    def unknown(self) -> int:
        """Column of an offer that has no resolved node."""
        return len(self.codes)


@cache
def sector_closeness(taxonomy: Taxonomy) -> Closeness:
    """The table over all sector nodes, need's node by offer's node."""
    tree = taxonomy.sectors
    neighbours = _neighbours()
    return _table(tree, lambda need, offer: _sectors(tree, neighbours, need, offer))


@cache
def scenario_closeness(taxonomy: Taxonomy) -> Closeness:
    """The table over the 23 SME scenarios and their families."""
    related = _related_scenarios()
    tree = taxonomy.scenarios

    def grade(need: str, offer: str) -> float:
        if need == offer:
            return SAME
        if (need, offer) in related:
            return related[need, offer]
        return SAME_FAMILY if tree[need].parent == tree[offer].parent else 0.0

    return _table(tree, grade)


def _table(tree: Tree, grade) -> Closeness:  # type: ignore[no-untyped-def]
    codes = tuple(sorted(node.code for node in tree))
    table = np.full((len(codes), len(codes) + 1), UNKNOWN, dtype=np.float32)
    for row, need in enumerate(codes):
        for column, offer in enumerate(codes):
            table[row, column] = grade(need, offer)
    return Closeness({code: row for row, code in enumerate(codes)}, codes, table)


def _sectors(tree: Tree, neighbours: frozenset[frozenset[str]], need: str, offer: str) -> float:
    if need == offer:
        return SAME
    if offer == ROOT:
        return CROSS_SECTOR
    if need == ROOT:
        return CROSS_SECTOR
    if need.startswith(offer):
        return OFFER_COVERS[tree[offer].level]
    if offer.startswith(need):
        return OFFER_NARROWER
    if len(need) == len(offer) == 5 and need[:4] == offer[:4]:
        return SAME_GROUP
    if need[:3] == offer[:3]:
        return SAME_DIVISION
    return NEIGHBOUR_DIVISION if frozenset((need[:3], offer[:3])) in neighbours else 0.0


def _neighbours() -> frozenset[frozenset[str]]:
    return frozenset(frozenset((row["a"], row["b"])) for row in _rows("neighbour_divisions.csv"))


def _related_scenarios() -> dict[tuple[str, str], float]:
    pairs = {}
    for row in _rows("related_scenarios.csv"):
        pairs[row["a"], row["b"]] = pairs[row["b"], row["a"]] = float(row["closeness"])
    return pairs


def _rows(name: str) -> list[dict[str, str]]:
    text = files("matcher").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
