"""Records over HTTP: every verb, the conditions and the conflicts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

SOLUTION = {
    "name": "换模看板",
    "provider": "快换科技",
    "description": "记录每次换模用时",
    "sectors": ["注塑"],
    "scenarios": [{"label": "生产管控", "level": 2}],
    "packages": [{"price_cny": 30_000, "deploy_days": 15}],
}
BODIES: dict[str, dict[str, Any]] = {
    "providers": {"name": "快换科技", "provider_kind": "product"},
    "solutions": SOLUTION,
    "cases": {"name": "换模快一半", "provider": "快换科技", "cost_cny": 90_000},
    "enterprises": {"name": "某塑料厂", "city": "宁波", "scenario_levels": {"S3-2": 1}},
    "needs": {"text": "换模太慢", "city": "宁波", "budget_cny": 200_000},
}


def created(client: TestClient, plural: str = "solutions", **fields: Any) -> dict[str, Any]:
    response = client.post(f"/v1/{plural}", json={**BODIES[plural], **fields})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize("plural", sorted(BODIES))
def test_every_kind_lives_a_whole_life(client: TestClient, plural: str) -> None:
    one = created(client, plural)
    path = f"/v1/{plural}/{one['id']}"
    read = client.get(path)
    assert read.json()["record"] == one["record"]
    assert read.headers["etag"] == f'"{one["sequence"]}"'
    assert one["id"] in [r["id"] for r in client.get(f"/v1/{plural}").json()["records"]]
    record = {**one["record"], "source_url": "https://example.org"}
    replaced = client.put(path, json=record, headers={"If-Match": read.headers["etag"]})
    assert replaced.json()["action"] == "updated"
    retired = client.post(f"{path}/retire").json()
    assert retired["status"] == "retired"
    assert client.get(f"/v1/{plural}").json()["records"] == []
    assert client.post(f"{path}/restore").json()["status"] == "active"
    entries = client.get(f"{path}/history").json()["entries"]
    assert [e["action"] for e in entries] == ["created", "updated", "retired", "restored"]
    assert entries[0]["by"] == "local operator"


def test_listings_belong_to_a_city_and_a_solution(client: TestClient) -> None:
    one = created(client)
    body = {
        "name": one["record"]["name"],
        "city": "宁波",
        "solution": {"name": "x", "id": one["id"]},
    }
    listing = client.post("/v1/listings", json=body)
    assert listing.status_code == 201, listing.text
    found = client.get("/v1/listings", params={"city": "宁波", "solution_id": one["id"]}).json()
    assert [r["id"] for r in found["records"]] == [listing.json()["id"]]
    missing = client.post("/v1/listings", json={**body, "solution": "没有的方案"})
    assert missing.status_code == 422 and missing.json()["field"] == "solution"


def test_labels_are_resolved_and_unknown_ones_reported(client: TestClient) -> None:
    one = created(client, sectors=["注塑", "胡言乱语行业xyz"], scenarios=["设备管理"])
    assert one["record"]["sectors"][0]["nodes"] == ["C292"] or one["record"]["sectors"][0]["nodes"]
    assert one["record"]["sectors"][1] == {"label": "胡言乱语行业xyz", "nodes": [], "level": None}
    assert one["record"]["scenarios"][0]["nodes"] == ["S3-4"] or one["record"]["scenarios"]
    remark = one["warnings"][0]
    assert remark["field"] == "sectors.1" and remark["value"] == "胡言乱语行业xyz"
    assert remark["message"] and remark["message_en"]


def test_a_code_of_the_2011_edition_is_reported(client: TestClient) -> None:
    one = created(client, sectors=["C3070 陶瓷制品制造", "C9999"])
    assert any("C9999" in w["message"] for w in one["warnings"])


def test_given_nodes_are_kept_when_they_exist(client: TestClient) -> None:
    one = created(client, sectors=[{"label": "我们的叫法", "nodes": ["C292"]}])
    assert one["record"]["sectors"][0]["nodes"] == ["C292"] and one["warnings"] == []
    wrong = client.post(
        "/v1/solutions", json={**SOLUTION, "sectors": [{"label": "x", "nodes": ["C0"]}]}
    )
    assert wrong.status_code == 422 and wrong.json()["field"] == "sectors.0.nodes"


def test_the_same_record_is_completed(client: TestClient) -> None:
    one = created(client)
    same = client.post("/v1/solutions", json=SOLUTION)
    assert same.status_code == 200 and same.json()["action"] == "unchanged"
    more = client.post("/v1/solutions", json={**SOLUTION, "ip": "own"})
    assert more.status_code == 200 and more.json()["action"] == "updated"
    assert more.json()["id"] == one["id"] and more.json()["record"]["packages"]


def test_completing_a_retired_record_says_so(client: TestClient) -> None:
    one = created(client)
    client.post(f"/v1/solutions/{one['id']}/retire")
    again = client.post("/v1/solutions", json={**SOLUTION, "ip": "own"}).json()
    assert again["status"] == "retired" and again["warnings"][-1]["field"] == "status"


def test_patch_changes_some_fields_and_takes_facts_away(client: TestClient) -> None:
    one = created(client)
    path = f"/v1/solutions/{one['id']}"
    changed = client.patch(path, json={"description": "新的", "packages": None}).json()
    assert changed["record"]["description"] == "新的" and changed["record"]["packages"] == []
    assert changed["record"]["sectors"] == one["record"]["sectors"]
    same = client.patch(path, json={}).json()
    assert same["action"] == "unchanged"
    wrong = client.patch(path, json={"packages": [{"price_cny": -1}]})
    assert wrong.status_code == 422 and wrong.json()["field"] == "packages.0.price_cny"
    assert client.patch(path, json={"kind": "case"}).json()["field"] == "kind"
    assert client.patch(path, json={"nonsense": 1}).json()["field"] == "nonsense"


@pytest.mark.parametrize("verb", ["put", "patch", "retire", "restore"])
def test_a_stale_tag_is_refused(client: TestClient, verb: str) -> None:
    one = created(client)
    path = f"/v1/solutions/{one['id']}"
    client.patch(path, json={"description": "别人改的"})
    stale = {"If-Match": f'"{one["sequence"]}"'}
    if verb in ("put", "patch"):
        response = client.request(verb, path, json=SOLUTION, headers=stale)
    else:
        response = client.post(f"{path}/{verb}", headers=stale)
    assert response.status_code == 412
    assert response.json()["code"] == "record_changed" and response.json()["hint_en"]


@pytest.mark.parametrize(("tag", "status"), [("*", 200), ('W/"{}"', 200), ('"x"', 412)])
def test_kinds_of_tags(client: TestClient, tag: str, status: int) -> None:
    one = created(client)
    headers = {"If-Match": tag.replace("{}", str(one["sequence"]))}
    response = client.patch(f"/v1/solutions/{one['id']}", json={"ip": "own"}, headers=headers)
    assert response.status_code == status


def test_another_record_with_the_name_is_a_conflict(client: TestClient) -> None:
    created(client)
    other = created(client, name="另一个")
    response = client.patch(f"/v1/solutions/{other['id']}", json={"name": SOLUTION["name"]})
    assert response.status_code == 409 and response.json()["code"] == "record_conflict"


def test_unknown_ids_and_ids_of_another_kind(client: TestClient) -> None:
    one = created(client)
    for path in ("/v1/solutions/nothing", f"/v1/cases/{one['id']}"):
        assert client.get(path).status_code == 404
        assert client.put(path, json=BODIES["cases"]).status_code in (404, 422)
        assert client.patch(path, json={}).status_code == 404
        assert client.post(f"{path}/retire").status_code == 404
        assert client.post(f"{path}/restore").status_code == 404
        assert client.get(f"{path}/history").json()["code"] == "unknown_record"


def test_filters_and_cursor(client: TestClient) -> None:
    for number in range(5):
        created(client, name=f"方案{number}", sectors=["C2921" if number else "C17"])
    one = client.get("/v1/solutions", params={"limit": 2}).json()
    two = client.get("/v1/solutions", params={"limit": 2, "cursor": one["next_cursor"]}).json()
    three = client.get("/v1/solutions", params={"limit": 2, "cursor": two["next_cursor"]}).json()
    ids = [r["id"] for page in (one, two, three) for r in page["records"]]
    assert len(set(ids)) == 5 and ids == sorted(ids) and three["next_cursor"] is None

    def names(**params: str) -> list[str]:
        found = client.get("/v1/solutions", params=params).json()["records"]
        return sorted(r["record"]["name"] for r in found)

    assert names(sector="C29") == ["方案1", "方案2", "方案3", "方案4"]
    assert names(sector="C17") == ["方案0"]
    assert len(names(scenario="S3")) == 5 and names(q="方案3") == ["方案3"]
    provider = client.get("/v1/providers").json()["records"][0]["id"]
    assert len(names(provider_id=provider)) == 5 and names(provider_id="nobody") == []
    assert names(status="retired") == [] and len(names(status="all")) == 5
    assert names(q="%") == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"cursor": "a"}, "cursor"),
        ({"sector": "C396x"}, "sector"),
        ({"scenario": "S9-9"}, "scenario"),
        ({"status": "gone"}, "status"),
    ],
)
def test_bad_filters(client: TestClient, params: dict[str, str], field: str) -> None:
    response = client.get("/v1/solutions", params=params)
    assert response.status_code == 422 and response.json()["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"name": "x", "packages": [{"price_cny": 10**11}]}, "packages.0.price_cny"),
        ({"name": "x", "packages": [{"price_cny": 5, "price_to_cny": 3}]}, "packages.0"),
        ({"name": "x", "valid_until": "someday"}, "valid_until"),
        ({"name": "x", "sizes": ["huge"]}, "sizes.0"),
        ({"name": "x", "demonstration": "perhaps"}, "demonstration"),
        ({"name": "x", "description": "停" * 20_001}, "description"),
        ({"name": "x", "kind": "case"}, "kind"),
        ({"name": "x", "packages": [{"price_cny": True}]}, "packages.0.price_cny"),
    ],
)
def test_bad_records_name_the_field(client: TestClient, body: dict[str, Any], field: str) -> None:
    problem = client.post("/v1/solutions", json=body).json()
    assert problem["status"] == 422 and problem["field"] == field
    assert problem["errors"][0]["message"] and problem["errors"][0]["message_en"]


@pytest.mark.parametrize("kind", ["solutions", "listings"])
def test_a_validity_that_ends_before_it_starts_is_refused(client: TestClient, kind: str) -> None:
    client.post("/v1/solutions", json={"name": "甲"})
    dates = {"valid_from": "2026-05-01", "valid_until": "2026-04-30"}
    body = {"name": "x", **({"city": "宁波", "solution": "甲"} if kind == "listings" else {})}
    made = client.post(f"/v1/{kind}", json={**body, "valid_from": "2026-05-01"}).json()
    for answer in (
        client.post(f"/v1/{kind}", json={**body, **dates}),
        client.post(f"/v1/{kind}", json={**body, "valid_until": "2026-04-30"}),
        client.patch(f"/v1/{kind}/{made['id']}", json={"valid_until": "2026-04-30"}),
        client.put(f"/v1/{kind}/{made['id']}", json={**body, **dates}),
    ):
        assert answer.status_code == 422 and answer.json()["field"] == "valid_until"
    assert client.get(f"/v1/{kind}/{made['id']}").json()["record"]["valid_until"] is None


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have(client: TestClient, text: str) -> None:
    content = '{"name":"x","effects":[{"metric":"m","before":' + text + "}]}"
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/cases", content=content, headers=headers)
    assert response.status_code == 422 and response.json()["field"] == "effects.0.before"
    assert client.get("/v1/cases").json()["records"] == []


def test_lone_surrogates_are_refused(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for content in ('{"name":"\\ud800"}', '{"name":"x","\\ud800":1}'):
        response = client.post("/v1/cases", content=content, headers=headers)
        assert response.status_code == 422 and response.json()["message_en"]


def test_the_operator_is_in_the_history(client: TestClient) -> None:
    for header in (quote("李工"), "李工".encode()):
        headers = {"X-Operator": header}
        one = client.post("/v1/providers", json={"name": f"p{len(header)}"}, headers=headers).json()
        assert one["provenance"]["by"] == "李工"
        history = client.get(f"/v1/providers/{one['id']}/history").json()
        assert history["entries"][0]["by"] == "李工"


def test_a_city_owns_its_codes(client: TestClient) -> None:
    first = client.post("/v1/providers?city=宁波", json={"name": "甲", "code": "001"}).json()
    other = client.post("/v1/providers?city=苏州", json={"name": "乙", "code": "001"}).json()
    assert first["id"] != other["id"] and first["provenance"]["city"] == "宁波"


def test_an_unknown_id_in_a_body_names_its_field(client: TestClient) -> None:
    solution = client.post("/v1/solutions", json={"name": "甲"}).json()["id"]
    for identity in ("provider-nobody", solution):
        body = {"name": "x", "provider": {"name": "乙", "id": identity}}
        for answer in (
            client.post("/v1/solutions", json=body),
            client.put(f"/v1/solutions/{solution}", json=body),
        ):
            assert answer.status_code == 422 and answer.json()["code"] == "invalid_record"
            assert answer.json()["field"] == "provider.id"


@pytest.mark.parametrize("path", ["solutions", "lexicon", "unmet-needs"])
def test_an_empty_cursor_is_none(client: TestClient, path: str) -> None:
    answer = client.get(f"/v1/{path}", params={"cursor": ""})
    assert answer.status_code == 200
