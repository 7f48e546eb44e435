"""An ONNX graph as it is written: nodes and constants, each by a name of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

CONTRIB = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""
_OPSET, _CONTRIB_OPSET, _IR = 20, 1, 10


class Graph:
    """Nodes and constants as they are added; a node's name is its operator and number."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        """Add ``values`` under ``name``, once; gives the name."""
        if name not in self._constants:
            tensor = numpy_helper.from_array(np.require(values, requirements="C"), name)
            self._constants[name] = tensor
        return name

    def add(self, operator: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        """Add a node; gives the name of what it puts out."""
        name = str(attributes.pop("output", f"{operator}.{len(self._nodes)}"))
        node = helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes)
        self._nodes.append(node)
        return name

    def model(
        self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]
    ) -> ModelProto:
        """The graph as a model of ``inputs`` and ``outputs``."""
        constants = list(self._constants.values())
        return helper.make_model(
            helper.make_graph(self._nodes, name, inputs, outputs, constants),
            opset_imports=[
                helper.make_opsetid("", _OPSET),
                helper.make_opsetid(CONTRIB, _CONTRIB_OPSET),
            ],
            ir_version=_IR,
        )
