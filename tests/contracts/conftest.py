"""The store on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.store import Store
from tests.contracts.stores import Clock


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgresql")
    opened = Store.open(tmp_path / "data", url, Clock())
    yield opened
    opened.close()
