"""The least that the machine needs for the same work: the bare product, the bare ONNX session."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bench.material import passing
from bench.peers.harness import Material, percentiles
from matcher.model.names import ONNX_MODEL, ONNX_TOKENIZER

_TIMES = 200


def floor(material: Material, cores: int) -> dict[str, dict[str, float]]:
    """p50, p95, per_s of a product with all offers, of one under each filter, and of the session."""
    vectors = np.asarray(material.vectors)
    needs = material.need_vectors[:_TIMES]
    limit = material.limit
    found: dict[str, dict[str, float]] = {}

    def gathered(rows: NDArray[np.int64], row: int) -> Any:
        return _best(vectors[rows] @ needs[row], limit)

    with threadpool_limits(1):
        found["product, 1 thread"] = _timed(lambda row: vectors @ needs[row], len(needs))
    found["product"] = _timed(lambda row: vectors @ needs[row], len(needs))
    found["product + best"] = _timed(lambda row: _best(vectors @ needs[row], limit), len(needs))
    for name, attributes in material.filters.items():
        if attributes:
            where = material.where(material.needs[0], name)
            rows = np.flatnonzero(passing(material.offers, where))
            found[f"gathered {name}"] = _timed(partial(gathered, rows), len(needs))
    found["session"] = _session(material, cores)
    return found


def _session(material: Material, cores: int) -> dict[str, float]:
    """The model alone on tokens that are there already, one need at a time."""
    import onnxruntime
    from tokenizers import Tokenizer

    directory = Path(material.settings["model"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        str(directory / ONNX_MODEL), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(directory / ONNX_TOKENIZER))
    prompt = material.settings["need_prompt"]
    names = [one.name for one in session.get_inputs()]
    inputs = []
    for need in material.needs[:_TIMES]:
        ids = np.array([tokenizer.encode(prompt + need["text"]).ids], dtype=np.int64)
        inputs.append({name: ids if "ids" in name else np.ones_like(ids) for name in names})
    return _timed(lambda row: session.run(None, inputs[row]), len(inputs))


def _best(scores: Any, limit: int) -> Any:
    limit = min(limit, len(scores))
    best = np.argpartition(-scores, limit - 1)[:limit]
    return best[np.argsort(-scores[best])]


def _timed(work: Callable[[int], Any], count: int) -> dict[str, float]:
    for row in range(min(5, count)):
        work(row)
    laps = []
    for row in range(count):
        started = time.perf_counter()
        work(row)
        laps.append(time.perf_counter() - started)
    return percentiles(laps)
