"""The grades of closeness, and an offer's nearest node to what is needed."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.taxonomy import Taxonomy
from matcher.closeness import (
    CROSS_SECTOR,
    NEIGHBOUR_DIVISION,
    OFFER_NARROWER,
    SAME,
    SAME_DIVISION,
    SAME_FAMILY,
    SAME_GROUP,
    UNKNOWN,
    Closeness,
    scenario_closeness,
    sector_closeness,
)
from matcher.fit import closeness_of
from matcher.index.distinct import node_sets
from matcher.understanding.understander import Meaning


@pytest.fixture(scope="module")
def sectors(taxonomy: Taxonomy) -> Closeness:
    return sector_closeness(taxonomy)


@pytest.fixture(scope="module")
def scenarios(taxonomy: Taxonomy) -> Closeness:
    return scenario_closeness(taxonomy)


def between(table: Closeness, need: str, offer: str) -> float:
    return float(table.table[table.index[need], table.index[offer]])


def test_grades_go_down_with_the_nearest_common_ancestor(sectors: Closeness) -> None:
    need = "C3391"
    grades = [between(sectors, need, offer) for offer in ("C3391", "C3392", "C3311", "C", "C13")]
    assert grades == pytest.approx([SAME, SAME_GROUP, SAME_DIVISION, CROSS_SECTOR, 0.0])
    assert grades == sorted(grades, reverse=True) and len(set(grades)) == 5


def test_an_offer_for_the_wider_node_covers_the_need(sectors: Closeness) -> None:
    covering = [between(sectors, "C3391", offer) for offer in ("C3391", "C339", "C33", "C")]
    assert covering == sorted(covering, reverse=True) and len(set(covering)) == 4
    assert between(sectors, "C3391", "C339") == pytest.approx(0.95)
    assert between(sectors, "C339", "C33") == pytest.approx(0.85)


def test_an_offer_for_a_narrower_node(sectors: Closeness) -> None:
    assert between(sectors, "C33", "C3391") == pytest.approx(OFFER_NARROWER)
    assert between(sectors, "C33", "C3391") < between(sectors, "C3391", "C3391")


def test_neighbour_divisions_are_nearer_than_the_rest(sectors: Closeness) -> None:
    assert between(sectors, "C292", "C261") == between(sectors, "C261", "C292")
    assert between(sectors, "C261", "C292") == pytest.approx(NEIGHBOUR_DIVISION)
    assert between(sectors, "C292", "C181") == 0.0


def test_a_need_of_no_sector_in_particular(sectors: Closeness) -> None:
    assert between(sectors, "C", "C292") == pytest.approx(CROSS_SECTOR)
    assert between(sectors, "C", "C") == SAME


def test_unknown_is_neither_near_nor_far(sectors: Closeness, scenarios: Closeness) -> None:
    for table in (sectors, scenarios):
        assert np.allclose(table.table[:, table.unknown], UNKNOWN)
        assert table.unknown == len(table.codes) == len(table.index)
    assert 0.0 < UNKNOWN < SAME_DIVISION


def test_scenarios(scenarios: Closeness) -> None:
    assert between(scenarios, "S3-4", "S3-4") == SAME
    assert between(scenarios, "S3-4", "S1-3") == pytest.approx(0.6)
    assert between(scenarios, "S1-3", "S3-4") == pytest.approx(0.6)
    assert between(scenarios, "S3-4", "S3-5") == pytest.approx(SAME_FAMILY)
    assert between(scenarios, "S3-4", "S5-2") == 0.0


def test_tables_hold_shares(sectors: Closeness, scenarios: Closeness) -> None:
    for table in (sectors, scenarios):
        assert table.table.dtype == np.float32
        assert table.table.min() >= 0.0 and table.table.max() == 1.0
        assert np.allclose(np.diag(table.table), 1.0)


def test_the_nearest_pair_times_its_confidence_counts(sectors: Closeness) -> None:
    at = sectors.index
    nodes = np.full((4, 6), sectors.unknown, dtype=np.int16)
    nodes[0, :2] = at["C13"], at["C3391"]
    nodes[1, 0] = at["C339"]
    nodes[2, 0] = at["C13"]
    needed = Meaning({"C3391": 0.5, "C181": 1.0}, given=True)
    found = closeness_of(node_sets(nodes), sectors, needed)
    # the same at half the confidence; covered at half; elsewhere; unknown to the surest need
    assert found == pytest.approx([0.5, 0.475, 0.0, UNKNOWN])
    for given in (True, False):
        assert closeness_of(node_sets(nodes), sectors, Meaning({}, given)).tolist() == [0, 0, 0, 0]


def test_of_shares_read_from_words_the_expected_closeness_counts(sectors: Closeness) -> None:
    at = sectors.index
    nodes = np.full((5, 6), sectors.unknown, dtype=np.int16)
    nodes[0, :2] = at["C13"], at["C3391"]
    nodes[1, 0] = at["C339"]
    nodes[2, :2] = at["C3391"], at["C181"]
    nodes[3, 0] = at["C13"]
    read = Meaning({"C3391": 0.6, "C181": 0.4}, given=False)
    # 0.6 of the same; 0.6 of covered; the nearer of two nodes, not their sum; elsewhere; unknown
    assert closeness_of(node_sets(nodes), sectors, read) == pytest.approx(
        [0.6, 0.57, 0.6, 0.0, UNKNOWN]
    )
    family = Meaning({"C3391": 0.5, "C3392": 0.5}, given=False)
    # 0.5 of the same and 0.5 of the same group
    assert closeness_of(node_sets(nodes), sectors, family)[0] == pytest.approx(0.9)


def test_the_tables_are_left_as_they_are(sectors: Closeness) -> None:
    before = sectors.table.copy()
    nodes = np.full((1, 6), sectors.unknown, dtype=np.int16)
    for given in (True, False):
        closeness_of(node_sets(nodes), sectors, Meaning({"C18": 1.0}, given))
    assert np.array_equal(sectors.table, before)
