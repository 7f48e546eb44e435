"""Words of needs in other languages as Chinese ones: what sectors, scenarios and functions are called.

``data/glossary.csv`` has the terms of trades, machines, documents and pains: ``lang``, ``term``, ``zh``
(one or two Chinese words, separated by ``;``). They join a need's own words where it is compared with offers
and where its functions, sectors and scenarios are read (docs/decisions/0012-glossary.md).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from matcher.index.analyzer import Analyzer, is_common
from matcher.shipped import shipped_file

MOST_WORDS = 5
"""Words of the longest term that is looked for."""
ALTERNATIVES = 2
"""Chinese words that a term may have; each of two counts half."""
KNOWN_POWER = 0.5
"""Power to which the share of words that have a Chinese one is raised; fitted on the tuning part."""
_WORD = re.compile(r"[a-z0-9]+")
_CLAUSE = re.compile(r"[,.;:!?\n]+(?!\d)")
_SHORT = 3
"""A word of no more letters is taken as it is: gas and bus are no plurals."""
_PLURALS = {
    "en": ((re.compile(r"(?<=..)ies$"), "y"), (re.compile(r"(?<=[cs]h|ss)es$|(?<=[^su])s$"), "")),
    "es": ((re.compile(r"s$"), ""), (re.compile(r"(?<=...)e$"), "")),
}
"""By language what is taken off a word, one after the other: moldes, molde and mold are one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and what it is in Chinese."""

    term: str
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeedWords:
    """The tokens of a need. ``own`` are those of its text, ``tokens`` have what they are in Chinese too.

    ``said`` has the words behind each Chinese token, ``chinese`` those behind each whole Chinese word.
    ``known`` (0-1) says how far likeness to offers can be told from these tokens: BM25 is a share of what
    no offer can exceed for them, and where few words of a need have a Chinese one, two that are met would
    make an offer all but perfect. ``gloss`` has the Chinese words in their order, clause by clause: trades
    are named in it as in a Chinese need. ``whole`` are the words of the text that can be told as evidence.
    """

    own: tuple[str, ...]
    tokens: tuple[str, ...]
    said: Mapping[str, str]
    known: float = 1.0
    chinese: Mapping[str, str] = field(default_factory=dict)
    gloss: str = ""
    whole: tuple[str, ...] = ()

    def as_said(self, token: str) -> str:
        """``token`` in the need's own words."""
        return self.said.get(token, token)

    def behind(self, term: str) -> str:
        """The need's own words for ``term``, which was found in its text or in ``gloss``."""
        said = [own for word, own in self.chinese.items() if word in term or term in word]
        return " ".join(dict.fromkeys(said)) or term


class Glossary:
    """Finds the terms of one language in running text; plurals and accents do not matter."""

    def __init__(self, lang: str, entries: Iterable[Entry]):
        self._lang = lang
        self._entries: dict[tuple[str, ...], list[tuple[tuple[str, ...], Entry]]]
        self._entries = defaultdict(list)
        # Most words of a text begin no term: the first one tells how long terms are that it begins.
        self._sizes: dict[str, set[int]] = defaultdict(set)
        for entry in entries:
            words = _words(entry.term)
            form = self._form(words)
            self._entries[form].append((words, entry))
            self._sizes[form[0]].add(len(form))

    def find(self, text: str) -> tuple[tuple[str, Entry], ...]:
        """Stretches of ``text`` that are terms, in their order: longest first, each word used once.

        Where several terms differ only by plural or accent, the one that stands there is meant.
        """
        words = _words(text)
        form = self._form(words)
        places = sorted(
            (-size, start)
            for start, first in enumerate(form)
            for size in self._sizes.get(first, ())
            if form[start : start + size] in self._entries
        )
        used = [False] * len(form)
        found: list[tuple[int, str, Entry]] = []
        for longest, start in places:
            stretch = slice(start, start - longest)
            if True in used[stretch]:
                continue
            used[stretch] = [True] * -longest
            entries = self._entries[form[stretch]]
            entry = next((one for said, one in entries if said == words[stretch]), entries[0][1])
            found.append((start, " ".join(words[stretch]), entry))
        return tuple((said, entry) for _, said, entry in sorted(found, key=lambda one: one[0]))

    def _form(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_singular(word, self._lang) for word in words)


def need_words(text: str, lang: str, analyzer: Analyzer) -> NeedWords:
    """The tokens of a need's ``text`` in the language ``lang``."""
    cut, uncut = analyzer.cut(text)
    own, whole = tuple(cut), tuple(word for word in dict.fromkeys(uncut) if analyzer.tells(word))
    if lang not in _PLURALS:  # most needs are Chinese: nothing is loaded for them
        return NeedWords(own, own, {}, whole=whole)
    glossary = shipped_glossary(lang)
    clauses = [glossary.find(clause) for clause in _CLAUSE.split(text)]
    found = [one for clause in clauses for one in clause]
    added: list[str] = []
    said: dict[str, str] = {}
    chinese: dict[str, str] = {}
    for words, entry in found:
        for word in entry.zh:
            chinese.setdefault(word, words)
            # Two alternatives once each, a single word twice: either counts as one word of the need.
            tokens = _tokens(analyzer, word) * (ALTERNATIVES // len(entry.zh))
            added += tokens
            for token in tokens:
                said.setdefault(token, words)
    if not added:
        return NeedWords(own, own, {}, whole=whole)
    telling = sum(not is_common(word) for word in _words(text))
    spoken = sum(len(words.split()) for words, _ in found)
    known = min(1.0, spoken / max(1, telling)) ** KNOWN_POWER
    gloss = "，".join("、".join(entry.zh[0] for _, entry in clause) for clause in clauses if clause)
    return NeedWords(own, (*own * ALTERNATIVES, *added), said, known, chinese, gloss, whole)


@cache
def shipped_glossary(lang: str) -> Glossary:
    """The glossary of a language, English (en) or Spanish (es); it takes a moment to load."""
    text = shipped_file("glossary.csv").read_text(encoding="utf-8")
    rows = (row for row in csv.reader(text.splitlines()) if row[0] == lang)
    return Glossary(lang, [Entry(term, tuple(zh.split(";"))) for _, term, zh in rows])


@lru_cache(maxsize=16_384)
def _tokens(analyzer: Analyzer, word: str) -> tuple[str, ...]:
    return tuple(analyzer.tokens(word))


def _words(text: str) -> tuple[str, ...]:
    """Words in lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(character for character in parts if not unicodedata.combining(character))
    return tuple(_WORD.findall(plain))


def _singular(word: str, lang: str) -> str:
    if len(word) <= _SHORT:
        return word
    for plural, ending in _PLURALS[lang]:
        word = plural.sub(ending, word)
    return word
