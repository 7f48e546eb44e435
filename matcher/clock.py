"""The time zone of dates, and a stopwatch for the steps of an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Dates in a need's words are read there."""


def today(clock: Callable[[], datetime]) -> date:
    """The day in Shanghai at the moment that ``clock`` tells."""
    return clock().astimezone(SHANGHAI).date()


class Watch:
    """Laps in milliseconds, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Put the time since the last lap under ``name``."""
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now
