"""Records as an export writes them: a listing tells whose solution it lists."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.records import Kind, Listing, Record, Solution
from catalog.store import Store


def exported(store: Store, kinds: Sequence[Kind]) -> list[Record]:
    """The active records of ``kinds`` in order of id, listings with the provider of their solution."""
    records = [stored.record for stored in store.iterate(*kinds)]
    listed = (one.solution.id for one in records if isinstance(one, Listing))
    solutions = store.records(found for found in listed if found)
    return [_with_provider(one, solutions) for one in records]


def _with_provider(record: Record, solutions: dict[str, Record]) -> Record:
    if not isinstance(record, Listing) or not record.solution.id:
        return record
    solution = solutions.get(record.solution.id)
    if not isinstance(solution, Solution):
        return record
    # The solution may have been renamed since it was listed.
    named = record.solution.model_copy(update={"name": solution.name})
    return record.model_copy(update={"solution": named, "provider": solution.provider})
