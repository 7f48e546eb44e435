"""Words that a need and an offer both say: the most telling ones, looked up in the index."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.records import Reference, Solution
from catalog.taxonomy import Taxonomy
from matcher.answers.words import shared_words, telling_words, words_said
from matcher.engine import Matcher
from matcher.index.build import shipped_analyzer
from matcher.understanding.glossary import need_words
from matcher.understanding.language import language_of
from tests.conftest import Built


class TestSharedWords:
    @staticmethod
    def idf(word: str) -> float:
        return {"停机": 3.0, "停机原因": 4.0, "设备": 1.0, "mes": 2.0}.get(word, 2.5)

    def shared(self, need: list[str], offer: set[str]) -> tuple[str, ...]:
        return shared_words(telling_words(need, self.idf), {}, offer)

    def test_most_telling_first_and_none_inside_another(self) -> None:
        found = self.shared(["停机", "停机原因", "慢", "mes"], {"mes", "停机原因", "停机", "慢"})
        assert found[0] == "停机原因" and "停机" not in found

    def test_only_what_both_say(self) -> None:
        assert self.shared(["停机"], {"换模"}) == ()
        assert self.shared(["换", "模"], {"换模", "换", "模"}) == ()

    def test_a_few_are_enough(self) -> None:
        words = [f"word{n}" for n in range(30)]
        assert 1 <= len(self.shared(words, set(words))) <= 4

    def test_words_of_another_language_stand_beside_the_chinese_ones(self) -> None:
        chinese = {"停机": "machines stop", "停机原因": "reason of a stop", "换模": "changeover"}
        found = shared_words(("mes",), chinese, {"mes", "停机", "停机原因"})
        assert found == ("mes", "reason of a stop (停机原因)")

    def test_words_that_no_offer_has_tell_nothing(self) -> None:
        assert telling_words(["停机"], lambda _: 0.0) == ()

    @pytest.mark.parametrize(
        ("text", "whole", "cut"),
        [
            ("氨机房要在线监测", {"机房", "在线", "监测"}, {"线监"}),
            ("杀鱼工按斤计件", {"计件"}, {"工按"}),
            ("宁波老王说电费一个月十多万", {"电费"}, {"宁波", "老王", "十多万", "一个月"}),
            ("想上MES系统", {"mes", "系统"}, {"上mes"}),
            ("no cloud barcode", {"cloud", "barcode"}, set()),
        ],
    )
    def test_only_whole_words_are_evidence(
        self, taxonomy: Taxonomy, text: str, whole: set[str], cut: set[str]
    ) -> None:
        words = need_words(text, language_of(text), shipped_analyzer(taxonomy)).whole
        assert whole <= set(words) and not cut & set(words)

    def test_pairs_that_count_tell_nothing(self) -> None:
        counted = ["个半", "半小", "小时", "三百", "换模", "二维码"]
        assert set(telling_words(counted, lambda _: 5.0)) == {"小时", "换模", "二维码"}


WORDS = ("停机", "停机原因", "注塑机", "视觉", "缝纫机绣花", "nobody says this")


def said_by(matcher: Matcher, identity: str) -> frozenset[str]:
    snapshot = matcher.snapshot()
    (found,) = words_said(WORDS, snapshot, np.array([snapshot.row_of(identity)]))
    return found


def test_what_an_offer_says_is_looked_up_in_the_index(tiny: Built) -> None:
    assert said_by(tiny.matcher, tiny.ids["设备联网看板"]) == {"停机", "停机原因", "注塑机"}
    assert said_by(tiny.matcher, tiny.ids["机器视觉质检"]) == {"视觉"}


def test_an_offer_that_came_later_and_the_name_of_its_provider(built: Built) -> None:
    with built.store.writing("test") as writer:
        named = Reference(name="绣花视觉科技有限公司")
        offer = Solution(name="绣花视觉科技缝纫机联网", provider=named, description="看停机")
        later = writer.put(offer).id
    matcher = built.open()
    assert said_by(matcher, later) == {"停机"}
    assert said_by(matcher, built.ids["机器视觉质检"]) == {"视觉"}


def test_no_words_and_no_rows(tiny: Built) -> None:
    snapshot = tiny.matcher.snapshot()
    assert words_said((), snapshot, np.array([0, 1])) == [frozenset(), frozenset()]
    assert words_said(WORDS, snapshot, np.array([], dtype=np.int64)) == []
