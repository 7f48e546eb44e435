"""How close two sectors, or two scenarios, are: graded by their nearest common ancestor.

Same class > same group > same division > cross-sector offer > elsewhere (DESIGN §2.1). The tables are
square float32 matrices over the nodes in order of code, made once from the taxonomy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import ROOT, Taxonomy
from matcher.shipped import shipped_rows

SAME = 1.0
CROSS_SECTOR = 0.5
OFFER_COVERS = {"class": 0.97, "group": 0.95, "division": 0.85, "section": CROSS_SECTOR}
"""An offer for the wider node serves the narrower need, keyed by the level of the offer's node."""
OFFER_NARROWER = 0.9
SAME_GROUP = 0.8
SAME_DIVISION = 0.55
NEIGHBOUR_DIVISION = 0.25
UNKNOWN = 0.3
"""An offer whose sector or scenario nobody published: neither near nor far, and it is said."""
SAME_FAMILY = 0.3
_DIVISION, _GROUP = 3, 4


@dataclass(frozen=True, slots=True)
class Closeness:
    """Closeness of nodes: ``table[need, offer]`` with one more column for "unknown"."""

    index: dict[str, int]
    codes: tuple[str, ...]
    table: NDArray[np.float32]
    _parts: dict[tuple[str, ...], NDArray[np.float32]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def unknown(self) -> int:
        """Column of an offer that has no resolved node."""
        return len(self.codes)

    def part(self, codes: tuple[str, ...]) -> NDArray[np.float32]:
        """The rows of ``codes``. The last ones are kept: a reader asks for the same each time."""
        kept = self._parts.get(codes)
        if kept is None:
            kept = self.table[[self.index[code] for code in codes]]
            self._parts.clear()
            self._parts[codes] = kept
        return kept


@lru_cache(maxsize=2)
def sector_closeness(taxonomy: Taxonomy) -> Closeness:
    """The table over all sector nodes, need's node by offer's node."""
    codes = tuple(sorted(node.code for node in taxonomy.sectors))
    size = len(codes)
    length = np.array([len(code) for code in codes])
    table = np.full((size, size + 1), 0.0, dtype=np.float32)
    table[:, size] = UNKNOWN
    square = table[:, :size]
    divisions = np.array([code[:_DIVISION] for code in codes])
    groups = np.array([code[:_GROUP] for code in codes])
    for row in shipped_rows("neighbour_divisions.csv"):
        one, other = divisions == row["a"], divisions == row["b"]
        square[np.ix_(one, other)] = NEIGHBOUR_DIVISION
        square[np.ix_(other, one)] = NEIGHBOUR_DIVISION
    square[divisions[:, None] == divisions] = SAME_DIVISION
    in_group = length > _DIVISION
    square[(groups[:, None] == groups) & in_group[:, None] & in_group] = SAME_GROUP
    for column, offer in enumerate(codes):
        below = np.array([code.startswith(offer) for code in codes])
        square[below, column] = OFFER_COVERS[taxonomy.sectors[offer].level]
        square[column, below] = OFFER_NARROWER
    root = codes.index(ROOT)
    square[root, :] = square[:, root] = CROSS_SECTOR
    np.fill_diagonal(square, SAME)
    return Closeness({code: row for row, code in enumerate(codes)}, codes, table)


@lru_cache(maxsize=2)
def scenario_closeness(taxonomy: Taxonomy) -> Closeness:
    """The table over the scenario nodes, need's node by offer's node."""
    related = {}
    for row in shipped_rows("related_scenarios.csv"):
        pair = (row["a"], row["b"])
        related[pair] = related[pair[::-1]] = float(row["closeness"])
    tree = taxonomy.scenarios
    codes = tuple(sorted(node.code for node in tree))
    table = np.full((len(codes), len(codes) + 1), UNKNOWN, dtype=np.float32)
    for line, need in enumerate(codes):
        for column, offer in enumerate(codes):
            family = SAME_FAMILY if tree[need].parent == tree[offer].parent else 0.0
            table[line, column] = SAME if need == offer else related.get((need, offer), family)
    return Closeness({code: line for line, code in enumerate(codes)}, codes, table)
