"""Records as answers show them: read once, kept while they are what the store holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.records import OFFER_KINDS, Record
from catalog.store import Store
from matcher.text import offer_text

MOST_WEIGHT = 24_000_000
"""Of all kept records together; about 75 MB in memory, 8,000 records of the usual length."""
_RECORD_WEIGHT = 2_500
"""Of a record besides its text, so that weight is about characters."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A record, and its offer text in lower case, in which shared words are looked up."""

    record: Record
    text: str


class ShownRecords:
    """Offers by id, the latest used kept. Thread-safe.

    What is kept holds up to one change of the store: every record that changed since is dropped
    before anything is handed out, so nothing stale ever is.
    """

    def __init__(self, store: Store, most_weight: int = MOST_WEIGHT):
        self._store = store
        self._most = most_weight
        self._kept: OrderedDict[str, Shown] = OrderedDict()
        self._weight = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """Weight of all that is kept; never above the bound."""
        return self._weight

    def at(self, sequence: int, record_ids: Iterable[str]) -> dict[str, Shown]:
        """These records as they are at ``sequence`` of the store or later; unknown ids are left out."""
        found: dict[str, Shown] = {}
        missing: list[str] = []
        with self._lock:
            self._catch_up(sequence)
            held_at = self._sequence
            for one in dict.fromkeys(record_ids):
                shown = self._kept.get(one)
                if shown is None:
                    missing.append(one)
                else:
                    self._kept.move_to_end(one)
                    found[one] = shown
        if missing:
            read = {
                one: Shown(record, offer_text(record).lower())
                for one, record in self._store.records(missing).items()
            }
            found |= read
            with self._lock:
                # A change that came meanwhile was dropped already: what was read may be older.
                if self._sequence == held_at:
                    for one, shown in read.items():
                        self._keep(one, shown)
        return found

    def _catch_up(self, sequence: int) -> None:
        # An answer that began before the last change is shown what changed since.
        if sequence <= self._sequence:
            return
        if self._kept:
            for one in self._store.changed_since(self._sequence, *OFFER_KINDS):
                self._drop(one)
        self._sequence = sequence

    def _keep(self, one: str, shown: Shown) -> None:
        self._drop(one)
        weight = _weight(shown)
        if weight > self._most:
            return
        self._kept[one] = shown
        self._weight += weight
        while self._weight > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, one: str) -> None:
        shown = self._kept.pop(one, None)
        if shown is not None:
            self._weight -= _weight(shown)


def _weight(shown: Shown) -> int:
    # The text stands in the record as well.
    return _RECORD_WEIGHT + 2 * len(shown.text)
