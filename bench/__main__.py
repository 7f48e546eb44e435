"""Time of a match, split by step, in process and over HTTP; build time and memory. One table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from api.settings import Settings
from bench.catalogue import DrawnEncoder, fill, sample_records
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.build import build_generation
from matcher.centring import reference_needs
from matcher.encoder import OnnxEncoder
from matcher.engine import Matcher
from matcher.model.fetch import cached_model
from matcher.types import MatchQuery

STEPS = ("encode", "dense", "lexical", "fit", "explain")
SIZES = (300, 10_000, 50_000)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--needs", type=int, default=200)
    arguments = parser.parse_args()
    settings = Settings()
    cache = settings.model_cache.expanduser()
    faiss.omp_set_num_threads(1)
    taxonomy = Taxonomy.shipped()
    encoder = OnnxEncoder(cached_model(cache), settings.threads)
    records = sample_records(taxonomy, Path("samples"))
    drawn = DrawnEncoder(encoder, records)
    needs = [text for texts in reference_needs().values() for text in texts][: arguments.needs]
    console = Console()
    console.print(_machine())
    console.print(f"offers encoded: {_offers_per_second(encoder, records):.0f}/s")
    table = Table("offers", "step", "p50 ms", "p95 ms", "build s", "memory MB")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="qingzhun-bench-") as temporary:
            data = Path(temporary)
            store = Store.open(data)
            fill(store, records, size)
            started = time.perf_counter()
            build_generation(store, data, drawn, taxonomy)
            built = time.perf_counter() - started
            matcher = Matcher.open(store, data, encoder, taxonomy)
            laps = _laps(matcher, needs)
            for name in (*STEPS, "all but encode", "whole"):
                p50, p95 = np.percentile(laps[name], (50, 95))
                first = name == STEPS[0]
                table.add_row(
                    f"{size:,}" if first else "",
                    name,
                    f"{p50:.1f}",
                    f"{p95:.1f}",
                    f"{built:.1f}" if first else "",
                    f"{_memory():.0f}" if first else "",
                )
            p50, p95 = np.percentile(_over_http(data, needs), (50, 95))
            table.add_row("", "over HTTP", f"{p50:.1f}", f"{p95:.1f}", "", "", end_section=True)
            store.close()
    console.print(table)
    console.print(
        "build s: without the encoding of the offers (drawn vectors, see bench/catalogue.py)"
    )


def _laps(matcher: Matcher, needs: list[str]) -> dict[str, list[float]]:
    laps: dict[str, list[float]] = defaultdict(list)
    for text in needs[:10]:
        matcher.match(MatchQuery(f"{text}。"))
    for text in needs:
        timings = matcher.match(MatchQuery(text)).timings_ms
        for step in STEPS:
            laps[step].append(timings[step])
        laps["whole"].append(sum(timings.values()))
        laps["all but encode"].append(sum(timings.values()) - timings["encode"])
    return laps


def _over_http(data: Path, needs: list[str]) -> list[float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api.cli", "--data", str(data), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_ready(port)
        times = []
        for text in needs:
            body = json.dumps({"text": text}).encode()
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/v1/match", body, {"content-type": "application/json"}
            )
            started = time.perf_counter()
            with urllib.request.urlopen(request) as response:
                response.read()
            times.append((time.perf_counter() - started) * 1000)
        return times[10:]
    finally:
        server.terminate()
        server.wait()


def _until_ready(port: int) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health") as response:
                if json.load(response).get("ready"):
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the server did not become ready")


def _offers_per_second(encoder: OnnxEncoder, records: list) -> float:  # type: ignore[type-arg]
    texts = [getattr(record, "description", "") for record in records if record.kind == "solution"]
    started = time.perf_counter()
    encoder.encode_offers(texts[:200])
    return 200 / (time.perf_counter() - started)


def _memory() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _machine() -> str:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    parts = [f"{name} {version(name)}" for name in ("onnxruntime", "faiss-cpu", "bm25s", "numpy")]
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, " + ", ".join(parts)


if __name__ == "__main__":
    main()
