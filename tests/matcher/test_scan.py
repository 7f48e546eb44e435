"""A scan is near what it stands for, says how near, and an answer from it is that of exact products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.bulk.lists import match_many, texts_of
from matcher.config import shipped_constants
from matcher.engine import Matcher
from matcher.index import parts as generation_parts
from matcher.index.build import build_generation
from matcher.index.scan import Scan, write_scan
from matcher.types import MatchQuery
from tests.conftest import Built
from tests.fakes import quick_build

NEEDS = ("换模慢，设备老停机", "电费高，想分线计量，二十万以内", "our deliveries are always late")


def unit_rows(dice: np.random.Generator, count: int, dimension: int) -> NDArray[np.float32]:
    rows = dice.standard_normal((count, dimension)) * dice.uniform(0.1, 3.0, dimension)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


@pytest.mark.parametrize("dimension", [8, 96, 384])
@pytest.mark.parametrize("needs", [1, 2, 17])
def test_no_product_is_off_by_more_than_is_said(tmp_path: Path, dimension: int, needs: int) -> None:
    dice = np.random.default_rng(dimension + needs)
    rows = unit_rows(dice, 700, dimension)
    # One row of a single large number, one of nothing.
    rows[3], rows[4] = np.eye(1, dimension, 2), 0.0
    write_scan(tmp_path / "scan.onnx", rows)
    asked = unit_rows(dice, needs, dimension)
    found, off = Scan(tmp_path / "scan.onnx").near(asked)
    exact = asked.astype(np.float64) @ rows.T.astype(np.float64)
    assert found.shape == (needs, 700) and found.dtype == np.float32
    assert 0 < np.abs(found - exact).max() <= off < 0.05


def test_a_need_of_zeros_is_near_nothing(tmp_path: Path) -> None:
    write_scan(tmp_path / "scan.onnx", unit_rows(np.random.default_rng(1), 20, 8))
    found, _ = Scan(tmp_path / "scan.onnx").near(np.zeros((1, 8), dtype=np.float32))
    assert not found.any()


def test_a_damaged_scan_is_told(tmp_path: Path) -> None:
    (tmp_path / "scan.onnx").write_bytes(b"cut short")
    with pytest.raises(ValueError, match=r"scan\.onnx"):
        Scan(tmp_path / "scan.onnx")


@pytest.fixture
def scanned(
    tiny: Built, taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Matcher:
    """The tiny catalogue as if it were a large one."""
    monkeypatch.setattr(generation_parts, "SCANNED_ROWS", 1)
    encoder = tiny.matcher._encoder
    # Fitted to all examples, a reader of this encoder's vectors would take minutes and tell no more.
    with quick_build(shipped_constants()):
        build_generation(tiny.store, tmp_path, encoder, taxonomy)
    matcher = Matcher.open(tiny.store, tmp_path, encoder, taxonomy)
    assert matcher.snapshot().generation.scan is not None
    return matcher


@pytest.mark.parametrize("text", NEEDS)
def test_an_answer_is_that_of_exact_products(
    scanned: Matcher, taxonomy: Taxonomy, text: str
) -> None:
    query = MatchQuery(text=text, limit=3)
    answer, exact = scanned.match(query), scanned.score(query)
    rows = exact.listed(3, taxonomy)
    shown = {
        Kind.SOLUTION: answer.solutions,
        Kind.PROVIDER: answer.providers,
        Kind.CASE: answer.cases,
    }
    for kind, found in shown.items():
        assert [(one.id, one.score) for one in found] == [
            (exact.snapshot.ids[row], exact.ranked.final[row]) for row in rows[kind]
        ]
        assert [one.signals for one in found] == exact.ranked.signals(rows[kind], exact.constants)


def test_bulk_lists_what_a_match_lists(scanned: Matcher, taxonomy: Taxonomy) -> None:
    queries = [MatchQuery(text=text, limit=3) for text in NEEDS]
    vectors = scanned._encoder.encode_needs(list(NEEDS))
    snapshot = scanned.snapshot()
    told = match_many(
        scanned, snapshot, taxonomy, queries, texts_of(queries), vectors, scanned.kept_meanings()
    )
    for number, query in enumerate(queries):
        answer = scanned.match(query)
        shown = [*answer.solutions, *answer.providers, *answer.cases]
        listed = told.listed[told.listed["need"] == number]
        assert [
            (snapshot.ids[row], score)
            for row, score in zip(listed["row"], listed["score"], strict=True)
        ] == [(one.id, one.score) for one in shown]
