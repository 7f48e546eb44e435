"""Which providers declare, or are declared in a list, to be listed for serious dishonesty.

The flag is a fact that somebody wrote down, never a verdict of ours: it is told with where it stands,
and moves no offer.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.records import Provider, Record
from catalog.store import Store
from matcher.answers.shown import ShownRecords
from matcher.types import Reason


def owner_of(record_id: str, record: Record) -> str | None:
    """Id of the provider behind an offer, which a provider is itself; ``None`` when none is known."""
    if isinstance(record, Provider):
        return record_id
    provider = getattr(record, "provider", None)
    return provider.id if provider else None


def dishonesty(
    store: Store, shown: ShownRecords, sequence: int, providers: Iterable[str | None]
) -> dict[str, Reason]:
    """Of those ``providers`` that are flagged, what is said of them."""
    records = shown.at(sequence, filter(None, providers))
    flagged = [
        one
        for one, record in records.items()
        if isinstance(record, Provider) and record.serious_dishonesty_listed
    ]
    if not flagged:
        return {}
    return {
        one: Reason("dishonesty", {"provider": stored.record.name, "source": source})
        for one, stored in store.get_many(flagged).items()
        for origin in [stored.provenance]
        for source in [origin.file or origin.source_url or origin.by]
    }
