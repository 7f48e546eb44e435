"""Many needs scored at once against the functions of a match, which score them one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.closeness import Closeness, scenario_closeness, sector_closeness
from matcher.fit import fit
from matcher.index.columns import KINDS, SIZES, Columns, technology_bits
from matcher.index.costs import UNKNOWN, payment_bits
from matcher.index.embedding import unit
from matcher.index.lexical import LexicalIndex
from matcher.leads.offers import OfferSide, WordScores
from matcher.leads.scores import PairScorer
from matcher.needs.columns import MUSTS, NeedColumns
from matcher.needs.index import NeedRows, numbered
from matcher.needs.space import NeedSpace
from matcher.query import ASKED
from matcher.ranking import fuse
from matcher.types import MatchQuery
from matcher.understanding.understander import Meaning
from tests.fakes import CONSTANTS

OFFERS, NEEDS, FUNCTIONS = 5, 12, 60


def random_offers(rng: np.random.Generator, taxonomy: Taxonomy) -> Columns:
    def nodes(table: Closeness) -> Any:
        found = np.full((OFFERS, 6), table.unknown, dtype=np.int16)
        for row in found:
            count = rng.integers(0, 4)
            row[:count] = rng.choice(len(table.codes), count, replace=False)
        return found

    low = rng.choice([UNKNOWN, 20_000, 60_000, 300_000], OFFERS).astype(np.int64)
    scenarios = nodes(scenario_closeness(taxonomy))
    levels = rng.choice([UNKNOWN, 1, 2, 3], scenarios.shape).astype(np.int8)
    levels[scenarios == scenario_closeness(taxonomy).unknown] = UNKNOWN
    return Columns(
        kind=np.full(OFFERS, KINDS.index(Kind.SOLUTION), dtype=np.int8),
        sectors=nodes(sector_closeness(taxonomy)),
        scenarios=scenarios,
        levels=levels,
        cost_low=low,
        cost_high=np.where(rng.random(OFFERS) < 0.5, low, UNKNOWN),
        days=rng.choice([UNKNOWN, 10, 45, 200], OFFERS).astype(np.int32),
        sizes=rng.integers(0, 16, OFFERS).astype(np.uint8),
        technologies=rng.choice([0, 1, 2, 3, 1 << 15], OFFERS).astype(np.uint16),
        payments=rng.integers(0, 32, OFFERS).astype(np.uint8),
        paid_low=(paid := rng.choice([UNKNOWN, 20_000, 60_000, 300_000], (OFFERS, 4))),
        paid_high=np.where(rng.random((OFFERS, 4)) < 0.5, paid, UNKNOWN),
        evidence=rng.random(OFFERS, dtype=np.float32),
        demonstration=np.zeros(OFFERS, dtype=np.bool_),
        dishonest=np.zeros(OFFERS, dtype=np.bool_),
        tie=rng.integers(1 << 60, size=OFFERS, dtype=np.uint64),
    )


def random_needs(
    rng: np.random.Generator,
    tables: tuple[Closeness, Closeness],
    codes: tuple[tuple[str, ...], tuple[str, ...]],
    words: dict[str, int],
) -> tuple[NeedRows, list[MatchQuery], list[tuple[Meaning, Meaning]], list[tuple[str, ...]]]:
    """Needs as arrays, and the same as queries with what they mean."""
    queries, meanings, said, shares = [], [], [], []
    nodes = [np.full((NEEDS, 6), table.unknown, dtype=np.int16) for table in tables]
    given = rng.random((2, NEEDS)) < 0.5
    for row in range(NEEDS):
        found = []
        for facet, (table, read) in enumerate(zip(tables, codes, strict=True)):
            drawn = rng.random(len(read)) ** 3
            drawn /= drawn.sum()
            if given[facet, row]:
                chosen = rng.choice(len(table.codes), 2, replace=False)
                nodes[facet][row, :2] = chosen
                meaning = Meaning({table.codes[one]: 1.0 for one in chosen}, given=True)
                drawn = np.zeros(len(read))
            else:
                meaning = Meaning(dict(zip(read, drawn.tolist(), strict=True)), given=False)
            found.append((meaning, drawn))
        meanings.append((found[0][0], found[1][0]))
        functions = unit(rng.random(FUNCTIONS).astype(np.float32) ** 8)
        shares.append(np.concatenate([found[0][1], found[1][1], functions]))
        musts = frozenset(must for must in MUSTS if rng.random() < 0.3)
        query = MatchQuery(
            "",
            budget_cny=_drawn(rng, 40_000, 250_000),
            deploy_days=_drawn(rng, 30, 90),
            size=SIZES[rng.integers(4)] if rng.random() < 0.5 else None,
            target_level=_drawn(rng, 1, 3),
            technologies=("AI",) if rng.random() < 0.5 else (),
            refused_technologies=("machine_vision",) if rng.random() < 0.5 else (),
            payments=((), (), ("one_off",), ("yearly", "monthly"))[rng.integers(4)],
        )
        asked = {must for must in MUSTS if getattr(query, ASKED[must]) not in (None, ())}
        queries.append(replace(query, must=musts & asked))
        said.append(tuple(rng.choice([*words, "elsewhere"], rng.integers(0, 9)).tolist()))
    tokens, starts = numbered(said, words)
    rows = NeedRows(
        vectors=unit(rng.standard_normal((NEEDS, 8)).astype(np.float32)),
        shares=np.array(shares, dtype=np.float16),
        tokens=tokens,
        starts=starts,
        columns=_columns(queries, nodes, given),
    )
    return rows, queries, meanings, said


def _drawn(rng: np.random.Generator, low: int, high: int) -> int | None:
    return int(rng.choice([low, high])) if rng.random() < 0.6 else None


def _columns(queries: Sequence[MatchQuery], nodes: Any, given: Any) -> NeedColumns:
    def known(values: list[int | None], dtype: Any) -> Any:
        return np.array([UNKNOWN if one is None else one for one in values], dtype=dtype)

    nothing = np.zeros(NEEDS, dtype=np.int64)
    return NeedColumns(
        sectors=nodes[0],
        scenarios=nodes[1],
        given_sector=given[0],
        given_scenario=given[1],
        budget=known([query.budget_cny for query in queries], np.int64),
        days=known([query.deploy_days for query in queries], np.int32),
        size=known([None if q.size is None else SIZES.index(q.size) for q in queries], np.int8),
        level=known([query.target_level for query in queries], np.int8),
        technologies=np.array([technology_bits(q.technologies) for q in queries], np.uint16),
        refused=np.array(
            [technology_bits(q.refused_technologies) for q in queries], dtype=np.uint16
        ),
        payments=np.array([payment_bits(q.payments) for q in queries], dtype=np.uint8),
        must=np.array(
            [sum(1 << bit for bit, one in enumerate(MUSTS) if one in q.must) for q in queries],
            dtype=np.uint8,
        ),
        unserved=nothing.astype(np.float32),
        known=np.linspace(0.4, 1.0, NEEDS, dtype=np.float32),
        city=nothing.astype(np.uint64),
        demonstration=nothing.astype(np.bool_),
        updated=nothing,
        tie=nothing.astype(np.uint64),
    )


def drawn_world(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    taxonomy = Taxonomy.shipped()
    tables = sector_closeness(taxonomy), scenario_closeness(taxonomy)
    offers = random_offers(rng, taxonomy)
    codes = tuple(
        tuple(sorted(rng.choice(table.codes, count, replace=False).tolist()))
        for table, count in zip(tables, (12, 6), strict=True)
    )
    words = {f"w{number}": number for number in range(30)}
    texts = [rng.choice(list(words), 8).tolist() for _ in range(OFFERS)]
    lexical = LexicalIndex.build(texts)
    tokens = tuple(map(Counter, texts))
    side = OfferSide(
        ids=tuple(map(str, range(OFFERS))),
        vectors=unit(rng.standard_normal((OFFERS, 8)).astype(np.float32)),
        functions=unit(rng.random((OFFERS, FUNCTIONS)).astype(np.float32) ** 8),
        columns=offers,
        words=tuple(
            WordScores(
                np.array([words[word] for word in one]),
                np.array([lexical.score_later((word,), (one,))[0] for word in one], np.float32),
            )
            for one in tokens
        ),
        own=None,
        snapshot=None,  # type: ignore[arg-type]
        tokens=tokens,
    )
    return taxonomy, tables, codes, lexical, side, random_needs(rng, tables, codes, words), words


def _function(side: OfferSide, needs: NeedRows, row: int) -> Any:
    """Cosine of the shares of functions of a need with those of each offer."""
    return side.functions @ needs.shares[row, -FUNCTIONS:].astype(np.float32)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_many_at_once_are_scored_as_one_by_one(seed: int) -> None:
    taxonomy, tables, codes, lexical, side, (needs, queries, meanings, said), words = drawn_world(
        seed
    )
    idf = np.array([lexical.idf(word) for word in words], dtype=np.float32)
    found = PairScorer(taxonomy, CONSTANTS, *codes, idf).score(needs, side).final
    for row, (query, (sector, scenario)) in enumerate(zip(queries, meanings, strict=True)):
        fitted = fit(side.columns, query, sector, scenario, *tables)
        bound = lexical.bound(said[row])
        share = lexical.score_later(said[row], side.tokens) / np.float32(bound or 1)
        share *= needs.columns.known[row]
        fused = fuse(side.vectors @ needs.vectors[row], share, CONSTANTS.dense_weight)
        sector_weight = CONSTANTS.sector_given if sector.given else CONSTANTS.sector_inferred
        scenario_weight = (
            CONSTANTS.scenario_given if scenario.given else CONSTANTS.scenario_inferred
        )
        final = fused + sector_weight * fitted.sector + scenario_weight * fitted.scenario
        final = final + CONSTANTS.function * _function(side, needs, row)
        final = final + CONSTANTS.constraints * fitted.constraints
        final = final + CONSTANTS.evidence * side.columns.evidence
        wanted = np.where(fitted.mask, final, -np.inf)
        assert found[row] == pytest.approx(wanted, abs=3e-4)


def test_the_space_adds_up_what_is_no_word_and_no_limit() -> None:
    """With one node an offer, an inner product in the space is nearly dense + sector + scenario."""
    taxonomy, tables, codes, _, side, (needs, _, meanings, _), _ = drawn_world(3)
    columns = side.columns
    columns.sectors[:, 1:] = tables[0].unknown
    columns.scenarios[:, 1:] = tables[1].unknown
    space = NeedSpace(taxonomy, CONSTANTS, *codes, side.functions)
    found = space.needs(needs) @ space.offers(side.vectors, columns, side.functions).T
    wanted = []
    for row, (sector, scenario) in enumerate(meanings):
        fitted = fit(columns, MatchQuery(""), sector, scenario, *tables)
        sector_weight = CONSTANTS.sector_given if sector.given else CONSTANTS.sector_inferred
        scenario_weight = (
            CONSTANTS.scenario_given if scenario.given else CONSTANTS.scenario_inferred
        )
        dense = CONSTANTS.dense_weight * (side.vectors @ needs.vectors[row])
        dense += CONSTANTS.function * _function(side, needs, row)
        wanted.append(dense + sector_weight * fitted.sector + scenario_weight * fitted.scenario)
    # Two given nodes are averaged, and the table is cut to its largest singular vectors.
    assert np.corrcoef(found.ravel(), np.ravel(wanted))[0, 1] > 0.97
