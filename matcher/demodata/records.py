"""Invented records in any number, for load: the same seed gives the same records.

Every record is a function of seed, kind and number, so that nothing is kept between two of them and a
case can name the solution that it proves. Texts are made of `matcher.demodata.words`. What the data
are like, and what they are not good for: docs/demo-data.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.demodata.needs import NEEDS_EACH, Demand
from matcher.demodata.offers import Offers
from matcher.demodata.source import KINDS, Fields, Source

__all__ = ["KINDS", "DemoData", "Fields"]


class DemoData:
    """``offers`` invented offers and ``needs`` needs, with their enterprises and city listings.

    ``counts`` has the number of records of each kind; listings are counted when they are made.
    """

    def __init__(self, taxonomy: Taxonomy, offers: int, needs: int, seed: int):
        """Needs are the same whatever ``offers`` is: they depend on number, seed and lexicon."""
        source = Source(taxonomy, seed)
        self._offers, demand = Offers(source, offers), Demand(source)
        self._make: dict[Kind, Callable[[int], Fields]] = {
            Kind.PROVIDER: self._offers.provider,
            Kind.SOLUTION: self._offers.solution,
            Kind.CASE: self._offers.case,
            Kind.ENTERPRISE: demand.enterprise,
            Kind.NEED: demand.need,
        }
        self.counts = {
            Kind.PROVIDER: self._offers.providers,
            Kind.SOLUTION: self._offers.solutions,
            Kind.CASE: self._offers.cases,
            Kind.ENTERPRISE: -(-needs // NEEDS_EACH),
            Kind.NEED: needs,
        }

    def record(self, kind: Kind, number: int) -> Fields:
        """One record of a kind, but for listings, which have no numbers."""
        return self._make[kind](number)

    def records(self, kind: Kind) -> Iterator[Fields]:
        """The records of ``kind`` in their order; a solution has none, one or several listings."""
        if kind is Kind.LISTING:
            for number in range(self.counts[Kind.SOLUTION]):
                yield from self._offers.listings(number)
            return
        for number in range(self.counts[kind]):
            yield self._make[kind](number)
