"""What one city lists: its prices and days laid over the national ones, and which rows it lists."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind, Listing, Package
from catalog.store import RecordFilter, Store
from matcher.index.columns import KINDS, Columns
from matcher.index.snapshot import Snapshot
from matcher.price import priced, quickest
from matcher.types import Reason
from matcher.validity import out_of_time

_PAGE = 1000
_KEPT = 64


@dataclass(frozen=True, slots=True)
class CityView:
    """Columns as a city sees them; ``fits`` is 1 listed, -1 not listed, 0 not told, per row.

    ``lapsed`` tells of each solution whose listing is not valid today why it is not.
    """

    columns: Columns
    fits: NDArray[np.int8]
    packages: dict[str, tuple[Package, ...]]
    lapsed: dict[str, Reason]

    @property
    def lists(self) -> bool:
        """Whether the city lists anything at all today."""
        return bool((self.fits == 1).any())

    @property
    def has_catalogue(self) -> bool:
        """Whether the city lists anything, be it out of its time."""
        return self.lists or bool(self.lapsed)


def city_view(snapshot: Snapshot, store: Store, city: str, today: date) -> CityView:
    """The listings of ``city`` that are valid ``today``, laid over ``snapshot``.

    A case follows its solution; for a provider, and a case whose solution is not known, it is not told,
    unless nothing at all is listed: then neither are they.
    """
    listed, lapsed = _listings(store, city, today)
    columns = snapshot.columns
    if not listed:
        return CityView(columns, np.full(len(columns), -1, dtype=np.int8), {}, lapsed)
    costs, days = columns.costs_at(slice(None)).copied(), columns.days.copy()
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
            if told := priced(listing.packages, ()):
                costs.put(row, told)
            quick = quickest(listing.packages)
            days[row] = days[row] if quick is None else quick
    for solution, cases in snapshot.cases_of.items():
        if solution not in listed:
            fits[list(cases)] = -1
    return CityView(columns.priced(costs, days), fits, packages, lapsed)


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


def _listings(store: Store, city: str, today: date) -> tuple[dict[str, Listing], dict[str, Reason]]:
    """The listings of ``city`` that are valid, and why the others are not, by solution."""
    valid: dict[str, Listing] = {}
    lapsed: dict[str, Reason] = {}
    cursor = None
    while True:
        page = store.page(Kind.LISTING, RecordFilter(city=city), cursor, _PAGE)
        for stored in page.records:
            listing = stored.record
            assert isinstance(listing, Listing)
            if not listing.solution.id:
                continue
            why_not = out_of_time(listing, today)
            if why_not is None:
                valid[listing.solution.id] = listing
            else:
                lapsed[listing.solution.id] = why_not
        cursor = page.next_cursor
        if cursor is None:
            return valid, {one: why for one, why in lapsed.items() if one not in valid}
