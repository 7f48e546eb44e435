"""What tells a need that nothing serves: the kernel by hand, and two kinds that no plane parts."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from matcher.index.scan import Scan, coded, write_scan
from matcher.understanding.unserved import UnservedReader, fit_unserved


def around(degrees: float) -> np.ndarray:
    """A unit vector."""
    angle = math.radians(degrees)
    return np.array([math.cos(angle), math.sin(angle)], dtype=np.float32)


def test_the_margin_by_hand() -> None:
    scales, codes = coded(np.vstack([around(0), around(90)]))
    reader = UnservedReader(codes, scales, np.array([3, -1], np.float32), intercept=0.5)
    # |a - b|^2 of unit vectors is 2 - 2 cos: 0 and 2, and by the angle of 60 degrees 1 and 2 - sqrt(3).
    margin = 3 - math.exp(-2) + 0.5
    assert reader.read(around(0)) == pytest.approx(1 / (1 + math.exp(-2 * margin)))
    margin = 3 * math.exp(-1) - math.exp(-(2 - math.sqrt(3))) + 0.5
    assert reader.read(around(60)) == pytest.approx(1 / (1 + math.exp(-2 * margin)))


def test_what_lies_in_between_is_told_apart() -> None:
    """Two directions that nothing serves with a served one between them: no plane parts these."""
    centres = {10: True, 50: False, 90: True, 200: False}
    dice = np.random.default_rng(4)
    angles = [
        (centre + dice.normal(0, 4), kind) for centre, kind in centres.items() for _ in range(30)
    ]
    vectors = np.vstack([around(angle) for angle, _ in angles])
    reader = fit_unserved(vectors, np.array([kind for _, kind in angles]))
    for centre, kind in centres.items():
        assert (reader.read(around(centre)) > 0.5) is kind
    assert reader.vectors.dtype == reader.weights.dtype == np.float32
    assert reader.vectors.shape == (len(reader.weights), 2)


def test_a_reader_comes_back_from_its_arrays_as_it_was() -> None:
    dice = np.random.default_rng(5)
    vectors = dice.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    reader = fit_unserved(vectors, np.arange(40) % 4 == 0)
    again = UnservedReader.of(reader.arrays())
    assert np.array_equal(again.vectors, reader.vectors)
    assert reader.codes.dtype == np.int8
    assert [again.read(one) for one in vectors] == [reader.read(one) for one in vectors]


def test_a_scan_reads_the_same(tmp_path: Path) -> None:
    dice = np.random.default_rng(6)
    vectors = dice.normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    reader = fit_unserved(vectors[:200], np.arange(200) % 4 == 0)
    write_scan(tmp_path / "unserved.onnx", reader.vectors)
    scanned = UnservedReader.of(reader.arrays(), Scan(tmp_path / "unserved.onnx"))
    for vector in vectors:
        assert scanned.read(vector) == pytest.approx(reader.read(vector), abs=2e-3)


def test_one_kind_alone_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="class"):
        fit_unserved(np.eye(3, dtype=np.float32), np.ones(3, dtype=bool))
