"""What leads read of each need besides its text and vector, as arrays: one row a need.

``-1`` stands for an unknown number. Nothing of the enterprise has a column: neither ownership nor
registered place, size or name (DESIGN §2.7); the city is a filter, compared by its hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from catalog.records import Need
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher.calibration import says_enough
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.index.columns import SIZES, technology_bits, tie_hash
from matcher.index.costs import UNKNOWN, payment_bits
from matcher.types import Constraint, MatchQuery, Understanding, Understood

MUSTS = (
    Constraint.BUDGET,
    Constraint.DAYS,
    Constraint.SIZE,
    Constraint.LEVEL,
    Constraint.TECHNOLOGY,
    Constraint.WITHOUT,
    Constraint.PAYMENT,
)
"""Limits that words can make hard, by their bit in ``must``."""
DATED = -2
"""Days that count from the day of asking: known to be asked for, worked out when a lead is shown."""
_WIDTH = 6
_SURE = 0.5
_SURE_WITH_WORDS = 0.2
"""Nodes read with less confidence are no filter: a guess must not decide who sees a need."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NeedColumns:
    """Arrays over needs.

    ``sectors`` and ``scenarios`` hold indices into `matcher.closeness`: given ones where ``given_sector``
    or ``given_scenario`` says so, else those read surely. ``must`` has a bit for each of `MUSTS`,
    ``technologies`` and ``refused`` those of `technology_bits`, ``payments`` those of `payment_bits`;
    ``unserved`` is 0 where the need may not be called unserved; ``known`` is that of
    `matcher.understanding.glossary.NeedWords`; ``updated`` is in seconds since 1970.
    """

    sectors: NDArray[np.int16]
    scenarios: NDArray[np.int16]
    given_sector: NDArray[np.bool_]
    given_scenario: NDArray[np.bool_]
    budget: NDArray[np.int64]
    days: NDArray[np.int32]
    size: NDArray[np.int8]
    level: NDArray[np.int8]
    technologies: NDArray[np.uint16]
    refused: NDArray[np.uint16]
    payments: NDArray[np.uint8]
    must: NDArray[np.uint8]
    unserved: NDArray[np.float32]
    known: NDArray[np.float32]
    city: NDArray[np.uint64]
    demonstration: NDArray[np.bool_]
    updated: NDArray[np.int64]
    tie: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.tie)

    def taken(self, rows: Rows) -> NeedColumns:
        """These rows alone."""
        return NeedColumns(*(getattr(self, field.name)[rows] for field in fields(self)))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays by name, as they are saved."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def concatenated(parts: Sequence[NeedColumns]) -> NeedColumns:
    """The rows of ``parts`` one after the other."""
    return NeedColumns(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(NeedColumns)
        )
    )


def city_hash(city: str | None) -> int:
    """A number by which cities are compared; 0 for none."""
    if not city:
        return 0
    return int.from_bytes(hashlib.blake2b(city.encode(), digest_size=8).digest(), "little")


def make_need_columns(
    needs: Sequence[Stored],
    limited: Sequence[tuple[MatchQuery, bool]],
    sectors: Sequence[Sequence[str]],
    scenarios: Sequence[Sequence[str]],
    unserved: Sequence[float],
    known: Sequence[float],
    taxonomy: Taxonomy,
) -> NeedColumns:
    """The columns of ``needs``.

    ``limited`` is what `matcher.needs.reading.lasting_limits` gave; ``sectors`` and ``scenarios`` are the
    codes that were read surely, used where none is given.
    """
    records = [_need(stored) for stored in needs]
    queries = [query for query, _ in limited]
    counted = [
        0.0 if query.scenarios or not says_enough(query.text) else one
        for query, one in zip(queries, unserved, strict=True)
    ]
    return NeedColumns(
        sectors=_nodes(
            [query.sectors or read for query, read in zip(queries, sectors, strict=True)],
            sector_closeness(taxonomy),
        ),
        scenarios=_nodes(
            [query.scenarios or read for query, read in zip(queries, scenarios, strict=True)],
            scenario_closeness(taxonomy),
        ),
        given_sector=np.array([bool(query.sectors) for query in queries], dtype=np.bool_),
        given_scenario=np.array([bool(query.scenarios) for query in queries], dtype=np.bool_),
        budget=np.array([_known(query.budget_cny) for query in queries], dtype=np.int64),
        days=np.array(
            [DATED if dated else _known(query.deploy_days) for query, dated in limited],
            dtype=np.int32,
        ),
        size=np.array(
            [UNKNOWN if q.size is None else SIZES.index(q.size) for q in queries], dtype=np.int8
        ),
        level=np.array([_known(query.target_level) for query in queries], dtype=np.int8),
        technologies=np.array([technology_bits(q.technologies) for q in queries], np.uint16),
        refused=np.array([technology_bits(q.refused_technologies) for q in queries], np.uint16),
        payments=np.array([payment_bits(query.payments) for query in queries], np.uint8),
        must=np.array([_bits(query) for query in queries], dtype=np.uint8),
        unserved=np.array(counted, dtype=np.float32),
        known=np.array(known, dtype=np.float32),
        city=np.array([city_hash(record.city) for record in records], dtype=np.uint64),
        demonstration=np.array([record.demonstration for record in records], dtype=np.bool_),
        updated=np.array([int(one.updated_at.timestamp()) for one in needs], dtype=np.int64),
        tie=np.array([tie_hash(one.id) for one in needs], dtype=np.uint64),
    )


def surely_read(understanding: Understanding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sectors and the scenarios that a need surely means."""
    return _sure(understanding.sectors), _sure(understanding.scenarios)


def _sure(found: Sequence[Understood]) -> tuple[str, ...]:
    return tuple(
        one.code
        for one in found
        if one.given or one.confidence >= (_SURE_WITH_WORDS if one.words else _SURE)
    )


def _need(stored: Stored) -> Need:
    assert isinstance(stored.record, Need)
    return stored.record


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _bits(query: MatchQuery) -> int:
    return sum(1 << bit for bit, must in enumerate(MUSTS) if must in query.must)


def _nodes(codes: Sequence[Sequence[str]], table: Closeness) -> NDArray[np.int16]:
    nodes = np.full((len(codes), _WIDTH), table.unknown, dtype=np.int16)
    for row, named in enumerate(codes):
        known = [table.index[code] for code in named if code in table.index][:_WIDTH]
        nodes[row, : len(known)] = known
    return nodes
