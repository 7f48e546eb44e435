"""What every measured system does: index the same offers, answer the same needs, write down how long.

Only numpy is imported here: it runs in the peers' environment and in our own. Material and results are
files, described in `bench.material`. Answers are kept, so that whoever started the run can judge them.
"""

from __future__ import annotations

import argparse
import json
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Where = dict[str, str]
"""Attributes that an offer must have, all of them; empty without a filter."""
_WARM = 10
_FEWEST = 50
_ENCODED = 64


class Material:
    """The files of one run, as they are needed."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.settings: dict[str, Any] = json.loads((directory / "settings.json").read_text())
        self.limit: int = self.settings["limit"]
        self.filters: dict[str, list[str]] = self.settings["filters"]

    @cached_property
    def vectors(self) -> Any:
        """Unit vectors of the offers, float32, mapped from the file."""
        return np.load(self.directory / "offers.npy", mmap_mode="r")

    @cached_property
    def need_vectors(self) -> Any:
        """Unit vectors of the needs, float32."""
        return np.load(self.directory / "needs.npy")

    @cached_property
    def offers(self) -> list[dict[str, str]]:
        """``text``, ``sector``, ``scenario`` of each offer."""
        return _lines(self.directory / "offers.jsonl")

    @cached_property
    def needs(self) -> list[dict[str, str]]:
        """``text`` of each need, and the ``sector`` and ``scenario`` that its filters ask for."""
        return _lines(self.directory / "needs.jsonl")

    @cached_property
    def judged(self) -> tuple[list[str], list[str]]:
        """Texts of the judged offers and of the judged needs."""
        found = [_lines(self.directory / f"judged-{name}.jsonl") for name in ("offers", "needs")]
        return [one["text"] for one in found[0]], [one["text"] for one in found[1]]

    def words(self, row: int, name: str) -> str:
        """The text of a need as it is asked under a filter: another one each time, nobody remembers."""
        return self.needs[row]["text"] + "。" * list(self.filters).index(name)

    def where(self, need: dict[str, str], name: str) -> Where:
        """What the filter ``name`` asks for this need."""
        return {attribute: need[attribute] for attribute in self.filters[name]}


class System(ABC):
    """One measured system. Rows are the offers' numbers in the files."""

    name = ""
    package = ""
    settings = ""
    """Index parameters and threads, in words."""

    def __init__(self, material: Material):
        self.material = material

    @abstractmethod
    def build(self) -> None:
        """Index vectors and attributes; what is needed to search is in place when this returns."""

    @abstractmethod
    def search(self, vector: Any, where: Where) -> Sequence[int]:
        """Rows of the best offers for a vector, under a filter, best first."""

    def build_match(self) -> None:
        """Make ready to match texts: load the model; index again where texts need it."""
        self.encode_need("预热")

    def match(self, text: str, where: Where) -> Sequence[int]:
        """Rows of the best offers for the words of a need: encode in the system's own way, search."""
        return self.search(self.encode_need(text), where)

    def ready_to_search(self) -> None:  # noqa: B027 - most systems have nothing to do here
        """Bound the threads of a search, where the system allows it, after the build."""

    @cached_property
    def model(self) -> Any:
        """The converted model, as sentence-transformers loads it: what most systems encode with."""
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(self.material.settings["cores"])
        path = self.material.settings["model"]
        return SentenceTransformer(path, device="cpu", local_files_only=True)

    def encode_need(self, text: str) -> Any:
        """The vector of one need."""
        prompt = self.material.settings["need_prompt"]
        return self.model.encode(prompt + text, normalize_embeddings=True, show_progress_bar=False)

    def encode_offers(self, texts: Sequence[str]) -> Any:
        """The vectors of offers, shape ``(len(texts), dimension)``."""
        prompt = self.material.settings["offer_prompt"]
        return self.model.encode(
            [prompt + text for text in texts], normalize_embeddings=True, show_progress_bar=False
        )

    def rank(self, offers: Sequence[str], needs: Sequence[str]) -> list[list[int]]:
        """Rows of the ten best of a few judged offers for each need, encoded and ranked here."""
        vectors = self.encode_offers(offers)
        return [
            np.argsort(-(vectors @ self.encode_need(need)), kind="stable")[:10].tolist()
            for need in needs
        ]


def measure(system: System, seconds: float) -> dict[str, Any]:
    """Build and ask; each filter is asked until the needs or the seconds are used up."""
    material, empty = system.material, resident()
    started = time.perf_counter()
    system.build()
    result: dict[str, Any] = {
        "name": system.name,
        "version": version(system.package) if system.package else "",
        "settings": system.settings,
        "build_s": time.perf_counter() - started,
    }
    system.ready_to_search()
    vectors = material.need_vectors

    def search(name: str, row: int) -> Sequence[int]:
        return system.search(vectors[row], material.where(material.needs[row], name))

    def match(name: str, row: int) -> Sequence[int]:
        return system.match(material.words(row, name), material.where(material.needs[row], name))

    result["search"] = {
        name: _asked(system, f"search-{name}", partial(search, name), seconds)
        for name in material.filters
    }
    result["search_memory_mb"] = resident() - empty
    started = time.perf_counter()
    system.build_match()
    result["match_build_s"] = time.perf_counter() - started
    result["match"] = {
        name: _asked(system, f"match-{name}", partial(match, name), seconds)
        for name in material.filters
    }
    result["match_memory_mb"] = resident("VmRSS")
    result["encode_ms"] = _encoding(system)
    texts = [offer["text"] for offer in material.offers[:_ENCODED]]
    started = time.perf_counter()
    system.encode_offers(texts)
    result["offers_encoded_per_s"] = len(texts) / (time.perf_counter() - started)
    result["ranked"] = system.rank(*material.judged)
    return result


def run(make: Callable[[Material], System]) -> None:
    """The command line of one system: MATERIAL RESULT.json [--seconds]."""
    parser = argparse.ArgumentParser()
    parser.add_argument("material", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    result: dict[str, Any]
    try:
        result = measure(make(Material(arguments.material)), arguments.seconds)
    except Exception as error:  # noqa: BLE001 - whatever it is, its row says so
        traceback.print_exc()
        result = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    arguments.result.write_text(json.dumps(result, ensure_ascii=False, indent=1))


def resident(field: str = "RssAnon") -> float:
    """Memory of this process in MB: its own (``RssAnon``) or all that is resident (``VmRSS``)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return float("nan")


def percentiles(laps: Sequence[float]) -> dict[str, float]:
    """``p50`` and ``p95`` in ms, ``per_s`` and ``count`` of laps in seconds."""
    p50, p95 = np.percentile(laps, (50, 95)) * 1000
    return {
        "p50": float(p50),
        "p95": float(p95),
        "per_s": len(laps) / float(np.sum(laps)),
        "count": len(laps),
    }


def _asked(
    system: System, name: str, ask: Callable[[int], Sequence[int]], seconds: float
) -> dict[str, Any]:
    limit, count = system.material.limit, len(system.material.needs)
    for row in range(min(_WARM, count)):
        ask(count - 1 - row)
    laps, answers = [], np.full((count, limit), -1, dtype=np.int64)
    spent = 0.0
    for row in range(count):
        started = time.perf_counter()
        found = ask(row)
        laps.append(time.perf_counter() - started)
        answers[row, : len(found)] = list(found)[:limit]
        spent += laps[-1]
        if spent > seconds and len(laps) >= _FEWEST:
            break
    file = system.material.directory / "answers" / f"{system.name}-{name}.npy"
    file.parent.mkdir(exist_ok=True)
    np.save(file, answers[: len(laps)])
    return {**percentiles(laps), "answers": file.name}


def _encoding(system: System) -> dict[str, float]:
    laps = []
    for need in system.material.needs[:_ENCODED]:
        started = time.perf_counter()
        system.encode_need(need["text"])
        laps.append(time.perf_counter() - started)
    return percentiles(laps)


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
