"""Reasons are data; every one has a sentence in Chinese and in English."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import matcher
from matcher.answers.explain import likely, render, shared_words, telling_words
from matcher.answers.phrases import PHRASES
from matcher.leads.phrases import LEAD_PHRASES
from matcher.types import Reason, Understood

HAN = re.compile(r"[\u3400-\u9fff]")


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@pytest.mark.parametrize("code", sorted(PHRASES))
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    phrase = PHRASES[code]
    names = fields_of(phrase.zh) | fields_of(phrase.en)
    reason = Reason(code, {name: f"<{name}>" for name in names})
    zh, en = render(reason, "zh"), render(reason, "en")
    assert (HAN.search(zh) or code == "effect") and not HAN.search(en)
    assert "{" not in zh + en
    assert render(reason) == zh and render(reason, "es") == en
    # Both languages tell the same facts; a name may be said in its own language only.
    bare = [
        {re.sub(r"_(zh|en)$", "", one) for one in fields_of(text)}
        for text in (phrase.zh, phrase.en)
    ]
    assert bare[0] == bare[1] or code == "sector_group", code


def test_no_code_without_a_sentence() -> None:
    used = set()
    for path in Path(str(matcher.__path__[0])).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Reason"
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(node.args[0].value)
    assert used and used <= set(PHRASES) | set(LEAD_PHRASES)


def test_each_constraint_has_its_three_sentences() -> None:
    for name in ("days", "size", "level", "city"):
        for suffix in ("yes", "no", "unknown"):
            assert f"{name}_{suffix}" in PHRASES


def test_numbers_stay_numbers_in_the_data() -> None:
    reason = Reason("days_no", {"days": 90, "limit": 60})
    assert render(reason, "zh") == "需要 90 天，超过要求的 60 天"
    assert render(reason, "en") == "takes 90 days, more than the 60 asked"


class TestSharedWords:
    @staticmethod
    def idf(word: str) -> float:
        return {"停机": 3.0, "停机原因": 4.0, "设备": 1.0, "mes": 2.0}.get(word, 2.5)

    def shared(self, need: list[str], offer: str) -> tuple[str, ...]:
        return shared_words(telling_words(need, self.idf), {}, offer.lower())

    def test_most_telling_first_and_none_inside_another(self) -> None:
        found = self.shared(["停机", "停机原因", "慢", "mes"], "MES 查停机原因，慢")
        assert found[0] == "停机原因" and "停机" not in found

    def test_only_what_both_say(self) -> None:
        assert self.shared(["停机"], "换模") == ()
        assert self.shared(["换", "模"], "换模") == ()

    def test_a_few_are_enough(self) -> None:
        words = [f"word{n}" for n in range(30)]
        assert 1 <= len(self.shared(words, " ".join(words))) <= 4

    def test_words_of_another_language_stand_beside_the_chinese_ones(self) -> None:
        chinese = {"停机": "machines stop", "停机原因": "reason of a stop", "换模": "changeover"}
        found = shared_words(("mes",), chinese, "mes 查停机原因")
        assert found == ("mes", "reason of a stop (停机原因)")

    def test_words_that_no_offer_has_tell_nothing(self) -> None:
        assert telling_words(["停机"], lambda _: 0.0) == ()

    def test_pairs_that_count_tell_nothing(self) -> None:
        counted = ["个半", "半小", "小时", "三百", "换模", "二维码"]
        assert set(telling_words(counted, lambda _: 5.0)) == {"小时", "换模", "二维码"}


def test_a_guessed_trade_is_no_reason() -> None:
    assert not likely(Understood("C39", 0.6, "", False), "sector")
    assert likely(Understood("C39", 0.6, "芯片", False), "sector")
    assert likely(Understood("C39", 0.6, "", True), "sector")
    assert likely(Understood("S3-4", 0.6, "", False), "scenario")
