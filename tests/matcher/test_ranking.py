"""Fusion, providers by their best few, and ties, by hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from catalog.records import Kind
from matcher.config import Constants, shipped_constants
from matcher.fit import Fitted
from matcher.index.columns import KINDS, tie_hash
from matcher.ranking import Near, Ranked, fuse, rank, top

PLAIN = replace(
    shipped_constants(),
    dense_weight=1.0,
    sector_given=0.2,
    scenario_given=0.3,
    sector_inferred=0.1,
    scenario_inferred=0.15,
    constraints=0.1,
    evidence=0.05,
    provider_own=0.9,
    provider_depth=3,
    provider_best=0.75,
    provider_further=0.1,
)
READ = (False, False)


def snapshot(kinds: list[Kind], owners: list[int], **columns: Any) -> Any:
    """Rows with what `rank` reads of a snapshot."""
    count = len(kinds)
    values: dict[str, Any] = {
        "kind": np.array([KINDS.index(kind) for kind in kinds], dtype=np.int8),
        "evidence": np.zeros(count, dtype=np.float32),
        "demonstration": np.zeros(count, dtype=np.bool_),
        "tie": np.array([tie_hash(str(row)) for row in range(count)], dtype=np.uint64),
    }
    values["of_kind"] = tuple(np.flatnonzero(values["kind"] == kind) for kind in range(len(KINDS)))
    provider_row = np.array(owners, dtype=np.int64)
    provided = provider_row >= 0
    return SimpleNamespace(
        columns=SimpleNamespace(**{**values, **columns}),
        active=np.ones(count, dtype=np.bool_),
        provider_row=provider_row,
        provided=provided,
        providing=np.isin(np.arange(count), provider_row[provided]),
    )


def signals(count: int, mask: list[bool] | None = None, **given: list[float]) -> Fitted:
    zero = [0.0] * count
    return Fitted(
        *(
            np.array(given.get(n, zero), dtype=np.float32)
            for n in ("sector", "scenario", "constraints")
        ),
        mask=np.array(mask or [True] * count),
    )


def ranked(shot: Any, dense: list[float], fitted: Fitted | None = None, **more: Any) -> Ranked:
    count = len(dense)
    return rank(
        shot,
        np.array(dense, dtype=np.float32),
        np.zeros(count, dtype=np.float32),
        np.array(more.pop("function", [0.0] * count), dtype=np.float32),
        fitted or signals(count),
        more.pop("given", READ),
        more.pop("constants", PLAIN),
        **more,
    )


def test_doing_what_is_asked_adds_its_share() -> None:
    shot = snapshot([Kind.SOLUTION, Kind.SOLUTION], [-1, -1])
    found = ranked(shot, [0.5, 0.4], function=[0.0, 0.8], constants=replace(PLAIN, function=0.25))
    assert found.final == pytest.approx([0.5, 0.4 + 0.25 * 0.8])
    shares = found.signals(np.array([1]), replace(PLAIN, function=0.25))[0]
    assert shares.function == pytest.approx(0.2) and shares.evidence == pytest.approx(0.0)


def test_fusion_is_convex() -> None:
    dense, lexical = np.array([0.5, -0.1], np.float32), np.array([0.25, 1.0], np.float32)
    assert fuse(dense, lexical, 0.6) == pytest.approx([0.6 * 0.5 + 0.4 * 0.25, -0.06 + 0.4])
    assert fuse(dense, lexical, 1.0) == pytest.approx(dense)
    assert fuse(dense, lexical, 0.0) == pytest.approx(lexical)
    assert fuse(dense, lexical, 0.6).dtype == np.float32


def test_the_score_is_the_sum_of_its_shares() -> None:
    shot = snapshot([Kind.SOLUTION], [-1], evidence=np.array([0.5], np.float32))
    fitted = signals(1, sector=[0.8], scenario=[0.6], constraints=[0.5])
    for given, sector, scenario in (
        ((False, False), 0.1, 0.15),
        ((True, False), 0.2, 0.15),
        ((True, True), 0.2, 0.3),
        ((False, True), 0.1, 0.3),
    ):
        found = ranked(shot, [0.4], fitted, given=given)
        assert found.weights == (sector, scenario)
        expected = 0.4 + sector * 0.8 + scenario * 0.6 + 0.1 * 0.5 + 0.05 * 0.5
        assert found.final[0] == pytest.approx(expected, abs=1e-6)
        shares = found.signals(np.array([0]), PLAIN)[0]
        assert shares.sector == pytest.approx(sector * 0.8, abs=1e-4)
        assert shares.evidence == pytest.approx(0.025, abs=2e-4)
        parts = shares.fused + shares.sector + shares.scenario + shares.constraints
        assert parts + shares.evidence == pytest.approx(shares.final, abs=3e-4)


P, S, C = Kind.PROVIDER, Kind.SOLUTION, Kind.CASE


def test_a_provider_by_its_best_offer_and_a_little_for_further_ones() -> None:
    # row 0 is the provider, its offers score 0.8, 0.6, 0.5, 0.4
    found = ranked(snapshot([P, S, C, S, S], [-1, 0, 0, 0, 0]), [0.2, 0.8, 0.6, 0.5, 0.4])
    # max(0.2 * 0.9, 0.8 * 0.75) + 0.1 * 0.6 + 0.01 * 0.5
    assert found.final[0] == pytest.approx(0.6 + 0.06 + 0.005)
    assert found.backing == {0: (1, 2, 3)}


def test_a_provider_by_its_own_text_where_that_is_better() -> None:
    found = ranked(snapshot([P, S], [-1, 0]), [0.9, 0.4])
    assert found.final[0] == pytest.approx(0.81)
    assert ranked(snapshot([P], [-1]), [0.5]).final[0] == pytest.approx(0.45)


def test_ten_more_mediocre_offers_change_nothing() -> None:
    good = [0.2, 0.8, 0.6, 0.5]
    before = ranked(snapshot([P, S, S, S], [-1, 0, 0, 0]), good).final[0]
    many = snapshot([P] + [S] * 13, [-1] + [0] * 13)
    assert ranked(many, good + [0.3] * 10).final[0] == before
    # not even hundreds
    crowd = snapshot([P] + [S] * 503, [-1] + [0] * 503)
    assert ranked(crowd, good + [0.3] * 500).final[0] == before


def test_an_offer_below_nothing_takes_nothing_away() -> None:
    one = ranked(snapshot([P, S], [-1, 0]), [0.0, 0.8]).final[0]
    two = ranked(snapshot([P, S, S], [-1, 0, 0]), [0.0, 0.8, -0.5]).final[0]
    assert one == two


def test_a_provider_all_of_whose_offers_break_a_limit_goes_with_them() -> None:
    shot = snapshot([P, P, P, S, S, S], [-1, -1, -1, 0, 0, 1])
    found = ranked(shot, [0.5] * 6, signals(6, mask=[True, True, True, True, False, False]))
    assert found.mask.tolist() == [True, False, True, True, False, False]
    assert found.backing == {0: (3,)}


def test_rows_that_are_switched_off_back_nobody() -> None:
    shot = snapshot([P, S, S], [-1, 0, 0])
    shot.active[1] = False
    found = ranked(shot, [0.0, 0.9, 0.4])
    assert found.mask.tolist() == [True, False, True]
    assert found.final[0] == pytest.approx(0.3)


def test_demonstration_records_can_be_left_out() -> None:
    shot = snapshot([S, S], [-1, -1], demonstration=np.array([True, False]))
    assert ranked(shot, [0.9, 0.1]).mask.all()
    assert ranked(shot, [0.9, 0.1], demonstration=False).mask.tolist() == [False, True]


def test_ties_by_a_hash_of_need_and_id() -> None:
    shot = snapshot([S] * 6, [-1] * 6)
    found = ranked(shot, [0.5, 0.5, 0.7, 0.5, 0.5, 0.5])
    orders = set()
    for need in ("换模慢", "看疵点", "排产乱", "账不清"):
        rows = top(found, shot, S, 6, tie_hash(need)).tolist()
        ties = [int(shot.columns.tie[row]) ^ tie_hash(need) for row in rows[1:]]
        assert rows[0] == 2 and ties == sorted(ties)
        assert top(found, shot, S, 3, tie_hash(need)).tolist() == rows[:3]
        orders.add(tuple(rows))
    assert len(orders) > 1, "the same id always wins"


def test_hashes_are_the_beginning_of_sha256() -> None:
    digest = hashlib.sha256("换模慢".encode()).digest()
    assert tie_hash("换模慢") == int.from_bytes(digest[:8], "little")


def test_top_by_kind_and_by_signal() -> None:
    shot = snapshot([S, C, P], [-1, -1, -1])
    found = ranked(shot, [0.1, 0.9, 0.5])
    assert top(found, shot, None, 2, 0).tolist() == [1, 2]
    assert top(found, shot, C, 5, 0).tolist() == [1]
    assert top(found, shot, S, 0, 0).tolist() == []
    assert found.scores("dense") is found.dense and found.scores("lexical") is found.lexical
    assert found.scores("fused") is found.fused and found.scores("final") is found.final


def test_shipped_constants_are_shares() -> None:
    constants = shipped_constants()
    assert 0 < constants.dense_weight < 1
    assert constants.provider_depth >= 1 and constants.posterior > 0
    others = {
        "function_reading",
        "provider_depth",
        "posterior",
        "sector_reading",
        "scenario_reading",
    }
    assert all(0 <= v <= 1 for name, v in constants.as_dict().items() if name not in others)
    for reading in (constants.sector_reading, constants.scenario_reading):
        assert reading.ridge > 0 and reading.sharpness > 0
        assert reading.words >= 0 and reading.terms >= 0


def test_constants_come_back_from_a_manifest() -> None:
    for constants in (PLAIN, shipped_constants()):
        assert Constants.from_dict(json.loads(json.dumps(constants.as_dict()))) == constants
    with pytest.raises((TypeError, KeyError)):
        Constants.from_dict({"dense_weight": 0.5})


def test_what_a_hard_budget_leaves_out_is_scored_and_not_ranked() -> None:
    """Six solutions, a case and a provider; the first four solutions and the case are over budget."""
    kinds = [Kind.SOLUTION] * 6 + [Kind.CASE, Kind.PROVIDER]
    demonstration = np.array([True] + [False] * 7)
    shot = snapshot(kinds, [-1] * 8, demonstration=demonstration)
    shot.active[1] = False
    over = np.array([True] * 4 + [False, False, True, False])
    fitted = replace(
        signals(8, mask=(~over).tolist(), constraints=[0, 0, 0, 0.4, 1, 1, 0, 0]), beyond=over
    )
    dense = [0.9, 0.8, 0.6, 0.7, 0.5, 0.4, 0.95, 0.1]
    exact = np.array(dense, dtype=np.float32)
    for near in (None, Near(lambda rows: exact[rows], 0.001, 1)):
        found = ranked(shot, dense, fitted, near=near)
        assert sorted(found.beyond.tolist()) == [0, 2, 3]
        # 0.7 + 0.1 * 0.4, which does not count besides
        assert found.besides_limits(np.array([3]), PLAIN) == pytest.approx([0.7])
        assert top(found, shot, Kind.SOLUTION, 1, need=1).tolist() == [4]
        real = ranked(shot, dense, fitted, near=near, demonstration=False)
        assert sorted(real.beyond.tolist()) == [2, 3]
        assert not len(ranked(shot, dense, signals(8), near=near).beyond)
