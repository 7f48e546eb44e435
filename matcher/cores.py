"""The cores of the machine: one answer alone may leave a part of its work to another core."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Cores:
    """Counts the answers that are being made. Thread-safe."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(thread_name_prefix="beside")
        self._lock = threading.Lock()
        self._answers = 0
        self._most = 1 if (os.cpu_count() or 1) > 1 else 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        """One more answer is being made."""
        with self._lock:
            self._answers += 1
        try:
            yield
        finally:
            with self._lock:
                self._answers -= 1

    def begun(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """``work`` begun on another core, or done when this returns if there is none to spare.

        With several answers being made every core has one: two threads for each would hold them up.
        """
        if self._answers <= self._most:
            return self._pool.submit(work, *args, **kwargs)
        return done(work, *args, **kwargs)


def done(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """``work`` done when this returns; what it raises is raised here."""
    future = Future[T]()
    future.set_result(work(*args, **kwargs))
    return future
