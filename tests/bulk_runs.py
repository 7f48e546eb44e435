"""Runs over many needs as tests make them, and one in a process that a test kills."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from catalog.need_files import NeedRow
from catalog.records import Kind, Need
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.bulk import run as bulk_run
from matcher.bulk.job import BulkDone, BulkOptions, NeedSource, match_all
from matcher.bulk.table import COLUMNS
from tests.conftest import Built, clock
from tests.fakes import HashEncoder

ALL = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE)
OPTIONS = BulkOptions(ALL, 10, None, "en")


def numbered(count: int, **fields: Any) -> NeedSource:
    def rows() -> Iterator[NeedRow]:
        for number in range(count):
            yield NeedRow(f"n{number}", Need(text=f"换模慢，设备停机{number}次", **fields), None)

    return NeedSource(rows, count, f"numbered {count} {fields}")


def run(built: Built, source: NeedSource, out: Path, **options: Any) -> BulkDone:
    workers = options.pop("workers", 1)
    now = options.pop("now", clock)
    return match_all(
        built.store,
        built.data,
        None,
        built.encoder,
        built.taxonomy,
        source,
        out,
        replace(OPTIONS, **options),
        workers,
        now=now,
    )


def rows_of(out: Path) -> list[dict[str, Any]]:
    table = pd.read_parquet(out)
    assert list(table.columns) == list(COLUMNS)
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in table.to_dict("records")
    ]


def killable(data: Path, out: Path, pause: float) -> None:
    """A run in a process of its own, with a pause after each part (see `tests.killed_bulk`)."""
    store = Store.open(data, clock=clock)
    bulk_run.PART = 10
    match_all(
        store,
        data,
        None,
        HashEncoder(),
        Taxonomy.shipped(),
        numbered(60),
        out,
        OPTIONS,
        2,
        progress=lambda step, done, total: time.sleep(pause),
        now=clock,
    )
