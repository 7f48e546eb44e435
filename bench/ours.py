"""Qingzhun measured like its peers: exact search with masks alone, then whole matches.

The whole match is `Matcher.match` with the filter as hard limits, ten of each kind, reasons and all.
``answered`` is the same match asked again: the need's vector is remembered, all else is computed anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from api.settings import VERSION
from bench.drawn import DrawnSpace, fitted_as
from bench.flat import FlatSearch
from bench.machine import cores
from bench.material import JUDGED
from bench.peers.harness import Material, System, Where, measure, percentiles, resident
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.encoder import OnnxEncoder
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.index.generation import list_generations
from matcher.index.scan import SCANNED_ROWS, Scan, write_scan
from matcher.measure.evaluate import evaluate_directory
from matcher.types import Constraint, MatchQuery
from matcher.understanding.language import language_of

_CHECKED = 100


class Qingzhun(System):
    """`FlatSearch` searched alone, `Matcher` matched."""

    name = "qingzhun"

    def __init__(self, material: Material, threads: int):
        super().__init__(material)
        self.settings = (
            f"exact; masks by attribute; {threads} encoder threads in bulk, 1 search thread"
        )
        faiss.omp_set_num_threads(1)
        self.taxonomy = Taxonomy.shipped()
        self._threads = threads
        self._matcher: Matcher | None = None
        self._stack = ExitStack()
        self.generation_s = float("nan")

    def build(self) -> None:
        """The flat index, and a mask for each value of an attribute."""
        vectors = np.asarray(self.material.vectors)
        scan = self.material.directory / "scan.onnx"
        if len(vectors) >= SCANNED_ROWS:
            write_scan(scan, vectors)
        self._index = FlatSearch(vectors, scan=Scan(scan) if scan.exists() else None)
        self._masks: dict[tuple[str, str], Any] = {}
        for attribute in ("sector", "scenario"):
            values = np.array([one[attribute] for one in self.material.offers])
            self._masks |= {(attribute, str(value)): values == value for value in np.unique(values)}

    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """The masks joined, the rows that pass searched exactly."""
        masks = [self._masks[item] for item in where.items()]
        mask = np.logical_and.reduce(masks) if masks else None
        rows, _ = self._index.search(vector, self.material.limit, mask)
        return [int(row) for row in rows]

    @property
    def matcher(self) -> Matcher:
        """The matcher on the built generation."""
        assert self._matcher is not None
        return self._matcher

    def build_match(self) -> None:
        """A generation of the same offers (vectors are in the store already), then the matcher."""
        del self._index, self._masks
        self._encoder = OnnxEncoder(Path(self.material.settings["model"]), self._threads)
        data = self.material.directory / "data"
        space = DrawnSpace(self._encoder)
        store = Store.open(data)
        self._stack.enter_context(fitted_as(self._encoder))
        if not list_generations(data):
            started = time.perf_counter()
            build_generation(store, data, space, self.taxonomy)
            self.generation_s = time.perf_counter() - started
        self._matcher = Matcher.open(store, data, space, self.taxonomy)

    def match(self, text: str, where: Where) -> Sequence[int]:
        """A whole match; rows are not told, its order is not that of the vectors alone."""
        self.matcher.match(self.query(text, where))
        return ()

    def query(self, text: str, where: Where) -> MatchQuery:
        """The need with the filter as hard limits."""
        return MatchQuery(
            text,
            sectors=tuple(value for name, value in where.items() if name == "sector"),
            scenarios=tuple(value for name, value in where.items() if name == "scenario"),
            must=frozenset(Constraint(name) for name in where),
            limit=self.material.limit,
        )

    def encode_need(self, text: str) -> Any:
        """The need's vector by ONNX."""
        return self._encoder.encode_needs([text])[0]

    def encode_offers(self, texts: Sequence[str]) -> Any:
        """Offers in bulk by ONNX."""
        return self._encoder.encode_offers(texts)

    def rank(self, offers: Sequence[str], needs: Sequence[str]) -> list[list[int]]:
        """Nothing here: `qingzhun evaluate` says how well whole matches rank."""
        return []


def further(system: Qingzhun, result: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What only this system has: steps, matches without encoding, exactness, quality."""
    steps: dict[str, list[float]] = defaultdict(list)
    answered = {}
    for name in system.material.filters:
        laps: list[float] = []
        for row, need in enumerate(system.material.needs[: result["match"][name]["count"]]):
            where = system.material.where(need, name)
            query = system.query(system.material.words(row, name), where)
            started = time.perf_counter()
            timings = system.matcher.match(query).timings_ms
            laps.append(time.perf_counter() - started)
            if name == "none":
                for step, spent in timings.items():
                    if step != "encode":
                        steps[step].append(spent / 1000)
            if sum(laps) > seconds:
                break
        answered[name] = percentiles(laps)
    return {
        "generation_s": system.generation_s,
        "answered": answered,
        "steps": {
            "encode": result["encode_ms"],
            **{step: percentiles(laps) for step, laps in steps.items()},
        },
        "recall": {name: _recall(system, name) for name in system.material.filters},
    }


def _recall(system: Qingzhun, name: str) -> float:
    """Share of the ten nearest rows, of those that pass the hard limits, that the engine finds too."""
    shares = []
    for need in system.material.needs[:_CHECKED]:
        query = system.query(need["text"], system.material.where(need, name))
        scored = system.matcher.score(query)
        found = {identity for identity, _ in scored.order("dense", system.material.limit)}
        rows = np.flatnonzero(scored.ranked.mask)
        products = scored.snapshot.index.vectors[rows] @ _centred(system, scored.text)
        best = rows[np.argsort(-products, kind="stable")[: len(found)]]
        shares.append(len(found & {scored.snapshot.ids[row] for row in best}) / len(found))
    return float(np.mean(shares))


def _centred(system: Qingzhun, text: str) -> Any:
    means = system.matcher.score(MatchQuery(text)).snapshot.generation.means
    return means.centred_needs(system.encode_need(text), language_of(text))


def main() -> None:
    """MATERIAL RESULT.json [--seconds] [--threads] [--brief]."""
    parser = argparse.ArgumentParser()
    parser.add_argument("material", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--brief", action="store_true", help="no quality")
    arguments = parser.parse_args()
    system = Qingzhun(Material(arguments.material), arguments.threads)
    result = measure(system, arguments.seconds)
    result |= {"version": VERSION, **further(system, result, arguments.seconds)}
    result["match_memory_mb"] = resident("VmRSS")
    if not arguments.brief:
        encoder = OnnxEncoder(Path(system.material.settings["model"]), arguments.threads)
        report = evaluate_directory(JUDGED, encoder, system.taxonomy)
        result["ndcg10"] = {
            row["signal"]: row["ndcg10"]
            for row in report.results
            if (row["mode"], row["lang"]) == ("text", "all")
        }
    arguments.result.write_text(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
