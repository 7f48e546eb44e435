"""What a match reads of each offer besides its text, as arrays: one row an offer.

``-1`` stands for an unknown number. Ownership, registered place, size and name of a provider have no
column (DESIGN §2.7). ``dishonest`` tells which providers are flagged: it is shown, and ranks nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from catalog.records import Case, Kind, Label, Record, Size, Solution
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from catalog.technologies import TECHNOLOGIES
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.index.costs import UNKNOWN, Costs
from matcher.index.distinct import Distinct, NodeSets, Rows, distinct, node_sets
from matcher.price import quickest

KINDS = (Kind.SOLUTION, Kind.CASE, Kind.PROVIDER)
SIZES = tuple(Size)
_CASE_PROVES = 0.5
"""How far a case with all its facts proves its solution; each further one proves half of the rest."""
_WIDTH = 6
"""Nodes kept of one offer and facet; the first ones, as published."""
_NODE_SETS = {"sector_sets": "sectors", "scenario_sets": "scenarios"}
_DISTINCT = {
    *("reaches", "costs", "paid_costs", "periods"),
    *("size_sets", "technology_sets", "payment_sets"),
}
_TAGS = tuple(TECHNOLOGIES)
_OTHER = 1 << 15
"""The bit of a technology that has no tag."""


@dataclass(frozen=True)
class Columns:
    """Arrays over offers. Node columns hold indices into the tables of `matcher.closeness`.

    The columns of `Costs` have the names that they have there.
    """

    kind: NDArray[np.int8]
    sectors: NDArray[np.int16]
    scenarios: NDArray[np.int16]
    levels: NDArray[np.int8]
    cost_low: NDArray[np.int64]
    cost_high: NDArray[np.int64]
    days: NDArray[np.int32]
    sizes: NDArray[np.uint8]
    technologies: NDArray[np.uint16]
    payments: NDArray[np.uint8]
    paid_low: NDArray[np.int64]
    paid_high: NDArray[np.int64]
    evidence: NDArray[np.float32]
    demonstration: NDArray[np.bool_]
    dishonest: NDArray[np.bool_]
    tie: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.kind)

    @cached_property
    def sector_sets(self) -> NodeSets:
        """The distinct rows of ``sectors``."""
        return node_sets(self.sectors)

    @cached_property
    def scenario_sets(self) -> NodeSets:
        """The distinct rows of ``scenarios``."""
        return node_sets(self.scenarios)

    @cached_property
    def reaches(self) -> Distinct:
        """The distinct rows of ``scenarios`` with their ``levels``."""
        return distinct(*self.scenarios.T, *self.levels.T)

    @cached_property
    def costs(self) -> Distinct:
        """The distinct pairs of ``cost_low`` and ``cost_high``."""
        return distinct(self.cost_low, self.cost_high)

    @cached_property
    def periods(self) -> Distinct:
        """The distinct values of ``days``."""
        return distinct(self.days)

    @cached_property
    def size_sets(self) -> Distinct:
        """The distinct values of ``sizes``."""
        return distinct(self.sizes)

    @cached_property
    def technology_sets(self) -> Distinct:
        """The distinct values of ``technologies``."""
        return distinct(self.technologies)

    @cached_property
    def payment_sets(self) -> Distinct:
        """The distinct values of ``payments``."""
        return distinct(self.payments)

    @cached_property
    def paid_costs(self) -> Distinct:
        """The distinct combinations of ``payments`` with all costs."""
        by_way = (*self.paid_low.T, *self.paid_high.T)
        return distinct(self.payments, self.cost_low, self.cost_high, *by_way)

    @cached_property
    def of_kind(self) -> tuple[NDArray[np.int64], ...]:
        """The rows of each of `KINDS`."""
        return tuple(np.flatnonzero(self.kind == kind) for kind in range(len(KINDS)))

    def costs_at(self, rows: Rows | slice) -> Costs:
        """The costs of ``rows``."""
        return Costs(*(getattr(self, name)[rows] for name in Costs._fields))

    def priced(self, costs: Costs, days: NDArray[np.int32]) -> Columns:
        """These rows at other costs and days; what is known to be distinct of the rest stays known."""
        other = replace(self, **costs._asdict(), days=days)
        for name in (
            "sector_sets",
            "scenario_sets",
            "reaches",
            "size_sets",
            "technology_sets",
            "of_kind",
        ):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def concatenated(self, other: Columns) -> Columns:
        """These rows followed by the rows of ``other``; what is known to be distinct stays known."""
        both = Columns(
            *(
                np.concatenate([getattr(self, field.name), getattr(other, field.name)])
                for field in fields(self)
            )
        )
        for name in _NODE_SETS.keys() & self.__dict__.keys():
            sets: NodeSets = getattr(self, name)
            nodes = getattr(both, _NODE_SETS[name])
            both.__dict__[name] = sets.joined(getattr(other, name), nodes)
        for name in _DISTINCT & self.__dict__.keys():
            both.__dict__[name] = getattr(self, name).joined(getattr(other, name))
        return both

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays by name, as they are saved."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def make_columns(
    offers: Sequence[Stored], taxonomy: Taxonomy, cases: Mapping[str, Sequence[Case]]
) -> Columns:
    """The columns of ``offers``, in their order; ``cases`` are the cases of each solution by id."""
    sector_table, scenario_table = sector_closeness(taxonomy), scenario_closeness(taxonomy)
    records = [stored.record for stored in offers]
    count = len(records)
    costs = _costs(records)
    # Column by column in memory: the ranking reads the first node of all rows, then the second.
    sectors = np.full((count, _WIDTH), sector_table.unknown, dtype=np.int16, order="F")
    scenarios = np.full((count, _WIDTH), scenario_table.unknown, dtype=np.int16, order="F")
    levels = np.full((count, _WIDTH), UNKNOWN, dtype=np.int8)
    for row, record in enumerate(records):
        _fill(sectors[row], None, getattr(record, "sectors", ()), sector_table)
        _fill(scenarios[row], levels[row], getattr(record, "scenarios", ()), scenario_table)
    return Columns(
        kind=np.array([KINDS.index(record.kind) for record in records], dtype=np.int8),
        sectors=sectors,
        scenarios=scenarios,
        levels=levels,
        **costs._asdict(),
        days=np.array([_days(record) for record in records], dtype=np.int32),
        sizes=np.array([_size_bits(record) for record in records], dtype=np.uint8),
        technologies=np.array(
            [technology_bits(getattr(record, "technologies", ())) for record in records],
            dtype=np.uint16,
        ),
        evidence=np.array([_evidence(stored, cases) for stored in offers], dtype=np.float32),
        demonstration=np.array([record.demonstration for record in records], dtype=np.bool_),
        dishonest=np.array(
            [getattr(record, "serious_dishonesty_listed", None) is True for record in records],
            dtype=np.bool_,
        ),
        tie=np.array([tie_hash(stored.id) for stored in offers], dtype=np.uint64),
    )


def tie_hash(said: str) -> int:
    """A number of 64 bits from an id or from a need's words: ties are broken by the two, mixed."""
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "little")


def technology_bits(tags: Iterable[str]) -> int:
    """A bit for each of ``tags``, in the order of `TECHNOLOGIES`; those without a tag share one."""
    bits = 0
    for tag in tags:
        bits |= 1 << _TAGS.index(tag) if tag in TECHNOLOGIES else _OTHER
    return bits


def _fill(
    nodes: NDArray[np.int16],
    levels: NDArray[np.int8] | None,
    labels: tuple[Label, ...],
    table: Closeness,
) -> None:
    seen: list[int] = []
    for label in labels:
        for code in label.nodes:
            index = table.index.get(code)
            if index is None or index in seen or len(seen) == len(nodes):
                continue
            nodes[len(seen)] = index
            if levels is not None and label.level is not None:
                levels[len(seen)] = label.level
            seen.append(index)


def _costs(records: Sequence[Record]) -> Costs:
    """First year's costs; of a case what the peer spent."""
    costs = Costs.unknown(len(records))
    for row, record in enumerate(records):
        if isinstance(record, Solution):
            costs.put(row, record.packages)
        elif isinstance(record, Case):
            spent = UNKNOWN if record.cost_cny is None else record.cost_cny
            costs.cost_low[row] = costs.cost_high[row] = spent
    return costs


def _days(record: Record) -> int:
    days = record.duration_days if isinstance(record, Case) else None
    if isinstance(record, Solution):
        days = quickest(record.packages)
    return UNKNOWN if days is None else days


def _size_bits(record: Record) -> int:
    sizes = record.sizes if isinstance(record, Solution) else ()
    if isinstance(record, Case) and record.size is not None:
        sizes = (record.size,)
    return sum(1 << SIZES.index(size) for size in sizes)


def _evidence(stored: Stored, cases: Mapping[str, Sequence[Case]]) -> float:
    """0-1. Of a case: the share of its facts that are told. Of a solution: what its cases prove."""
    if isinstance(stored.record, Case):
        return _strength(stored.record)
    doubt = 1.0
    for case in cases.get(stored.id, ()):
        doubt *= 1.0 - _CASE_PROVES * _strength(case)
    return 1.0 - doubt


def _strength(case: Case) -> float:
    facts = (
        bool(case.effects),
        case.accepted is True,
        case.cost_cny is not None,
        case.level_after is not None,
    )
    return sum(facts) / len(facts)
