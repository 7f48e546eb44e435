"""Scales by which inputs of the encoder's products become bytes, measured: `matcher.model.quantization`.

The float32 network reads texts of the shipped examples. A channel's factor is its largest value to the
power of 0.6, over the largest weight that it meets to the power of 0.4 (SmoothQuant,
https://arxiv.org/abs/2211.10438; its alpha chosen by the likeness of vectors): so neither the input nor the
weights have a channel far above the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from matcher.encoder import network_session
from matcher.measure.pairs import Examples
from matcher.model.graph import vector_graph
from matcher.model.products import INPUT_TOP, columns, joined
from matcher.model.quantization import Scales
from matcher.model.tokens import TokenReader, padded
from matcher.model.weights import Weights

TEXTS = 3000
"""So many texts are read to measure the scales, and a tenth of them to show what they cost."""
_ALPHA = 0.6
_LEAST = 1e-3
_PRODUCTS = ("qkv", "ao", "fi")
_SEED = 3
_BATCHES = 20

Progress = Callable[[int, int], None]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines of the vectors that bytes and float32 give, over ``n`` texts."""

    n: int
    least: float
    median: float
    alone: float
    """The least cosine of a text's vector alone and in a batch, in bytes."""


def sampled(examples: Examples, size: int) -> list[str]:
    """As many texts of ``examples`` with their prompts, always the same ones."""
    texts = sorted(set(examples.prompted()))
    return random.Random(_SEED).sample(texts, min(size, len(texts)))


def measured_scales(
    weights: Weights, reader: TokenReader, texts: Sequence[str], progress: Progress
) -> dict[str, Scales]:
    """Scales of each product, from the largest values that ``texts`` (with their prompts) bring."""
    model = vector_graph(weights)
    inputs = {
        name.removesuffix(".w"): node.input[0]
        for node in model.graph.node
        for name in node.input
        if name.endswith(".w") and name.split(".")[1] in _PRODUCTS
    }
    wanted = sorted(set(inputs.values()))
    for name in wanted:
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = network_session(model.SerializeToString())
    largest: dict[str, Vectors] = {}
    for done, ids in enumerate(reader.read(texts), start=1):
        for name, values in zip(wanted, session.run(wanted, padded([ids])), strict=True):
            found = np.abs(values[0]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, found), found)
        progress(done, len(texts))
    return {name: _scales(largest[given], _matrix(weights, name)) for name, given in inputs.items()}


def likeness(
    weights: Weights, scales: dict[str, Scales], reader: TokenReader, texts: Sequence[str]
) -> Likeness:
    """How like the vectors of ``texts`` (with their prompts) in bytes are to those in float32."""
    floats, in_bytes = (
        network_session(vector_graph(weights, one).SerializeToString()) for one in (None, scales)
    )
    read = reader.read(texts)
    found, ours = (
        np.concatenate([session.run(None, padded([ids]))[0] for ids in read])
        for session in (floats, in_bytes)
    )
    order = sorted(range(len(read)), key=lambda row: len(read[row]), reverse=True)
    # Rows far apart in this order: texts of very different lengths meet in a batch.
    parts = [order[start::_BATCHES] for start in range(_BATCHES)]
    alone = min(
        (in_bytes.run(None, padded([read[row] for row in part]))[0] * ours[part]).sum(axis=1).min()
        for part in parts
        if part
    )
    cosines = (found * ours).sum(axis=1)
    return Likeness(
        n=len(texts),
        least=float(cosines.min()),
        median=float(np.median(cosines)),
        alone=float(alone),
    )


def _scales(largest: Vectors, matrix: Vectors) -> Scales:
    largest = np.maximum(largest, _LEAST * largest.max())
    met = np.abs(matrix).max(axis=1)
    met = np.maximum(met, _LEAST * met.max())
    # As they are shipped: what follows is to fit what is read back.
    factors = (largest**_ALPHA / met ** (1 - _ALPHA)).astype(np.float16).astype(np.float32)
    return Scales(factors, np.float32((largest / factors).max() / INPUT_TOP))


def _matrix(weights: Weights, name: str) -> Vectors:
    layer, part = name.split(".")
    return joined(weights, layer)[0] if part == "qkv" else columns(weights, name)
