"""The parts of a run over many needs, written as it goes: a run that was killed goes on where it was.

They lie beside the output in ``OUT.parts``: a plan with the key of the run, and one file for every
thousand needs, renamed into place when it is whole. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.privacy import MASK, masked
from catalog.unmet import Demand
from matcher.bulk.lists import Told
from matcher.errors import BulkStopped
from matcher.types import MatchQuery

_PLAN = "plan.json"
_TEXT = 200
"""Characters of a need that the output repeats."""


@dataclass(frozen=True, slots=True)
class AskedNeed:
    """One need of a run: where it stands, whose it is, what is asked; without a query the ``problem``."""

    place: str
    enterprise: str | None
    query: MatchQuery | None
    problem: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part: what was told, and of each need place, text (cut), enterprise and city."""

    told: Told
    needs: tuple[tuple[str, str, str | None, str | None], ...]


class Parts:
    """The folder of one run's parts; one process at a time works in it."""

    def __init__(self, directory: Path, moment: datetime, lock: FileLock | None = None):
        self.directory = directory
        self.moment = moment
        self._lock = lock

    @classmethod
    def open(cls, out: Path, key: str, now: datetime) -> Parts:
        """The parts beside ``out``: those of the run that was stopped, if it had the same ``key``.

        ``moment`` is when that run began: it goes on with the dates of that day.

        Raises:
            BulkStopped: another process works in it, or the folder is no folder of parts.
        """
        directory = out.with_name(f"{out.name}.parts")
        plan = directory / _PLAN
        if directory.exists() and not plan.is_file() and any(directory.iterdir()):
            raise BulkStopped(
                Bilingual(
                    f"{directory} 已存在，但不是中间结果", f"{directory} holds something else"
                ),
                Bilingual("请移开它，或换一个 --out", "move it away or choose another --out"),
                field="out",
            )
        directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise BulkStopped(
                Bilingual(f"另一个进程正在写 {out}", f"another process is writing {out}"),
                Bilingual("请等它结束", "wait until it ends"),
                field="out",
            ) from error
        known = json.loads(plan.read_text()) if plan.is_file() else {}
        if known.get("key") != key:
            for old in directory.glob("*.npz"):
                old.unlink()
            known = {"key": key, "moment": now.isoformat()}
            _write(plan, json.dumps(known).encode())
        for unfinished in directory.glob("*.new"):
            unfinished.unlink()
        return cls(directory, datetime.fromisoformat(known["moment"]), lock)

    def done(self) -> frozenset[int]:
        """Numbers of the parts that are there."""
        return frozenset(int(path.stem) for path in self.directory.glob("[0-9]*.npz"))

    def save(self, number: int, needs: Sequence[AskedNeed], told: Told) -> None:
        """Keep part ``number``; it appears when it is whole."""
        described = [
            (
                one.place,
                _shown(one.query.text) if one.query else "",
                one.enterprise,
                one.query.city if one.query else None,
            )
            for one in needs
        ]
        remarks = [None if one is None else (one.zh, one.en) for one in told.remarks]
        demands = [None if one is None else asdict(one) for one in told.demands]
        path = self.directory / f"{number:06d}.npz"
        with path.with_suffix(".new").open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                listed=told.listed,
                status=told.status,
                needs=_as_bytes(described),
                remarks=_as_bytes(remarks),
                demands=_as_bytes(demands),
            )
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").replace(path)

    def __iter__(self) -> Iterator[Part]:
        """The parts in their order."""
        for number in sorted(self.done()):
            path = self.directory / f"{number:06d}.npz"
            with np.load(path, allow_pickle=False) as arrays:
                remarks = [one and Bilingual(*one) for one in json.loads(bytes(arrays["remarks"]))]
                needs = tuple(tuple(one) for one in json.loads(bytes(arrays["needs"])))
                demands = tuple(map(_demand, json.loads(bytes(arrays["demands"]))))
                told = Told(arrays["listed"], arrays["status"], tuple(remarks), demands)
                yield Part(told, needs)

    def close(self) -> None:
        """Leave the parts to the next run."""
        if self._lock is not None:
            self._lock.release()

    def remove(self) -> None:
        """The output stands: the parts are not needed any more."""
        self.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _demand(values: dict[str, Any] | None) -> Demand | None:
    lists = ("sectors", "scenarios")
    if values is None:
        return None
    return Demand(**values | {name: tuple(values[name]) for name in lists})


def _shown(text: str) -> str:
    """The beginning of a need's text, as it was written but for personal data."""
    shown = masked(text[: 2 * _TEXT])
    return (shown if MASK in shown else text)[:_TEXT]


def _as_bytes(value: object) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), dtype=np.uint8)


def _write(path: Path, data: bytes) -> None:
    with path.with_suffix(".new").open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".new").replace(path)
