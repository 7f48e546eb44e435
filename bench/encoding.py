"""Encoders side by side in one run: latency, throughput, memory, load time, likeness of vectors.

``python -m bench.encoding``. Single needs are encoded by all in turn, so that a busy moment hits
them alike; ratios are against `SentenceTransformer` on the same weights and the same threads.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss  # noqa: F401  before torch: in the other order it sets torch's threads too
import numpy as np
from rich.console import Console
from rich.table import Table

from api.settings import Settings
from bench.catalogue import sample_records
from bench.machine import machine, resident_memory
from catalog.taxonomy import Taxonomy
from matcher.encoder import Encoder, OnnxEncoder, SentenceTransformerEncoder, Vectors
from matcher.index.centring import reference_needs
from matcher.model.fetch import cached_model
from matcher.text import offer_text

REFERENCE = "SentenceTransformer"
CLIENTS = (1, 4, 16)
_PACKAGES = ("onnxruntime", "tokenizers", "torch", "sentence-transformers", "numpy")


def main() -> None:
    """Run the benchmark and print its two tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.encoding", description=__doc__)
    parser.add_argument("--needs", type=int, default=320)
    parser.add_argument("--offers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, help="of bulk encoding; the best counts")
    parser.add_argument(
        "--load", choices=(REFERENCE, "ONNX"), help="only load it, print what it took"
    )
    arguments = parser.parse_args()
    if arguments.load:
        _print_load(arguments.load)
        return
    needs = [text for texts in reference_needs().values() for text in texts][: arguments.needs]
    records = sample_records(Taxonomy.shipped(), Path("samples"))
    offers = [offer_text(record) for record in records if record.kind in ("solution", "case")]
    offers = offers[: arguments.offers]
    threads = Settings().threads
    encoders = {
        REFERENCE: _reference(threads),
        f"ONNX, {threads} threads": _onnx(threads),
        "ONNX, 1 thread": _onnx(1),
    }
    console = Console(width=140)
    console.print(
        f"{machine(*_PACKAGES)}; {len(needs)} needs, {len(offers)} offers, {threads} threads"
    )
    console.print(_side_by_side(encoders, needs, offers, arguments.rounds))
    console.print(_clients(encoders[f"ONNX, {threads} threads"], needs, arguments.rounds))


def _side_by_side(
    encoders: dict[str, Encoder], needs: list[str], offers: list[str], rounds: int
) -> Table:
    table = Table("encoder", "load s", "MB")
    table.columns[0].no_wrap = True
    for head in ("p50 ms", "p95 ms", "× p50", "needs/s", "×", "offers/s", "×"):
        table.add_column(head, justify="right")
    table.add_column("least cosine", justify="right")
    table.add_column("alone ~ batch", justify="right")
    laps: dict[str, list[float]] = {name: [] for name in encoders}
    alone: dict[str, list[Vectors]] = {name: [] for name in encoders}
    for encoder in encoders.values():
        encoder.encode_needs(needs[:8])
    for text in needs:
        for name, encoder in encoders.items():
            started = time.perf_counter()
            alone[name].append(encoder.encode_needs([text])[0])
            laps[name].append((time.perf_counter() - started) * 1000)
    rates: dict[str, list[float]] = {name: [0.0, 0.0] for name in encoders}
    batched: dict[str, Vectors] = {}
    for _ in range(rounds):
        for name, encoder in encoders.items():
            batched[name], rate = _rate(encoder.encode_needs, needs)
            rates[name][0] = max(rates[name][0], rate)
            _, rate = _rate(encoder.encode_offers, offers)
            rates[name][1] = max(rates[name][1], rate)
    for name in encoders:
        load = _loaded(name)
        p50, p95 = np.percentile(laps[name], (50, 95))
        table.add_row(
            name,
            f"{load['seconds']:.2f}",
            f"{load['memory']:.0f}",
            f"{p50:.1f}",
            f"{p95:.1f}",
            f"{p50 / np.percentile(laps[REFERENCE], 50):.2f}",
            *(
                cell
                for rate, reference in zip(rates[name], rates[REFERENCE], strict=True)
                for cell in (f"{rate:.0f}", f"{rate / reference:.2f}")
            ),
            f"{_least(batched[name], batched[REFERENCE]):.7f}",
            f"{_least(np.array(alone[name]), batched[name]):.7f}",
        )
    return table


def _clients(encoder: Encoder, needs: list[str], rounds: int) -> Table:
    """Threads that encode one need after the other, all at once."""
    table = Table("threads that ask", "needs/s", "p95 ms")
    for clients in CLIENTS:
        rate, p95 = max(_asked(encoder, needs, clients) for _ in range(rounds))
        table.add_row(str(clients), f"{rate:.0f}", f"{p95:.1f}")
    return table


def _asked(encoder: Encoder, needs: list[str], clients: int) -> tuple[float, float]:
    texts, lock, laps = iter(needs), threading.Lock(), []

    def ask() -> None:
        while True:
            with lock:
                text = next(texts, None)
            if text is None:
                return
            started = time.perf_counter()
            encoder.encode_needs([text])
            laps.append((time.perf_counter() - started) * 1000)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(needs) / (time.perf_counter() - started), float(np.percentile(laps, 95))


def _rate(encode: Callable[[Sequence[str]], Vectors], texts: list[str]) -> tuple[Vectors, float]:
    started = time.perf_counter()
    vectors = encode(texts)
    return vectors, len(texts) / (time.perf_counter() - started)


def _least(one: Vectors, other: Vectors) -> float:
    cosines = np.sum(one.astype(np.float64) * other, axis=1)
    norms = np.linalg.norm(one.astype(np.float64), axis=1) * np.linalg.norm(other, axis=1)
    return float(np.min(cosines / norms))


def _reference(threads: int) -> Encoder:
    import torch
    from transformers.utils.logging import set_verbosity

    set_verbosity(logging.ERROR)
    torch.set_num_threads(threads)
    directory = cached_model(Settings().model_cache_directory)
    return SentenceTransformerEncoder(str(directory))


def _onnx(threads: int) -> Encoder:
    return OnnxEncoder(cached_model(Settings().model_cache_directory), threads)


def _loaded(name: str) -> dict[str, float]:
    """Seconds until the first vector and resident memory then, in a process of its own."""
    command = [sys.executable, "-m", "bench.encoding", "--load", name.split(",")[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _print_load(name: str) -> None:
    before, started = resident_memory(), time.perf_counter()
    threads = Settings().threads
    encoder = _reference(threads) if name == REFERENCE else _onnx(threads)
    encoder.encode_needs(["换模慢，设备老停机查不出原因"])
    taken = {"seconds": time.perf_counter() - started, "memory": resident_memory() - before}
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
