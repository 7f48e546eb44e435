"""The shipped taxonomies: complete, bilingual, and found by the words that people use."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

import catalog
from catalog.taxonomy import ROOT, Taxonomy

DATA = Path(str(catalog.__path__[0])) / "data"
PILOT_SHARE = 0.85


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_counts(taxonomy: Taxonomy) -> None:
    assert len(taxonomy.sectors) == 820
    levels = Counter(node.level for node in taxonomy.sectors)
    assert levels == {"section": 1, "division": 31, "group": 179, "class": 609}
    families = [node for node in taxonomy.scenarios if node.level == "family"]
    assert (len(taxonomy.scenarios) - len(families), len(families)) == (63, 13)
    assert sum(n.code.startswith("S") and n.level != "family" for n in taxonomy.scenarios) == 23
    assert len(taxonomy.levels) == 64
    assert len({(one.scenario, one.level) for one in taxonomy.levels}) == 64
    assert len({one.scenario for one in taxonomy.levels}) == 16
    assert len(taxonomy.crosswalk) == 40


def test_every_column_is_there_in_both_languages(taxonomy: Taxonomy) -> None:
    named = [*taxonomy.sectors, *taxonomy.scenarios]
    texts = [node.name for node in named]
    texts += [node.tools for node in taxonomy.scenarios if node.level != "family" and node.tools]
    texts += [text for one in taxonomy.levels for text in (one.name, one.meaning)]
    texts += [one.alias for one in taxonomy.cities]
    for text in texts:
        assert text.zh.strip() and text.en.strip(), text
        assert any("\u3400" <= character <= "\u9fff" for character in text.zh), text
        assert not any("\u3400" <= character <= "\u9fff" for character in text.en), text


def test_tables_name_only_nodes_that_exist(taxonomy: Taxonomy) -> None:
    for code, meant in taxonomy.crosswalk.items():
        assert code in taxonomy.scenarios
        assert all(one in taxonomy.scenarios and one.startswith("S") for one in meant)
    assert all(code in taxonomy.sectors for city in taxonomy.cities for code in city.codes)
    assert all(one.scenario in taxonomy.scenarios for one in taxonomy.levels)
    for terms, tree in (
        (taxonomy.sector_terms, taxonomy.sectors),
        (taxonomy.scenario_terms, taxonomy.scenarios),
    ):
        assert [term for term in terms for code in term.codes if code not in tree] == []
        assert all(term.codes and term.text.strip() for term in terms)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("汽配", "C367"),
        ("注塑", "C292"),
        ("家纺", "C177"),
        ("surface treatment", "C336"),
        ("塑料制品业", "C292"),
        ("C292", "C292"),
        ("292", "C292"),
        ("C", "C"),
        ("Ｃ２９２ 塑料制品业", "C292"),
        ("C292(塑料制品业)", "C292"),
        ("塑膠製品", "C292"),
    ],
)
def test_sector_labels(taxonomy: Taxonomy, label: str, code: str) -> None:
    found = taxonomy.resolve_sector(label)
    assert code in [one.code for one in found[:1]]
    assert 0.55 <= found[0].confidence <= 1
    assert taxonomy.sector_label(label).nodes[0] == code


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("设备管理", "S3-4"),
        ("S3-4", "S3-4"),
        ("S3-4 设备管理", "S3-4"),
        ("質量管理", "S3-3"),
        ("equipment management", "S3-4"),
        ("M1-1", "S1-1"),
    ],
)
def test_scenario_labels(taxonomy: Taxonomy, label: str, code: str) -> None:
    assert taxonomy.resolve_scenario(label)[0].code == code
    found = taxonomy.scenario_label(label, level=2)
    assert (found.label, found.nodes[0], found.level) == (label, code, 2)


def test_smart_manufacturing_scenarios_lead_to_sme_ones(taxonomy: Taxonomy) -> None:
    found = [one.code for one in taxonomy.resolve_scenario("M1-2")]
    assert found == ["S1-1", "S1-6"]


def test_a_label_that_nobody_knows_is_kept(taxonomy: Taxonomy) -> None:
    for label in (taxonomy.sector_label("吧啦吧啦"), taxonomy.scenario_label("吧啦吧啦", 3)):
        assert (label.label, label.nodes) == ("吧啦吧啦", ())


def test_a_city_means_what_it_says(taxonomy: Taxonomy) -> None:
    for alias in taxonomy.cities:
        found = taxonomy.resolve_sector(alias.alias.zh, alias.city)
        if taxonomy.sector_code_problem(alias.alias.zh) is None and found[0].by != "code":
            assert tuple(one.code for one in found) == alias.codes[:3]
            assert {one.confidence for one in found} == {1.0}


def test_names_of_pilot_cities_resolve_without_their_own_table() -> None:
    plain = Taxonomy.shipped(city_aliases=False)
    assert plain.cities == ()
    names, missed = 0, []
    for row in rows("city_aliases.csv"):
        names += 1
        listed = {code.strip() for code in row["codes"].split(";")}
        accepted = listed | {plain.sectors[code].parent for code in listed} - {ROOT, None}
        found = {one.code for one in plain.resolve_sector(row["alias_zh"])}
        if not found & (accepted - {ROOT}):
            missed.append(row["alias_zh"])
    share = 1 - len(missed) / names
    print(f"pilot names resolved: {share:.3f} of {names}; missed: {missed}")
    assert share >= PILOT_SHARE, missed


@pytest.mark.parametrize(
    ("label", "zh", "en"),
    [
        ("C999", "没有代码 C999", "no manufacturing code C999"),
        ("C396 电子器件制造", "2011 版", "2011 edition"),
        ("C292 服装", "不一致", "disagrees"),
    ],
)
def test_problems_of_a_code_are_told_in_both_languages(
    taxonomy: Taxonomy, label: str, zh: str, en: str
) -> None:
    problem = taxonomy.sector_code_problem(label)
    assert problem is not None
    assert zh in problem.zh and en in problem.en


@pytest.mark.parametrize(
    "label", ["C292", "注塑", "C292 塑料制品业", "C396", "C396 智能消费设备制造", "C292 注塑", ""]
)
def test_codes_without_a_problem(taxonomy: Taxonomy, label: str) -> None:
    assert taxonomy.sector_code_problem(label) is None


def test_codes_of_the_2011_edition(taxonomy: Taxonomy) -> None:
    checked = 0
    for row in rows("edition_2011.csv"):
        code, name, meant = row["code"], row["name_2011_zh"], row["code_2017"]
        if meant == code:
            continue
        if code not in taxonomy.sectors:
            problem = taxonomy.sector_code_problem(code)
        elif taxonomy.sectors[code].name.zh == name:
            continue
        else:
            problem = taxonomy.sector_code_problem(f"{code} {name}")
            if problem is None:  # the old name still leads to the code
                continue
        assert problem is not None and "2011" in problem.zh and "2011" in problem.en, row
        checked += 1
    assert checked >= 8
