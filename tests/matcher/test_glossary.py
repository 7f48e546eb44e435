"""The glossary: which stretch of a text is which term, what the tokens count, what is shipped."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from matcher.index.analyzer import Analyzer, is_common
from matcher.index.centring import translated_needs
from matcher.understanding.glossary import (
    ALTERNATIVES,
    MOST_WORDS,
    Entry,
    Glossary,
    need_words,
    shipped_glossary,
)
from tests.conftest import Built

ENGLISH = Glossary(
    "en",
    [
        Entry("mill", ("磨机",)),
        Entry("paper mill", ("造纸厂",)),
        Entry("press", ("压力机",)),
        Entry("battery", ("电池",)),
        Entry("gas", ("燃气",)),
        Entry("die", ("模具",)),
        Entry("set-up", ("换模",)),
    ],
)
SPANISH = Glossary(
    "es",
    [
        Entry("molde", ("模具",)),
        Entry("motor", ("电机",)),
        Entry("mes", ("月",)),
        Entry("mesa", ("桌子",)),
        Entry("línea de soldadura", ("焊接线",)),
        Entry("plano", ("图纸",)),
        Entry("planos", ("图纸管理",)),
    ],
)


def _found(glossary: Glossary, text: str) -> list[tuple[str, str]]:
    return [(words, "".join(entry.zh)) for words, entry in glossary.find(text)]


def test_the_longest_term_wins_and_each_word_is_used_once() -> None:
    assert _found(ENGLISH, "The Paper Mill's mill") == [("paper mill", "造纸厂"), ("mill", "磨机")]


@pytest.mark.parametrize(
    ("glossary", "text", "found"),
    [
        (ENGLISH, "two presses, dies and batteries", ["压力机", "模具", "电池"]),
        (ENGLISH, "gas; a miller, milling, set up", ["燃气", "换模"]),
        (SPANISH, "moldes, motores", ["模具", "电机"]),
        (SPANISH, "el mes pasado, tres meses", ["月", "月"]),
        (SPANISH, "las mesas de la linea de soldadura", ["桌子", "焊接线"]),
        (SPANISH, "un plano, tres planos", ["图纸", "图纸管理"]),
        (ENGLISH, "", []),
    ],
)
def test_plurals_and_accents_do_not_matter(glossary: Glossary, text: str, found: list[str]) -> None:
    assert [zh for _, zh in _found(glossary, text)] == found


def test_two_alternatives_count_as_one_word() -> None:
    analyzer = Analyzer()
    words = need_words("The edamame at the blanching line", "en", analyzer)
    assert words.own == tuple(analyzer.tokens("The edamame at the blanching line"))
    entries = dict(shipped_glossary("en").find("edamame blanching"))
    assert [len(entry.zh) for entry in entries.values()] == [2, 1]
    count = Counter(words.tokens)
    for said, entry in entries.items():
        each = [Counter(analyzer.tokens(word)) for word in entry.zh]
        assert sum(
            count[token] for token in set().union(*each) if words.said[token] == said
        ) == sum(sum(one.values()) for one in each) * (ALTERNATIVES // len(each))
    assert {words.as_said("漂烫"), words.as_said("line")} == {"blanching", "line"}
    # Two of three telling words have a Chinese one.
    assert words.known == pytest.approx((2 / 3) ** 0.5)


@pytest.mark.parametrize(
    ("text", "lang"),
    [("MES 和 furnace 都停了", "zh"), ("Der Ofen steht", "other"), ("xyzzy", "en")],
)
def test_other_texts_keep_their_tokens(text: str, lang: str) -> None:
    tokens = tuple(Analyzer().tokens(text))
    words = need_words(text, lang, Analyzer())
    assert (words.own, words.tokens, words.known) == (tokens, tokens, 1.0) and not words.said


def test_what_is_shipped_is_clean() -> None:
    for glossary in (shipped_glossary("en"), shipped_glossary("es")):
        entries = [one for known in glossary._entries.values() for one in known]
        assert len(entries) > 2_000
        assert len({words for words, _ in entries}) == len(entries)
        for words, entry in entries:
            assert 1 <= len(words) <= MOST_WORDS and 1 <= len(entry.zh) <= ALTERNATIVES
            assert len(words) > 1 or not is_common(words[0])
            assert len(set(entry.zh)) == len(entry.zh)
            assert all(re.fullmatch(r"[\u4e00-\u9fffA-Za-z0-9+]{2,12}", one) for one in entry.zh)


def test_likeness_by_few_words_is_told_with_less(built: Built) -> None:
    snapshot = built.matcher.snapshot()
    full = snapshot.lexical(["能耗"])
    assert snapshot.lexical(["能耗"], 0.5) == pytest.approx(full * np.float32(0.5))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_translated_sentences_bear_the_glossary_out(lang: str) -> None:
    """Where a term stands, the Chinese side mostly shares a word or a rare character with what it is."""
    said = translated_needs()
    often = Counter(character for one in said for character in set(one["zh"]))
    common = {character for character, _ in often.most_common(120)}
    glossary, met = shipped_glossary(lang), []
    for one in said:
        for _, entry in glossary.find(one[lang]):
            rare = {c for word in entry.zh for c in word if c not in common}
            met.append(any(word in one["zh"] for word in entry.zh) or bool(rare & set(one["zh"])))
    assert len(met) > 10_000
    assert sum(met) / len(met) > 0.68
