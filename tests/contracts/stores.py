"""A clock and a short way to put records, for the contract of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from catalog.store import Store

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class Clock:
    """A minute later each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def put(store: Store, *records: object, city: str | None = None) -> list[str]:
    with store.writing("test") as writer:
        return [writer.put(record, city=city).id for record in records]  # type: ignore[arg-type]
