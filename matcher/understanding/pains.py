"""Needs that tell several pains: each of them counts and is answered, not only the loudest.

A need is cut into what may each tell a pain, and the words of each part are read for themselves. Where
the text counts its pains (两个问题, 1. … 2. …, first … second) less is asked of a part than where it only
joins clauses (还有, 又, also); clauses in a row, without either, have to be three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matcher.understanding.brands import any_brand, brands
from matcher.understanding.clauses import announces, clauses

Vectors = NDArray[np.float32]

MOST = 3
"""Pains that are told apart in one need."""
_LONGEST = 160
"""A longer text tells a story, in which other scenarios are named by the way."""
_TOGETHER = 0.8
"""Least share, of all scenarios', of the pains that a need tells together: its words name them."""
_SHARPNESS = 2.5
"""Of the scores of a part's words, which are multiplied with the shares of the whole.

It and the constants of `_Telling` were chosen on needs of blind authors (docs/relevance.md).
"""
_COUNTED = re.compile(
    r"(?:[两二三四五几2-5]|好几)(?:个|件|样|大|块|桩|处)(?:大|主要)?(?:问题|事儿?|难题|痛点|毛病|需求|麻烦|都|要命)"
    r"|(?<!天)两头[都得]|这[两几三]样|[一二]是.{2,}[二两三]是"
    r"|一个?是.{2,}(?:[另再]|还有)?一个?是|第一.{2,}第二|首先.{2,}(?:其次|第二|然后)"
    r"|(?<!\d)1[.、)）:：].{2,}(?<!\d)2[.、)）:：]"
    r"|\b(?:two|three|four|several|a few|a couple of) (?:\w+ )?"
    r"(?:things|problems|issues|pains|needs|points)\b"
    r"|\bfirst(?:ly)?\b.{4,}\bsecond(?:ly)?\b"
    r"|\b(?:dos|tres|cuatro|vari[oa]s) (?:cosas|problemas|temas)\b|primero.{4,}segundo",
    re.IGNORECASE | re.DOTALL,
)
_JOINED = re.compile(
    r"还有(?!人)|另外|再一个|再就是|而且|并且|同时|以及|[+＋]"
    r"|(?<!而)又(?![是不])|(?<=[㐀-鿿])也(?!是)|还(?=[㐀-鿿]{2})"
    r"|\b(?:also|plus|besides|as well|on top of|separately|and)\b"
    r"|\b(?:adem[áa]s|tambi[ée]n|por otro lado|de paso|aparte|y)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[，,。.;；、!！?？\n]|(?<![a-z])(?:and|y)(?![a-z])", re.IGNORECASE)
_WITHIN = re.compile(
    r"[、+＋&]|(?<=[㐀-鿿])(?=(?:还有|另外|而且|再一个|再就是|同时|并且|以及|第[一二三四])[㐀-鿿])"
    r"|(?<=[㐀-鿿])(?=[一二三四]是[㐀-鿿])|(?<![\d.])(?=\d[.、)）](?!\d))"
    r"|\s+(?=(?:and|also|plus|y|adem[áa]s|tambi[ée]n)\s)",
    re.IGNORECASE,
)
"""Where a clause falls into parts."""
_LEAD = re.compile(
    r"^(?:\d+[.、)）:：]?\s*|(?:and|also|plus|y|adem[áa]s|tambi[ée]n)\s+)+|\s*\d+$", re.IGNORECASE
)
"""What numbers a part or joins it to the one before."""
_TRADE = re.compile(
    r"^(?:我们?|咱们?|自己|俺们?|就)*(?:是|在)?(?:做|造|搞|生产|开)[^不没慢乱错漏]*(?:的|厂|卖.{1,4})?$"
    r"|(?:厂|公司|车间)$|^(?:we|i) (?:make|are|build|run)\b|\bis what we make$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What parts must tell to be pains, and how many of them: ``share`` of a part's scenario in it.

    ``strength`` is the score of its words, ``whole`` the share of the scenario in the whole need, to which
    ``prior`` is added: the larger, the less the whole says of its parts. ``of_all`` is the least part of
    all parts that must tell pains.
    """

    prior: float
    share: float
    strength: float
    whole: float
    fewest: int
    of_all: float = 0.0


_ROW = _Telling(prior=1.0, share=0.4, strength=0.8, whole=0.05, fewest=3, of_all=0.75)
_TELLINGS = (
    (_COUNTED, _Telling(prior=0.3, share=0.4, strength=0.4, whole=0.05, fewest=2)),
    (_JOINED, _Telling(prior=0.3, share=0.7, strength=0.8, whole=0.05, fewest=2)),
)


def parts(text: str) -> list[str]:
    """What of ``text`` may each tell a pain; empty where no more than one part may.

    Parts that tell the own trade, name software that is there, or only count are left out.

    >>> parts("我们做锁的，仓库乱、设备老坏")
    ['仓库乱', '设备老坏']
    """
    if len(text) > _LONGEST:
        return []
    found = [
        part
        for clause, _ in clauses(text)
        for piece in _WITHIN.split(clause)
        if (part := _LEAD.sub("", piece.strip())) and not _tells_none(part)
    ]
    return found if len(found) > 1 else []


def each_told(text: str, said: Vectors, shares: Vectors) -> dict[int, int]:
    """The scenarios that the parts of ``text`` tell as pains of their own, by place, each with its part.

    ``said[p]`` are the scores of the scenarios by the words of part ``p`` alone, ``shares`` those of the
    whole need, which sum to 1. Empty unless there are several.
    """
    if not len(said):
        return {}
    telling = next((how for words, how in _TELLINGS if words.search(text)), _ROW)
    found = _told(telling, said, shares) or _told(_ROW, said, shares)
    surest = sorted(found, key=lambda node: (-shares[node], node))[:MOST]
    return {node: found[node] for node in surest}


def _told(telling: _Telling, said: Vectors, shares: Vectors) -> dict[int, int]:
    weighed = said**_SHARPNESS * (shares + telling.prior)
    total = weighed.sum(axis=1)
    found: dict[int, int] = {}
    for part, node in enumerate(weighed.argmax(axis=1).tolist()):
        sure = weighed[part, node] >= telling.share * total[part] > 0
        if sure and said[part, node] >= telling.strength and shares[node] >= telling.whole:
            found.setdefault(node, part)
    return found if len(found) >= max(telling.fewest, telling.of_all * len(said)) else {}


def spread(text: str, words: Mapping[str, str], shares: Mapping[str, float]) -> tuple[str, ...]:
    """The three scenarios that clauses of ``text`` speak of, or none: their shares are hedged, not told.

    ``words`` are the words of ``text`` that speak for a node; a clause speaks of the one with the largest
    share. Without it two of 192 held-out needs are answered worse.
    """
    if len(text) > _LONGEST:
        return ()
    found: set[str] = set()
    for clause in _CLAUSE.split(text.casefold()):
        spoken = [code for code, word in words.items() if word and word.casefold() in clause]
        if spoken:
            found.add(max(spoken, key=lambda code: (shares.get(code, 0.0), code)))
    if len(found) < MOST:
        return ()
    return tuple(sorted(found, key=lambda code: (-shares.get(code, 0.0), code))[:MOST])


def balanced(shares: Mapping[str, float], pains: Sequence[str]) -> dict[str, float]:
    """``shares`` with those of ``pains`` made equal, and large together; the rest keeps its proportions."""
    if not pains:
        return dict(shares)
    before = sum(shares.get(code, 0.0) for code in pains)
    after = max(before, _TOGETHER * sum(shares.values()))
    rest = (sum(shares.values()) - after) / max(sum(shares.values()) - before, 1e-9)
    return {
        code: after / len(pains) if code in pains else share * rest
        for code, share in shares.items()
    }


def each_answered(
    shown: NDArray[np.int64],
    order: NDArray[np.int64],
    scenarios: NDArray[np.int16],
    pains: Sequence[int],
) -> NDArray[np.int64]:
    """``shown`` with a row for each of ``pains``, where ``order`` has one; still best first.

    ``shown`` is the beginning of ``order``, shape ``(k,)``; ``scenarios[row]`` are the indices of a row's
    nodes. The last rows that answer no pain alone give way.
    """
    if len(shown) < len(pains):
        return shown
    # Which of the pains each row of the order answers, shape (rows, pains).
    answers = (scenarios[order][:, :, None] == np.array(pains)).any(axis=1)
    kept = list(range(len(shown)))
    for pain in range(len(pains)):
        if answers[kept, pain].any():
            continue
        better = np.flatnonzero(answers[:, pain])
        spare = next((place for place in reversed(kept) if _spared(place, kept, answers)), None)
        if len(better) and spare is not None:
            kept[kept.index(spare)] = int(better[0])
    return order[sorted(kept)]


def _spared(place: int, kept: Sequence[int], answers: NDArray[np.bool_]) -> bool:
    """Whether every pain that the row at ``place`` answers is answered by another row as well."""
    others = [one for one in kept if one != place]
    return not (answers[place] & ~answers[others].any(axis=0)).any()


def _tells_none(part: str) -> bool:
    if announces(part) or _TRADE.search(part):
        return True
    return bool(any_brand().search(part)) or part.casefold() in _kinds()


@cache
def _kinds() -> frozenset[str]:
    """What brands are kinds of: it stands in brackets beside them, and so as a part."""
    return frozenset(kind.casefold() for _, *kinds in brands() for kind in kinds)
