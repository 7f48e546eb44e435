"""Needs that list several pains: each of them counts and is answered, not only the loudest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.types import Understanding

_CLAUSE = re.compile(r"[，,。.;；、!！?？\n]|(?<![a-z])(?:and|y)(?![a-z])", re.IGNORECASE)
_SEVERAL = 3
_LONGEST = 160
"""A longer text tells a story, in which other scenarios are named by the way."""
_TOGETHER = 0.8
"""Least share, of all scenarios', of the pains that a need lists together: its words name them."""
_TOLD = 0.25


def balanced(shares: Mapping[str, float], words: Mapping[str, str], text: str) -> dict[str, float]:
    """``shares`` with the three largest of those that have a clause of their own made equal.

    ``words`` are the words of ``text`` that speak for a node. A clause counts for one node, the one with
    the largest share among those that its words speak for. With fewer than three nothing changes.
    """
    if len(text) > _LONGEST:
        return dict(shares)
    told: set[str] = set()
    for clause in _CLAUSE.split(text.casefold()):
        spoken = [code for code, word in words.items() if word and word.casefold() in clause]
        if spoken:
            told.add(max(spoken, key=lambda code: (shares.get(code, 0.0), code)))
    if len(told) < _SEVERAL:
        return dict(shares)
    pains = sorted(told, key=lambda code: (-shares.get(code, 0.0), code))[:_SEVERAL]
    before = sum(shares.get(code, 0.0) for code in pains)
    after = max(before, _TOGETHER * sum(shares.values()))
    rest = (sum(shares.values()) - after) / max(sum(shares.values()) - before, 1e-9)
    return {
        code: after / _SEVERAL if code in pains else share * rest for code, share in shares.items()
    }


def pains_of(understanding: Understanding) -> tuple[str, ...]:
    """The scenarios of a need that lists several pains; empty for any other."""
    told = [
        one.code
        for one in understanding.scenarios
        if one.words and not one.given and one.confidence >= _TOLD
    ]
    return tuple(told) if len(told) >= _SEVERAL else ()


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
    told = (scenarios[order][:, :, None] == np.array(pains)).any(axis=1)
    kept = list(range(len(shown)))
    for pain in range(len(pains)):
        if told[kept, pain].any():
            continue
        better = np.flatnonzero(told[:, pain])
        spare = next((place for place in reversed(kept) if _spared(place, kept, told)), None)
        if len(better) and spare is not None:
            kept[kept.index(spare)] = int(better[0])
    return order[sorted(kept)]


def _spared(place: int, kept: Sequence[int], told: NDArray[np.bool_]) -> bool:
    """Whether every pain that the row at ``place`` answers is answered by another row as well."""
    others = [one for one in kept if one != place]
    return not (told[place] & ~told[others].any(axis=0)).any()
