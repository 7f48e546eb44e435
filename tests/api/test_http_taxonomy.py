"""Taxonomy over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


def test_the_tree_of_sectors(client: TestClient) -> None:
    root = client.get("/v1/taxonomy/sectors").json()["sectors"]
    assert [one["code"] for one in root] == ["C"]
    divisions = {one["code"]: one for one in root[0]["children"]}
    assert len(divisions) == 31 and divisions["C29"]["has_children"]
    below = client.get("/v1/taxonomy/sectors", params={"parent": "C29"}).json()["sectors"]
    assert {one["code"] for one in below} == {"C291", "C292"}
    assert below[0]["children"] == [] and below[0]["name"] and below[0]["name_en"]


def test_one_sector(client: TestClient) -> None:
    one = client.get("/v1/taxonomy/sectors/C2921").json()
    assert [a["code"] for a in one["ancestors"]] == ["C292", "C29", "C"]
    missing = client.get("/v1/taxonomy/sectors/C9999", headers={"Accept-Language": "en"})
    assert missing.status_code == 404 and "C9999" in missing.json()["detail"]
    assert client.get("/v1/taxonomy/sectors", params={"parent": "x"}).status_code == 404


def test_scenarios_with_levels_and_crosswalk(client: TestClient) -> None:
    found = {o["code"]: o for o in client.get("/v1/taxonomy/scenarios").json()["scenarios"]}
    indicators = [
        code
        for code, one in found.items()
        if one["kind"] in ("foundation", "constrained", "guiding")
    ]
    assert len(indicators) == 23
    assert [one["level"] for one in found["S3-2"]["levels"]] == [1, 2, 3, 4]
    assert all(one["name"] and one["name_en"] and one["meaning"] for one in found["S3-2"]["levels"])
    assert any(one["indicators"] for one in found.values() if one["kind"] == "smart_manufacturing")


def test_names_of_cities(client: TestClient) -> None:
    every = client.get("/v1/taxonomy/cities").json()["aliases"]
    city = every[0]["city"]
    own = client.get("/v1/taxonomy/cities", params={"city": city}).json()["aliases"]
    assert 0 < len(own) < len(every) and {one["city"] for one in own} == {city}
    assert client.get("/v1/taxonomy/cities", params={"city": "月球"}).json()["aliases"] == []


@pytest.mark.parametrize(
    ("label", "facet", "code"),
    [
        ("注塑", "sector", "C292"),
        ("surface treatment", "sector", "C336"),
        ("设备管理", "scenario", "S3"),
    ],
)
def test_a_free_label_is_resolved(client: TestClient, label: str, facet: str, code: str) -> None:
    params = {"label": label, "facet": facet}
    answer = client.get("/v1/taxonomy/resolve", params=params).json()
    first = answer["resolutions"][0]
    assert first["code"].startswith(code) and 0 < first["confidence"] <= 1
    assert first["name"] and first["name_en"] and first["matched"] and first["by"]


def test_a_wrong_code_is_told(client: TestClient) -> None:
    answer = client.get("/v1/taxonomy/resolve", params={"label": "C9999"}).json()
    assert answer["problem"] and answer["problem_en"]


@pytest.mark.parametrize(
    "params", [{}, {"label": ""}, {"label": "x", "limit": 0}, {"label": "x", "facet": "y"}]
)
def test_bad_questions(client: TestClient, params: dict[str, str]) -> None:
    assert client.get("/v1/taxonomy/resolve", params=params).status_code == 422
