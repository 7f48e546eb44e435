"""Leads at scale: which index finds the needs that the exact measure ranks first, how fast, how large.

Real vectors of composed need sentences (bench/need_sentences.py), encoded once into --cache; questions
are the sample offers. --enlarge N answers for N needs made of these by interpolation and noise: time
and memory of that part are real, its recall says nothing and is not printed.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import faiss
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from api.settings import Settings
from bench.catalogue import sample_records
from bench.enlarge import enlarged, timed
from bench.need_sentences import Sentence, compose, encoded
from catalog.records import Kind, Label, Need
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.wording import normalised
from matcher.encoder import Encoder, OnnxEncoder, Progress, Vectors
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.leads import needs as leads_needs
from matcher.leads.needs import CANDIDATES, NeedSide
from matcher.leads.offers import OfferSide, offer_side
from matcher.leads.types import LeadQuery
from matcher.model.fetch import cached_model
from matcher.needs.index import NeedRows

Found = Sequence[str] | NDArray[np.int64]
"""What a search gave: ids, or rows."""
METHODS = {
    "SQ8": (40_000, (0,)),
    "IVF1024,SQ8": (41_000, (64, 256, 512)),
    "IVF256,PQ{eighth}x8": (10_000, (64, 128)),
    "HNSW32,SQ8": (1_000, (256, 512)),
}
"""With the needs that train each, and lists probed or nodes kept in a search."""
CUTS = (1_000, 2_000, 4_000, 8_000, 20_000)
CITIES = ("十分之一", "百分之一")
"""Cities of a tenth and of a hundredth of the needs, named as records keep them: the filters timed."""
ASKED = 100


class CachedEncoder:
    """The real encoder, which knows the vectors of the composed sentences already."""

    def __init__(self, encoder: Encoder, sentences: Sequence[Sentence], vectors: Vectors):
        self._encoder = encoder
        self._known = {normalised(one.text): v for one, v in zip(sentences, vectors, strict=True)}

    @property
    def space(self) -> str:
        """The real encoder's space: these are its vectors."""
        return self._encoder.space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Known vectors, else encoded."""
        new = [text for text in texts if text not in self._known]
        self._known.update(zip(new, self._encoder.encode_needs(new), strict=True) if new else ())
        return np.array([self._known[text] for text in texts], dtype=np.float32)

    def encode_offers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encoded vectors."""
        return self._encoder.encode_offers(texts, progress)


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.leads", description=__doc__)
    parser.add_argument("--needs", type=int, default=60_000)
    parser.add_argument("--cache", type=Path, default=Path("data/bench-leads"))
    parser.add_argument("--enlarge", type=int, default=0)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(1)
    settings = Settings()
    encoder = OnnxEncoder(cached_model(settings.model_cache_directory), settings.threads)
    taxonomy = Taxonomy.shipped()
    data = arguments.cache / f"data-{arguments.needs}"
    if arguments.answer:
        found = timed(Matcher.open(Store.open(data), data, encoder, taxonomy), arguments.answer)
        sys.stdout.write(json.dumps(found))
        return
    console = Console(width=130)
    sentences = compose(taxonomy, arguments.needs)
    cached = CachedEncoder(
        encoder, sentences, encoded(sentences, encoder, arguments.cache / "vectors")
    )
    store = _filled(data, cached, taxonomy, sentences, console)
    matcher = Matcher.open(store, data, cached, taxonomy)
    offers = [one.id for one in store.iterate(Kind.SOLUTION)]
    random.Random(5).shuffle(offers)
    matcher.leads(LeadQuery(offers[0]))
    side = _side(matcher)
    asked = [_offers(matcher, store, one) for one in offers[:ASKED]]
    for name, needs, questions in _spaces(side, asked):
        console.print(_methods(name, needs, questions))
    console.print(_cuts(side, asked))
    providers = [one.id for one in store.iterate(Kind.PROVIDER)][: ASKED // 3]
    console.print(_orders(matcher, offers[:ASKED], providers))
    if arguments.enlarge:
        directory = arguments.cache / f"enlarged-{arguments.enlarge}"
        seconds = enlarged(directory, side, arguments.enlarge)
        command = [sys.executable, "-m", "bench.leads", "--needs", str(arguments.needs)]
        command += ["--cache", str(arguments.cache), "--answer", str(directory)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        table = Table("needs", "index s", "question", "p50 ms", "p95 ms", "most memory MiB")
        for place, (question, (p50, p95, memory)) in enumerate(told.items()):
            many = (f"{arguments.enlarge:,}", f"{seconds:.0f}") if place == 0 else ("", "")
            table.add_row(*many, question, f"{p50:.0f}", f"{p95:.0f}", f"{memory:.0f}")
        console.print(table)


def _filled(
    data: Path,
    encoder: CachedEncoder,
    taxonomy: Taxonomy,
    sentences: Sequence[Sentence],
    console: Console,
) -> Store:
    """A store of the sample offers and of the sentences as needs, and a generation of it."""
    store = Store.open(data)
    if store.sequence() == 0:
        rng = random.Random(3)
        with store.writing("bench") as writer:
            for record in sample_records(taxonomy, Path("samples")):
                if record.kind not in (Kind.NEED, Kind.ENTERPRISE):
                    writer.put(record)
            for one in sentences:
                writer.put(_need(one, rng))
    for _ in range(2):
        started = time.perf_counter()
        info = build_generation(store, data, encoder, taxonomy)
        seconds = time.perf_counter() - started
        console.print(f"build of {info.needs:,} needs, vectors known: {seconds:.0f} s ({info.id})")
    return store


def _need(one: Sentence, rng: random.Random) -> Need:
    """The sentence as a need: half with a sector, half with a scenario, some with limits."""
    fields: dict[str, object] = {"text": one.text, "name": one.text[:200]}
    if rng.random() < 0.5:
        fields["sectors"] = (Label(label=one.sector, nodes=(one.sector,)),)
    if rng.random() < 0.5:
        fields["scenarios"] = (Label(label=one.scenario, nodes=(one.scenario,)),)
    if rng.random() < 0.5:
        fields["budget_cny"] = rng.choice((20, 30, 50, 80, 100, 150, 200, 300, 500)) * 1000
    if rng.random() < 0.4:
        fields["deploy_days"] = rng.choice((15, 30, 45, 60, 90, 120))
    if rng.random() < 0.6:
        fields["target_level"] = rng.choice((1, 2, 2, 3))
    drawn = rng.random()
    fields["city"] = CITIES[0] if drawn < 0.1 else CITIES[1] if drawn < 0.11 else "其他"
    return Need.model_validate(fields)


def _side(matcher: Matcher) -> NeedSide:
    """The needs that the matcher's leads stand on."""
    assert matcher._leads is not None
    return matcher._leads._needs.at(matcher.snapshot(), matcher._serving.reader(matcher.snapshot()))


def _offers(matcher: Matcher, store: Store, identity: str) -> OfferSide:
    found = offer_side(
        store.get(identity),
        matcher.snapshot(),
        store,
        matcher._taxonomy,
        matcher._analyzer,
        _side(matcher).parts.words,
    )
    assert found is not None
    return found


def _spaces(
    side: NeedSide, asked: Sequence[OfferSide]
) -> list[tuple[str, Vectors, NDArray[np.float32]]]:
    """Needs and questions as sentence vectors alone, and as `matcher.needs.space` makes them."""
    rows = side.taken(side.passing(LeadQuery("")))
    space = side.parts.space
    return [
        ("sentence vectors", rows.vectors, np.vstack([one.vectors for one in asked])),
        (
            "with what they mean",
            space.needs(rows),
            np.vstack([space.offers(o.vectors, o.columns, o.functions) for o in asked]),
        ),
    ]


def _methods(name: str, needs: Vectors, questions: Vectors) -> Table:
    """Each method against the flat product in the same run."""
    table = Table(
        f"{len(needs):,} {name}",
        "build s",
        "MB",
        "breadth",
        "p50 ms, k=10",
        "× flat",
        f"p50 ms, k={CANDIDATES}",
        "recall@10",
        "refined",
    )
    exact = [np.argsort(-(needs @ question))[:10] for question in questions]
    flat = faiss.IndexFlatIP(needs.shape[1])
    flat.add(needs)
    bare = _p50(flat, questions, 10)[0]
    slow = _p50(flat, questions, CANDIDATES)[0]
    size = needs.nbytes / 1e6
    table.add_row(
        "flat", "", f"{size:.0f}", "", f"{bare:.2f}", "1", f"{slow:.1f}", "1.000", "1.000"
    )
    for method, (trained, breadths) in METHODS.items():
        spec = method.format(eighth=needs.shape[1] // 8)
        faiss.omp_set_num_threads(2)
        started = time.perf_counter()
        index = faiss.index_factory(needs.shape[1], spec, faiss.METRIC_INNER_PRODUCT)
        index.train(needs[:trained])
        index.add(needs)
        built = time.perf_counter() - started
        faiss.omp_set_num_threads(1)
        size = faiss.serialize_index(index).nbytes / 1e6
        for breadth in breadths:
            _search_broadly(index, breadth)
            quick, found = _p50(index, questions, 10)
            slow, _ = _p50(index, questions, CANDIDATES)
            refined = [
                rows[np.argsort(-(needs[rows] @ question))[:10]]
                for rows, question in zip(_p50(index, questions, 100)[1], questions, strict=True)
            ]
            table.add_row(
                spec,
                f"{built:.1f}",
                f"{size:.0f}",
                str(breadth or ""),
                f"{quick:.2f}",
                f"{quick / bare:.2f}",
                f"{slow:.1f}",
                f"{_recall(exact, found):.3f}",
                f"{_recall(exact, refined):.3f}",
            )
    return table


def _search_broadly(index: Any, breadth: int) -> None:
    """Make ``index`` probe ``breadth`` lists, or keep so many nodes; a plain one has nothing to set."""
    if hasattr(index, "nprobe"):
        index.nprobe = breadth
    elif hasattr(index, "hnsw"):
        index.hnsw.efSearch = breadth


def _final(side: NeedSide, rows: NeedRows, offers: OfferSide) -> NDArray[np.float64]:
    return side._scorer.score(rows, offers).final[:, 0]


def _cuts(side: NeedSide, asked: Sequence[OfferSide]) -> Table:
    """How many of the ten best of the final order are among so many candidates, as needs grow."""
    table = Table("needs", *(f"of {cut:,}" for cut in CUTS), title="recall@10 of the final order")
    every = side.taken(side.passing(LeadQuery("")))
    finals = [_final(side, every, one) for one in asked]
    space = side.parts.space
    near = [space.needs(every) @ space.offers(o.vectors, o.columns, o.functions)[0] for o in asked]
    for part in (8, 4, 2, 1):
        rows = np.arange(0, len(every), part)
        recalls: dict[int, list[float]] = {cut: [] for cut in CUTS}
        for final, close in zip(finals, near, strict=True):
            best = np.argsort(-final[rows])[:10]
            best = best[np.isfinite(final[rows][best])]
            place = np.empty(len(rows), dtype=np.int64)
            place[np.argsort(-close[rows])] = np.arange(len(rows))
            for cut in CUTS:
                recalls[cut].append(float((place[best] < cut).mean()) if len(best) else 1.0)
        table.add_row(f"{len(rows):,}", *(f"{statistics.mean(recalls[cut]):.3f}" for cut in CUTS))
    return table


def _orders(matcher: Matcher, solutions: Sequence[str], providers: Sequence[str]) -> Table:
    """Leads as they are served against all needs scored exactly, in the same run."""
    table = Table("leads of", "filter", "needs", "p50 ms", "all scored ms", "ratio", "recall@10")
    for kind, offers in (("solution", solutions), ("provider", providers)):
        for name, city in (("none", None), ("10 %", CITIES[0]), ("1 %", CITIES[1])):
            served, exact = [], []
            for offer in offers:
                query = LeadQuery(offer, city=city)
                served.append(_timed(matcher, query))
                with patch.object(leads_needs, "EXACT_ROWS", 1 << 60):
                    exact.append(_timed(matcher, query))
            quick, slow = (statistics.median(one[0] for one in runs) for runs in (served, exact))
            recall = _recall([one[1] for one in exact], [one[1] for one in served])
            table.add_row(
                kind,
                name,
                f"{served[0][2]:,}",
                f"{quick:.1f}",
                f"{slow:.1f}",
                f"{quick / slow:.2f}",
                f"{recall:.3f}",
            )
    return table


def _timed(matcher: Matcher, query: LeadQuery) -> tuple[float, list[str], int]:
    started = time.perf_counter()
    answer = matcher.leads(query)
    spent = (time.perf_counter() - started) * 1000
    return spent, [lead.need_id for lead in answer.leads], answer.considered


def _p50(
    index: faiss.Index, questions: Vectors, limit: int
) -> tuple[float, list[NDArray[np.int64]]]:
    times, found = [], []
    for question in questions:
        started = time.perf_counter()
        _, rows = index.search(question[None, :], limit)
        times.append((time.perf_counter() - started) * 1000)
        found.append(rows[0][rows[0] >= 0])
    return statistics.median(times), found


def _recall(exact: Sequence[Found], found: Sequence[Found]) -> float:
    shares = [
        len(set(one) & set(other)) / len(one)
        for one, other in zip(exact, found, strict=True)
        if len(one)
    ]
    return statistics.mean(shares)


if __name__ == "__main__":
    main()
