"""Calls from several threads, worked in one go when they come while another one is at work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Call(Generic[Item, Result]):
    def __init__(self, items: Sequence[Item]):
        self.items = items
        self.results: list[Result] | None = None
        self.alone = False
        self.turn = threading.Event()


class MicroBatch(Generic[Item, Result]):
    """``work`` for many threads: a call that comes alone is worked at once, in its own thread.

    Calls that come meanwhile are worked together next, by the first of them, up to ``limit`` items.
    """

    def __init__(self, work: Callable[[list[Item]], list[Result]], limit: int):
        """``work`` gives one result an item, in order, and may be called from any thread."""
        self._work = work
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: deque[_Call[Item, Result]] = deque()
        self._busy = False

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """The results of ``items``; what ``work`` raises on them is raised here."""
        call: _Call[Item, Result] = _Call(items)
        with self._lock:
            leads = not self._busy
            self._busy = True
            if not leads:
                self._waiting.append(call)
        if leads:
            self._lead([call])
        else:
            call.turn.wait()
            if call.results is None and not call.alone:
                self._lead([call, *self._taken(len(items))])
        if call.results is None:
            call.results = self._work(list(items))
        return call.results

    def _taken(self, items: int) -> list[_Call[Item, Result]]:
        """The calls that still fit beside ``items`` others, in the order in which they came."""
        taken = []
        with self._lock:
            while self._waiting and items + len(self._waiting[0].items) <= self._limit:
                items += len(self._waiting[0].items)
                taken.append(self._waiting.popleft())
        return taken

    def _lead(self, calls: list[_Call[Item, Result]]) -> None:
        try:
            results = iter(self._work([item for call in calls for item in call.items]))
            for call in calls:
                call.results = [next(results) for _ in call.items]
        except Exception:
            if len(calls) == 1:
                raise
            # Nobody answers for another one's items: each call is worked again by itself.
            for call in calls:
                call.results, call.alone = None, True
        finally:
            for call in calls[1:]:
                call.alone = call.results is None
                call.turn.set()
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                self._busy = following is not None
            if following is not None:
                following.turn.set()
