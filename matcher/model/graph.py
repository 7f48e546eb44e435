"""The network as an ONNX graph, written from the weights: token ids and mask in, unit vectors out.

BERT with mean pooling (https://arxiv.org/abs/1810.04805, https://arxiv.org/abs/1908.10084), in the
fused operators of ONNX Runtime. The word table stays in the 4-bit blocks that it is shipped in, the
layers are float32. No torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from matcher.model.weights import Weights

_CONTRIB = "com.microsoft"
_OPSET, _CONTRIB_OPSET, _IR = 20, 1, 10
_BLOCK = 32


class _Graph:
    """Nodes and constants as they are added; a node's name is its operator and number."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        name = str(attributes.pop("output", f"{operator}.{len(self.nodes)}"))
        node = helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes)
        self.nodes.append(node)
        return name


def vector_graph(weights: Weights) -> ModelProto:
    """The model: ``input_ids`` and ``attention_mask``, both int64 ``(batch, tokens)``, padding on the
    right, to ``vectors``, float32 ``(batch, hidden)``, of length one."""
    graph = _Graph()
    graph.constant("zero", np.array([0], dtype=np.int64))
    graph.constant("one", np.array([1], dtype=np.int64))
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    lengths = graph.add("ReduceSum", [mask, "one"], keepdims=0)
    hidden = _embedded(graph, weights)
    for layer in range(weights.layers):
        hidden = _layer(graph, weights, f"l{layer}.", hidden, lengths)
    _pooled(graph, hidden)
    shape = ["batch", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape)
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", weights.hidden])
    return helper.make_model(
        helper.make_graph(graph.nodes, "sentence-vectors", inputs, [output], graph.constants),
        opset_imports=[
            helper.make_opsetid("", _OPSET),
            helper.make_opsetid(_CONTRIB, _CONTRIB_OPSET),
        ],
        ir_version=_IR,
    )


def _embedded(graph: _Graph, weights: Weights) -> str:
    width = weights.hidden
    blocks, scales = weights.tensors["emb.word"].packed()
    graph.constant("emb.word.blocks", blocks.reshape(-1, width // 2))
    graph.constant("emb.word.scales", scales.reshape(-1, width // _BLOCK))
    words = graph.add(
        "GatherBlockQuantized",
        ["emb.word.blocks", "input_ids", "emb.word.scales"],
        _CONTRIB,
        bits=4,
        block_size=_BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    # Every token is of the first type: its vector is added to the positions once, here.
    positions = _matrix(weights, "emb.pos", width) + _matrix(weights, "emb.type", width)[0]
    graph.constant("emb.pos", positions)
    tokens = graph.add("Shape", ["input_ids"], start=1, end=2)
    used = graph.add("Slice", ["emb.pos", "zero", tokens, "zero"])
    return _normalised(graph, weights, "emb.ln", graph.add("Add", [words, used]))


def _layer(graph: _Graph, weights: Weights, at: str, hidden: str, lengths: str) -> str:
    # One product for queries, keys and values.
    width = weights.hidden
    joined = np.concatenate([_matrix(weights, f"{at}{part}.w", width) for part in "qkv"])
    bias = np.concatenate([weights.tensors[f"{at}{part}.b"].values() for part in "qkv"])
    attended = graph.add(
        "Attention",
        [
            hidden,
            graph.constant(f"{at}qkv.w", joined.T),
            graph.constant(f"{at}qkv.b", bias),
            lengths,
        ],
        _CONTRIB,
        num_heads=weights.heads,
    )
    # Add and LayerNormalization apart: the fused SkipLayerNormalization is ten times slower (CPU).
    attended = _biased(graph, weights, f"{at}ao", _product(graph, weights, f"{at}ao", attended))
    hidden = _normalised(graph, weights, f"{at}aln", graph.add("Add", [attended, hidden]))
    inner = _product(graph, weights, f"{at}fi", hidden)
    bias_name = graph.constant(f"{at}fi.b", weights.tensors[f"{at}fi.b"].values())
    inner = graph.add("BiasGelu", [inner, bias_name], _CONTRIB)
    outer = _biased(graph, weights, f"{at}fo", _product(graph, weights, f"{at}fo", inner))
    return _normalised(graph, weights, f"{at}oln", graph.add("Add", [outer, hidden]))


def _pooled(graph: _Graph, hidden: str) -> None:
    # A row of the mask times the tokens is their sum; the length is taken off by the norm.
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    row = graph.add("Unsqueeze", [mask, "one"])
    total = graph.add("Squeeze", [graph.add("MatMul", [row, hidden]), "one"])
    graph.add("LpNormalization", [total], axis=1, p=2, output="vectors")


def _product(graph: _Graph, weights: Weights, name: str, inputs: str) -> str:
    inner = weights.tensors[f"{name}.w"].elements // weights.tensors[f"{name}.b"].elements
    matrix = graph.constant(f"{name}.w", _matrix(weights, f"{name}.w", inner).T)
    return graph.add("MatMul", [inputs, matrix])


def _biased(graph: _Graph, weights: Weights, name: str, inputs: str) -> str:
    bias = graph.constant(f"{name}.b", weights.tensors[f"{name}.b"].values())
    return graph.add("Add", [inputs, bias])


def _normalised(graph: _Graph, weights: Weights, name: str, inputs: str) -> str:
    parts = [
        graph.constant(f"{name}.{part}", weights.tensors[f"{name}.{part}"].values())
        for part in "wb"
    ]
    return graph.add("LayerNormalization", [inputs, *parts], epsilon=weights.epsilon)


def _matrix(weights: Weights, name: str, columns: int) -> NDArray[np.float32]:
    return weights.tensors[name].values().reshape(-1, columns)
