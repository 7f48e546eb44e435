"""Compaction: what was laid over a generation is folded into a new one while the old one serves.

The build runs in a process of its own, at low priority: its memory goes back when it ends, its work
does not hold up the interpreter that answers, and a build that dies takes nothing along. One-shot
commands never compact (docs/decisions/0010-compaction.md).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from api.settings import Settings
from catalog.errors import Bilingual, CatalogError
from catalog.records import Kind
from matcher.errors import BuildFailed, BuildRunning, MatcherError

INDEXED = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE, Kind.NEED)
"""Kinds of records whose changes are laid over a generation."""
SHARE = 0.05
FEWEST = 100
"""A small catalogue is not built anew for every handful of changes."""
FIRST_RETRY_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 3_600.0
_NICE = 5
_LOOK_SECONDS = 0.5


class Compaction:
    """When the next compaction is due: after ``rows`` changes, or 5 % of the records where that is less.

    At least 100 changes make it due unless ``rows`` is less; 0 never. After a failure the next attempt
    waits one minute, then twice as long each time, up to an hour.
    """

    def __init__(self, rows: int):
        self._rows = rows
        self._wait = FIRST_RETRY_SECONDS
        self._not_before = 0.0

    def due(self, changed: int, records: int, now: float) -> bool:
        """Whether ``changed`` records of ``records`` are enough; ``now`` in seconds of any clock."""
        bound = min(self._rows, max(FEWEST, int(SHARE * records)))
        return bound > 0 and changed >= bound and now >= self._not_before

    def failed(self, now: float) -> None:
        """The attempt failed: wait longer each time."""
        self._not_before = now + self._wait
        self._wait = min(2 * self._wait, LONGEST_RETRY_SECONDS)

    def succeeded(self) -> None:
        """The attempt ended well."""
        self._wait, self._not_before = FIRST_RETRY_SECONDS, 0.0


def build_apart(settings: Settings, stopped: threading.Event) -> bool:
    """Build a generation in a process of its own; ``False`` when another build runs or ``stopped`` is set.

    A build that is stopped goes on where it was the next time.

    Raises:
        BuildFailed: it could not be finished; the serving generation stays.
    """
    from matcher.index.build import is_building

    if is_building(settings.data):
        return False
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "api.compaction"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise _broken_off(str(error)) from error
    told: str | None = settings.model_dump_json()
    while True:
        try:
            said, _ = child.communicate(told, timeout=_LOOK_SECONDS)
            break
        except subprocess.TimeoutExpired:
            told = None
            if stopped.is_set():
                child.kill()
                child.communicate()
                return False
    return _outcome(said, child.returncode)


def _outcome(said: str, code: int) -> bool:
    with suppress(ValueError, IndexError):
        answer: dict[str, Any] = json.loads(said.splitlines()[-1])
        if "message" in answer:
            raise BuildFailed(Bilingual(*answer["message"]), Bilingual(*answer["hint"]))
        return bool(answer["built"])
    raise _broken_off(str(code))


def _broken_off(why: str) -> BuildFailed:
    return BuildFailed(
        Bilingual(f"后台建立索引的进程中断（{why}）", f"the background build ended with {why}"),
        Bilingual(
            "原来的索引仍在使用；请检查内存是否够用，稍后会自动重试",
            "the one before still serves; check the memory, it is tried again later",
        ),
    )


def main() -> int:
    """Build as the settings on standard input say; one line of JSON on standard output."""
    from api.assembly import load_encoder, opened_store, served_taxonomy
    from matcher.index.build import build_generation

    os.nice(_NICE)
    settings = Settings.model_validate_json(sys.stdin.read())
    answer: dict[str, Any]
    try:
        with opened_store(settings) as store:
            encoder, taxonomy = load_encoder(settings), served_taxonomy(store)
            built = build_generation(store, settings.data, encoder, taxonomy, wait=0)
            answer = {"built": built.id}
    except BuildRunning:
        answer = {"built": ""}
    except (MatcherError, CatalogError) as error:
        message, hint = error.message, error.hint
        answer = {"message": [message.zh, message.en], "hint": [hint.zh, hint.en]}
    sys.stdout.write(json.dumps(answer) + "\n")
    return int("message" in answer)


if __name__ == "__main__":
    sys.exit(main())
