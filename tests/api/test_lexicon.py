"""Added words over HTTP and on the command line, and when they come into use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api import assembly
from api.app import create_app
from api.cli import app
from api.settings import Settings
from catalog.lexicon import import_lexicon
from catalog.store import Store
from catalog.taxonomy import Taxonomy

GOOD = "term,codes,kind\n老虎钳厂,C332,sector\n停机鬼,S3-4,scenario\n"
BAD = GOOD + "注,C999,sector\n"


def send(client: TestClient, text: str, **fields: str) -> Any:
    files = {"file": ("words.csv", text.encode(), "text/csv")}
    return client.post("/v1/lexicon", files=files, data=fields, headers={"X-Operator": "chen"})


def means(client: TestClient, label: str, **query: str) -> tuple[str, str] | None:
    body = client.get("/v1/taxonomy/resolve", params={"label": label, **query}).json()
    first = next(iter(body["resolutions"]), None)
    return (first["code"], first["by"]) if first else None


class TestHttp:
    def test_words_are_kept_and_listed(self, served: TestClient) -> None:
        body = send(served, GOOD, city=" 宁波 ").json()
        assert body["kept"] and (body["rows"], body["created"]) == (2, 2) and not body["issues"]
        found = served.get("/v1/lexicon").json()
        assert [(one["term"], one["city"], one["by"]) for one in found["terms"]] == [
            ("老虎钳厂", "宁波", "chen"),
            ("停机鬼", "宁波", "chen"),
        ]
        assert found["serving"] == Taxonomy.shipped().lexicon
        query = {"city": "宁波", "kind": "scenario"}
        assert len(served.get("/v1/lexicon", params=query).json()["terms"]) == 1
        page = served.get("/v1/lexicon", params={"limit": 1}).json()
        rest = served.get("/v1/lexicon", params={"cursor": page["next_cursor"]}).json()
        assert rest["terms"][0]["term"] == "停机鬼" and rest["next_cursor"] is None
        assert served.get("/v1/lexicon", params={"city": "苏州"}).json()["terms"] == []

    def test_a_wrong_row_is_told_by_row_and_column(self, served: TestClient) -> None:
        body = send(served, BAD).json()
        assert not body["kept"] and body["created"] == 0
        assert [(one["row"], one["column"]) for one in body["issues"]] == [
            (4, "term"),
            (4, "codes"),
        ]
        assert all(one["message"] and one["message_en"] for one in body["issues"])
        assert served.get("/v1/lexicon").json()["terms"] == []

    def test_another_file_is_a_problem(self, served: TestClient) -> None:
        response = send(served, "a,b\n1,2\n")
        assert response.status_code == 422 and response.json()["code"] == "unreadable_file"

    def test_a_change_is_used_from_the_next_build_on(
        self, served: TestClient, filled: Settings
    ) -> None:
        before = means(served, "老虎钳厂", city="宁波")
        send(served, GOOD, city="宁波")
        assert means(served, "老虎钳厂", city="宁波") == before
        assert served.post("/v1/generations").status_code == 201
        assert means(served, "老虎钳厂", city="宁波") == ("C332", "city")
        assert means(served, "老虎钳厂", city="苏州") == before
        assert means(served, "停机鬼", city="宁波", facet="scenario") == ("S3-4", "city")
        assert served.get("/v1/lexicon").json()["serving"] != Taxonomy.shipped().lexicon
        provider = {"name": "老陈", "sectors": ["老虎钳厂"]}
        kept = served.post("/v1/providers", params={"city": "宁波"}, json=provider).json()
        assert kept["record"]["sectors"][0]["nodes"] == ["C332"] and kept["warnings"] == []

    def test_a_build_of_another_process_brings_it(
        self, served: TestClient, filled: Settings, fake: Any
    ) -> None:
        store = Store.open(filled.data)
        shipped = Taxonomy.shipped()
        import_lexicon(store, shipped, "words.csv", GOOD.encode(), "test")
        runtime = served.app.state.runtime  # type: ignore[attr-defined]
        runtime._refresh()
        assert runtime.taxonomy is shipped
        fake.build(store, filled.data, None, assembly.served_taxonomy(store), None)
        store.close()
        matcher = runtime.matcher
        runtime._refresh()
        assert means(served, "老虎钳厂") == ("C332", "lexicon")
        assert runtime.matcher is not matcher
        taken = runtime.matcher
        served.post("/v1/generations")
        assert runtime.matcher is taken

    def test_a_restart_brings_it(self, filled: Settings, fake: Any) -> None:
        store = Store.open(filled.data)
        import_lexicon(store, Taxonomy.shipped(), "words.csv", GOOD.encode(), "test")
        store.close()
        with TestClient(create_app(filled, fake.engine)) as client:
            assert means(client, "老虎钳厂") == ("C332", "lexicon")


class TestCommand:
    @pytest.fixture
    def run(self, filled: Settings, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(assembly, "shipped_engine", fake.engine)

        def invoke(*arguments: str) -> Result:
            return CliRunner().invoke(app, ["--data", str(filled.data), *arguments])

        return invoke

    @pytest.fixture
    def words(self, tmp_path: Path) -> Path:
        path = tmp_path / "words.csv"
        path.write_text(GOOD, encoding="utf-8")
        return path

    def test_import_list_and_resolve(self, run: Any, words: Path) -> None:
        result = run("lexicon", "import", str(words), "--city", "宁波")
        assert result.exit_code == 0 and "2 新增" in result.stdout
        assert "qingzhun build" in result.stderr
        again = run("lexicon", "import", str(words), "--city", "宁波")
        assert "2 未变" in again.stdout and again.stderr == ""
        assert "老虎钳厂" in run("lexicon", "list").stdout
        body = json.loads(run("lexicon", "list", "--city", "宁波", "--json").stdout)
        assert [one["codes"] for one in body["terms"]] == [["C332"], ["S3-4"]]
        page = run("lexicon", "list", "--limit", "1").stdout
        assert (
            "停机鬼"
            in run("lexicon", "list", "--cursor", page.split("--cursor ")[1].strip()).stdout
        )
        assert "C332" in run("resolve", "老虎钳厂", "--city", "宁波", "--facet", "sector").stdout
        text = run("resolve", "停机鬼", "--city", "宁波", "--facet", "scenario").stdout
        assert "停机鬼 (city)" in text

    def test_a_wrong_row_exits_2_and_keeps_nothing(self, run: Any, words: Path) -> None:
        words.write_text(BAD, encoding="utf-8")
        result = run("lexicon", "import", str(words))
        assert result.exit_code == 2 and result.stdout == ""
        assert "#4 term" in result.stderr and "#4 codes" in result.stderr
        assert "no row was kept" in result.stderr
        assert json.loads(run("lexicon", "list", "--json").stdout)["terms"] == []
        assert run("lexicon", "import", "nowhere.csv").exit_code == 1

    def test_the_next_build_is_not_skipped(
        self, run: Any, words: Path, fake: Any, tmp_path: Path
    ) -> None:
        catalogue = tmp_path / "catalogue.csv"
        catalogue.write_text(
            "产品名称,服务商,所属行业\n虎钳看板,快换科技,老虎钳厂\n", encoding="utf-8"
        )
        run("import", str(catalogue))
        run("import", str(catalogue))
        assert fake.builds == 2
        run("lexicon", "import", str(words))
        result = run("import", str(catalogue))
        assert fake.builds == 3, result.output
        run("import", str(catalogue))
        assert fake.builds == 3

    def test_remove(self, run: Any, words: Path) -> None:
        run("lexicon", "import", str(words))
        identity = json.loads(run("lexicon", "list", "--json").stdout)["terms"][0]["id"]
        result = run("lexicon", "remove", str(identity))
        assert result.exit_code == 0 and "老虎钳厂" in result.stdout
        assert "qingzhun build" in result.stderr
        assert "老虎钳厂" not in run("lexicon", "list").stdout
        again = run("lexicon", "remove", str(identity))
        assert again.exit_code == 2 and "没有编号" in again.stderr


def test_a_word_is_taken_out_over_http(served: TestClient) -> None:
    send(served, GOOD)
    first, second = served.get("/v1/lexicon").json()["terms"]
    assert served.delete(f"/v1/lexicon/{first['id']}").status_code == 204
    assert served.get("/v1/lexicon").json()["terms"] == [second]
    gone = served.delete(f"/v1/lexicon/{first['id']}")
    assert gone.status_code == 404 and gone.json()["code"] == "unknown_record"
    assert served.delete("/v1/lexicon/none").status_code == 422
