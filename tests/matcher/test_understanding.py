"""What a need is taken to mean: labels that come with it, else shares read from its words."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from catalog.resolve import Resolution
from catalog.taxonomy import Taxonomy
from matcher.config import ReadingWeights
from matcher.errors import InvalidNeed
from matcher.index.lexical import LexicalIndex
from matcher.types import Understanding
from matcher.understanding.glossary import NeedWords
from matcher.understanding.reading import NONE, Classifier, ReaderParts
from matcher.understanding.understander import Meaning, Understander
from matcher.understanding.unserved import UnservedReader
from tests.fakes import CONSTANTS

Chances = tuple[tuple[str, float], ...]
SECTORS: Chances = (
    ("C181", 0.08),
    ("C182", 0.08),
    ("C183", 0.04),
    ("C291", 0.1),
    ("C292", 0.65),
    ("C301", 0.05),
)
SCENARIOS: Chances = (("S3-3", 0.18), ("S3-4", 0.36), ("S5-1", 0.06), (NONE, 0.4))
ZERO = np.zeros(2, dtype=np.float32)
UNSERVED = UnservedReader(
    np.eye(2, dtype=np.int8), np.ones(2, np.float32), np.array([1, -1], np.float32), 0.0
)
"""What is said in the first direction is served by nothing; `ZERO` is as near to the second."""


def parts(chances: Chances) -> ReaderParts:
    """A reader whose classifier gives ``chances`` whatever it is asked."""
    codes = tuple(code for code, _ in chances)
    prior = np.log(np.array([chance for _, chance in chances], dtype=np.float32))
    weights = np.zeros((2, len(codes)), dtype=np.float32)
    index = LexicalIndex.build([[] for code in codes if code != NONE])
    return ReaderParts(Classifier(codes, weights, prior), index)


@cache
def understander(
    taxonomy: Taxonomy,
    power: float = 1.0,
    terms: float = 0.0,
    scenarios: Chances = SCENARIOS,
    functions: float = 0.0,
) -> Understander:
    reading = ReadingWeights(ridge=1.0, sharpness=1.0, words=0.0, terms=terms)
    constants = replace(
        CONSTANTS,
        posterior=power,
        scenario_functions=functions,
        sector_reading=reading,
        scenario_reading=reading,
    )
    readers = {"sector": parts(SECTORS), "scenario": parts(scenarios)}
    return Understander(taxonomy, readers, UNSERVED, constants)


def understood(
    reader: Understander,
    text: str = "慢",
    sectors: tuple[str, ...] = (),
    scenarios: tuple[str, ...] = (),
    city: str | None = None,
    words: NeedWords | None = None,
    functions: dict[str, float] | None = None,
) -> tuple[Understanding, Meaning, Meaning]:
    read = reader.read(text, "zh", words or NeedWords((), (), {}), ZERO, functions or {}, city)
    return reader.corrected(*read, sectors, scenarios, city)


def names(taxonomy: Taxonomy, *scenarios: str) -> str:
    """Words that speak for each of these scenarios: their official names."""
    return "，".join(taxonomy.scenarios[code].name.zh for code in scenarios)


class TestReadFromWords:
    def test_shares_of_scenarios_are_without_what_nothing_serves(self, taxonomy: Taxonomy) -> None:
        view, _, scenario = understood(understander(taxonomy))
        assert not scenario.given
        assert scenario.weights == pytest.approx({"S3-3": 0.3, "S3-4": 0.6, "S5-1": 0.1})
        assert view.unserved == 0.5

    def test_functions_tell_a_part_of_the_scenario_they_lie_below(self, taxonomy: Taxonomy) -> None:
        reader = understander(taxonomy, functions=0.25)
        _, _, scenario = understood(reader, functions={"S3-3": 0.8, "S5-1": 0.2})
        expected = {"S3-3": 0.75 * 0.3 + 0.2, "S3-4": 0.75 * 0.6, "S5-1": 0.75 * 0.1 + 0.05}
        assert scenario.weights == pytest.approx(expected)

    def test_the_power_makes_shares_sharper(self, taxonomy: Taxonomy) -> None:
        _, _, scenario = understood(understander(taxonomy, power=2.0))
        # 0.18² : 0.36² : 0.06² = 9 : 36 : 1
        expected = {"S3-3": 9 / 46, "S3-4": 36 / 46, "S5-1": 1 / 46}
        assert scenario.weights == pytest.approx(expected, abs=1e-6)

    def test_a_division_keeps_half_and_its_groups_get_half_in_proportion(
        self, taxonomy: Taxonomy
    ) -> None:
        _, sector, _ = understood(understander(taxonomy))
        assert not sector.given
        # Divisions: 0.2, 0.75, 0.05.
        expected = {
            "C18": 0.1,
            "C181": 0.04,
            "C182": 0.04,
            "C183": 0.02,
            "C29": 0.375,
            "C291": 0.05,
            "C292": 0.325,
            "C30": 0.025,
            "C301": 0.025,
        }
        assert sector.weights == pytest.approx(expected, abs=1e-6)

    def test_a_trade_in_another_language_is_found_in_the_gloss(self, taxonomy: Taxonomy) -> None:
        said = NeedWords((), (), {}, chinese={"水泥": "xyzzy"}, gloss="水泥、慢")
        text = "our xyzzy mill is slow and whoever asks why gets another answer on every shift"
        plain, _, _ = understood(understander(taxonomy), text)
        view, _, _ = understood(understander(taxonomy), text, words=said)
        assert all(node.code[:3] != "C30" for node in plain.sectors if node.words)
        assert [node.words for node in view.sectors if node.code[:3] == "C30"] == ["xyzzy"]

    def test_a_trade_is_shown_as_surely_as_one_is_told(self, taxonomy: Taxonomy) -> None:
        short, told, _ = understood(understander(taxonomy), "注塑味大")
        alone, same, _ = understood(understander(taxonomy), "我们做注塑的")
        assert short.sectors[0].confidence < 0.4 and short.sectors[0].words == ""
        assert alone.sectors[0].confidence == 0.75 and alone.sectors[0].words == "注塑"
        assert told == same  # the order of offers is by the shares, told or not

    def test_a_group_is_shown_where_it_stands_out_else_the_division(
        self, taxonomy: Taxonomy
    ) -> None:
        view, _, _ = understood(understander(taxonomy), "服装、注塑、水泥")
        # C292 has 0.65 of the 0.75 of C29; no group of C18 has half of it.
        assert [(one.code, one.confidence, one.words) for one in view.sectors][:2] == [
            ("C292", pytest.approx(0.75), "注塑"),
            ("C18", pytest.approx(0.2), "服装"),
        ]
        assert not any(one.given for one in view.sectors)

    def test_words_change_what_is_said_of_a_node_not_what_it_weighs(
        self, taxonomy: Taxonomy
    ) -> None:
        reader = understander(taxonomy, scenarios=(("S3-3", 0.2), ("S3-4", 0.3), ("S5-1", 0.5)))
        silent, sector, scenario = understood(reader, "慢")
        assert {one.words for one in silent.scenarios} == {""}
        spoken, same, _ = understood(reader, names(taxonomy, "S3-3"))
        assert {one.code: one.words for one in spoken.scenarios}["S3-3"] != ""
        assert same == sector and set(scenario.weights) == {"S3-3", "S3-4", "S5-1"}

    def test_at_most_three_are_shown_the_smaller_code_first_among_equals(
        self, taxonomy: Taxonomy
    ) -> None:
        even = (("S3-3", 0.25), ("S3-4", 0.25), ("S5-1", 0.25), ("S3-1", 0.25))
        text = names(taxonomy, *(code for code, _ in even))
        view, _, scenario = understood(understander(taxonomy, scenarios=even), text)
        assert [one.code for one in view.scenarios] == ["S3-1", "S3-3", "S3-4"]
        assert len(scenario.weights) == 4

    @pytest.mark.parametrize("power", [0.5, 1.0, 3.0, 8.0])
    @pytest.mark.parametrize("text", ["慢", "注塑厂设备管理跟不上", "做水泥的，设备管理", "x"])
    def test_shares_sum_to_one(self, taxonomy: Taxonomy, power: float, text: str) -> None:
        _, sector, scenario = understood(understander(taxonomy, power=power, terms=0.5), text)
        for meaning in (sector, scenario):
            assert sum(meaning.weights.values()) == pytest.approx(1.0)
            assert all(0 <= share <= 1 for share in meaning.weights.values())

    def test_the_words_that_speak_for_a_node_are_told(self, taxonomy: Taxonomy) -> None:
        view, _, scenario = understood(
            understander(taxonomy, terms=1.0), "做注塑的，设备管理跟不上"
        )
        words = {one.code: one.words for one in (*view.sectors, *view.scenarios)}
        assert words["C292"] == "注塑" and words["S3-4"] == "设备管理"
        _, _, silent = understood(understander(taxonomy, terms=1.0), "慢")
        assert scenario.weights["S3-4"] > silent.weights["S3-4"]

    def test_read_by_meaning_alone_there_are_no_words(self, taxonomy: Taxonomy) -> None:
        view, _, _ = understood(understander(taxonomy), "慢")
        assert {one.words for one in (*view.sectors, *view.scenarios)} == {""}


class TestGivenLabels:
    def test_they_win_over_the_words(self, taxonomy: Taxonomy) -> None:
        reader = understander(taxonomy, terms=1.0)
        view, sector, scenario = understood(
            reader, "注塑厂设备管理跟不上", ("服装",), ("财务管理",)
        )
        (worn,), (money,) = view.sectors, view.scenarios
        assert (worn.code, worn.words, worn.given) == ("C18", "服装", True)
        assert (money.code, money.words, money.given) == ("S5-1", "财务管理", True)
        assert sector == Meaning({"C18": worn.confidence}, given=True)
        assert scenario == Meaning({"S5-1": money.confidence}, given=True)
        assert worn.confidence == taxonomy.resolve_sector("服装")[0].confidence
        # What the words say of the need as a whole is told all the same.
        assert view.unserved == 0.5

    def test_each_facet_by_itself(self, taxonomy: Taxonomy) -> None:
        view, sector, scenario = understood(understander(taxonomy), sectors=("C292",))
        assert sector == Meaning({"C292": 1.0}, given=True)
        assert not scenario.given and len(scenario.weights) == 3
        assert [one.given for one in view.sectors] == [True]
        assert not any(one.given for one in view.scenarios)
        _, sector, scenario = understood(understander(taxonomy), scenarios=("S3-4", "S3-3"))
        assert scenario == Meaning({"S3-3": 1.0, "S3-4": 1.0}, given=True) and not sector.given

    def test_the_surest_wording_of_a_node_counts(self, taxonomy: Taxonomy) -> None:
        view, sector, _ = understood(understander(taxonomy), sectors=("注塑", "C292", "C18"))
        assert sector.weights == {"C18": 1.0, "C292": 1.0}
        assert [(one.code, one.words) for one in view.sectors] == [("C18", "C18"), ("C292", "C292")]

    def test_nodes_that_a_label_means_much_less_are_left_out(
        self, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nodes = [("C18", 0.9), ("C17", 0.6), ("C29", 0.5)]
        meant = tuple(Resolution(code, sure, "x", "alias") for code, sure in nodes)
        monkeypatch.setattr(taxonomy, "resolve_sector", lambda label, city=None: meant)
        _, sector, _ = understood(understander(taxonomy), sectors=("某某",))
        # below 0.6 * 0.9
        assert sector.weights == {"C18": 0.9, "C17": 0.6}

    def test_a_citys_own_name_means_what_the_city_says(self, taxonomy: Taxonomy) -> None:
        alias = next(one for one in taxonomy.cities if len(one.codes) == 2)
        _, sector, _ = understood(
            understander(taxonomy), sectors=(alias.alias.zh,), city=alias.city
        )
        assert sector == Meaning(dict.fromkeys(sorted(alias.codes), 1.0), given=True)

    def test_labels_that_nobody_knows_are_reported_and_the_words_are_read(
        self, taxonomy: Taxonomy
    ) -> None:
        view, sector, scenario = understood(
            understander(taxonomy), sectors=("吧啦吧啦",), scenarios=("呜哩哇啦", "设备管理")
        )
        assert view.unresolved == ("吧啦吧啦", "呜哩哇啦")
        assert not sector.given and max(sector.weights, key=sector.weights.__getitem__) == "C29"
        assert scenario.given and set(scenario.weights) == {"S3-4"}

    @pytest.mark.parametrize("label", ["C999", "C9999", "C396 电子器件制造", "C292 服装"])
    def test_codes_that_do_not_exist_or_belong_to_another_name_are_refused(
        self, taxonomy: Taxonomy, label: str
    ) -> None:
        with pytest.raises(InvalidNeed) as caught:
            understood(understander(taxonomy), sectors=("注塑", label))
        assert caught.value.field == "sectors"
        assert caught.value.message.zh and caught.value.message.en
