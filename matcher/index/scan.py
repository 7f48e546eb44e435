"""Every inner product at a quarter of the memory traffic, and how far off any of them may be.

A catalogue is larger than the caches: the exact product with all its rows waits for memory. Here rows
are eight-bit codes, ``row = scale x codes + rest``, and a need is two seven-bit digits, so that the rest
alone is missing: by Cauchy-Schwarz no product is off by more than the longest rest times the need's
length. Whoever wants the best rows takes those within twice that of the last one and scores them again,
exactly (`matcher.ranking.Near`): nothing is missed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCANNED_ROWS = 8_192
"""From so many rows on the scan is quicker than the exact product with all of them."""
_CODES = 127
_DIGITS = 63
"""Seven bits: on processors without VNNI sums of two eight-bit products would not fit sixteen."""
_ROUNDING = 1e-5
"""What float32 sums of the parts and of the exact product may add."""
_LONGEST, _REST = "longest_row", "longest_rest"

Vectors = NDArray[np.float32]
Scores = NDArray[np.float32]


class Scan:
    """The products of a need with all rows, near enough to tell which ones to look at."""

    def __init__(self, path: Path):
        """Open what `write_scan` wrote.

        Raises:
            ValueError: the file is no scan.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread: it runs beside what the words of the need tell, and beside other needs.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            told = self._session.get_modelmeta().custom_metadata_map
            self._longest, self._rest = float(told[_LONGEST]), float(told[_REST])
        except Exception as error:
            raise ValueError(f"{path.name}: {error}") from error

    def near(self, needs: Vectors) -> tuple[Scores, float]:
        """Products of ``needs`` with every row, and what none of them is off by more than.

        ``needs`` have the shape ``(needs, dimension)``, the products ``(needs, rows)``.
        """
        largest = np.abs(needs).max(axis=1, keepdims=True)
        scales = np.where(largest > 0, largest / _DIGITS, 1.0).astype(np.float32)
        first = np.rint(needs / scales)
        finer = scales / (2 * _DIGITS)
        second = np.rint((needs - scales * first) / finer)
        digits = (np.concatenate([first, second]) + _DIGITS).astype(np.uint8)
        weights = np.concatenate([np.diagflat(scales), np.diagflat(finer)], axis=1)
        (found,) = self._session.run(None, {"digits": digits, "weights": weights})
        left = np.linalg.norm(needs - scales * first - finer * second, axis=1)
        off = self._rest * np.linalg.norm(needs, axis=1) + self._longest * left
        return found, float(off.max(initial=0.0)) + _ROUNDING


def coded(rows: Vectors) -> tuple[Vectors, NDArray[np.int8]]:
    """Scales, shape ``(rows,)``, and eight-bit codes: ``rows`` are nearly the one times the other."""
    largest = np.abs(rows).max(axis=1)
    scales = np.where(largest > 0, largest / _CODES, 1.0).astype(np.float32)
    return scales, np.rint(rows / scales[:, None]).astype(np.int8)


def write_scan(path: Path, rows: Vectors) -> None:
    """Write the scan of ``rows``, shape ``(rows, dimension)``, as an ONNX graph."""
    from onnx import TensorProto, helper, numpy_helper, save_model

    scales, codes = coded(rows)
    rest = np.linalg.norm(rows - scales[:, None] * codes, axis=1).max(initial=0.0)
    longest = np.linalg.norm(rows, axis=1).max(initial=0.0)
    constants: dict[str, NDArray[Any]] = {
        "codes": np.ascontiguousarray(codes.T),
        "scales": scales,
        "zero": np.array(_DIGITS, dtype=np.uint8),
    }
    nodes = [
        helper.make_node("MatMulInteger", ["digits", "codes", "zero"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["parts"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["weights", "parts"], ["joined"]),
        helper.make_node("Mul", ["joined", "scales"], ["products"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "scan",
        [
            value("digits", TensorProto.UINT8, ["digits", rows.shape[1]]),
            value("weights", TensorProto.FLOAT, ["needs", "digits"]),
        ],
        [value("products", TensorProto.FLOAT, ["needs", len(rows)])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, {_LONGEST: repr(float(longest)), _REST: repr(float(rest))})
    save_model(model, path)
