"""Reasons are data; every one has a sentence in Chinese and in English."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import matcher
from catalog.records import Label, Solution
from catalog.taxonomy import Taxonomy
from matcher.answers.explain import Facts, _number, explain, facets_of, likely, render
from matcher.answers.phrases import PHRASES
from matcher.bulk.phrases import render_row
from matcher.leads.phrases import LEAD_PHRASES, render_lead
from matcher.types import MatchQuery, Reason, Understanding, Understood

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


@pytest.mark.parametrize(
    ("given", "zh", "en"), [(True, "你要的是", "asked"), (False, "读作", "we read")]
)
def test_what_was_read_is_told_as_read(given: bool, zh: str, en: str) -> None:
    nodes = {"offer_zh": "安全", "need_zh": "仓储", "offer_en": "safety", "need_en": "stock"}
    for code in ("scenario_other", "scenario_related"):
        reason = Reason(code, {**nodes, "given": given})
        assert zh in render(reason) and en in render(reason, "en")
        assert ("读作" in render_lead(reason)) is not given
        assert "需求是仓储" in render_row(reason)


def test_one_case_is_one() -> None:
    assert render(Reason("cases", {"count": 1, "names": "甲"}), "en") == "one case: 甲"
    assert render(Reason("cases", {"count": 3, "names": "甲、乙"}), "en") == "3 cases: 甲, 乙"


@pytest.mark.parametrize(
    ("confidence", "given", "function", "told"),
    [
        (0.7, False, "", True),
        (0.5, False, "", False),
        (0.7, False, "S3-4a", False),
        (0.5, True, "S3-4a", True),
    ],
)
def test_a_scenario_is_held_against_an_offer_only_where_it_is_sure(
    taxonomy: Taxonomy, confidence: float, given: bool, function: str, told: bool
) -> None:
    read = Understanding("zh", (), (Understood("S4-2", confidence, "仓库", given),))
    offer = Solution(name="x", scenarios=(Label(label="安全生产", nodes=("S3-5",)),))
    facts = Facts((), (), (), (), None, function=function)
    found = explain(
        offer,
        MatchQuery(text="仓库"),
        read,
        facts,
        taxonomy,
        facets_of(read, taxonomy),
        date(2026, 11, 30),
    )
    assert ("scenario_other" in {one.code for one in found.misfits}) is told


def test_english_lists_have_no_chinese_commas() -> None:
    reason = Reason("words", {"words": "换模、停机"})
    assert "换模、停机" in render(reason, "zh") and "换模, 停机" in render(reason, "en")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1_234_567.0, "1,234,567"), (0.25, "0.25"), (12.0, "12"), (1e7, "10,000,000")],
)
def test_effects_are_shown_with_every_digit(value: float, shown: str) -> None:
    assert _number(value) == shown
