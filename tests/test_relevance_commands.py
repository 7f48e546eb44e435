"""Intervals, baselines, tuning and ablation on a folder small enough to check by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from api import assembly
from api.cli import app
from catalog.taxonomy import Taxonomy
from matcher.config import Constants
from matcher.errors import InvalidJudgments
from matcher.measure import tune as fitting
from matcher.measure.ablate import ablate
from matcher.measure.baseline import compare, drops
from matcher.measure.evaluate import RememberingEncoder, evaluate_directory, opened_bench
from matcher.measure.intervals import interval, paired
from matcher.measure.judgments import HELD_OUT, MODES, JudgedNeed, read_judgments
from matcher.measure.tune import Judged, judged_needs, load_groups, means, ndcg, objective, tune
from matcher.measure.variants import REMOVED, TRIED
from tests.fakes import HashEncoder

DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": "d1",
        "kind": "solution",
        "name": "换模停机看板",
        "provider": "甲公司",
        "description": "设备停机原因当班看得见",
        "sectors": ["注塑"],
        "scenarios": ["设备管理"],
    },
    {"id": "d2", "kind": "case", "name": "疵点相机视觉", "scenarios": ["质量检测"]},
    {"id": "d3", "kind": "provider", "name": "甲公司", "description": "注塑机联网"},
    {
        "id": "d4",
        "kind": "solution",
        "name": "炉子电费",
        "description": "节能",
        "sectors": ["铸造"],
    },
]
NEEDS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "text": "换模慢设备停机",
        "sector": "注塑",
        "scenario": "设备管理",
        "split": "tuning",
        "scenario_codes": ["S3-4"],
        "division": "C29",
        "sector_in_text": False,
        "constraints": None,
        "tags": ["dialect"],
    },
    {
        "id": "q2",
        "text": "布面疵点漏检，预算十万以内",
        "sector": "纺织",
        "scenario": "质量检测",
        "split": "held_out",
        "scenario_codes": ["S3-3"],
        "division": "C17",
        "sector_in_text": True,
        "constraints": {"budget_cny": 100_000, "deploy_days": None},
        "tags": [],
    },
    {"id": "q3", "text": "想贷款买地", "split": "held_out", "scenario_codes": None, "tags": []},
]
GRADES = [("q1", "d1", 3), ("q1", "d3", 1), ("q2", "d2", 2), ("q2", "d1", 0)]


@pytest.fixture
def folder(tmp_path: Path, quick_builds: None) -> Path:
    path = tmp_path / "judged"
    path.mkdir()
    grades = [{"query_id": q, "doc_id": d, "grade": g} for q, d, g in GRADES]
    files = {"catalog.jsonl": DOCUMENTS, "queries.jsonl": NEEDS, "qrels.jsonl": grades}
    for name, rows in files.items():
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def quick_command(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(assembly, "load_encoder", lambda _: HashEncoder())

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


def test_an_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    values = [0.0, 1.0] * 50
    low, high = interval(values)
    assert low < 0.5 < high
    # Standard error of a coin tossed a hundred times: 0.05.
    assert (high - low) / 2 == pytest.approx(1.96 * 0.05, abs=0.02)
    assert interval(values) == (low, high)
    assert interval([0.25] * 7) == (0.25, 0.25)


def test_a_paired_difference_is_blind_to_how_hard_needs_are() -> None:
    before = {f"q{number}": number / 100 for number in range(100)}
    change = paired(before, {need: value + 0.1 for need, value in before.items()})
    assert (change.n, change.mean) == (100, pytest.approx(0.1))
    assert change.half_width == pytest.approx(0.0, abs=1e-9)
    assert paired(before, {}).n == 0


def need(identity: str) -> JudgedNeed:
    return JudgedNeed(identity, "需" * 60, "zh", None, None, {})


def test_a_comparison_names_the_largest_changes_first() -> None:
    before = {mode: {"final": {"a": 0.5, "b": 0.5, "c": 0.5}} for mode in MODES}
    after = {mode: {"final": {"a": 0.5, "b": 0.6, "c": 0.1}} for mode in MODES}
    found = compare(before, after, (need("a"), need("b"), need("c")))
    assert [one.need for one in found.changes[:4]] == ["c", "c", "c", "b"]
    assert {len(one.text) for one in found.changes} == {40}
    assert found.differences["text", "final"].mean == pytest.approx(-0.1)
    told = json.loads(json.dumps(found.as_dict()))
    assert told["needs"][0] == {
        "need": "c",
        "text": "需" * 40,
        "mode": "scenario",
        "before": 0.5,
        "after": 0.1,
    }


def test_a_drop_counts_beyond_its_band() -> None:
    stored = {
        "bands": {"text": 0.02, "sector": 0.02},
        "per_need": {mode: {"final": {"a": 0.5, "b": 0.7}} for mode in ("text", "sector")},
    }
    finals = {"text": {"a": 0.5, "b": 0.65}, "sector": {"a": 0.49, "b": 0.68}}
    assert [line.split(":")[0] for line in drops(stored, finals)] == ["text"]


def test_ndcg_by_hand() -> None:
    judged = np.array([3, 0, 1, -1])
    assert ndcg(np.array([3, 1]), judged) == pytest.approx(1.0)
    ideal = 7 + 1 / np.log2(3)
    assert ndcg(np.array([0, 3]), judged) == pytest.approx(7 / np.log2(3) / ideal)
    assert ndcg(np.array([0]), np.array([0, -1])) == 0.0


def test_the_tuner_measures_what_the_evaluation_measures(folder: Path, taxonomy: Taxonomy) -> None:
    report = evaluate_directory(folder, HashEncoder(), taxonomy)
    with opened_bench(folder, HashEncoder(), taxonomy) as bench:
        judged = judged_needs(bench, bench.judgments.needs)
    for mode in MODES:
        for one in judged[mode]:
            constants = one.scored.snapshot.generation.constants
            expected = report.per_need[mode]["final"][one.need.id]
            assert one.ndcg(constants) == pytest.approx(expected, abs=1e-6)


def test_a_part_is_measured_alone(folder: Path, taxonomy: Taxonomy) -> None:
    report = evaluate_directory(folder, HashEncoder(), taxonomy, None, HELD_OUT)
    assert {row["n"] for row in report.results} == {1} and report.unserved == ("q3",)
    with pytest.raises(InvalidJudgments):
        read_judgments(folder).part("dev")


def test_what_was_understood_is_told_where_there_is_gold(folder: Path, taxonomy: Taxonomy) -> None:
    figures = evaluate_directory(folder, HashEncoder(), taxonomy).understanding
    assert (figures["scenario_top3"]["n"], figures["division_top3"]["n"]) == (2, 1)
    assert (figures["unserved_recall"]["n"], figures["false_alarms"]["n"]) == (1, 2)
    assert figures["budget_exact"] == {"n": 1, "share": 1.0}
    assert "days_exact" not in figures
    assert figures["tags"]["dialect"]["n"] == 1


def test_nothing_is_encoded_twice() -> None:
    counting = HashEncoder()
    remembering = RememberingEncoder(counting)
    first = remembering.encode_needs(["甲", "乙", "甲"])
    assert np.array_equal(first[0], first[2]) and counting.calls == 2
    assert np.array_equal(remembering.encode_needs(["乙"])[0], first[1]) and counting.calls == 2


def test_the_held_out_part_is_never_tuned_on(folder: Path, taxonomy: Taxonomy) -> None:
    tuning, held_out = load_groups([folder], HashEncoder(), taxonomy)
    assert set(tuning) == set(held_out) == {("judged", mode) for mode in MODES}
    assert {one.need.id for group in tuning.values() for one in group} == {"q1"}
    assert {one.need.id for group in held_out.values() for one in group} == {"q2"}


def test_tuning_never_makes_it_worse(folder: Path, taxonomy: Taxonomy) -> None:
    groups, _ = load_groups([folder], HashEncoder(), taxonomy)
    start = replace(constants_of(groups), dense_weight=0.0, scenario_inferred=0.0)
    found, before, after = tune(groups, start)
    assert before == objective(groups, start) <= after == objective(groups, found)
    assert after == pytest.approx(np.mean(list(means(groups, found).values())))


def constants_of(groups: dict[tuple[str, str], list[Judged]]) -> Constants:
    return next(iter(groups.values()))[0].scored.snapshot.generation.constants


def test_every_variant_is_measured_in_every_mode(folder: Path, taxonomy: Taxonomy) -> None:
    rows = ablate([folder], HashEncoder(), taxonomy, HELD_OUT)
    names = {row.variant for row in rows}
    assert names == {"final", *REMOVED, *TRIED} and {row.mode for row in rows} == set(MODES)
    assert len(rows) == len(MODES) * len(names) and {row.n for row in rows} == {1}
    report = evaluate_directory(folder, HashEncoder(), taxonomy, None, HELD_OUT)
    for row in rows:
        final = report.per_need[row.mode]["final"]["q2"]
        assert row.ndcg10 == pytest.approx(final + row.difference, abs=2e-4)
        assert row.low <= row.difference <= row.high
    unmoved = [row for row in rows if row.kind == "as it is"]
    assert all((row.difference, row.low, row.high) == (0.0, 0.0, 0.0) for row in unmoved)


def test_commands_write_and_compare_a_baseline(
    folder: Path, tmp_path: Path, quick_command: Any
) -> None:
    baseline = tmp_path / "baseline.json"
    asked = ("evaluate", str(folder), "--split", "held_out")
    assert quick_command(*asked, "--write-baseline", str(baseline)).exit_code == 0
    stored = json.loads(baseline.read_text(encoding="utf-8"))["sets"]["judged/held_out"]
    assert stored["space"] == "hash-64" and "--split held_out" in stored["command"]
    result = quick_command(*asked, "--baseline", str(baseline), "--intervals", "--json")
    body = json.loads(result.stdout)
    assert body["baseline"]["needs"] == []
    assert {row["mean"] for row in body["baseline"]["differences"]} == {0.0}
    row = body["results"][0]
    assert list(row) == [
        *("mode", "lang", "signal", "n", "ndcg10", "mrr10", "recall10", "p1"),
        *("ndcg10_low", "ndcg10_high"),
    ]
    stored["per_need"]["text"]["final"]["q2"] = 0.0001
    baseline.write_text(json.dumps({"sets": {"judged/held_out": stored}}), encoding="utf-8")
    shown = quick_command(*asked, "--baseline", str(baseline)).stdout
    assert "布面疵点漏检" in shown and "difference" in shown and "scenario_top3" in shown
    missing = quick_command("evaluate", str(folder), "--baseline", str(baseline))
    assert missing.exit_code == 2 and "judged/held_out" in missing.stderr
    baseline.write_text("{}", encoding="utf-8")
    assert quick_command(*asked, "--baseline", str(baseline)).exit_code == 2


def test_two_judges_are_compared_on_the_pairs_that_both_graded(
    folder: Path, quick_command: Any
) -> None:
    asked = ("evaluate", str(folder), "--json")
    assert "judges_kappa" not in json.loads(quick_command(*asked).stdout)["understanding"]
    # First 3, 1, 2, 0; the second judge has 3, 1, 2, 1, and a pair that the first one lacks.
    second = [("q1", "d1", 3), ("q1", "d3", 1), ("q2", "d2", 2), ("q2", "d1", 1), ("q2", "d4", 3)]
    lines = [json.dumps({"query_id": q, "doc_id": d, "grade": g}) for q, d, g in second]
    (folder / "second-judge.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = json.loads(quick_command(*asked).stdout)["understanding"]["judges_kappa"]
    # Squared disagreement 1 of the 8 that chance would give (all of one against all of the other).
    assert found == {"n": 4, "kappa": pytest.approx(1 - 1 / 8, abs=1e-4)}
    assert "judges_kappa" in quick_command("evaluate", str(folder)).stdout


def test_tune_shows_both_parts_and_writes_when_asked(
    folder: Path, tmp_path: Path, quick_command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[Constants, dict[str, Any]]] = []

    def ship(constants: Constants, provenance: dict[str, Any]) -> Path:
        written.append((constants, provenance))
        return tmp_path / "constants.json"

    monkeypatch.setattr(fitting, "ship_constants", ship)
    monkeypatch.setattr("api.commands.relevance._refit", lambda *_: tmp_path / "fitted.npz")
    monkeypatch.setattr(
        "api.commands.relevance._recalibrated", lambda *_: tmp_path / "calibration.json"
    )
    shown = quick_command("tune", str(folder))
    assert shown.exit_code == 0, shown.output
    assert "tuning" in shown.stdout and "held_out" in shown.stdout and not written
    refused = quick_command("tune", str(folder), "--write")
    assert refused.exit_code == 2 and "0、2" in refused.stderr and not written
    with (folder / "qrels.jsonl").open("a", encoding="utf-8") as file:
        for document, grade in (("d2", 0), ("d4", 2)):
            pair = {"query_id": "q1", "doc_id": document, "grade": grade}
            file.write(json.dumps(pair) + "\n")
    assert quick_command("tune", str(folder), "--write").exit_code == 0
    ((_, provenance),) = written
    assert {"command", "date", "objective", "figures"} == set(provenance)
    assert {(row["part"], row["n"]) for row in provenance["figures"]} == {
        ("tuning", 1),
        ("held_out", 1),
    }


def test_ablate_prints_tables_markdown_and_json(folder: Path, quick_command: Any) -> None:
    shown = quick_command("ablate", str(folder))
    assert shown.exit_code == 0, shown.output
    assert "RRF of all five signals" in shown.stdout
    assert "| without | dense |" in quick_command("ablate", str(folder), "--markdown").stdout
    rows = json.loads(quick_command("ablate", str(folder), "--json").stdout)["results"]
    assert {"folder", "mode", "variant", "ndcg10", "low", "high"} <= set(rows[0])


def test_constants_are_written_with_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes import CONSTANTS

    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    path = fitting.ship_constants(CONSTANTS, {"command": "qingzhun tune"})
    values = json.loads(path.read_text(encoding="utf-8"))
    assert Constants.from_dict(values["constants"]) == CONSTANTS
    assert values["provenance"] == {"command": "qingzhun tune"}
