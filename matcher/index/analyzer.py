"""Tokens of needs and offers alike: Chinese words, characters and pairs; Latin words whole and split.

One analyzer serves both sides. A Chinese stretch gives its words (cut for search, with the domain's
own words) and its characters, single and in pairs, so that an unknown word is still found. ``MES系统``
gives ``mes``, ``系统`` and ``mes系统``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

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
_UNTOLD = frozenset(["ns", "m", "q", "r", "d", "c", "p", "u", "y", "t"])
"""Parts of speech that are no evidence of anything: places, numbers, pronouns, adverbs, days."""
_FILLERS = frozenset(["没有", "知道", "出来", "送到", "小时", "半小时"])
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江"
    "傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常顾赖武康贺严尹钱牛洪龚"
)
_PERSON = re.compile(rf"[老小阿][{_SURNAMES}]|[{_SURNAMES}](?:总|师傅|厂长|经理|老板|主任|会计)")


class Analyzer:
    """Cuts text into tokens. ``words`` are domain words that must not be cut apart."""

    def __init__(self, words: Iterable[str] = ()):
        self._words = sorted({word for word in words if 2 <= len(word) <= 6 and _all_han(word)})
        self._jieba = rjieba.Jieba()
        for word in self._words:
            self._jieba.add_word(word, _WORD_FREQUENCY, "n")
        self._tells = lru_cache(maxsize=16_384)(self._can_tell)
        digest = hashlib.sha256("\n".join(self._words).encode()).hexdigest()[:12]
        self.version = f"{VERSION}-{digest}"

    def tokens(self, text: str) -> list[str]:
        """Tokens of ``text`` in order of their place, repeated as often as they occur.

        >>> Analyzer().tokens("MES系统")
        ['mes', 'mes系统', '系统', '系', '系统', '统']
        """
        return self.cut(text)[0]

    def cut(self, text: str) -> tuple[list[str], list[str]]:
        """`tokens` of ``text``, and those of them that are whole words: no characters cut from two.

        >>> Analyzer().cut("在线监测")[1]
        ['在线', '监测']
        """
        found: list[str] = []
        whole: list[str] = []
        before = ""
        for match in _RUN.finditer(normalised(text).lower()):
            run = match.group()
            if HAN.match(run):
                words = [word for word in self._jieba.cut_for_search(run) if len(word) > 1]
                if before and words and run.startswith(words[0]):
                    words.insert(0, before + words[0])
                words = [word for word in words if word not in _STOP]
                found += words
                found += _characters(run)
            else:
                words = _latin(run)
                found += words
            whole += words
            before = "" if HAN.match(run) else run
        return found, whole

    def tells(self, word: str) -> bool:
        """Whether a whole ``word`` of a need can be evidence: no place, person, number or filler.

        >>> [Analyzer().tells(word) for word in ("仓库", "宁波", "老王", "十多万", "到底")]
        [True, False, False, False, False]
        """
        return self._tells(word)

    def _can_tell(self, word: str) -> bool:
        if not HAN.search(word):
            return True
        if word in _FILLERS or _PERSON.fullmatch(word):
            return False
        kinds = [kind for _, kind in self._jieba.tag(word)]
        return not (len(kinds) == 1 and kinds[0] in _UNTOLD)

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
