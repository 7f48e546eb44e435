"""Calls that come together are worked together; one that comes alone does not wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from matcher.microbatch import MicroBatch


class Work:
    """Doubles numbers; the first piece of work waits until it is let go."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.threads: list[int] = []
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.seen.append(items)
        self.threads.append(threading.get_ident())
        if len(self.seen) == 1:
            self.started.set()
            assert self.go.wait(30)
        if -1 in items:
            raise ValueError("minus one")
        return [2 * item for item in items]


class Caller(threading.Thread):
    def __init__(self, call: Callable[[list[int]], list[int]], items: list[int]):
        super().__init__()
        self.call, self.items = call, items
        self.results: list[int] | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.results = self.call(self.items)
        except ValueError as error:
            self.error = error


def queued(batch: MicroBatch[int, int], work: Work, *calls: list[int]) -> list[Caller]:
    """One caller at work, and the others waiting behind it in this order."""
    callers = [Caller(batch, calls[0])]
    assert work.started.wait(30)
    for number, items in enumerate(calls[1:], start=1):
        callers.append(Caller(batch, items))
        while len(batch._waiting) < number:
            time.sleep(0.001)
    work.go.set()
    for caller in callers:
        caller.join(30)
        assert not caller.is_alive()
    return callers


def test_a_call_alone_is_worked_in_its_own_thread() -> None:
    work = Work()
    work.go.set()
    batch = MicroBatch(work, limit=8)
    assert batch([1, 2]) == [2, 4]
    assert batch([3]) == [6]
    assert work.seen == [[1, 2], [3]]
    assert work.threads == [threading.get_ident()] * 2


def test_calls_that_wait_are_worked_together() -> None:
    work = Work()
    callers = queued(MicroBatch(work, limit=8), work, [1], [2, 3], [4], [5])
    assert [caller.results for caller in callers] == [[2], [4, 6], [8], [10]]
    assert work.seen == [[1], [2, 3, 4, 5]]


def test_no_more_than_the_limit_is_worked_together() -> None:
    work = Work()
    callers = queued(MicroBatch(work, limit=3), work, [1], [2, 3], [4, 5], [6])
    assert [caller.results for caller in callers] == [[2], [4, 6], [8, 10], [12]]
    assert work.seen == [[1], [2, 3], [4, 5, 6]]


def test_a_call_above_the_limit_is_worked_by_itself() -> None:
    work = Work()
    callers = queued(MicroBatch(work, limit=1), work, [1], [2, 3], [4])
    assert [caller.results for caller in callers] == [[2], [4, 6], [8]]


def test_an_error_reaches_only_the_call_that_caused_it() -> None:
    work = Work()
    callers = queued(MicroBatch(work, limit=8), work, [1], [2], [-1], [3])
    assert [caller.results for caller in callers] == [[2], [4], None, [6]]
    assert [caller.error is not None for caller in callers] == [False, False, True, False]


def test_work_goes_on_after_an_error() -> None:
    work = Work()
    work.go.set()
    batch = MicroBatch(work, limit=8)
    with pytest.raises(ValueError, match="minus one"):
        batch([-1])
    assert batch([4]) == [8]


def test_many_threads_get_their_own_results() -> None:
    batch: MicroBatch[int, int] = MicroBatch(lambda items: [2 * item for item in items], limit=5)
    callers = [Caller(batch, [number, -number]) for number in range(200)]
    for caller in callers:
        caller.join(30)
    assert [caller.results for caller in callers] == [[2 * n, -2 * n] for n in range(200)]
    assert not batch._busy and not batch._waiting
