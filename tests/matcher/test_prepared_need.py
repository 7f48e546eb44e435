"""A need whose vector is asked for by several threads: encoded once, and beside other needs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from matcher.encoder import PreparedNeed, Vectors

VECTOR = np.array([1.0, 0.0], dtype=np.float32)
SECONDS = 5.0


def test_two_needs_are_encoded_side_by_side() -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def run() -> Vectors:
        both.wait()  # broken when the other waits for this one
        return VECTOR

    with ThreadPoolExecutor(2) as pool:
        needs = [PreparedNeed(run), PreparedNeed(run)]
        vectors = list(pool.map(lambda need: need.vector, needs))
    assert all(np.array_equal(one, VECTOR) for one in vectors)


def test_a_need_asked_for_twice_is_encoded_once() -> None:
    runs, begun, go = [], threading.Event(), threading.Event()

    def run() -> Vectors:
        runs.append(1)
        begun.set()
        go.wait(SECONDS)
        return VECTOR

    need = PreparedNeed(run)
    assert not need.encoded
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: need.vector)
        begun.wait(SECONDS)
        second = pool.submit(lambda: need.vector)
        go.set()
        assert first.result() is second.result()
    assert runs == [1] and need.encoded
