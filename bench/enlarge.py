"""Millions of needs made of thousands: for time and memory only.

A vector lies between those of two real needs, with noise; words, labels and limits are those of the
first. Nearest neighbours among them mean nothing.
"""

from __future__ import annotations

import json
import shutil
import statistics
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import faiss
import numpy as np

from bench.machine import cores, resident_memory
from catalog.records import Kind
from matcher.engine import Matcher
from matcher.index.embedding import unit
from matcher.leads.needs import NeedSide
from matcher.leads.types import LeadQuery
from matcher.needs import index as need_index
from matcher.needs.build import Growing, write_index
from matcher.needs.columns import concatenated
from matcher.needs.index import NeedIndex

_CHUNK = 50_000
_NOISE = 0.15


def enlarged(directory: Path, side: NeedSide, count: int) -> float:
    """Write ``count`` needs into ``directory``; gives the seconds that their index took."""
    finished = directory / "seconds.json"
    if finished.is_file():
        return float(json.loads(finished.read_text()))
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    rng = np.random.default_rng(7)
    source: NeedIndex = side._index
    columns = []
    with ExitStack() as files:
        vectors, shares, tokens, starts, ids = (
            files.enter_context(Growing(directory / name, dtype, shape))
            for name, dtype, shape in (
                (need_index.VECTORS, np.dtype(np.float32), source._vectors.shape[1:]),
                (need_index.SHARES, np.dtype(np.float16), source._shares.shape[1:]),
                (need_index.TOKENS, np.dtype(np.int32), ()),
                (need_index.STARTS, np.dtype(np.int64), ()),
                (need_index.IDS, source._ids.dtype, ()),
            )
        )
        starts.add(np.zeros(1, dtype=np.int64))
        for start in range(0, count, _CHUNK):
            size = min(_CHUNK, count - start)
            own, other = rng.integers(len(source), size=(2, size))
            rows = source.rows(own)
            between = rng.random((size, 1), dtype=np.float32) * 0.5
            noise = rng.standard_normal(rows.vectors.shape, dtype=np.float32)
            noise *= _NOISE / np.sqrt(rows.vectors.shape[1])
            mixed = (1 - between) * rows.vectors + between * source._vectors[other] + noise
            vectors.add(unit(mixed))
            shares.add(rows.shares)
            starts.add(rows.starts[1:] + tokens.count)
            tokens.add(rows.tokens)
            ids.add(source._ids[own])
            columns.append(rows.columns)
    arrays = concatenated(columns).arrays()
    arrays["tie"] = rng.integers(1 << 63, size=count, dtype=np.uint64)
    for name, array in arrays.items():
        np.save(directory / need_index.COLUMNS.format(name), array, allow_pickle=False)
    for name in (need_index.WORDS, need_index.ABOUT):
        shutil.copy(source._directory / name, directory / name)
    faiss.omp_set_num_threads(cores())
    started = time.perf_counter()
    write_index(directory, side.parts.space)
    seconds = time.perf_counter() - started
    finished.write_text(json.dumps(seconds))
    return seconds


def timed(matcher: Matcher, directory: Path) -> dict[str, tuple[float, float, float]]:
    """p50 and p95 in ms, and the most memory in MiB, of questions to the needs in ``directory``."""
    from bench.leads import CITIES

    store = matcher._store
    solutions = [one.id for one in store.iterate(Kind.SOLUTION)][:60]
    providers = [one.id for one in store.iterate(Kind.PROVIDER)][:20]
    matcher.leads(LeadQuery(solutions[0]))
    assert matcher._leads is not None
    sides = matcher._leads._needs
    assert sides._opened is not None and sides._side is not None
    _, _, parts, scorer = sides._opened
    # In the place of the needs of the generation; their ids are those of the needs they are made of.
    sides._side = (sides._side[0], NeedSide(NeedIndex(directory), parts, scorer, [], {}))
    told = {"ready": (0.0, 0.0, resident_memory())}
    for name, offers, city in (
        ("solution, no filter", solutions, None),
        ("solution, 10 %", solutions, CITIES[0]),
        ("solution, 1 %", solutions, CITIES[1]),
        ("provider, no filter", providers, None),
    ):
        times = []
        with _Watched() as memory:
            for offer in offers:
                started = time.perf_counter()
                matcher.leads(LeadQuery(offer, city=city))
                times.append((time.perf_counter() - started) * 1000)
        p95 = float(np.percentile(times[1:], 95))
        told[name] = (statistics.median(times[1:]), p95, memory.most)
    return told


class _Watched:
    """The most resident memory in MiB while the block runs, looked at every five milliseconds."""

    def __enter__(self) -> _Watched:
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.most = max(self.most, resident_memory())
