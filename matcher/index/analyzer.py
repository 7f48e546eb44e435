"""Tokens of needs and offers alike: Chinese words, characters and pairs; Latin words whole and split.

One analyzer serves both sides. A Chinese stretch gives its words (cut for search, with the domain's
own words) and its characters, single and in pairs, so that an unknown word is still found. ``MES系统``
gives ``mes``, ``系统`` and ``mes系统``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

import rjieba

from catalog.wording import HAN, normalised

VERSION = 1
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9à-öø-ÿ]+(?:[.+#&/-][a-z0-9à-öø-ÿ]+)*")
_SPLIT = re.compile(r"[.+#&/-]")
_WORD_FREQUENCY = 20_000
_STOP_WORDS = """
    的 了 是 在 有 和 与 就 都 也 我 我们 你 他 她 它 们 这 那 个 一 不 没 吗 呢 吧 啊 把 被 给 让
    想 能 要 会 很 太 还 又 到 去 来 上 下 里 着 过 得 地 之 及 或 而 等 以 为 于 从 对
    a an the of to and or in on for with is are be we our us i it its this that at by from as
    de la el los las un una y o en que con por para se lo no al del
"""
_STOP = frozenset(_STOP_WORDS.split())


class Analyzer:
    """Cuts text into tokens. ``words`` are domain words that must not be cut apart."""

    def __init__(self, words: Iterable[str] = ()):
        self._words = sorted({word for word in words if 2 <= len(word) <= 6 and _all_han(word)})
        self._jieba = rjieba.Jieba()
        for word in self._words:
            self._jieba.add_word(word, _WORD_FREQUENCY, "n")
        digest = hashlib.sha256("\n".join(self._words).encode()).hexdigest()[:12]
        self.version = f"{VERSION}-{digest}"

    def tokens(self, text: str) -> list[str]:
        """Tokens of ``text`` in order of their place, repeated as often as they occur.

        >>> Analyzer().tokens("MES系统")
        ['mes', 'mes系统', '系统', '系', '系统', '统']
        """
        found: list[str] = []
        before = ""
        for match in _RUN.finditer(normalised(text).lower()):
            run = match.group()
            if HAN.match(run):
                words = [word for word in self._jieba.cut_for_search(run) if len(word) > 1]
                if before and words and run.startswith(words[0]):
                    found.append(before + words[0])
                found += [word for word in words if word not in _STOP]
                found += _characters(run)
            else:
                found += _latin(run)
            before = "" if HAN.match(run) else run
        return found

    def vocabulary(self, texts: Sequence[str]) -> list[list[str]]:
        """`tokens` of each text; a token that comes again is the same object, which saves memory."""
        known: dict[str, str] = {}
        return [[known.setdefault(token, token) for token in self.tokens(text)] for text in texts]


def _latin(run: str) -> list[str]:
    if run in _STOP:
        return []
    parts = [part for part in _SPLIT.split(run) if part and part not in _STOP]
    whole = [] if parts == [run] else [run]
    return whole + [stem(part) for part in parts]


def is_common(word: str) -> bool:
    """Whether ``word`` may stand in any text (the, para, 的) and so tells nothing."""
    return word in _STOP


def stem(word: str) -> str:
    """``word`` without the plural and verb endings that English and Spanish needs vary most."""
    if not word.isalpha():
        return word
    for ending, keep in (("ies", 3), ("ing", 4), ("ed", 4), ("es", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def parts_of(word: str) -> Sequence[str]:
    """The tokens of every text that says ``word``, a token: of a long Chinese one its pairs."""
    if len(word) <= 2 or not _all_han(word):
        return (word,)
    return [one for one in _characters(word) if len(one) == 2] or (word,)


def _characters(run: str) -> list[str]:
    found = []
    for place, character in enumerate(run):
        if character not in _STOP:
            found.append(character)
        pair = run[place : place + 2]
        if len(pair) == 2 and not (pair[0] in _STOP and pair[1] in _STOP):
            found.append(pair)
    return found


def _all_han(word: str) -> bool:
    return all(HAN.match(character) for character in word)
