"""Demonstration data: the same seed the same records, ready to import, told limits that can be read."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from catalog.errors import InvalidRecord
from catalog.importing import import_files
from catalog.records import Kind
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from matcher.demodata import files as demodata_files
from matcher.demodata.files import write_demo_data
from matcher.demodata.records import KINDS, DemoData, Fields
from matcher.demodata.words import Words
from matcher.limits import read_limits

OFFERS, NEEDS = 400, 600
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def data(taxonomy: Taxonomy) -> DemoData:
    return DemoData(taxonomy, OFFERS, NEEDS, seed=5)


@pytest.fixture(scope="module")
def made(data: DemoData) -> dict[Kind, list[Fields]]:
    return {kind: list(data.records(kind)) for kind in KINDS}


def test_the_same_seed_gives_the_same_records(
    taxonomy: Taxonomy, made: dict[Kind, list[Fields]]
) -> None:
    again = DemoData(taxonomy, OFFERS, NEEDS, seed=5)
    other = DemoData(taxonomy, OFFERS, NEEDS, seed=6)
    for kind in KINDS:
        assert list(again.records(kind)) == made[kind]
        assert list(other.records(kind)) != made[kind]


def test_offers_and_needs_are_as_many_as_asked(made: dict[Kind, list[Fields]]) -> None:
    offers = (Kind.PROVIDER, Kind.SOLUTION, Kind.CASE)
    assert sum(len(made[kind]) for kind in offers) == OFFERS
    assert len(made[Kind.NEED]) == NEEDS
    assert len(made[Kind.ENTERPRISE]) == NEEDS // 5


@pytest.mark.parametrize("offers", [1, 2, 7, 8])
def test_few_offers_are_still_a_catalogue(taxonomy: Taxonomy, offers: int) -> None:
    few = DemoData(taxonomy, offers, 1, seed=1)
    counts = [len(list(few.records(kind))) for kind in (Kind.PROVIDER, Kind.SOLUTION, Kind.CASE)]
    assert sum(counts) == offers and counts[1] >= 1
    assert len(list(few.records(Kind.NEED))) == 1


def test_names_tell_records_apart_and_lead_to_one_another(
    made: dict[Kind, list[Fields]],
) -> None:
    names = {
        kind: [one["name"] for one in made[kind]]
        for kind in (Kind.PROVIDER, Kind.SOLUTION, Kind.CASE, Kind.ENTERPRISE)
    }
    for found in names.values():
        assert len(set(found)) == len(found)
    for kind in (Kind.SOLUTION, Kind.CASE):
        assert {one["provider"] for one in made[kind]} <= set(names[Kind.PROVIDER])
    for kind in (Kind.LISTING, Kind.CASE):
        assert {one["solution"] for one in made[kind]} <= set(names[Kind.SOLUTION])
    assert {one["enterprise"] for one in made[Kind.NEED]} == set(names[Kind.ENTERPRISE])


def test_names_stay_apart_when_two_characters_no_longer_suffice(taxonomy: Taxonomy) -> None:
    many = DemoData(taxonomy, 40_000, 0, seed=2)
    names = [one["name"] for one in many.records(Kind.SOLUTION)]
    assert len(set(names)) == len(names)


def test_every_record_is_valid_and_marked(
    taxonomy: Taxonomy, made: dict[Kind, list[Fields]]
) -> None:
    validator = Validator(taxonomy)
    for records in made.values():
        for line, fields in enumerate(records):
            found = validator.object("demo", line, fields)
            assert found.record is not None and not found.issues, found.issues
            assert found.record.demonstration
            for label in (
                *getattr(found.record, "sectors", ()),
                *getattr(found.record, "scenarios", ()),
            ):
                assert label.nodes, label


def test_facts_are_missing_as_in_real_catalogues(made: dict[Kind, list[Fields]]) -> None:
    packages = [package for one in made[Kind.SOLUTION] for package in one["packages"]]
    assert 0 < sum(package["price_cny"] is None for package in packages) < len(packages) / 2
    assert 0 < sum(package["deploy_days"] is None for package in packages) < len(packages) / 2
    assert any(one["valid_until"] is None for one in made[Kind.SOLUTION])


def test_needs_speak_three_languages(taxonomy: Taxonomy) -> None:
    many = DemoData(taxonomy, 1, 4_000, seed=1)
    spoken = Counter(one["lang"] for one in many.records(Kind.NEED))
    assert spoken["zh"] / 4_000 == pytest.approx(0.95, abs=0.015)
    assert spoken["en"] > spoken["es"] > 0


def test_limits_in_words_are_those_of_the_fields(made: dict[Kind, list[Fields]]) -> None:
    told: Counter[str] = Counter()
    for need in made[Kind.NEED]:
        read = {limit.field: limit.value for limit in read_limits(need["text"], TODAY)}
        for field, name in (("budget_cny", "budget"), ("deploy_days", "days")):
            if need.get(field) is not None:
                told[name] += 1
                told[f"{name} read"] += read.get(name) == need[field]
    for name in ("budget", "days"):
        assert told[name] > 20
        # The pain itself may tell another amount or time.
        assert told[f"{name} read"] / told[name] > 0.85


def test_every_pattern_can_be_filled_everywhere(taxonomy: Taxonomy) -> None:
    words, rng = Words(taxonomy, 1), random.Random(1)
    for division in words.divisions.codes:
        for scenario in words.scenarios.codes:
            for use, lang in (
                ("solution", "zh"),
                ("solution_from", "zh"),
                ("case", "zh"),
                ("case_end", "zh"),
                ("provider", "zh"),
                ("need", "zh"),
                ("need", "en"),
                ("need", "es"),
            ):
                (text,) = words.filled(rng, use, lang, (division, scenario))
                assert text and "{" not in text


def test_files_import_without_a_remark(
    data: DemoData, taxonomy: Taxonomy, tmp_path: Path, store: Store
) -> None:
    written = write_demo_data(tmp_path / "demo", data, {"offers": OFFERS})
    paths = sorted((tmp_path / "demo").glob("[!.]*"))
    assert [path.name for path in paths] == sorted(written.files)
    report = import_files(store, taxonomy, paths, by="test")
    total = report.total()
    assert (total.created, total.rejected) == (sum(written.records.values()), 0)
    assert report.issues == ()
    assert store.counts()["need"] == NEEDS


def test_large_kinds_are_split(
    data: DemoData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demodata_files, "_ROWS", 250)
    monkeypatch.setattr(demodata_files, "_BYTES", 100_000)
    written = write_demo_data(tmp_path / "demo", data, {})
    needs = [name for name in written.files if "need" in name]
    assert len(needs) == 3
    lines = [
        line for name in needs for line in (tmp_path / "demo" / name).read_bytes().splitlines()
    ]
    assert len(lines) == NEEDS
    assert max((tmp_path / "demo" / name).stat().st_size for name in written.files) <= 100_000
    assert json.loads(lines[0])["code"] == "YN0000000"


def test_an_earlier_run_is_replaced_and_anything_else_refused(
    data: DemoData, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    target = tmp_path / "demo"
    write_demo_data(target, data, {})
    few = DemoData(taxonomy, 1, 0, seed=1)
    write_demo_data(target, few, {})
    names = sorted(path.name for path in target.glob("[!.]*"))
    assert names == ["3-solution-001.jsonl", "4-listing-001.jsonl"]
    (target / "mine.csv").write_text("产品名称\n", encoding="utf-8")
    with pytest.raises(InvalidRecord, match=r"mine\.csv"):
        write_demo_data(target, few, {})
    with pytest.raises(InvalidRecord, match="is no directory"):
        write_demo_data(target / "mine.csv", few, {})
    assert (target / "3-solution-001.jsonl").exists()


def test_a_run_that_is_cut_short_leaves_what_was_there(
    data: DemoData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "demo"
    write_demo_data(target, data, {})
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    records = data.records

    def broken(self: DemoData, kind: Kind) -> object:
        if kind is Kind.CASE:
            raise OSError("no space left")
        return islice(records(kind), 3)

    monkeypatch.setattr(DemoData, "records", broken)
    with pytest.raises(OSError, match="no space"):
        write_demo_data(target, data, {})
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
