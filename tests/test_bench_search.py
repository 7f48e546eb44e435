"""The benchmark's search gives what brute force gives, whichever way it takes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.flat import FlatSearch
from matcher.index.scan import Scan, write_scan

ALWAYS_SCAN, ALWAYS_GATHER = 0, 10**9
Make = Any


def gathered(vectors: NDArray[np.float32]) -> FlatSearch:
    return FlatSearch(vectors, crossover=ALWAYS_GATHER)


def scanned(vectors: NDArray[np.float32]) -> FlatSearch:
    return FlatSearch(vectors, crossover=ALWAYS_SCAN)


def promising(vectors: NDArray[np.float32]) -> FlatSearch:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "scan.onnx"
        write_scan(path, vectors)
        return FlatSearch(vectors, crossover=ALWAYS_SCAN, scan=Scan(path))


INDEXES = pytest.mark.parametrize("make", [gathered, scanned, promising])


def brute_force(
    vectors: NDArray[np.float32],
    query: NDArray[np.float32],
    limit: int,
    mask: NDArray[np.bool_] | None,
) -> list[tuple[int, float]]:
    rows = range(len(vectors)) if mask is None else np.flatnonzero(mask)
    scored = [(int(row), float(vectors[row] @ query)) for row in rows]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:limit]


@st.composite
def searches(draw: st.DrawFn) -> tuple[Any, ...]:
    """Small whole numbers: products are exact, ties are many."""
    rows, dimension = draw(st.integers(1, 300)), draw(st.sampled_from([2, 8]))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    vectors = random.integers(-2, 3, (rows, dimension)).astype(np.float32)
    query = random.integers(-2, 3, dimension).astype(np.float32)
    kind = draw(st.sampled_from(["none", "empty", "full", "one", "few", "half", "most"]))
    share = {"few": 0.05, "half": 0.5, "most": 0.95}
    mask: NDArray[np.bool_] | None = None
    if kind == "one":
        mask = np.zeros(rows, dtype=np.bool_)
        mask[int(random.integers(rows))] = True
    elif kind in share:
        mask = random.random(rows) < share[kind]
    elif kind != "none":
        mask = np.full(rows, kind == "full")
    return vectors, query, draw(st.sampled_from([1, 2, 10, 99, 100, 150, 1000])), mask


@INDEXES
@settings(max_examples=150, deadline=None)
@given(search=searches())
def test_same_rows_as_brute_force_ties_included(make: Make, search: tuple[Any, ...]) -> None:
    vectors, query, limit, mask = search
    rows, scores = make(vectors).search(query, limit, mask)
    expected = brute_force(vectors, query, limit, mask)
    assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected
    assert rows.dtype == np.int64 and scores.dtype == np.float32


@INDEXES
@pytest.mark.parametrize("masked", [False, True])
def test_unit_vectors_of_many_rows(make: Make, masked: bool) -> None:
    random = np.random.default_rng(7)
    vectors = random.standard_normal((3000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mask = random.random(3000) < 0.3 if masked else None
    for query in vectors[:5]:
        rows, scores = make(vectors).search(query, 20, mask)
        expected = brute_force(vectors, query, 20, mask)
        assert rows.tolist() == [row for row, _ in expected]
        assert scores == pytest.approx([score for _, score in expected], abs=1e-5)


@pytest.mark.parametrize("passing", [49, 50, 51])
def test_both_sides_of_the_crossover(passing: int) -> None:
    random = np.random.default_rng(3)
    vectors = random.integers(-3, 4, (200, 4)).astype(np.float32)
    mask = np.zeros(200, dtype=np.bool_)
    mask[random.permutation(200)[:passing]] = True
    query = np.array([1, -2, 3, 1], dtype=np.float32)
    rows, scores = FlatSearch(vectors, crossover=50).search(query, 12, mask)
    expected = brute_force(vectors, query, 12, mask)
    assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected


@INDEXES
def test_an_index_without_rows_finds_nothing(make: Make) -> None:
    index = make(np.empty((0, 4), dtype=np.float32))
    query = np.ones(4, dtype=np.float32)
    for mask in (None, np.empty(0, dtype=np.bool_)):
        rows, scores = index.search(query, 5, mask)
        assert len(rows) == len(scores) == 0
