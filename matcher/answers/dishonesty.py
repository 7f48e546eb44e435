"""Which providers declare, or are declared in a list, to be listed for serious dishonesty.

The flag is a fact that somebody wrote down, never a verdict of ours: it is told with where it stands,
and moves no offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.records import Kind, Provider, Record
from catalog.store import Store
from matcher.index.columns import KINDS
from matcher.index.snapshot import NO_ROW, Snapshot
from matcher.types import Reason

_PROVIDER = KINDS.index(Kind.PROVIDER)


def dishonesty(
    store: Store, snapshot: Snapshot, rows: Sequence[int], records: Mapping[str, Record]
) -> dict[int, Reason]:
    """Of those ``rows`` whose provider is flagged, what is said of it; ``records`` are theirs by id."""
    owners = {row: owner for row in rows if (owner := _suspect(snapshot, row, records))}
    if not owners:
        return {}
    said = {
        one: Reason("dishonesty", {"provider": stored.record.name, "source": source})
        for one, stored in store.get_many(owners.values()).items()
        if isinstance(stored.record, Provider) and stored.record.serious_dishonesty_listed
        for origin in [stored.provenance]
        for source in [origin.file or origin.source_url or origin.by]
    }
    return {row: said[owner] for row, owner in owners.items() if owner in said}


def _suspect(snapshot: Snapshot, row: int, records: Mapping[str, Record]) -> str | None:
    """Id of the provider of ``row``, which a provider is itself, if it is flagged or has no row."""
    columns = snapshot.columns
    provider = row if columns.kind[row] == _PROVIDER else snapshot.provider_row[row]
    if provider != NO_ROW:
        return snapshot.ids[provider] if columns.dishonest[provider] else None
    # One that was retired has no row, and its record says what it said.
    linked = getattr(records.get(snapshot.ids[row]), "provider", None)
    return linked.id if linked else None
