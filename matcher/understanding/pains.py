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
"""What the pains that a need lists weigh at least, of 1: the words name them."""
_TOLD = 0.25


def balanced(shares: Mapping[str, float], words: Mapping[str, str], text: str) -> dict[str, float]:
    """``shares`` with the three that most surely are told by clauses of their own made equal.

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
    kept = shown.tolist()
    if len(kept) < len(pains):
        return shown
    told = (scenarios[order][:, :, None] == np.array(pains)).any(axis=1).tolist()
    answers = {
        row: [pain for pain, does in zip(pains, one, strict=True) if does]
        for row, one in zip(order.tolist(), told, strict=True)
    }
    for pain in pains:
        if any(pain in answers[row] for row in kept):
            continue
        better = next((row for row in order.tolist() if pain in answers[row]), None)
        spare = next((row for row in reversed(kept) if _spared(row, kept, answers)), None)
        if better is not None and spare is not None:
            kept[kept.index(spare)] = better
    place = {row: rank for rank, row in enumerate(order.tolist())}
    return np.array(sorted(kept, key=place.__getitem__), dtype=np.int64)


def _spared(row: int, kept: Sequence[int], answers: Mapping[int, Sequence[int]]) -> bool:
    """Whether every pain that ``row`` answers is answered by another row as well."""
    others = {pain for one in kept if one != row for pain in answers[one]}
    return others.issuperset(answers[row])
