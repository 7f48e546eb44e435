"""A build that is killed at any moment leaves what serves as it is, and goes on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from catalog.records import Need, Solution
from matcher.index.build import shipped_analyzer
from matcher.index.embedding import ENCODED_AT_ONCE
from matcher.index.generation import current_id, generations_directory, load_generation
from matcher.types import MatchQuery
from tests.conftest import Built

OFFERS, NEEDS = 600, 300
KILLED_AT = (("offers", "encoding"), ("lexical", "encoding"), ("needs", "checksums"), ("publish",))
"""What the build said last when it was killed.

In the middle of offers, of needs and of writing, and between a whole generation and its publication.
"""


def run(built: Built, encoded: Path, until: tuple[str, ...]) -> int:
    """Build in another process, killed once it has said ``until`` in that order. Its exit code."""
    command = [sys.executable, "-m", "tests.interrupted_build", str(built.data), str(encoded)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = iter(until)
        awaited = next(said, None)
        for line in child.stdout:
            if line.strip() == awaited:
                awaited = next(said, None)
                if awaited is None:
                    child.send_signal(signal.SIGKILL)
                    break
        child.stdout.read()
    assert awaited is None, f"the build never came to {awaited}"
    return child.returncode


def test_a_killed_build_goes_on_where_it_stopped(built: Built, tmp_path: Path) -> None:
    with built.store.writing("test") as writer:
        for number in range(OFFERS):
            writer.put(Solution(name=f"产品{number}", description=f"第{number}号，停机换模"))
        for number in range(NEEDS):
            writer.put(Need(text=f"第{number}条需求，老停机"))
    encoded = tmp_path / "encoded"
    root, analyzer = generations_directory(built.data), shipped_analyzer(built.taxonomy)
    for until in KILLED_AT:
        assert run(built, encoded, until) == -signal.SIGKILL
        # The kernel gives the locks of the dead back.
        for lock in ("build.lock", "store.lock"):
            with FileLock(built.data / lock, timeout=0):
                pass
        assert bool(list(root.glob("building-*"))) == (until[0] in ("lexical", "needs"))
        assert current_id(built.data) == built.info.id
        load_generation(built.data, built.info.id, built.encoder.space, analyzer)
    assert run(built, encoded, ()) == 0
    assert not list(root.glob("building-*"))
    total = sum(map(int, encoded.read_text().split()))
    assert OFFERS + NEEDS <= total <= OFFERS + NEEDS + ENCODED_AT_ONCE * len(KILLED_AT)
    assert built.matcher.reload() and built.matcher.later_rows == 0
    calls = built.encoder.calls
    assert built.matcher.match(MatchQuery("第5号，停机换模")).generation != built.info.id
    assert built.encoder.calls == calls + 1
