"""Needs that list several pains: each of them counts, not only the loudest."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CLAUSE = re.compile(r"[，,。.;；、!！?？\n]|(?<![一-龥])(?:and|y)(?![a-z])", re.IGNORECASE)
_FEWEST = 3
_LONGEST = 160
"""A longer text tells a story, in which other scenarios are named by the way."""


def balanced(
    shares: Mapping[str, float], words: Mapping[str, str], text: str
) -> dict[str, float]:
    """``shares`` with those that three or more clauses tell made equal; what they have together stays.

    ``words`` are the words of ``text`` that speak for a node. A clause counts for one node, the one with
    the largest share among those that its words speak for.
    """
    if len(text) > _LONGEST:
        return dict(shares)
    told: list[str] = []
    for clause in _CLAUSE.split(text.casefold()):
        spoken = [code for code, word in words.items() if word and word.casefold() in clause]
        if spoken:
            best = max(spoken, key=lambda code: (shares.get(code, 0.0), code))
            if best not in told:
                told.append(best)
    if len(told) < _FEWEST:
        return dict(shares)
    together = sum(shares.get(code, 0.0) for code in told)
    return {**shares, **dict.fromkeys(told, together / len(told))}
