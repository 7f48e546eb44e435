"""What differs among the rows of some columns: offers share few combinations of facts.

What is worked out for each combination once is gathered for all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Distinct:
    """Combinations of facts: ``first[d]`` is a row that has combination ``d``.

    ``of_row[i]`` is the combination of row ``i``.
    """

    first: Rows
    of_row: Rows

    def gathered(self, values: NDArray[Any]) -> NDArray[Any]:
        """``values`` of the combinations, one a row."""
        # "clip" spares the check of indices that are known to be right.
        return values.take(self.of_row, axis=0, mode="clip")

    def joined(self, later: Distinct) -> Distinct:
        """These rows followed by those of ``later``; a combination that both have counts twice."""
        return Distinct(
            np.concatenate([self.first, later.first + len(self.of_row)]),
            np.concatenate([self.of_row, later.of_row + len(self.first)]),
        )


@dataclass(frozen=True, slots=True)
class NodeSets:
    """The distinct sets of nodes: those with the most nodes come first.

    ``places[p]`` has the node at place ``p`` of every set that has so many, and of every set for the
    first place. The unknown node is the first of a set without any, and may be the last of another.
    """

    sets: Distinct
    places: tuple[Rows, ...]

    def joined(self, later: NodeSets, nodes: NDArray[np.int16]) -> NodeSets:
        """These rows followed by those of ``later``; ``nodes`` are those of all."""
        return _by_size(self.sets.joined(later.sets), nodes)


def distinct(*columns: NDArray[np.integer[Any]]) -> Distinct:
    """The distinct combinations of ``columns``, each of shape ``(rows,)``."""
    keys = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        if size * (high - low + 1) >= 2**62:
            values, keys = np.unique(keys, return_inverse=True)
            size = len(values)
        keys = keys * (high - low + 1) + (column.astype(np.int64) - low)
        size *= high - low + 1
    _, first, of_row = np.unique(keys, return_index=True, return_inverse=True)
    return Distinct(first, of_row.astype(np.int64, copy=False))


def node_sets(nodes: NDArray[np.int16]) -> NodeSets:
    """The distinct rows of ``nodes``, of shape ``(rows, places)``: each node once, then the unknown one."""
    return _by_size(distinct(*nodes.T), nodes)


def _by_size(sets: Distinct, nodes: NDArray[np.int16]) -> NodeSets:
    own = nodes[sets.first]
    # No node stands twice in a row: what is repeated at its end fills it up.
    filled = (own == own[:, -1:]).sum(axis=1)
    count = own.shape[1] - np.where(filled > 1, filled, 0)
    order = np.argsort(-count, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    own, having = own[order], np.sort(count)[::-1]
    places = [own[:, 0].astype(np.int64)]
    for place in range(1, own.shape[1]):
        some = int((having > place).sum())
        if some:
            places.append(own[:some, place].astype(np.int64))
    return NodeSets(Distinct(sets.first[order], rank[sets.of_row]), tuple(places))
