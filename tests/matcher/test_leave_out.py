"""Bounds on "nothing suitable", by hand, and catalogues from which what serves a need is left out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from catalog.taxonomy import Taxonomy
from matcher.calibration import FEATURES, Calibration
from matcher.measure import leave_out
from matcher.measure.leave_out import (
    LeftOut,
    bounds,
    collect_left_out,
    measure_left_out,
    with_bounds,
)
from tests.fakes import HashEncoder
from tests.matcher.test_evaluate import folder

CALIBRATION = Calibration("test", ((-1.0, *[0.0] * len(FEATURES)),) * 3, 1.0, {})


def served(best: float, lacks: bool = False, catalogue: str = "all") -> LeftOut:
    return LeftOut(catalogue, 2, best, lacks, lacks)


def test_one_of_a_hundred_may_pass_the_bound_alone() -> None:
    nothing, lacking = bounds([served(-float(number)) for number in range(200)])
    assert nothing == -198.0
    assert sum(-number < nothing for number in range(200)) == 1
    assert lacking == 0.0, "nothing lacks its scenario: the bound that counts then is open"


def test_both_together_tell_two_of_a_hundred() -> None:
    of = [served(-float(number), lacks=number % 10 == 0) for number in range(1000)]
    nothing, lacking = bounds(of)
    told = sum(one.best < nothing or (one.lacks and one.best < lacking) for one in of)
    assert nothing == -990.0 and 0.019 <= told / 1000 <= 0.02


def test_kinds_of_catalogues_count_the_same() -> None:
    few = [served(-5.0, catalogue="few")] * 2
    many = [served(1.0)] * 998
    assert bounds(few + many)[0] == -5.0
    assert bounds([]) == (-math.inf, -math.inf)


def test_figures() -> None:
    of = [
        served(-3.0, lacks=True),
        served(1.0),
        LeftOut("all", 0, -3.0, True, False),
        LeftOut("all", 1, -8.0, False, False),
    ]
    calibration = with_bounds(CALIBRATION, [])
    assert calibration.provenance == {"left_out": 0}
    figures = measure_left_out(Calibration("test", CALIBRATION.coefficients, 1.0, {}, -5, -2), of)
    assert figures == {
        "all": {
            "good": {"n": 2, "nothing": 0.5, "either": 0.5},
            "touched": {"n": 1, "nothing": 1.0, "either": 1.0},
            "nothing": {"n": 1, "nothing": 0.0, "either": 1.0},
        }
    }


@pytest.mark.usefixtures("quick_builds")
def test_catalogues(tmp_path: Path, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leave_out, "SIZES", (2, 9))
    documents: list[dict[str, Any]] = [
        {"id": f"d{n}", "kind": "solution", "name": f"换模看板{n}", "provider": f"甲{n}公司"}
        for n in range(4)
    ]
    documents[0]["scenarios"] = ["设备管理"]
    needs = [
        {"id": "q1", "text": "换模停机看板", "lang": "zh", "scenario_codes": ["S3-4"]},
        {"id": "q2", "text": "没有人判过的需求", "lang": "zh"},
        {"id": "q3", "text": "换模停机看板", "lang": "zh", "split": "held_out"},
    ]
    grades = [
        {"query_id": "q1", "doc_id": "d0", "grade": 3},
        {"query_id": "q1", "doc_id": "d1", "grade": 1},
        {"query_id": "q3", "doc_id": "d1", "grade": 1},
    ]
    directory = folder(tmp_path / "judged", documents, needs, grades)
    encoder = HashEncoder()
    found = collect_left_out([directory], encoder, taxonomy, False, CALIBRATION)
    again = collect_left_out([directory], encoder, taxonomy, False, CALIBRATION)
    assert found == again and {one.best for one in found} == {-1.0}
    by_kind = {
        kind: sorted(one.grade for one in found if one.catalogue == kind)
        for kind in ("all", "without", "2")
    }
    # Of all offers and of those of other scenarios, with and without what serves it.
    assert by_kind["all"] == [0, 3] and by_kind["without"] == [0, 1]
    assert set(by_kind["2"]) == {0, 1, 3} and "9" not in {one.catalogue for one in found}
    apart = collect_left_out([directory], encoder, taxonomy, True, CALIBRATION)
    assert {one.grade for one in apart if one.catalogue == "all"} == {0, 1}
