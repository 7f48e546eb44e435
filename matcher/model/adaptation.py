"""What was learned on top of the shipped weights: low-rank changes of the encoder's upper layers.

A change of a weight matrix is ``up @ down`` of a small rank (https://arxiv.org/abs/2106.09685), fitted
by `matcher.measure.adapt` and shipped in half precision (``data/adaptation.npz``: ``l6.q.w.up``,
``l6.q.w.down`` …). It is added once, when the model is converted: the network that serves has the size
and the speed that it had.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.model.weights import Tensor, Weights
from matcher.shipped import content_id, shipped_file

Matrix = NDArray[np.float32]
Changes = dict[str, tuple[Matrix, Matrix]]
"""``up``, of shape ``(outputs, rank)``, and ``down``, ``(rank, inputs)``, by name of the tensor."""
_UP, _DOWN = ".up", ".down"


def adaptation_file() -> Path:
    """Where the shipped changes lie."""
    return shipped_file("adaptation.npz")


@cache
def adaptation_id() -> str:
    """A short hash of the shipped changes: a part of the vector space's name."""
    return content_id(adaptation_file())


def shipped_changes() -> Changes:
    """The shipped changes."""
    with np.load(adaptation_file(), allow_pickle=False) as arrays:
        names = [name.removesuffix(_UP) for name in arrays.files if name.endswith(_UP)]
        return {
            name: (
                arrays[name + _UP].astype(np.float32),
                arrays[name + _DOWN].astype(np.float32),
            )
            for name in names
        }


def ship_changes(changes: Changes) -> Path:
    """Write ``changes`` into the package, to be shipped; gives the file."""
    halves = {
        name + part: matrix.astype(np.float16)
        for name, pair in changes.items()
        for part, matrix in zip((_UP, _DOWN), pair, strict=True)
    }
    path = adaptation_file()
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **halves)
    adaptation_id.cache_clear()
    return path


def adapted(weights: Weights, changes: Changes) -> Weights:
    """``weights`` with ``changes`` added to them; what is changed becomes float32."""
    tensors = dict(weights.tensors)
    for name, (up, down) in changes.items():
        # In double precision: machines that add in another order still round to the same weights.
        change = up.astype(np.float64) @ down
        changed = tensors[name].values().reshape(len(up), -1) + change
        tensors[name] = Tensor.of(changed.astype(np.float32))
    return replace(weights, tensors=tensors)
