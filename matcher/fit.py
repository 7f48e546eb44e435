"""How each offer fits what is asked besides the words: sector, scenario, price, payment, days, size …

Everything is computed once for each distinct combination of facts and gathered for all rows. A fit is
yes, no or unknown (1, -1, 0): a hard limit drops only a known no, and an unknown is never scored as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.payments import FREE
from matcher.closeness import Closeness
from matcher.errors import InvalidNeed
from matcher.index.columns import SIZES, Columns, technology_bits
from matcher.index.costs import UNKNOWN, cost_paid, payment_bits
from matcher.index.distinct import Distinct, NodeSets
from matcher.types import Constraint, MatchQuery
from matcher.understanding.understander import Meaning

Scores = NDArray[np.float32]
Fits = NDArray[np.int8]

NEAR = 0.5
"""From this closeness on a sector or scenario counts as met when it is a hard limit."""
_MEASURED = frozenset({Constraint.BUDGET, Constraint.DAYS})
"""Hard limits that may be missed by a little: what they leave out is told where it is clearly better."""
_UNKNOWN_SHARE = 0.6
"""What an unknown fact is worth: less than a yes (1), more than any no (0.5); agreed, not fitted."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Signals of all rows, each of shape ``(rows,)``; ``fits`` has what was asked for.

    ``beyond`` are rows left out of ``mask`` for nothing but a hard budget or hard days.
    """

    sector: Scores
    scenario: Scores
    constraints: Scores
    mask: NDArray[np.bool_]
    fits: dict[Constraint, Fits] = field(default_factory=dict)
    beyond: NDArray[np.bool_] | None = None


def check_hard_labels(query: MatchQuery, sectors: Meaning, scenarios: Meaning) -> None:
    """Refuse a hard limit on labels that nobody knows: a guess must not drop offers.

    Raises:
        InvalidNeed: sector or scenario is a must, and none of its labels was recognised.
    """
    for must, field_name, labels, meaning in (
        (Constraint.SECTOR, "sectors", query.sectors, sectors),
        (Constraint.SCENARIO, "scenarios", query.scenarios, scenarios),
    ):
        if must in query.must and not meaning.given:
            said = "、".join(labels)
            raise InvalidNeed(
                Bilingual(
                    f"{must} 设为硬性条件，但无法识别：{said}",
                    f"{must} is a hard limit, but it is not recognised: {said}",
                ),
                Bilingual("请用分类接口查询，或去掉硬性条件", "look it up or drop the limit"),
                field=field_name,
            )


def closeness_of(nodes: NodeSets, table: Closeness, meaning: Meaning) -> Scores:
    """Closeness of each row's nearest node to what is needed, 0-1: shape ``(rows,)``.

    Of given labels the nearest counts, times its confidence; of shares read from words the expected
    closeness.
    """
    return nodes.sets.gathered(_closeness_of_sets(nodes, table, meaning))


def _closeness_of_sets(nodes: NodeSets, table: Closeness, meaning: Meaning) -> Scores:
    """`closeness_of` the distinct sets of nodes, shape ``(sets,)``."""
    if not meaning.weights:
        return np.zeros(len(nodes.sets.first), dtype=np.float32)
    weights = np.array(list(meaning.weights.values()), dtype=np.float32)
    by_node: Scores
    if meaning.given:
        rows = [table.index[code] for code in meaning.weights]
        by_node = (table.table[rows] * weights[:, None]).max(axis=0)
    else:
        by_node = weights @ table.part(tuple(meaning.weights))
    # The unknown node counts only for rows that have no node at all.
    nearest = by_node.take(nodes.places[0], mode="clip")
    by_node[table.unknown] = 0.0
    for place in nodes.places[1:]:
        some = nearest[: len(place)]
        np.maximum(some, by_node.take(place, mode="clip"), out=some)
    return nearest


def fit(
    columns: Columns,
    query: MatchQuery,
    sectors: Meaning,
    scenarios: Meaning,
    sector_table: Closeness,
    scenario_table: Closeness,
    listed: Fits | None = None,
) -> Fitted:
    """Signals and hard limits of ``query`` for every row.

    ``listed`` tells which rows the asked city lists; ``None`` when it lists nothing or none is asked.
    """
    sector = closeness_of(columns.sector_sets, sector_table, sectors)
    scenario = closeness_of(columns.scenario_sets, scenario_table, scenarios)
    fits: dict[Constraint, Fits] = {}
    shares: list[Scores] = []
    for constraint, sets, fit_of, share_of in _asked(columns, query, scenarios, scenario_table):
        fits[constraint] = sets.gathered(fit_of)
        shares.append(sets.gathered(share_of))
    if Constraint.SECTOR in query.must:
        fits[Constraint.SECTOR] = _met(columns.sector_sets, sector_table, sectors)
    if Constraint.SCENARIO in query.must:
        fits[Constraint.SCENARIO] = _met(columns.scenario_sets, scenario_table, scenarios)
    if listed is not None:
        fits[Constraint.CITY] = listed
    mask = np.ones(len(columns), dtype=np.bool_)
    within = mask.copy()
    for constraint in query.must & fits.keys():
        kept = within if constraint in _MEASURED else mask
        kept &= fits[constraint] >= 0
    beyond = mask & ~within if query.must & _MEASURED else None
    return Fitted(sector, scenario, _mean(shares, len(columns)), mask & within, fits, beyond)


def _asked(
    columns: Columns, query: MatchQuery, scenarios: Meaning, table: Closeness
) -> Iterator[tuple[Constraint, Distinct, Fits, Scores]]:
    """Fit and share of every distinct combination of facts, for each limit of ``query``."""
    paid = np.uint8(payment_bits(query.payments))
    if query.budget_cny is not None:
        sets = columns.paid_costs if paid else columns.costs
        low, high = columns.cost_low[sets.first], columns.cost_high[sets.first]
        if paid:
            low, high = cost_paid(columns.costs_at(sets.first), paid)
        fits = within_budget(low, high, query.budget_cny)
        yield Constraint.BUDGET, sets, fits, share_of(fits, low, query.budget_cny)
    if query.deploy_days is not None:
        sets = columns.periods
        days = columns.days[sets.first]
        fits = at_most(days, query.deploy_days)
        yield Constraint.DAYS, sets, fits, share_of(fits, days, query.deploy_days)
    if query.size is not None:
        sets = columns.size_sets
        fits = serves_size(columns.sizes[sets.first], np.uint8(1 << SIZES.index(query.size)))
        yield Constraint.SIZE, sets, fits, share_of(fits)
    if query.target_level is not None:
        sets = columns.reaches
        nodes, levels = columns.scenarios[sets.first], columns.levels[sets.first]
        fits = _level(nodes, levels, scenarios, table, query.target_level)
        yield Constraint.LEVEL, sets, fits, share_of(fits)
    for constraint, tags, fit_of in (
        (Constraint.TECHNOLOGY, query.technologies, uses),
        (Constraint.WITHOUT, query.refused_technologies, does_without),
    ):
        if tags:
            sets = columns.technology_sets
            declared = columns.technologies[sets.first]
            fits = fit_of(declared, np.uint16(technology_bits(tags)))
            yield constraint, sets, fits, share_of(fits)
    if paid:
        sets = columns.payment_sets
        fits = is_paid(columns.payments[sets.first], paid)
        yield Constraint.PAYMENT, sets, fits, share_of(fits)


def _mean(shares: Sequence[Scores], rows: int) -> Scores:
    if not shares:
        return np.zeros(rows, dtype=np.float32)
    return np.asarray(sum(shares[1:], start=shares[0]) / np.float32(len(shares)), dtype=np.float32)


def _met(nodes: NodeSets, table: Closeness, meaning: Meaning) -> Fits:
    sure = Meaning(dict.fromkeys(meaning.weights, 1.0), given=True)
    near = np.where(_closeness_of_sets(nodes, table, sure) >= NEAR, 1, -1)
    fits = np.where(nodes.places[0] == table.unknown, 0, near).astype(np.int8)
    return nodes.sets.gathered(fits)


def within_budget(
    low: NDArray[np.int64], high: NDArray[np.int64], budget: int | NDArray[np.int64]
) -> Fits:
    """Whether a first year that costs ``low`` to ``high`` is within ``budget``.

    Values of needs and of offers broadcast against each other, here and below.
    """
    fits = np.where((high != UNKNOWN) & (high <= budget), 1, 0)
    return np.where((low != UNKNOWN) & (low > budget), -1, fits).astype(np.int8)


def at_most(values: NDArray[np.integer], most: int | NDArray[np.integer]) -> Fits:
    """Whether ``values``, such as days, are no more than ``most``."""
    return np.where(values == UNKNOWN, 0, np.where(values <= most, 1, -1)).astype(np.int8)


def at_least(values: NDArray[np.integer], least: int | NDArray[np.integer]) -> Fits:
    """Whether ``values``, such as levels, are no less than ``least``."""
    return np.where(values == UNKNOWN, 0, np.where(values >= least, 1, -1)).astype(np.int8)


def serves_size(served: NDArray[np.uint8], size: np.uint8 | NDArray[np.uint8]) -> Fits:
    """Whether ``size``, a bit by its place in `SIZES`, is among the sizes ``served``."""
    return np.where(served == 0, 0, np.where(served & size, 1, -1)).astype(np.int8)


def uses(declared: NDArray[np.uint16], asked: np.uint16 | NDArray[np.uint16]) -> Fits:
    """Whether all ``asked`` technologies are ``declared``; both are bits (`technology_bits`)."""
    every = (declared & asked) == asked
    return np.where(declared == 0, 0, np.where(every, 1, -1)).astype(np.int8)


def does_without(declared: NDArray[np.uint16], refused: np.uint16 | NDArray[np.uint16]) -> Fits:
    """Whether none of the ``refused`` technologies is ``declared``."""
    none = (declared & refused) == 0
    return np.where(declared == 0, 0, np.where(none, 1, -1)).astype(np.int8)


def is_paid(payments: NDArray[np.uint8], asked: np.uint8 | NDArray[np.uint8]) -> Fits:
    """Whether one of the ``payments`` that are offered is free or ``asked``; bits (`payment_bits`)."""
    any_of = (payments & (asked | np.uint8(payment_bits([FREE])))) != 0
    return np.where(payments == 0, 0, np.where(any_of, 1, -1)).astype(np.int8)


def share_of(
    fits: Fits,
    values: NDArray[np.integer] | None = None,
    most: int | NDArray[np.integer] = 1,
) -> Scores:
    """1 for a yes, a middle share for an unknown, and for a no the less the further it is off.

    How far ``values`` are above ``most``, which is not 0, tells how far a no is off; without them it is
    worth nothing.
    """
    no = np.zeros(fits.shape)
    if values is not None:
        overrun = values / most - 1.0
        # A price of twice the budget is worth nothing; between, in proportion.
        no = np.clip(0.5 * (1.0 - overrun), 0.0, 0.5)
    return np.where(fits == 1, 1.0, np.where(fits == 0, _UNKNOWN_SHARE, no)).astype(np.float32)


def _level(
    nodes: NDArray[np.int16],
    levels: NDArray[np.int8],
    scenarios: Meaning,
    table: Closeness,
    target: int,
) -> Fits:
    """Whether the level reached in a given scenario (in any, when none is given) is enough."""
    if scenarios.given:
        needed = np.zeros(len(table.codes) + 1, dtype=np.bool_)
        needed[[table.index[code] for code in scenarios.weights]] = True
        levels = np.where(needed[nodes], levels, UNKNOWN)
    return at_least(levels.max(axis=1), target)
