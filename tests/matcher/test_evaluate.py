"""Measures by hand on a tiny folder, and folders that cannot be read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from catalog.taxonomy import Taxonomy
from matcher.errors import InvalidJudgments
from matcher.measure.evaluate import evaluate_directory, labelled
from matcher.measure.judgments import MODES, JudgedNeed, read_judgments
from matcher.types import MatchQuery
from tests.fakes import HashEncoder

pytestmark = pytest.mark.usefixtures("quick_builds")

DOCUMENTS: list[dict[str, Any]] = [
    {"id": "d1", "kind": "solution", "name": "换模停机看板", "provider": "甲公司"},
    {"id": "d2", "kind": "case", "name": "疵点相机视觉", "provider": None},
]
NEEDS: list[dict[str, Any]] = [
    {"id": "q1", "text": "换模停机看板", "lang": "zh", "sector": "注塑", "scenario": "设备管理"},
    {"id": "q2", "text": "换模停机看板", "lang": "zh"},
    {"id": "q3", "text": "没有人判过的需求", "lang": "zh"},
]
GRADES: list[dict[str, Any]] = [
    {"query_id": "q1", "doc_id": "d1", "grade": 3},
    {"query_id": "q1", "doc_id": "d2", "grade": 1},
    {"query_id": "q2", "doc_id": "d2", "grade": 2},
    {"query_id": "q2", "doc_id": "d1", "grade": 0},
]
FILES = ("catalog.jsonl", "queries.jsonl", "qrels.jsonl")


def folder(path: Path, *parts: list[dict[str, Any]]) -> Path:
    path.mkdir(exist_ok=True)
    for name, rows in zip(FILES, parts, strict=True):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_by_hand(tmp_path: Path, taxonomy: Taxonomy) -> None:
    directory = folder(tmp_path / "judged", DOCUMENTS, NEEDS, GRADES)
    report = evaluate_directory(directory, HashEncoder(), taxonomy)
    # q1: d1 (3), d2 (1): ideal. q2: d1 (0), d2 (2): 3 / log2(3) of 3.
    second = 1 / math.log2(3)
    for row in report.results:
        assert row["n"] == 2
        assert (
            row["ndcg10"]
            == pytest.approx((1 + second) / 2, abs=1e-4)
            == pytest.approx(0.8155, abs=1e-4)
        )
        assert (row["mrr10"], row["recall10"], row["p1"]) == (0.75, 1.0, 0.5)
    rows = [(row["mode"], row["lang"], row["signal"]) for row in report.results]
    signals = ("dense", "lexical", "fused", "final")
    assert rows == [(m, lang, s) for m in MODES for lang in ("zh", "all") for s in signals]
    assert report.per_need["text"]["final"] == pytest.approx({"q1": 1.0, "q2": second}, abs=1e-6)
    assert (report.rejected, report.unserved) == ((), ("q3",))
    assert json.loads(json.dumps(report.as_dict()))["results"] == report.results


def test_relevant_documents_that_are_not_found_cost(tmp_path: Path, taxonomy: Taxonomy) -> None:
    grades = [*GRADES[:1], {"query_id": "q1", "doc_id": "gone", "grade": 3}]
    directory = folder(tmp_path / "judged", DOCUMENTS, NEEDS[:1], grades)
    (row,) = [
        row
        for row in evaluate_directory(directory, HashEncoder(), taxonomy).results
        if (row["mode"], row["lang"], row["signal"]) == ("text", "all", "final")
    ]
    # ideal: 7 + 7 / log2(3); found: 7
    assert row["ndcg10"] == pytest.approx(1 / (1 + 1 / math.log2(3)), abs=1e-4)
    assert (row["recall10"], row["p1"]) == (0.5, 1.0)


def test_other_languages_have_a_row_only_where_there_are_needs(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    needs = [*NEEDS, {"id": "q4", "text": "defects seen by a camera", "lang": "en"}]
    grades = [*GRADES, {"query_id": "q4", "doc_id": "d2", "grade": 3}]
    directory = folder(tmp_path / "judged", DOCUMENTS, needs, grades)
    results = evaluate_directory(directory, HashEncoder(), taxonomy).results
    counts = {(row["lang"], row["n"]) for row in results}
    assert counts == {("zh", 2), ("other", 1), ("all", 3)}
    assert len(results) == 3 * 3 * 4


def test_a_document_that_the_import_rejects_is_named(tmp_path: Path, taxonomy: Taxonomy) -> None:
    documents = [*DOCUMENTS, {"id": "d9", "kind": "solution", "name": ""}]
    directory = folder(tmp_path / "judged", documents, NEEDS, GRADES)
    assert evaluate_directory(directory, HashEncoder(), taxonomy).rejected == ("d9",)


def test_labels_are_wishes_and_constraints_are_never_passed() -> None:
    need = JudgedNeed("q1", "换模慢", "zh", "注塑", "设备管理", {"constraints": {"budget": 1}})
    assert labelled(need, "text") == MatchQuery(text="换模慢")
    assert labelled(need, "sector") == MatchQuery(text="换模慢", sectors=("注塑",))
    assert labelled(need, "scenario") == MatchQuery(
        text="换模慢", sectors=("注塑",), scenarios=("设备管理",)
    )
    assert [need.labels(mode) for mode in MODES] == [(), ("注塑",), ("注塑", "设备管理")]


def test_progress_ends_at_the_number_of_needs(tmp_path: Path, taxonomy: Taxonomy) -> None:
    directory = folder(tmp_path / "judged", DOCUMENTS, NEEDS, GRADES)
    seen: list[tuple[str, int, int]] = []
    evaluate_directory(directory, HashEncoder(), taxonomy, lambda *step: seen.append(step))
    assert seen[-1] == ("evaluate", 3, 3)


@pytest.mark.parametrize(
    ("file", "line", "says"),
    [
        ("catalog.jsonl", "{", "JSON"),
        ("catalog.jsonl", "[1]", "JSON"),
        ("catalog.jsonl", '{"kind": "solution"}', "id"),
        ("queries.jsonl", '{"id": "q9"}', "text"),
        ("queries.jsonl", '{"id": "q9", "text": "  "}', "text"),
        ("queries.jsonl", '{"id": "q9", "text": 7}', "text"),
        ("queries.jsonl", '{"id": "q9", "text": "慢", "sector": 7}', "sector"),
        ("qrels.jsonl", '{"query_id": "q1", "doc_id": "d1", "grade": 4}', "grade"),
        ("qrels.jsonl", '{"query_id": "q1", "doc_id": "d1", "grade": "high"}', "grade"),
        ("qrels.jsonl", '{"query_id": "q1", "grade": 1}', "doc_id"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, file: str, line: str, says: str) -> None:
    directory = folder(tmp_path / "judged", DOCUMENTS, NEEDS, GRADES)
    with (directory / file).open("a", encoding="utf-8") as opened:
        opened.write(f"\n{line}\n")
    number = len(dict(zip(FILES, (DOCUMENTS, NEEDS, GRADES), strict=True))[file]) + 2
    with pytest.raises(InvalidJudgments) as caught:
        read_judgments(directory)
    for text in (caught.value.message.zh, caught.value.message.en):
        assert file in text and str(number) in text and says in text


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_or_unreadable_file_is_named(tmp_path: Path, missing: str) -> None:
    directory = folder(tmp_path / "judged", DOCUMENTS, NEEDS, GRADES)
    (directory / missing).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidJudgments):
        read_judgments(directory)
    (directory / missing).unlink()
    with pytest.raises(InvalidJudgments) as caught:
        read_judgments(directory)
    assert missing in caught.value.message.en and "qrels.jsonl" in caught.value.hint.zh


def test_line_separators_inside_a_text_do_not_end_a_line(tmp_path: Path) -> None:
    needs = [{"id": "q1", "text": "换模\u2028慢\x85停机"}]
    directory = folder(tmp_path / "judged", DOCUMENTS, needs, GRADES[:1])
    assert read_judgments(directory).needs[0].text == "换模\u2028慢\x85停机"


def test_what_a_folder_holds(tmp_path: Path) -> None:
    needs = [{**NEEDS[0], "split": "dev"}, {"id": 5, "text": "慢"}]
    directory = folder(tmp_path / "judged", DOCUMENTS, needs, GRADES)
    (directory / "qrels.jsonl").write_text(
        "\ufeff" + (directory / "qrels.jsonl").read_text(encoding="utf-8"), encoding="utf-8"
    )
    found = read_judgments(directory)
    assert [need.id for need in found.needs] == ["q1", "5"]
    assert found.needs[0].extra == {"split": "dev"} and found.needs[1].lang == "zh"
    assert found.grades == {"q1": {"d1": 3, "d2": 1}, "q2": {"d2": 2, "d1": 0}}
