"""The machine and the versions that figures belong to."""

from __future__ import annotations

import math
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("numpy", "onnxruntime", "faiss-cpu", "bm25s", "tokenizers")


def machine(*others: str) -> str:
    """Processor, cores, memory, system, Python and the versions of what computes, and of ``others``."""
    packages = ", ".join(f"{name} {version(name)}" for name in dict.fromkeys((*_PACKAGES, *others)))
    return (
        f"{_first('/proc/cpuinfo', 'model name') or platform.processor()}, {cores()} cores, "
        f"{_memory_gib():.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {packages}"
    )


def as_served() -> dict[str, str]:
    """The environment with the one BLAS thread that `api.cli` sets: what is measured is what serves."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def today() -> str:
    """The day, in UTC."""
    return datetime.now(UTC).date().isoformat()


def resident_memory() -> float:
    """Resident memory of this process in MiB."""
    return _mebibytes("/proc/self/status", "VmRSS:")


def proportional_memory(process: int) -> float:
    """Memory of ``process`` in MiB, each page divided among those that share it; 0 when it has ended."""
    try:
        found = _mebibytes(f"/proc/{process}/smaps_rollup", "Pss:")
    except OSError:
        return 0.0
    return 0.0 if math.isnan(found) else found


def _memory_gib() -> float:
    return _mebibytes("/proc/meminfo", "MemTotal:") / 1024


def _mebibytes(path: str, name: str) -> float:
    words = _first(path, name).split()
    return int(words[0]) / 1024 if words else float("nan")


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""
