"""Distinct combinations and sets of nodes, alone and joined, stand for the rows they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.index.distinct import NodeSets, distinct, node_sets
from matcher.understanding.functions import weighed

UNKNOWN = 9
ROWS = st.lists(st.lists(st.integers(0, 8), max_size=3, unique=True), max_size=30)


def matrix(rows: list[list[int]]) -> NDArray[np.int16]:
    nodes = np.full((len(rows), 3), UNKNOWN, dtype=np.int16)
    for row, own in enumerate(rows):
        nodes[row, : len(own)] = own
    return nodes


def nodes_of(sets: NodeSets) -> list[list[int]]:
    """The nodes of each row, the unknown one for a row without."""
    by_set: list[list[int]] = [[] for _ in sets.sets.first]
    for place in sets.places:
        for number, node in enumerate(place.tolist()):
            by_set[number].append(node)
    told = [nodes[:1] + [one for one in nodes[1:] if one != UNKNOWN] for nodes in by_set]
    return [told[number] for number in sets.sets.of_row.tolist()]


@given(ROWS)
def test_node_sets_hold_the_nodes_of_every_row(rows: list[list[int]]) -> None:
    found = node_sets(matrix(rows))
    assert nodes_of(found) == [own or [UNKNOWN] for own in rows]
    assert len(found.sets.first) == len({tuple(own) for own in rows})
    assert [len(place) for place in found.places] == sorted(map(len, found.places), reverse=True)


@given(ROWS, ROWS)
def test_joined_node_sets_are_those_of_all_rows(
    first: list[list[int]], second: list[list[int]]
) -> None:
    nodes = matrix(first + second)
    joined = node_sets(matrix(first)).joined(node_sets(matrix(second)), nodes)
    assert nodes_of(joined) == nodes_of(node_sets(nodes))


@given(st.lists(st.integers(0, 5), max_size=20), st.lists(st.integers(0, 5), max_size=20))
def test_joined_combinations_are_those_of_all_rows(first: list[int], second: list[int]) -> None:
    both = np.array(first + second, dtype=np.int64)
    parts = (distinct(np.array(part, dtype=np.int64)) for part in (first, second))
    joined = next(parts).joined(next(parts))
    assert (joined.gathered(both[joined.first]) == both).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_weighed_is_the_product_with_what_is_asked_for(order: str) -> None:
    dice = np.random.default_rng(3)
    table = np.asarray(dice.random((50, 12), dtype=np.float32), order=order)  # type: ignore[call-overload]
    shares = np.zeros(12, dtype=np.float32)
    shares[[1, 5, 11]] = 0.5, 0.2, 0.9
    assert weighed(table, shares) == pytest.approx(table @ shares, rel=1e-6)
    assert not weighed(table, np.zeros(12, dtype=np.float32)).any()
