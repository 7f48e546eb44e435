"""The network's products with its weights, as nodes of its graph: in float32, or in bytes.

In bytes a product is about three times as fast on processors with VNNI. What goes in is rounded to eight
bits, by shipped scales (`matcher.model.quantization`) or, behind the activation function, by each token's
largest value. Weights are rounded to seven bits, a scale for each column: then the sum of two products
fits into the sixteen bits in which older processors add them up, and all processors find the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.model.nodes import CONTRIB, Graph
from matcher.model.quantization import Scales
from matcher.model.weights import Weights

Matrix = NDArray[np.float32]
WEIGHT_TOP, INPUT_TOP = 63, 127
"""The largest weight and the largest input, as integers."""
_ZERO = 128
# GELU is never below -0.17: a token's bytes go from -64 to 191 steps of its largest value / 191.
_GELU_ZERO, _GELU_TOP, _GELU_LEAST = 64, 191, 0.52


class Products(Protocol):
    """How the products of a layer are written into the graph; names are those of the weights."""

    def attended(self, layer: str, hidden: str, lengths: str) -> str:
        """Attention over ``hidden``, with its three products in one."""
        ...

    def product(self, name: str, inputs: str, biased: bool = True) -> str:
        """``inputs`` times the weights ``name``, with their bias unless not ``biased``."""
        ...

    def behind_gelu(self, name: str, inputs: str) -> str:
        """The same, of ``inputs`` that come out of the activation function."""
        ...


class Floats:
    """Products in float32."""

    def __init__(self, graph: Graph, weights: Weights):
        self._graph = graph
        self._weights = weights

    def attended(self, layer: str, hidden: str, lengths: str) -> str:
        """Attention over ``hidden``."""
        matrix, bias = joined(self._weights, layer)
        constant = self._graph.constant
        inputs = [hidden, constant(f"{layer}.qkv.w", matrix), constant(f"{layer}.qkv.b", bias)]
        return self._graph.add(
            "Attention", [*inputs, lengths], CONTRIB, num_heads=self._weights.heads
        )

    def product(self, name: str, inputs: str, biased: bool = True) -> str:
        """``inputs`` times the weights ``name``."""
        matrix = self._graph.constant(f"{name}.w", columns(self._weights, name))
        found = self._graph.add("MatMul", [inputs, matrix])
        if not biased:
            return found
        bias = self._graph.constant(f"{name}.b", self._weights.tensors[f"{name}.b"].values())
        return self._graph.add("Add", [found, bias])

    def behind_gelu(self, name: str, inputs: str) -> str:
        """``inputs`` times the weights ``name``."""
        return self.product(name, inputs)


class Bytes:
    """Products of bytes; the sums are float32 again."""

    def __init__(self, graph: Graph, weights: Weights, scales: Mapping[str, Scales]):
        self._graph = graph
        self._weights = weights
        self._scales = scales
        self._zero = graph.constant("bytes.zero", np.uint8(_ZERO))
        self._one = graph.constant("bytes.one", np.float32(1))

    def attended(self, layer: str, hidden: str, lengths: str) -> str:
        """Attention over ``hidden``."""
        matrix, bias = joined(self._weights, layer)
        name = f"{layer}.qkv"
        inputs, step, codes, scale = self._rounded(name, hidden, matrix)
        bias_name = self._graph.constant(f"{name}.b", bias)
        return self._graph.add(
            "QAttention",
            [inputs, codes, bias_name, step, scale, lengths, self._zero],
            CONTRIB,
            num_heads=self._weights.heads,
        )

    def product(self, name: str, inputs: str, biased: bool = True) -> str:
        """``inputs`` times the weights ``name``."""
        rounded, step, codes, scale = self._rounded(name, inputs, columns(self._weights, name))
        bias = [self._bias(name)] if biased else []
        return self._multiplied([rounded, codes, step, scale, self._zero, "", *bias])

    def behind_gelu(self, name: str, inputs: str) -> str:
        """``inputs`` times the weights ``name``: few tokens have values ten times those of the others."""
        graph = self._graph
        top = graph.constant("gelu.top", np.float32(_GELU_TOP))
        least = graph.constant("gelu.least", np.float32(_GELU_LEAST))
        last = graph.constant("gelu.axis", np.array([-1], dtype=np.int64))
        zero = graph.constant("gelu.zero", np.uint8(_GELU_ZERO))
        largest = graph.add("Max", [graph.add("ReduceMax", [inputs, last], keepdims=1), least])
        steps = graph.add("Mul", [inputs, graph.add("Div", [top, largest])])
        rounded = graph.add("QuantizeLinear", [steps, self._one, zero])
        codes, scale = self._codes(name, columns(self._weights, name), _GELU_TOP)
        found = self._multiplied([rounded, codes, self._one, scale, zero])
        return graph.add("Add", [graph.add("Mul", [found, largest]), self._bias(name)])

    def _rounded(self, name: str, inputs: str, matrix: Matrix) -> tuple[str, str, str, str]:
        """``inputs`` as bytes and their step; the weights as integers and their scales."""
        scales = self._scales[name]
        factors = self._graph.constant(f"{name}.factors", np.float32(1) / scales.factors)
        step = self._graph.constant(f"{name}.step", scales.step)
        even = self._graph.add("Mul", [inputs, factors])
        rounded = self._graph.add("QuantizeLinear", [even, step, self._zero])
        return rounded, step, *self._codes(name, matrix * scales.factors[:, None])

    def _codes(self, name: str, matrix: Matrix, divisor: int = 1) -> tuple[str, str]:
        codes, scale = integers(matrix)
        return (
            self._graph.constant(f"{name}.codes", codes),
            self._graph.constant(f"{name}.scale", scale / np.float32(divisor)),
        )

    def _multiplied(self, inputs: list[str]) -> str:
        return self._graph.add("MatMulIntegerToFloat", inputs, CONTRIB)

    def _bias(self, name: str) -> str:
        return self._graph.constant(f"{name}.b", self._weights.tensors[f"{name}.b"].values())


def joined(weights: Weights, layer: str) -> tuple[Matrix, Matrix]:
    """Weights of queries, keys and values, ``(hidden, 3 hidden)``, and their biases, of ``layer``."""
    names = [f"{layer}.{part}" for part in "qkv"]
    bias = np.concatenate([weights.tensors[f"{name}.b"].values() for name in names])
    return np.concatenate([columns(weights, name) for name in names], axis=1), bias


def columns(weights: Weights, name: str) -> Matrix:
    """The weights ``name``, ``(inputs, outputs)``."""
    outputs = weights.tensors[f"{name}.b"].elements
    return weights.tensors[f"{name}.w"].values().reshape(outputs, -1).T


def integers(matrix: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """``matrix`` as integers of seven bits, and the scale of each column that makes it again."""
    scale = np.abs(matrix).max(axis=0) / np.float32(WEIGHT_TOP)
    scale = np.where(scale > 0, scale, np.float32(1))
    return np.round(matrix / scale).astype(np.int8), scale
