"""Reasons are data; every one has a sentence in Chinese and in English."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import matcher
from matcher.answers.explain import _number, likely, render
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


def test_a_guessed_trade_is_no_reason() -> None:
    assert not likely(Understood("C39", 0.6, "", False), "sector")
    assert likely(Understood("C39", 0.6, "芯片", False), "sector")
    assert likely(Understood("C39", 0.6, "", True), "sector")
    assert likely(Understood("S3-4", 0.6, "", False), "scenario")


def test_english_lists_have_no_chinese_commas() -> None:
    reason = Reason("words", {"words": "换模、停机"})
    assert "换模、停机" in render(reason, "zh") and "换模, 停机" in render(reason, "en")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1_234_567.0, "1,234,567"), (0.25, "0.25"), (12.0, "12"), (1e7, "10,000,000")],
)
def test_effects_are_shown_with_every_digit(value: float, shown: str) -> None:
    assert _number(value) == shown
