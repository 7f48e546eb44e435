"""The network as an ONNX graph, written from the weights: token ids and mask in, unit vectors out.

BERT with mean pooling (https://arxiv.org/abs/1810.04805, https://arxiv.org/abs/1908.10084), in the
fused operators of ONNX Runtime. The word table stays in the 4-bit blocks that it is shipped in. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from matcher.model.nodes import CONTRIB, Graph
from matcher.model.products import Bytes, Floats, Products
from matcher.model.quantization import Scales
from matcher.model.weights import Weights

_BLOCK = 32


def vector_graph(weights: Weights, scales: Mapping[str, Scales] | None = None) -> ModelProto:
    """The model, from tokens to vectors of length one.

    It takes ``input_ids`` and ``attention_mask``, both int64 ``(batch, tokens)``, padded on the right, and
    gives ``vectors``, float32 ``(batch, hidden)``. With ``scales`` its products are those of bytes, else
    of float32.
    """
    graph = Graph()
    graph.constant("zero", np.array([0], dtype=np.int64))
    graph.constant("one", np.array([1], dtype=np.int64))
    products = Floats(graph, weights) if scales is None else Bytes(graph, weights, scales)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    lengths = graph.add("ReduceSum", [mask, "one"], keepdims=0)
    hidden = _embedded(graph, weights)
    for layer in range(weights.layers):
        hidden = _layer(graph, weights, products, f"l{layer}", hidden, lengths)
    _pooled(graph, hidden)
    shape = ["batch", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape)
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", weights.hidden])
    return graph.model("sentence-vectors", inputs, [output])


def _embedded(graph: Graph, weights: Weights) -> str:
    width = weights.hidden
    blocks, scales = weights.tensors["emb.word"].packed()
    graph.constant("emb.word.blocks", blocks.reshape(-1, width // 2))
    graph.constant("emb.word.scales", scales.reshape(-1, width // _BLOCK))
    words = graph.add(
        "GatherBlockQuantized",
        ["emb.word.blocks", "input_ids", "emb.word.scales"],
        CONTRIB,
        bits=4,
        block_size=_BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    # Every token is of the first type: its vector is added to the positions once, here.
    positions = _rows(weights, "emb.pos") + _rows(weights, "emb.type")[0]
    graph.constant("emb.pos", positions)
    tokens = graph.add("Shape", ["input_ids"], start=1, end=2)
    used = graph.add("Slice", ["emb.pos", "zero", tokens, "zero"])
    return _normalised(graph, weights, "emb.ln", graph.add("Add", [words, used]))


def _layer(
    graph: Graph, weights: Weights, products: Products, at: str, hidden: str, lengths: str
) -> str:
    # Add and LayerNormalization apart: the fused SkipLayerNormalization is ten times slower (CPU).
    attended = products.product(f"{at}.ao", products.attended(at, hidden, lengths))
    hidden = _normalised(graph, weights, f"{at}.aln", graph.add("Add", [attended, hidden]))
    inner = products.product(f"{at}.fi", hidden, biased=False)
    bias = graph.constant(f"{at}.fi.b", weights.tensors[f"{at}.fi.b"].values())
    inner = graph.add("BiasGelu", [inner, bias], CONTRIB)
    outer = products.behind_gelu(f"{at}.fo", inner)
    return _normalised(graph, weights, f"{at}.oln", graph.add("Add", [outer, hidden]))


def _pooled(graph: Graph, hidden: str) -> None:
    # A row of the mask times the tokens is their sum; the length is taken off by the norm.
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    row = graph.add("Unsqueeze", [mask, "one"])
    total = graph.add("Squeeze", [graph.add("MatMul", [row, hidden]), "one"])
    graph.add("LpNormalization", [total], axis=1, p=2, output="vectors")


def _normalised(graph: Graph, weights: Weights, name: str, inputs: str) -> str:
    parts = [
        graph.constant(f"{name}.{part}", weights.tensors[f"{name}.{part}"].values())
        for part in "wb"
    ]
    return graph.add("LayerNormalization", [inputs, *parts], epsilon=weights.epsilon)


def _rows(weights: Weights, name: str) -> NDArray[np.float32]:
    return weights.tensors[name].values().reshape(-1, weights.hidden)
