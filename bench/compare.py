"""`make bench`: Qingzhun, its peers and the floor of the machine, side by side in one run.

Writes its tables between the markers of docs/benchmarks.md. A peer that cannot be installed or run is
a row that says so. A short run: ``--offers 3000 --needs 100 --encoded 600 --growth --seconds 3``.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from api.settings import Settings
from bench.clients import over_http
from bench.floor import floor
from bench.judge import exact, ndcg10, recall
from bench.machine import as_served, cores, machine, today
from bench.material import Source, make_material, source
from bench.peers.harness import Material
from bench.report import report
from bench.tables import write_between

PEERS = ("txtai", "lancedb", "chroma", "qdrant", "zvec", "script")
GROWTH = (300, 3_000, 10_000, 50_000)
LARGE = 500_000
CLIENTS = (1, 4, 16)
_LONGEST_RUN = 3_600
_OVER_HTTP = 300
_MOST_OVER_HTTP = 100_000


def main() -> None:
    """Measure and write."""
    arguments = _arguments()
    made = source(Settings().model_cache_directory)
    work = arguments.work
    _say(f"material: {arguments.offers:,} offers, {arguments.needs:,} needs")
    material = Material(
        make_material(made, work / "main", arguments.offers, arguments.needs, arguments.encoded)
    )
    results: dict[str, Any] = {
        "date": today(),
        "machine": machine(),
        "command": shlex.join(["python", "-m", "bench.compare", *sys.argv[1:]]),
        "settings": {**material.settings, "model": Path(material.settings["model"]).name},
    }
    _say("the floor")
    results["floor"] = floor(material, cores())
    _say("qingzhun")
    results["ours"] = _ours(material, arguments.seconds, cores())
    answers = exact(material)
    results["systems"] = [results["ours"]]
    for name in arguments.peers:
        _say(name)
        results["systems"].append(_peer(material, name, arguments))
    for one in results["systems"]:
        if "error" not in one:
            one["recall_search"] = recall(material, answers, one)
            one.setdefault("ndcg10", {"final": ndcg10(made.taxonomy, one["ranked"])})
    results["growth"] = _growth(made, material, results["ours"], arguments)
    (work / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
    text = report(results)
    if arguments.write:
        write_between(arguments.write, text)
        _say(f"written: {arguments.write}")
    else:
        print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--offers", type=int, default=50_000)
    parser.add_argument("--needs", type=int, default=1_000)
    parser.add_argument("--encoded", type=int, default=2_000, help="offers that are really encoded")
    parser.add_argument("--seconds", type=float, default=15.0, help="for each filter and system")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--python", type=Path, default=Path(".venv-peers/bin/python"))
    parser.add_argument("--growth", type=int, nargs="*", default=GROWTH, help="numbers of offers")
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} offers too (minutes)")
    parser.add_argument("--work", type=Path, default=Path("build/bench"))
    parser.add_argument("--write", type=Path, help="the document to write to; else it is printed")
    arguments = parser.parse_args()
    if min(arguments.offers, arguments.needs, *arguments.growth, 1) < 1:
        parser.error("offers, needs and growth count from 1")
    if arguments.write and not arguments.write.is_file():  # minutes later it would be too late
        parser.error(f"there is no document {arguments.write} with marks to write between")
    return arguments


def _ours(material: Material, seconds: float, threads: int, *flags: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.ours", str(material.directory)]
    options = ["--seconds", str(seconds), "--threads", str(threads), *flags]
    return _run(command, material.directory / f"ours-{threads}.json", options, as_served())


def _peer(material: Material, name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    if not arguments.python.exists():
        return {"name": name, "error": f"{arguments.python} is not there (scripts/setup-peers)"}
    command = [str(arguments.python), "-m", f"bench.peers.{name}", str(material.directory)]
    result = material.directory / f"{name}.json"
    found = _run(command, result, ["--seconds", str(arguments.seconds)], dict(os.environ))
    return {"name": name, **found}


def _run(
    command: list[str], result: Path, options: list[str], environment: dict[str, str]
) -> dict[str, Any]:
    """What a process wrote to ``result``; its last words where it wrote nothing."""
    result.unlink(missing_ok=True)
    log = result.with_suffix(".log")
    # Nobody asks a hub: the model is a directory.
    environment = {**environment, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("w") as file:
        try:
            subprocess.run(
                [*command, str(result), *options],
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=_LONGEST_RUN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"not done after {_LONGEST_RUN} s"}
    if result.exists():
        found: dict[str, Any] = json.loads(result.read_text())
        return found
    said = log.read_text().strip().splitlines()
    return {"error": said[-1][:200] if said else "ended without a word"}


def _growth(
    made: Source, main: Material, ours: dict[str, Any], arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    """For each number of offers: build, memory, matches with one and two threads, HTTP."""
    sizes = [*arguments.growth, *([LARGE] if arguments.large else [])]
    found = []
    for size in sizes:
        _say(f"growth: {size:,} offers")
        material = main
        row: dict[str, Any] = {"offers": size}
        if size == arguments.offers:
            row[f"threads {cores()}"] = ours
        else:
            directory = arguments.work / f"growth-{size}"
            needs = min(arguments.needs, _OVER_HTTP)
            material = Material(make_material(made, directory, size, needs, arguments.encoded))
        for threads in sorted({cores(), 1}, reverse=True):
            if f"threads {threads}" not in row:
                row[f"threads {threads}"] = _ours(material, arguments.seconds, threads, "--brief")
        texts = [need["text"] for need in material.needs[:_OVER_HTTP]]
        if size <= _MOST_OVER_HTTP:
            served = over_http(material.directory / "data", texts, CLIENTS)
            row["http"] = {str(count): laps for count, laps in served.items()}
        found.append(row)
    return found


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
