"""A run over many needs: in this process or in several, part by part, each kept when it is done."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from catalog.errors import Bilingual, CatalogError
from catalog.lexicon import served_taxonomy
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.bulk.lists import match_many, texts_of
from matcher.bulk.parts import AskedNeed, Parts
from matcher.encoder import Progress, Vectors
from matcher.engine import Matcher
from matcher.errors import BulkStopped, MatcherError
from matcher.index.snapshot import Snapshot
from matcher.needs.kept import KeptMeanings
from matcher.types import MatchQuery

PART = 1024
"""Needs of a part: a few seconds of work, so little is lost when a run is killed."""
_WAITING = 2
"""Parts that wait for each process, so that none is ever idle."""
_NOBODY = Bilingual("无法读取", "cannot be read")

Encode = Callable[[Sequence[str]], Vectors]
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Served:
    """What a run answers from: one generation after one change, its dates read as of one moment."""

    matcher: Matcher
    snapshot: Snapshot
    taxonomy: Taxonomy
    kept: KeptMeanings


@dataclass(frozen=True, slots=True)
class Place:
    """Where another process finds what is served, and what it must find there."""

    data: Path
    database: str | None
    space: str
    dimension: int
    generation: str
    sequence: int
    moment: datetime

    def opened(self) -> Served:
        """The same that the first process answers from.

        Raises:
            BulkStopped: the catalogue changed meanwhile.
        """
        store = Store.open(self.data, self.database)
        taxonomy = served_taxonomy(store)
        encoder = _KnownVectors(self.space, self.dimension)
        matcher = Matcher(store, self.data, encoder, taxonomy, lambda: self.moment)
        snapshot = matcher.snapshot()
        if (matcher.generation, snapshot.sequence) != (self.generation, self.sequence):
            raise _changed()
        return Served(matcher, snapshot, taxonomy, matcher.kept_meanings())


def run_parts(
    parts: Parts,
    served: Served,
    place: Place,
    needs: Iterable[AskedNeed],
    encode: Encode,
    workers: int,
    report: Report,
) -> None:
    """Match ``needs`` part by part into ``parts``; those that are there are not done again.

    ``encode`` gives the vectors of normalised texts; only this process calls it. ``report`` is told
    after each part how many needs it had.

    Raises:
        BulkStopped: a process died, or the catalogue changed; the parts that are done stay.
    """
    chunks = _left(needs, parts.done(), report)
    first = list(islice(chunks, 2))
    todo = (
        (number, _Chunk.of(chunk, encode, place.dimension))
        for number, chunk in chain(first, chunks)
    )
    if workers == 1 or len(first) < 2:
        for number, chunk in todo:
            _match(served, parts, number, chunk)
            report(len(chunk.needs))
        return
    context = multiprocessing.get_context("spawn")
    start = (place, parts.directory)
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(workers, context, _start, start) as pool:
        waiting: dict[Future[tuple[Bilingual, Bilingual] | None], int] = {}
        try:
            for number, chunk in todo:
                with _deaf_children():
                    future = pool.submit(_match_here, number, chunk)
                waiting[future] = len(chunk.needs)
                if len(waiting) >= _WAITING * workers:
                    _settle(waiting, report)
            while waiting:
                _settle(waiting, report)
        except BrokenProcessPool as error:
            raise BulkStopped(
                Bilingual("一个匹配进程意外结束", "a process ended unexpectedly"),
                Bilingual(
                    "已完成的部分保留，可再次运行；--workers 1 占用内存较少",
                    "what is done stays, run it again; --workers 1 needs less memory",
                ),
            ) from error
        except KeyboardInterrupt:
            # A part is whole or not there: nobody needs to wait for those that are being matched.
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that start in the block do not hear Ctrl-C, which goes to all of a terminal at once.

    This process hears it when the block ends, and ends them.
    """
    resource_tracker.ensure_running()  # when it starts it lets every signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _left(
    needs: Iterable[AskedNeed], done: frozenset[int], report: Report
) -> Iterator[tuple[int, list[AskedNeed]]]:
    """The needs in parts, without the parts that are done."""
    remaining = iter(needs)
    number = 0
    while chunk := list(islice(remaining, PART)):
        if number in done:
            report(len(chunk))
        else:
            yield number, chunk
        number += 1


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Needs of one part: what is asked, their texts (`texts_of`) and the vectors of these."""

    needs: Sequence[AskedNeed]
    queries: Sequence[MatchQuery | Bilingual]
    texts: Sequence[str | None]
    vectors: Vectors

    @classmethod
    def of(cls, needs: Sequence[AskedNeed], encode: Encode, dimension: int) -> _Chunk:
        """``needs`` with vectors; zeros for what cannot be read, and is refused later."""
        queries = [one.query or one.problem or _NOBODY for one in needs]
        texts = texts_of(queries)
        vectors = np.zeros((len(needs), dimension), dtype=np.float32)
        vectors[[text is not None for text in texts]] = encode(
            [text for text in texts if text is not None]
        )
        return cls(needs, queries, texts, vectors)


def _match(served: Served, parts: Parts, number: int, chunk: _Chunk) -> None:
    told = match_many(
        served.matcher,
        served.snapshot,
        served.taxonomy,
        chunk.queries,
        chunk.texts,
        chunk.vectors,
        served.kept,
    )
    parts.save(number, chunk.needs, told)


def _settle(waiting: dict[Future[tuple[Bilingual, Bilingual] | None], int], report: Report) -> None:
    """Wait for the next part that is done."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        needs = waiting.pop(future)
        problem = future.result()
        if problem is not None:
            raise BulkStopped(*problem)
        report(needs)


class _Here:
    """What one process of the pool works with: set when it starts, opened with its first part."""

    place: Place | None = None
    parts: Parts | None = None
    served: Served | None = None


def _start(place: Place, directory: Path) -> None:
    _Here.place, _Here.parts = place, Parts(directory, place.moment)
    threading.Thread(
        target=_end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    # One process a core: threads of their own would only get into each other's way.
    threadpool_limits(1)
    faiss.omp_set_num_threads(1)


def _end_with(parent: BaseProcess | None) -> None:
    """End this process when its parent was killed: nobody would ask it for anything any more."""
    if parent is not None:
        parent.join()
        os._exit(1)


def _match_here(number: int, chunk: _Chunk) -> tuple[Bilingual, Bilingual] | None:
    """One part, matched and kept; a known error is told as message and hint."""
    assert _Here.place is not None and _Here.parts is not None
    try:
        if _Here.served is None:
            _Here.served = _Here.place.opened()
        _match(_Here.served, _Here.parts, number, chunk)
    except (CatalogError, MatcherError) as error:
        return error.message, error.hint
    return None


class _KnownVectors:
    """The encoder of a process that encodes nothing: every vector is in the store or handed to it."""

    def __init__(self, space: str, dimension: int):
        self.space = space
        self.dimension = dimension

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Never asked."""
        raise _changed()

    encode_offers = encode_needs


def _changed() -> BulkStopped:
    return BulkStopped(
        Bilingual("匹配期间目录有变化", "the catalogue changed while needs were matched"),
        Bilingual("请重新运行", "run it again"),
    )
