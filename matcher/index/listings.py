"""What one city lists: its prices and days laid over the national ones, and which rows it lists."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind, Listing, Package
from catalog.store import RecordFilter, Store
from matcher.index.columns import KINDS, UNKNOWN, Columns
from matcher.index.snapshot import Snapshot
from matcher.price import cheapest, quickest

_PAGE = 1000
_KEPT = 64


@dataclass(frozen=True, slots=True)
class CityView:
    """Columns as a city sees them; ``fits`` is 1 listed, -1 not listed, 0 not told, per row."""

    columns: Columns
    fits: NDArray[np.int8]
    packages: dict[str, tuple[Package, ...]]

    @property
    def lists(self) -> bool:
        """Whether the city lists anything at all today."""
        return bool((self.fits == 1).any())


def city_view(snapshot: Snapshot, store: Store, city: str, today: date) -> CityView:
    """The listings of ``city`` that are valid ``today``, laid over ``snapshot``.

    A case follows its solution; for a provider, and a case whose solution is not known, it is not told.
    """
    listed = _valid_listings(store, city, today)
    columns = snapshot.columns
    if not listed:
        return CityView(columns, np.zeros(len(columns), dtype=np.int8), {})
    low, high, days = columns.cost_low.copy(), columns.cost_high.copy(), columns.days.copy()
    fits = np.where(columns.kind == KINDS.index(Kind.SOLUTION), -1, 0).astype(np.int8)
    packages: dict[str, tuple[Package, ...]] = {}
    for solution, listing in listed.items():
        row = snapshot.row_of(solution)
        if row < 0:
            continue
        fits[row] = 1
        for case in snapshot.cases_of.get(solution, ()):
            fits[case] = 1
        if listing.packages:
            packages[solution] = listing.packages
            found = cheapest(listing.packages)
            if found is not None:
                low[row] = UNKNOWN if found[1].low is None else found[1].low
                high[row] = UNKNOWN if found[1].high is None else found[1].high
            quick = quickest(listing.packages)
            days[row] = days[row] if quick is None else quick
    for solution, cases in snapshot.cases_of.items():
        if solution not in listed:
            fits[list(cases)] = -1
    return CityView(columns.priced(low, high, days), fits, packages)


class CityViews:
    """Views of cities as they are asked for, of the snapshot and the day asked last. Thread-safe."""

    def __init__(self, store: Store):
        self._store = store
        self._lock = threading.Lock()
        self._now: tuple[str, int, date] | None = None
        self._views: dict[str, CityView] = {}

    def of(self, snapshot: Snapshot, city: str, today: date) -> CityView:
        """`city_view` of ``city``, kept as long as nothing changed."""
        now = (snapshot.generation.info.id, snapshot.sequence, today)
        with self._lock:
            view = self._views.get(city) if self._now == now else None
        if view is None:
            view = city_view(snapshot, self._store, city, today)
            with self._lock:
                if self._now != now or len(self._views) >= _KEPT:
                    self._now, self._views = now, {}
                self._views[city] = view
        return view


def _valid_listings(store: Store, city: str, today: date) -> dict[str, Listing]:
    found: dict[str, Listing] = {}
    cursor = None
    while True:
        page = store.page(Kind.LISTING, RecordFilter(city=city), cursor, _PAGE)
        for stored in page.records:
            listing = stored.record
            assert isinstance(listing, Listing)
            started = listing.valid_from is None or listing.valid_from <= today
            ended = listing.valid_until is not None and listing.valid_until < today
            if started and not ended and listing.solution.id:
                found[listing.solution.id] = listing
        cursor = page.next_cursor
        if cursor is None:
            return found
