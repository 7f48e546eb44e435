"""Records as answers show them: read once, kept while they are what the store holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from catalog.records import OFFER_KINDS, Record
from catalog.store import Store

MOST_WEIGHT = 24_000_000
"""Of all kept records together; about 75 MB in memory, 8,000 records of the usual length."""
_RECORD_WEIGHT = 2_500
"""Of a record besides its text, so that weight is about characters."""


class ShownRecords:
    """Offers by id, the latest used kept. Thread-safe.

    What is kept holds up to one change of the store: every record that changed since is dropped
    before anything is handed out, so nothing stale ever is.
    """

    def __init__(self, store: Store, most_weight: int = MOST_WEIGHT):
        self._store = store
        self._most = most_weight
        self._kept: OrderedDict[str, Record] = OrderedDict()
        self._weight = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """Weight of all that is kept; never above the bound."""
        return self._weight

    def at(self, sequence: int, record_ids: Iterable[str]) -> dict[str, Record]:
        """These records as they are at ``sequence`` of the store or later; unknown ids are left out."""
        found: dict[str, Record] = {}
        missing: list[str] = []
        with self._lock:
            self._catch_up(sequence)
            held_at = self._sequence
            for one in dict.fromkeys(record_ids):
                record = self._kept.get(one)
                if record is None:
                    missing.append(one)
                else:
                    self._kept.move_to_end(one)
                    found[one] = record
        if missing:
            read = self._store.records(missing)
            found |= read
            with self._lock:
                # A change that came meanwhile was dropped already: what was read may be older.
                if self._sequence == held_at:
                    for one, record in read.items():
                        self._keep(one, record)
        return found

    def _catch_up(self, sequence: int) -> None:
        # An answer that began before the last change is shown what changed since.
        if sequence <= self._sequence:
            return
        if self._kept:
            for one in self._store.changed_since(self._sequence, *OFFER_KINDS):
                self._drop(one)
        self._sequence = sequence

    def _keep(self, one: str, record: Record) -> None:
        self._drop(one)
        weight = _weight(record)
        if weight > self._most:
            return
        self._kept[one] = record
        self._weight += weight
        while self._weight > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, one: str) -> None:
        record = self._kept.pop(one, None)
        if record is not None:
            self._weight -= _weight(record)


def _weight(record: Record) -> int:
    return _RECORD_WEIGHT + 2 * len(getattr(record, "description", ""))
