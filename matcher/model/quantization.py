"""How what goes into the network's products is rounded to bytes: scales that were measured once.

Each channel of an input is divided by a factor, which is multiplied into its row of weights
(SmoothQuant, https://arxiv.org/abs/2211.10438), then all of it by one step. The scales do not depend on
the text, so a text's vector does not depend on its batch. `matcher.measure.activations` measures them; they
are shipped as ``data/quantization.npz`` (``l0.qkv.factors``, ``l0.qkv.step`` …).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.shipped import content_id, shipped_file

_FACTORS, _STEP = ".factors", ".step"


@dataclass(frozen=True, slots=True)
class Scales:
    """Of one product: a factor for each channel of its input, float32 ``(inputs,)``, and the step."""

    factors: NDArray[np.float32]
    step: np.float32


def quantization_file() -> Path:
    """Where the shipped scales lie."""
    return shipped_file("quantization.npz")


@cache
def quantization_id() -> str:
    """A short hash of the shipped scales: a part of the vector space's name."""
    return content_id(quantization_file())


def shipped_scales() -> dict[str, Scales]:
    """The shipped scales, by product (``l0.qkv``)."""
    with np.load(quantization_file(), allow_pickle=False) as arrays:
        names = [name.removesuffix(_STEP) for name in arrays.files if name.endswith(_STEP)]
        return {
            name: Scales(
                arrays[name + _FACTORS].astype(np.float32), np.float32(arrays[name + _STEP])
            )
            for name in names
        }


def ship_scales(scales: dict[str, Scales]) -> Path:
    """Write ``scales`` into the package, factors in half precision; gives the file."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, one in scales.items():
        arrays[name + _FACTORS] = one.factors.astype(np.float16)
        arrays[name + _STEP] = np.array(one.step, dtype=np.float32)
    path = quantization_file()
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    quantization_id.cache_clear()
    return path
