"""Needs that nothing served are recorded beside the answer, which neither waits for it nor fails."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from catalog.store import Store
from catalog.unmet import record_unmet
from matcher.answers.demand import demand_of
from matcher.types import Answer, MatchQuery

logger = logging.getLogger("qingzhun.api")
COMMAND_WAIT_SECONDS = 3.0
_SERVER_WAIT_SECONDS = 30.0
_MOST_WAITING = 200


def record_unserved(
    store: Store, query: MatchQuery, answer: Answer, wait: float = COMMAND_WAIT_SECONDS
) -> None:
    """Keep the need when ``answer`` says that nothing is made for it. Never raises."""
    nearest = answer.nearest
    demand = demand_of(
        query,
        answer.understanding,
        answer.lacking,
        answer.generation,
        nearest.id if nearest else None,
        nearest.misfits[0].code if nearest and nearest.misfits else "unserved",
    )
    if demand is None:
        return
    try:
        record_unmet(store, query.text, query.city, demand, wait)
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer stands
        # What, not why: the message of an error may quote the text of the need.
        what = getattr(error, "code", type(error).__name__)
        logger.warning("an unmet need was not recorded: %s", what)


class Recorder:
    """Records for a server: one worker, ``most`` needs may wait, the rest are dropped and logged."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._places = threading.BoundedSemaphore(most)

    def soon(self, store: Store, query: MatchQuery, answer: Answer) -> None:
        """Have the need recorded, when nothing is made for it, without waiting for that."""
        if answer.lacking is None or not answer.lacking.demand:
            return
        if not self._places.acquire(blocking=False):
            logger.warning("an unmet need was not recorded: too many are waiting")
            return
        try:
            self._worker.submit(self._record, store, query, answer)
        except RuntimeError:  # the server stops
            self._places.release()
            logger.warning("an unmet need was not recorded: the server stops")

    def settle(self) -> None:
        """Wait until what was handed in so far is recorded."""
        self._worker.submit(lambda: None).result()

    def close(self) -> None:
        """Record what waits, then stop."""
        self._worker.shutdown(wait=True)

    def _record(self, store: Store, query: MatchQuery, answer: Answer) -> None:
        try:
            record_unserved(store, query, answer, _SERVER_WAIT_SECONDS)
        finally:
            self._places.release()
