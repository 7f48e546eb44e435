"""Time and memory of `qingzhun match-all`, and whether it answers what `match` answers.

`python -m bench.bulk --offers 50000 --needs 20000`. Offers and needs are recombined from the demonstration
records; their vectors are drawn (`bench.catalogue`) and put into the store first, so what is timed is a
province whose needs are encoded: once when none of them was read before, and once more when all were.
Limits: the words of needs and offers repeat more than real ones do, so posting lists are longer; a third of
the needs carry labels, a budget or a deadline, what 9 in 100 tell depends on the day
(of the judged needs 2 in 100).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from api.settings import Settings
from bench.catalogue import NOISE, NoisyOffers, fill, sample_records
from bench.machine import cores, proportional_memory
from catalog.kept import kept_readings, kept_vectors
from catalog.need_files import NeedRow
from catalog.records import Kind, Need, Record, Size
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.bulk.job import BulkOptions, NeedSource, match_all
from matcher.bulk.lists import query_of
from matcher.encoder import Encoder, OnnxEncoder, Progress, Vectors
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.index.centring import reference_needs
from matcher.index.embedding import embed
from matcher.model.fetch import cached_model
from matcher.text import need_text

KINDS = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE)
ENGLISH = BulkOptions(KINDS, 10, None, "en")
PROVINCE = 300_000
_CHUNK = 2_000


class KeptVectors:
    """The vectors that the store keeps; nothing is encoded."""

    def __init__(self, store: Store, encoder: Encoder):
        self._store = store
        self._encoder = encoder
        self.space = encoder.space
        self.dimension = encoder.dimension

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The kept vectors of ``texts``."""
        return embed(self._store, self._encoder, "need", texts)

    encode_offers = encode_needs


def needs_of(records: Sequence[Record], count: int, seed: int = 7) -> Iterator[Need]:
    """``count`` needs, each of clauses of two others; the same ones each time."""
    rng = random.Random(seed)
    texts = [record.text for record in records if isinstance(record, Need)]
    texts += [text for texts in reference_needs().values() for text in texts]
    labelled = [record for record in records if isinstance(record, Need) and record.sectors]
    for number in range(count):
        first, second = rng.sample(texts, 2)
        clauses = first.replace("。", "，").split("，") + second.replace("。", "，").split("，")
        text = "，".join(rng.sample(clauses, min(4, len(clauses)))) + f"，{number}号线"
        update: dict[str, object] = {"text": text, "city": rng.choice(("宁波市", "苏州市", None))}
        if rng.random() < 0.3:
            like = rng.choice(labelled)
            update |= {"sectors": like.sectors, "scenarios": like.scenarios}
        if rng.random() < 0.3:
            update["budget_cny"] = rng.randrange(2, 60) * 10_000
        if rng.random() < 0.2:
            update["deploy_days"] = rng.choice((30, 60, 90, 180))
        if rng.random() < 0.2:
            update["size"] = rng.choice(list(Size))
        yield Need.model_validate(update)


def keep_vectors(store: Store, encoder: Encoder, needs: Iterator[Need], seed: int = 7) -> None:
    """Put a vector of each need into the store, drawn around those of real sentences."""
    rng = np.random.default_rng(seed)
    centres = encoder.encode_needs([t for texts in reference_needs().values() for t in texts])
    space = f"{encoder.space}/need"
    while chunk := [need_text(need) for _, need in zip(range(_CHUNK), needs, strict=False)]:
        noise = rng.standard_normal((len(chunk), encoder.dimension), dtype=np.float32)
        drawn = centres[rng.integers(len(centres), size=len(chunk))]
        drawn = drawn + NOISE * noise / np.sqrt(encoder.dimension)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in chunk]
        kept_vectors(store).keep(
            space,
            {key: row.astype(np.float32).tobytes() for key, row in zip(keys, drawn, strict=True)},
        )


class Memory(threading.Thread):
    """Watches the memory of this process and its children; ``peak`` in MB, shared pages counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        """Look twice a second."""
        while not self._ended.wait(0.5):
            processes = [os.getpid(), *_children(os.getpid())]
            self.peak = max(self.peak, sum(map(proportional_memory, processes)))

    def stop(self) -> float:
        """The peak."""
        self._ended.set()
        self.join()
        return self.peak


def _cpu_seconds() -> float:
    """Processor time of this process and of those that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _children(process: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *_children(child)]
    return found


def equal_to_match(
    matcher: Matcher,
    needs: Sequence[tuple[int, Need]],
    written: dict[str, list[tuple[object, ...]]],
) -> tuple[int, float]:
    """How many of ``needs`` have in the table what `match` gives them, and the ms of one `match`."""
    equal, spent = 0, 0.0
    for number, need in needs:
        answer = matcher.match(query_of(need, KINDS, 10))
        spent += sum(value for step, value in answer.timings_ms.items() if step != "encode")
        shown = [*answer.solutions, *answer.providers, *answer.cases]
        if answer.unserved:
            shown = [answer.nearest] if answer.nearest else []
        expected = [(one.id, one.score, one.grade) for one in shown]
        equal += expected == [row for row in written[str(number)] if row[0] is not None]
    return equal, spent / len(needs)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds (of them ``writing`` the table), processor seconds, peak memory in MB, rows."""

    seconds: float
    writing: float
    processor: float
    memory: float
    rows: int


def run(
    store: Store,
    data: Path,
    encoder: Encoder,
    taxonomy: Taxonomy,
    source: NeedSource,
    out: Path,
    workers: int,
) -> Run:
    """Match all of ``source`` into ``out``."""
    watch = Memory()
    watch.start()
    started, spent = time.perf_counter(), _cpu_seconds()
    times: dict[str, float] = {}

    def progress(step: str, done: int, total: int) -> None:
        times[step] = time.perf_counter() - started

    done = match_all(store, data, None, encoder, taxonomy, source, out, ENGLISH, workers, progress)
    wall = time.perf_counter() - started
    return Run(wall, wall - times["match"], _cpu_seconds() - spent, watch.stop(), done.rows)


def lines_of(out: Path, chosen: set[int]) -> dict[str, list[tuple[object, ...]]]:
    """What the table in ``out`` says of the needs in ``chosen``."""
    columns = ["need", "offer", "score", "grade"]
    written: dict[str, list[tuple[object, ...]]] = {str(number): [] for number in chosen}
    for group in pq.ParquetFile(out).iter_batches(columns=columns):
        for need, *row in zip(*(group.column(name).to_pylist() for name in columns), strict=True):
            if need in written:
                written[need].append(tuple(row))
    return written


def main() -> None:
    """Build, run twice, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--offers", type=int, default=50_000)
    parser.add_argument("--needs", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--compared", type=int, default=1_000)
    parser.add_argument("--data", type=Path, help="keep the catalogue here, for the next run")
    arguments = parser.parse_args()
    settings = Settings()
    faiss.omp_set_num_threads(1)
    taxonomy = Taxonomy.shipped()
    encoder = OnnxEncoder(cached_model(settings.model_cache_directory), settings.threads)
    records = sample_records(taxonomy, Path("samples"))
    console = Console()
    with tempfile.TemporaryDirectory(prefix="qingzhun-bulk-") as temporary:
        data = arguments.data or Path(temporary)
        store = Store.open(data)
        if not sum(store.counts().values()):
            fill(store, records, arguments.offers)
            build_generation(store, data, NoisyOffers(encoder, records), taxonomy)
        console.print(f"{store.counts()} ready, drawing vectors of {arguments.needs:,} needs")
        keep_vectors(store, encoder, needs_of(records, arguments.needs))
        kept = KeptVectors(store, encoder)

        def rows() -> Iterator[NeedRow]:
            for number, need in enumerate(needs_of(records, arguments.needs)):
                yield NeedRow(str(number), need, None)

        source = NeedSource(rows, arguments.needs, f"bench {arguments.needs}")
        out = Path(temporary) / "matches.parquet"
        kept_readings(store).forget()
        runs = [run(store, data, kept, taxonomy, source, out, arguments.workers) for _ in range(2)]
        chosen = set(random.Random(1).sample(range(arguments.needs), arguments.compared))
        sample = [
            (number, need)
            for number, need in enumerate(needs_of(records, arguments.needs))
            if number in chosen
        ]
        written = lines_of(out, chosen)
        equal, single = equal_to_match(Matcher.open(store, data, kept, taxonomy), sample, written)
        size = out.stat().st_size / 2**20
        store.close()
    each = runs[-1].seconds / arguments.needs * 1000
    table = Table("bench.bulk", "needs read now", "needs read before")
    for name, told in (
        (
            "seconds, of them to write the table",
            lambda one: f"{one.seconds:.0f}, {one.writing:.0f}",
        ),
        ("needs a second", lambda one: f"{arguments.needs / one.seconds:.0f}"),
        (
            "300,000 needs would take",
            lambda one: f"{PROVINCE * one.seconds / arguments.needs / 60:.1f} min",
        ),
        (
            "processor time of a need, all processes",
            lambda one: f"{one.processor / arguments.needs * 1000:.2f} ms",
        ),
        ("peak memory, all processes, shared pages once", lambda one: f"{one.memory:.0f} MB"),
    ):
        table.add_row(name, *map(told, runs))
    for name, value in (
        (
            "offers, needs, processes",
            f"{arguments.offers:,}, {arguments.needs:,}, {arguments.workers}",
        ),
        ("table", f"{runs[-1].rows:,} rows, {size:.0f} MB"),
        ("same lists as match", f"{equal} of {len(sample)}"),
        (
            "match, one by one",
            f"{single:.1f} ms a need without encoding, {single / each:.1f} × bulk",
        ),
    ):
        table.add_row(name, "", value)
    console.print(table)


if __name__ == "__main__":
    main()
