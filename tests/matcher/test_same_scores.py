"""The quick formulas against the straightforward ones, kept here: the same numbers to the last bit."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Kind, Size
from catalog.taxonomy import Taxonomy
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.config import shipped_constants
from matcher.fit import Fitted, fit
from matcher.index.columns import KINDS, SIZES, Columns
from matcher.index.costs import UNKNOWN
from matcher.index.distinct import distinct
from matcher.index.vectors import FlatIndex
from matcher.ranking import Near, rank, top
from matcher.types import Constraint, MatchQuery
from matcher.understanding.understander import Meaning

SEEDS = range(12)


def random_columns(dice: np.random.Generator, rows: int, taxonomy: Taxonomy) -> Columns:
    sectors, scenarios = sector_closeness(taxonomy), scenario_closeness(taxonomy)

    def nodes(table: Closeness) -> Any:
        few = dice.integers(table.unknown, size=(max(2, rows // 8), 6))
        few[np.arange(6) >= dice.integers(0, 4, size=len(few))[:, None]] = table.unknown
        return np.asfortranarray(few[dice.integers(len(few), size=rows)].astype(np.int16))

    low = dice.choice([UNKNOWN, 10_000, 50_000, 200_000, 10**9], size=rows)
    return Columns(
        kind=dice.choice(len(KINDS), size=rows, p=(0.6, 0.25, 0.15)).astype(np.int8),
        sectors=nodes(sectors),
        scenarios=nodes(scenarios),
        levels=dice.integers(-1, 5, size=(rows, 6)).astype(np.int8),
        cost_low=low.astype(np.int64),
        cost_high=np.where(low < 0, low, low * dice.choice([1, 3], size=rows)).astype(np.int64),
        days=dice.choice([UNKNOWN, 7, 30, 90, 400], size=rows).astype(np.int32),
        sizes=dice.integers(16, size=rows).astype(np.uint8),
        technologies=dice.choice([0, 1, 2, 3, 1 << 15], size=rows).astype(np.uint16),
        payments=dice.integers(32, size=rows).astype(np.uint8),
        paid_low=(ways := dice.choice([UNKNOWN, 5_000, 60_000, 300_000], size=(rows, 4))),
        paid_high=np.where(dice.random((rows, 4)) < 0.5, ways, UNKNOWN),
        evidence=dice.choice([0.0, 0.25, 0.5], size=rows).astype(np.float32),
        demonstration=dice.random(rows) < 0.2,
        dishonest=np.zeros(rows, dtype=np.bool_),
        tie=dice.integers(2**63, size=rows).astype(np.uint64),
    )


def random_meaning(dice: np.random.Generator, table: Closeness) -> Meaning:
    if dice.random() < 0.5:
        codes = dice.choice(table.codes, size=2, replace=False)
        return Meaning({str(code): float(dice.random()) for code in codes}, given=True)
    shares = dice.random(40)
    codes = dice.choice(table.codes, size=40, replace=False)
    return Meaning(dict(zip(map(str, codes), (shares / shares.sum()).tolist(), strict=True)), False)


def random_query(dice: np.random.Generator) -> MatchQuery:
    asked: dict[str, Any] = {
        "budget_cny": 60_000,
        "deploy_days": 45,
        "size": Size.SMALL,
        "target_level": 3,
        "technologies": ("AI",),
        "refused_technologies": ("machine_vision",),
        "payments": [("one_off",), ("yearly", "monthly"), ("free",)][dice.integers(3)],
    }
    given = {name: value for name, value in asked.items() if dice.random() < 0.5}
    musts = {Constraint.SECTOR: 0.2, Constraint.SCENARIO: 0.2, Constraint.BUDGET: 0.3}
    must = {one for one, often in musts.items() if dice.random() < often}
    if "budget_cny" not in given:
        must.discard(Constraint.BUDGET)
    return MatchQuery("换模慢", must=frozenset(must), **given)


def plain_closeness(nodes: Any, table: Closeness, meaning: Meaning) -> Any:
    rows = [table.index[code] for code in meaning.weights]
    weights = np.array(list(meaning.weights.values()), dtype=np.float32)
    if meaning.given:
        by_node = (table.table[rows] * weights[:, None]).max(axis=0)
    else:
        by_node = weights @ table.table[rows]
    nearest = by_node[nodes[:, 0]]
    by_node[table.unknown] = 0.0
    for place in range(1, nodes.shape[1]):
        np.maximum(nearest, by_node[nodes[:, place]], out=nearest)
    return nearest


WAYS = {"one_off": 1, "yearly": 2, "monthly": 4, "free": 8}


def plain_costs(columns: Columns, payments: tuple[str, ...]) -> tuple[Any, Any]:
    """Row by row, what an offer costs paid in one of ``payments``."""
    found = []
    for row, bits in enumerate(columns.payments.tolist()):
        ways = [way for way in {"free", *payments} if bits & WAYS[way]]
        if not ways or not payments:
            found.append((columns.cost_low[row], columns.cost_high[row]))
            continue
        known = [
            (columns.paid_low[row, place], columns.paid_high[row, place])
            for place, way in enumerate(("one_off", "yearly", "monthly"))
            if way in ways and columns.paid_low[row, place] != UNKNOWN
        ]
        unknown = (UNKNOWN, UNKNOWN)
        due = min(
            known,
            key=lambda one: (one[0], one[1] if one[1] != UNKNOWN else 10**12),
            default=unknown,
        )
        if ways == ["free"]:
            due = (0, columns.paid_high[row, 3])
        found.append((0, due[1]) if "free" in ways else due)
    low, high = np.array(found).T
    return low, high


def plain_fit(
    columns: Columns,
    query: MatchQuery,
    sectors: Meaning,
    scenarios: Meaning,
    sector_table: Closeness,
    scenario_table: Closeness,
) -> Fitted:
    def share(fits: Any, values: Any = None, most: int | None = None) -> Any:
        no = np.zeros(len(fits))
        if values is not None and most:
            no = np.clip(0.5 * (2.0 - values.astype(np.float64) / most), 0.0, 0.5)
        return np.where(fits == 1, 1.0, np.where(fits == 0, 0.6, no)).astype(np.float32)

    def met(nodes: Any, table: Closeness, meaning: Meaning) -> Any:
        sure = Meaning(dict.fromkeys(meaning.weights, 1.0), given=True)
        near = plain_closeness(nodes, table, sure) >= 0.5
        return np.where(nodes[:, 0] == table.unknown, 0, np.where(near, 1, -1)).astype(np.int8)

    fits: dict[Constraint, Any] = {}
    shares = []
    low, high = plain_costs(columns, query.payments)
    if query.budget_cny is not None:
        found = np.where((high != UNKNOWN) & (high <= query.budget_cny), 1, 0)
        found = np.where((low != UNKNOWN) & (low > query.budget_cny), -1, found)
        fits[Constraint.BUDGET] = found.astype(np.int8)
        shares.append(share(found, low, query.budget_cny))
    if query.deploy_days is not None:
        days = columns.days
        found = np.where(days == UNKNOWN, 0, np.where(days <= query.deploy_days, 1, -1))
        fits[Constraint.DAYS] = found.astype(np.int8)
        shares.append(share(found, days, query.deploy_days))
    if query.size is not None:
        served = np.where(columns.sizes & (1 << SIZES.index(query.size)), 1, -1)
        found = np.where(columns.sizes == 0, 0, served)
        fits[Constraint.SIZE] = found.astype(np.int8)
        shares.append(share(found))
    if query.target_level is not None:
        levels = columns.levels
        if scenarios.given:
            needed = np.isin(
                columns.scenarios, [scenario_table.index[c] for c in scenarios.weights]
            )
            levels = np.where(needed, levels, UNKNOWN)
        reached = levels.max(axis=1)
        found = np.where(reached == UNKNOWN, 0, np.where(reached >= query.target_level, 1, -1))
        fits[Constraint.LEVEL] = found.astype(np.int8)
        shares.append(share(found))
    declared = columns.technologies
    if query.technologies:
        found = np.where(declared == 0, 0, np.where(declared & 1, 1, -1))
        fits[Constraint.TECHNOLOGY] = found.astype(np.int8)
        shares.append(share(found))
    if query.refused_technologies:
        found = np.where(declared == 0, 0, np.where(declared & 2, -1, 1))
        fits[Constraint.WITHOUT] = found.astype(np.int8)
        shares.append(share(found))
    if query.payments:
        asked = sum(WAYS[way] for way in {"free", *query.payments})
        any_of = np.where(columns.payments & asked, 1, -1)
        found = np.where(columns.payments == 0, 0, any_of)
        fits[Constraint.PAYMENT] = found.astype(np.int8)
        shares.append(share(found))
    if Constraint.SECTOR in query.must:
        fits[Constraint.SECTOR] = met(columns.sectors, sector_table, sectors)
    if Constraint.SCENARIO in query.must:
        fits[Constraint.SCENARIO] = met(columns.scenarios, scenario_table, scenarios)
    mask = np.ones(len(columns), dtype=np.bool_)
    for constraint in query.must:
        mask &= fits[constraint] >= 0
    constraints = np.mean(shares, axis=0) if shares else np.zeros(len(columns))
    return Fitted(
        plain_closeness(columns.sectors, sector_table, sectors),
        plain_closeness(columns.scenarios, scenario_table, scenarios),
        constraints.astype(np.float32),
        mask,
        fits,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_fit(seed: int, taxonomy: Taxonomy) -> None:
    dice = np.random.default_rng(seed)
    tables = sector_closeness(taxonomy), scenario_closeness(taxonomy)
    columns = random_columns(dice, int(dice.integers(1, 400)), taxonomy)
    for _ in range(8):
        query = random_query(dice)
        meanings = [random_meaning(dice, table) for table in tables]
        quick = fit(columns, query, meanings[0], meanings[1], *tables)
        plain = plain_fit(columns, query, meanings[0], meanings[1], *tables)
        for name in ("sector", "scenario", "constraints", "mask"):
            assert (getattr(quick, name) == getattr(plain, name)).all(), name
            assert getattr(quick, name).dtype == getattr(plain, name).dtype, name
        assert quick.fits.keys() == plain.fits.keys()
        for constraint, fits in plain.fits.items():
            assert (quick.fits[constraint] == fits).all(), constraint


@given(
    st.lists(
        st.tuples(st.integers(-1, 3), st.integers(0, 10**12), st.integers(-(10**12), 10**12)),
        min_size=1,
        max_size=60,
    )
)
def test_distinct_combinations(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    found = distinct(*columns)
    assert len(found.first) == len(set(rows))
    assert [rows[first] for first in found.gathered(found.first)] == rows


def plain_rank(
    shot: Any, dense: Any, lexical: Any, function: Any, fitted: Fitted, given: Any, c: Any
) -> Any:
    columns, owners = shot.columns, shot.provider_row
    fused = np.asarray(c.dense_weight * dense + (1.0 - c.dense_weight) * lexical, dtype=np.float32)
    final = (
        fused.astype(np.float64)
        + (c.sector_given if given[0] else c.sector_inferred) * fitted.sector
        + (c.scenario_given if given[1] else c.scenario_inferred) * fitted.scenario
        + c.function * function
        + c.constraints * fitted.constraints
        + c.evidence * columns.evidence
    )
    mask = shot.active & fitted.mask
    provider = KINDS.index(Kind.PROVIDER)
    of: dict[int, list[int]] = defaultdict(list)
    for row in range(len(final)):
        if columns.kind[row] != provider and owners[row] >= 0 and shot.active[row]:
            of[int(owners[row])].append(row)
    passing = [row for rows in of.values() for row in rows if mask[row]]
    for owner, rows in of.items():
        if columns.kind[owner] == provider and not any(mask[row] for row in rows):
            mask[owner] = False
    scored = final.copy()
    scored[columns.kind == provider] *= c.provider_own
    best = sorted(passing, key=lambda row: (-final[row], columns.tie[row]))[:200]
    backing: dict[int, tuple[int, ...]] = {}
    for row in best:
        owner = int(owners[row])
        backing[owner] = (*backing.get(owner, ()), row)[: c.provider_depth]
    for owner, rows_of in backing.items():
        first = max(scored[owner], final[rows_of[0]] * c.provider_best)
        scored[owner] = first + sum(
            c.provider_further**place * max(0.0, final[row])
            for place, row in enumerate(rows_of[1:], start=1)
        )
    return np.round(scored, 6), mask, backing


def plain_top(final: Any, mask: Any, columns: Any, kind: Kind | None, limit: int, need: int) -> Any:
    rows = [
        row
        for row in range(len(final))
        if mask[row] and (kind is None or columns.kind[row] == KINDS.index(kind))
    ]
    return sorted(rows, key=lambda row: (-final[row], int(columns.tie[row]) ^ need))[:limit]


def random_snapshot(dice: np.random.Generator, taxonomy: Taxonomy) -> Any:
    rows = int(dice.integers(1, 3_000))
    columns = random_columns(dice, rows, taxonomy)
    providers = np.flatnonzero(columns.kind == KINDS.index(Kind.PROVIDER))
    owners = np.full(rows, -1, dtype=np.int64)
    if len(providers):
        owned = (columns.kind != KINDS.index(Kind.PROVIDER)) & (dice.random(rows) < 0.9)
        owners[owned] = dice.choice(providers, size=int(owned.sum()))
    active = dice.random(rows) < 0.97
    provided = active & (owners >= 0)
    providing = np.isin(np.arange(rows), owners[provided])
    return SimpleNamespace(
        columns=columns,
        active=active,
        provider_row=owners,
        provided=provided,
        providing=providing,
    )


def random_signals(dice: np.random.Generator, rows: int) -> tuple[Any, Any, Any, Fitted]:
    few = np.round(dice.random(40), 2).astype(np.float32)  # so that there are ties

    def signal() -> Any:
        return few[dice.integers(len(few), size=rows)]

    mask = dice.random(rows) < dice.choice([1.0, 0.7, 0.02])
    return signal(), signal(), signal(), Fitted(signal(), signal(), signal(), mask)


@pytest.mark.parametrize("seed", SEEDS)
def test_rank_and_top(seed: int, taxonomy: Taxonomy) -> None:
    dice = np.random.default_rng(seed)
    shot = random_snapshot(dice, taxonomy)
    dense, lexical, function, fitted = random_signals(dice, len(shot.active))
    told = (bool(dice.random() < 0.5), bool(dice.random() < 0.5))
    signals = (dense, lexical, function, fitted, told, shipped_constants())
    found = rank(shot, *signals)
    final, mask, backing = plain_rank(shot, *signals)
    assert (found.mask == mask).all() and (found.final == final).all()
    assert found.backing == backing
    for kind in (None, *KINDS):
        for limit in (1, 10, 60):
            assert (
                top(found, shot, kind, limit, seed).tolist()
                == plain_top(final, mask, shot.columns, kind, limit, seed)
            )  # fmt: skip


@pytest.mark.parametrize("error", [2e-7, 0.01, 0.3])
@pytest.mark.parametrize("seed", SEEDS)
def test_near_scores_give_the_lists_of_exact_ones(
    seed: int, error: float, taxonomy: Taxonomy
) -> None:
    """However far scores are off, as long as it is told how far: the same lists, scores, backing."""
    dice = np.random.default_rng(seed)
    shot = random_snapshot(dice, taxonomy)
    dense, lexical, function, fitted = random_signals(dice, len(shot.active))
    others = (lexical, function, fitted, (False, False), shipped_constants())
    exact = rank(shot, dense.copy(), *others)
    off = (dense + dice.uniform(-error, error, len(dense))).astype(np.float32)
    near = Near(lambda rows: dense[rows], off=1.001 * error, limit=10)
    found = rank(shot, off, *others, near=near)
    assert (found.mask == exact.mask).all()
    assert found.backing == exact.backing
    for kind in (None, *KINDS):
        rows = top(exact, shot, kind, 10, seed)
        assert top(found, shot, kind, 10, seed).tolist() == rows.tolist()
        for name in ("dense", "fused", "final"):
            assert (getattr(found, name)[rows] == getattr(exact, name)[rows]).all(), name


def test_products_of_every_row() -> None:
    index = FlatIndex(np.array([[1, 0], [0, 1], [3, 4]], dtype=np.float32))
    query = np.array([2, 1], dtype=np.float32)
    assert index.size == 3
    assert index.scores(query).tolist() == index.near(query[None])[0][0].tolist() == [2, 1, 10]
    assert FlatIndex(np.empty((0, 2), dtype=np.float32)).scores(query).shape == (0,)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 63, 1003])
def test_products_of_single_rows_are_those_of_all(rows: int) -> None:
    dice = np.random.default_rng(rows)
    vectors = dice.standard_normal((rows, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = FlatIndex(vectors)
    query = vectors[0]
    every = index.scores(query)
    assert every == pytest.approx(vectors @ query, abs=1e-6)
    for size in {1, min(rows, 3), min(rows, 50), rows}:
        some = dice.choice(rows, size=size, replace=False)
        assert (index.products(query, some) == every[some]).all()
