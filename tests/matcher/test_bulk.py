"""Many needs at once: the lists of `match`, and every need's own problem told beside it."""

from __future__ import annotations

import json
import math
import random
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.errors import Bilingual
from catalog.records import Kind, Label, Need, Size
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from matcher.bulk.lists import (
    NOT_ASKED,
    NOTHING,
    Status,
    match_many,
    nearest_nodes,
    query_of,
    texts_of,
)
from matcher.calibration import FEATURES, GRADES, Calibration, features_of
from matcher.closeness import scenario_closeness
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.index.columns import KINDS
from matcher.types import Answer, Constraint, Match, MatchQuery, Understood
from tests.conftest import Built, clock
from tests.fakes import HashEncoder, quick_build, vector_of
from tests.matcher.conftest import told_of

ROOT = Path(__file__).parents[2]
ALL = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE)
CALIBRATION = Calibration(
    "test",
    (
        (-0.2, 1.0, 0.5, 0.5, 0.5, 0.5, 0.2, 0.0, 0.0),
        (-0.6, 1.0, 0.5, 0.5, 0.5, 0.5, 0.2, 0.0, -0.1),
        (-1.2,) + (1.0,) * 8,
    ),
    unserved_from=0.04,
    provenance={},
)


def shown(answer: Answer, kinds: tuple[Kind, ...]) -> list[Match]:
    lists = {
        Kind.SOLUTION: answer.solutions,
        Kind.PROVIDER: answer.providers,
        Kind.CASE: answer.cases,
    }
    found = [match for kind in kinds for match in lists[kind]]
    return [answer.nearest] if answer.unserved and answer.nearest else found


def assert_same(matcher: Matcher, taxonomy: Taxonomy, queries: list[MatchQuery]) -> Any:
    """The very lists of `match`: ids, order, scores, grades, places; read now, and known from before."""
    told_of(matcher, taxonomy, queries)
    told = told_of(matcher, taxonomy, queries)
    ids = matcher.snapshot().ids
    for number, query in enumerate(queries):
        answer = matcher.match(query)
        lines = told.listed[told.listed["need"] == number]
        expected = [
            (one.id, one.score, one.grade, 0 if answer.unserved else one.rank, one.kind)
            for one in shown(answer, query.kinds)
        ]
        found = [
            (
                ids[line["row"]],
                float(line["score"]),
                None if line["grade"] == NOTHING else GRADES[line["grade"]],
                int(line["place"]),
                KINDS[line["kind"]],
            )
            for line in lines
        ]
        assert found == expected, query
        if answer.unserved:
            assert told.status[number] == Status.UNSERVED
    return told


TEXTS = (
    "换模慢，设备老停机查不出原因",
    "服装厂小单快反，预算三万以内",
    "外观划痕靠人眼看，两个月内上线",
    "Foundry: our furnaces eat electricity",
    "啥都不好用",
    "注塑车间停机多，三十来个人的厂",
)


def queries() -> list[MatchQuery]:
    dice = random.Random(3)
    found = []
    for number in range(150):
        given: dict[str, Any] = {}
        if dice.random() < 0.4:
            given["sectors"] = (dice.choice(["C292", "注塑", "服装", "查无此业"]),)
        if dice.random() < 0.3:
            given["scenarios"] = (dice.choice(["S3-4", "质量管理"]),)
        if dice.random() < 0.3:
            given["budget_cny"] = dice.choice((40_000, 200_000))
            if dice.random() < 0.5:
                given["must"] = frozenset([Constraint.BUDGET])
        if dice.random() < 0.3:
            given["deploy_days"] = 50
        if dice.random() < 0.2:
            given["size"] = Size.SMALL
        if dice.random() < 0.2:
            given["target_level"] = 3
        if dice.random() < 0.2:
            given["city"] = dice.choice(("宁波", "苏州"))
        kinds = tuple(dice.sample(ALL, dice.randrange(1, 4)))
        text = dice.choice(TEXTS) + "一二三四"[number % 4]
        found.append(MatchQuery(text, kinds=kinds, limit=dice.choice((1, 2, 10)), **given))
    return found


@pytest.mark.parametrize("calibrated", [False, True])
def test_the_lists_are_those_of_match(
    tiny: Built, monkeypatch: pytest.MonkeyPatch, calibrated: bool
) -> None:
    if calibrated:
        monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: CALIBRATION)
    told = assert_same(tiny.matcher, tiny.taxonomy, queries())
    assert (Status.UNSERVED in told.status) == calibrated
    assert (told.listed["grade"] >= 0).all() == calibrated


def test_changes_after_the_build_count_as_in_match(built: Built) -> None:
    with built.store.writing("test") as writer:
        board = built.store.get(built.ids["设备联网看板"]).record
        writer.put(board.model_copy(update={"description": "停机一眼看见，换模也看得见"}))
        writer.put(board.model_copy(update={"name": "停机记录仪", "code": None}))
        writer.retire(built.ids["缝制车间协同"])
    assert len(built.matcher.snapshot().later_vectors) > 0
    assert_same(built.matcher, built.taxonomy, queries()[:60])


@pytest.mark.slow
def test_the_lists_are_those_of_match_on_the_samples(tmp_path: Path, taxonomy: Taxonomy) -> None:
    """Every need of the sample catalogue with its own labels and limits."""
    store = Store.open(tmp_path, clock=clock)
    validator = Validator(taxonomy)
    with store.writing("test") as writer:
        for path in sorted((ROOT / "samples").glob("demonstration-*.jsonl")):
            for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                record = validator.object(path.name, line, json.loads(text)).record
                assert record is not None
                writer.put(record)
    with quick_build():
        build_generation(store, tmp_path, HashEncoder(), taxonomy, now=clock)
    matcher = Matcher(store, tmp_path, HashEncoder(), taxonomy, clock)
    needs = [stored.record for stored in store.iterate(Kind.NEED)]
    assert len(needs) > 300
    assert_same(
        matcher,
        taxonomy,
        [query_of(need, ALL, 10) for need in needs if isinstance(need, Need)],
    )
    store.close()


def test_a_need_that_cannot_be_read_is_refused_alone(tiny: Built) -> None:
    asked = [
        MatchQuery("，。！"),
        MatchQuery(TEXTS[0]),
        MatchQuery(TEXTS[0], sectors=("C9999",)),
        MatchQuery(TEXTS[0], sectors=("查无此业",)),
        MatchQuery(TEXTS[0]),
    ]
    problem = Bilingual("缺少需求", "the need is missing")
    vectors = np.zeros((6, 64), dtype=np.float32)
    vectors[1:5] = vector_of(TEXTS[0])
    told = match_many(
        tiny.matcher,
        tiny.matcher.snapshot(),
        tiny.taxonomy,
        [*asked, problem],
        texts_of([*asked, problem]),
        vectors,
        tiny.matcher.kept_meanings(),
    )
    refused = [status == Status.REFUSED for status in told.status]
    assert refused == [True, False, True, False, False, True]
    assert told.remarks[0] and "没有读到需求" in told.remarks[0].zh
    assert "no need was found" in told.remarks[0].en
    assert told.remarks[1] is None
    assert told.remarks[2] and "C9999" in told.remarks[2].zh
    assert told.remarks[3] and "查无此业" in told.remarks[3].zh
    assert told.remarks[5] == problem
    assert set(told.listed["need"]) >= {1, 3}
    assert not set(told.listed["need"]) & {0, 2, 5}


def test_nothing_left_by_hard_limits_is_told(tiny: Built) -> None:
    query = MatchQuery(
        TEXTS[0],
        scenarios=("S3-4",),
        sectors=("C18",),
        must=frozenset([Constraint.SCENARIO, Constraint.SECTOR]),
        kinds=(Kind.CASE,),
    )
    assert tiny.matcher.match(query).cases == ()
    told = told_of(tiny.matcher, tiny.taxonomy, [query])
    assert told.status.tolist() == [Status.EXCLUDED] and not len(told.listed)


def test_no_needs(tiny: Built) -> None:
    empty = np.empty((0, 64), dtype=np.float32)
    kept = tiny.matcher.kept_meanings()
    told = match_many(tiny.matcher, tiny.matcher.snapshot(), tiny.taxonomy, [], [], empty, kept)
    assert len(told.listed) == len(told.status) == len(told.remarks) == 0


def test_fits_and_nodes_of_the_listed(tiny: Built) -> None:
    query = MatchQuery(TEXTS[0], scenarios=("S3-4",), budget_cny=200_000, kinds=(Kind.SOLUTION,))
    told = told_of(tiny.matcher, tiny.taxonomy, [query])
    ids = tiny.matcher.snapshot().ids
    line = next(one for one in told.listed if ids[one["row"]] == tiny.ids["设备联网看板"])
    table = scenario_closeness(tiny.taxonomy)
    assert line["budget"] == 1 and line["days"] == NOT_ASKED
    assert line["scenario"] == 1.0
    assert table.codes[line["scenario_need"]] == table.codes[line["scenario_offer"]] == "S3-4"


def test_the_nearest_nodes_by_hand(taxonomy: Taxonomy) -> None:
    table = scenario_closeness(taxonomy)
    index, none = table.index, table.unknown
    nodes = np.array(
        [[index["S3-3"], index["S3-4"], none], [index["S3-3"], none, none], [none] * 3], np.int16
    )
    needed = (
        Understood("S3-4", 0.6, "停机", False),
        Understood("S3-3", 0.3, "", False),
        Understood("S3-1", 0.05, "", False),
    )
    need, offer = nearest_nodes(needed, nodes, table, "scenario")
    assert need.tolist() == [index["S3-4"], index["S3-3"], NOTHING]
    assert offer.tolist() == [index["S3-4"], index["S3-3"], NOTHING]
    assert nearest_nodes((), nodes, table, "scenario")[0].tolist() == [NOTHING] * 3


@pytest.mark.parametrize(
    ("confidence", "given", "told"), [(0.7, False, True), (0.5, False, False), (0.5, True, True)]
)
def test_a_scenario_that_is_not_sure_is_not_held_against_an_offer(
    taxonomy: Taxonomy, confidence: float, given: bool, told: bool
) -> None:
    table = scenario_closeness(taxonomy)
    needed = (Understood("S4-2", confidence, "仓库", given),)
    nodes = np.array([[table.index["S3-5"], table.unknown, table.unknown]], np.int16)
    need, offer = nearest_nodes(needed, nodes, table, "scenario")
    wanted = ["S4-2", "S3-5"] if told else [NOTHING, NOTHING]
    assert [need[0], offer[0]] == [table.index.get(one, NOTHING) for one in wanted]


def test_what_is_asked_for_a_need() -> None:
    need = Need(
        text="换模慢",
        city="宁波市",
        sectors=(Label(label="铸造", nodes=("C3391", "C3392")), Label(label="铸件", nodes=("C3391",))),
        scenarios=(Label(label="说不清"),),
        budget_cny=0,
        deploy_days=60,
        size=Size.SMALL,
        target_level=2,
    )  # fmt: skip
    query = query_of(need, ALL, 7)
    assert query.sectors == ("C3391", "C3392") and query.scenarios == ("说不清",)
    assert (query.budget_cny, query.deploy_days, query.city) == (None, 60, "宁波")
    assert (query.size, query.target_level, query.limit, query.kinds) == (Size.SMALL, 2, 7, ALL)
    # Its own city wins; another one counts for needs without a city.
    assert query_of(need, ALL, 7, "苏州市").city == "宁波"
    assert query_of(Need(text="停机"), ALL, 7, "苏州市").city == "苏州市"


def test_grades_are_by_the_highest_bound_reached() -> None:
    dice = np.random.default_rng(5)
    fused, sector, scenario, function = dice.random((4, 200)).astype(np.float32)
    provider = dice.random(200) < 0.5
    for given in ((False, False), (True, False), (False, True), (True, True)):
        rows = features_of(fused, sector, scenario, function, given, 0.2, provider)
        none = math.log(0.2 + 0.01)
        assert rows.tolist() == [
            [
                *(f, 0.0 if given[0] else s, s if given[0] else 0.0),
                *(0.0 if given[1] else c, c if given[1] else 0.0, d, none, float(p)),
            ]
            for f, s, c, d, p in zip(fused, sector, scenario, function, provider, strict=True)
        ]
        assert rows.shape[1] == len(FEATURES)
        reached = [
            max(
                number if intercept + sum(map(mul, weights, row)) >= 0.0 else 0
                for number, (intercept, *weights) in enumerate(CALIBRATION.coefficients, start=1)
            )
            for row in rows.tolist()
        ]
        assert CALIBRATION.grades(rows).tolist() == reached
        assert len(set(reached)) > 1
