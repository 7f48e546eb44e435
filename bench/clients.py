"""Needs over HTTP: one server process, clients that each keep one connection and wait for answers."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.machine import as_served
from bench.peers.harness import percentiles

_READY_SECONDS = 60.0
_WARM = 10
_MARKS = "。！；…"


def over_http(
    data: Path, texts: Sequence[str], clients: Sequence[int]
) -> dict[int, dict[str, float]]:
    """For each number of clients: p50 and p95 of an answer in ms, answers a second."""
    found = {}
    with _served(data) as port:
        for stage, count in enumerate(clients):
            # Another mark at the end of a text: no need was encoded before.
            asked = [text + _MARKS[stage % len(_MARKS)] for text in texts]
            _asked(port, asked[:_WARM])
            asked = asked[_WARM:]
            started = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                parts = [asked[place::count] for place in range(count)]
                laps = [
                    lap for part in pool.map(lambda one: _asked(port, one), parts) for lap in part
                ]
            spent = time.perf_counter() - started
            found[count] = {**percentiles(laps), "per_s": len(laps) / spent}
    return found


def _asked(port: int, texts: Sequence[str]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    laps = []
    for text in texts:
        body = json.dumps({"text": text}).encode()
        started = time.perf_counter()
        connection.request("POST", "/v1/match", body, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        laps.append(time.perf_counter() - started)
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer[:200]!r}")
    connection.close()
    return laps


@contextmanager
def _served(data: Path) -> Any:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.server", str(data), str(port)]
    server = subprocess.Popen(
        command, env=as_served(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until_ready(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health") as response:
                if json.load(response).get("ready"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the server did not become ready")
