"""Time of a match by step, in process and over HTTP, build time and memory, at several sizes. One table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.settings import Settings
from bench.clients import over_http
from bench.machine import as_served, cores, machine
from bench.material import make_material, source
from bench.peers.harness import Material

SIZES = (300, 10_000, 50_000)


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--needs", type=int, default=200)
    parser.add_argument("--encoded", type=int, default=2_000, help="offers that are really encoded")
    parser.add_argument("--work", type=Path, default=Path("build/bench"))
    arguments = parser.parse_args()
    made = source(Settings().model_cache_directory)
    console = Console()
    console.print(machine())
    table = Table("offers", "step", "p50 ms", "p95 ms", "build s", "memory MB")
    for size in arguments.sizes:
        directory = arguments.work / f"steps-{size}"
        material = Material(
            make_material(made, directory, size, arguments.needs, arguments.encoded)
        )
        result = directory / "ours.json"
        command = [sys.executable, "-m", "bench.ours", str(directory), str(result), "--brief"]
        subprocess.run([*command, "--threads", str(cores())], env=as_served(), check=True)
        found = json.loads(result.read_text())
        http = over_http(directory / "data", [need["text"] for need in material.needs], [1])[1]
        rows = {
            **found["steps"],
            "all but encode": found["answered"]["none"],
            "whole": found["match"]["none"],
            "over HTTP": http,
        }
        for name, laps in rows.items():
            first = name == next(iter(rows))
            table.add_row(
                f"{size:,}" if first else "",
                name,
                f"{laps['p50']:.1f}",
                f"{laps['p95']:.1f}",
                f"{found['generation_s']:.1f}" if first else "",
                f"{found['match_memory_mb']:.0f}" if first else "",
                end_section=name == "over HTTP",
            )
    console.print(table)
    console.print("build s: without the encoding of the offers (drawn vectors, bench/drawn.py)")


if __name__ == "__main__":
    main()
