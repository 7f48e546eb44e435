"""A build in a process of its own that says where it is and takes its time, so that it can be killed.

``python -m tests.interrupted_build DATA ENCODED`` adds the number of texts of each encoding to the
file ENCODED before the vectors are kept.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matcher.index.generation
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.index.build import build_generation
from tests.fakes import HashEncoder, quick_build

PAUSE_SECONDS = 0.3


class CountingEncoder(HashEncoder):
    """Counts texts in a file that outlives the process; slow enough to be killed in the middle."""

    def __init__(self, encoded: Path):
        super().__init__()
        self._encoded = encoded

    def encode_needs(self, texts: Sequence[str], progress: Any = None) -> Any:
        with self._encoded.open("a") as file:
            file.write(f"{len(texts)}\n")
        say("encoding")
        return super().encode_needs(texts, progress)

    encode_offers = encode_needs


def say(step: str) -> None:
    """Tell the parent where the build is, and give it the time to kill."""
    print(step, flush=True)
    time.sleep(PAUSE_SECONDS)


def told(name: str) -> Callable[..., Any]:
    """The function ``name`` of the generation, told before it runs."""
    original = getattr(matcher.index.generation, name)

    def wrapped(*arguments: Any) -> Any:
        say(name.strip("_"))
        return original(*arguments)

    return wrapped


def main(data: Path, encoded: Path) -> None:
    """Build, saying each step."""
    for name in ("_checksums", "publish"):
        setattr(matcher.index.generation, name, told(name))
    store = Store.open(data)
    with quick_build():
        build_generation(
            store,
            data,
            CountingEncoder(encoded),
            Taxonomy.shipped(),
            lambda step, done, total: print(step, flush=True),
        )
    print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
