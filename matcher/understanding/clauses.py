"""Which clauses of a need only set a subject aside, by fitted weights: the rest is what is asked for.

不用管财务，仓库找不着料: finance is named and not wanted. So is what is solved (质量我们有系统了), what
runs (用友U8在用), what may wait and what others look after. A clause is judged by its own runs of
characters (of words, in Latin letters), the beginning of the next, the end of the one before and its
place: a logistic regression, fitted by `matcher.understanding.clause_fit` to needs whose clauses blind
authors marked, and shipped as ``matcher/data/clause_weights.csv``.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from catalog.wording import HAN
from matcher.shipped import shipped_file

BIAS = "*"
_LEAST = 0.5
"""A clause is set aside where that is likelier than not."""
_LONGEST_TEXT = 2_000
"""Characters that are judged: what follows in a longer text is asked for."""
_BESIDE = 8
"""Characters of the clauses beside that are seen."""
_LONGEST_RUN = {True: 4, False: 3}
"""Of characters in Chinese, of words in Latin letters."""
_WORD = re.compile(r"[\w']+")
_BETWEEN = re.compile(
    r"[,，。;；!！?？\n:：()（）…]+\s*|\.(?!\d)\s*"
    r"|(?<=[㐀-鿿])\s+|\s+(?=[㐀-鿿])"
    r"|(?<=[^\s,，。])(?=(?:但是|但|不过|可是|就是(?!说)|只是|关键是?|主要是?)[㐀-鿿]{2})"
    r"|\s+(?=(?:but|pero|although|though|aunque)\s)",
    re.IGNORECASE,
)
"""What stands between two clauses: signs, a space beside Chinese, or nothing before 但 and the like."""
_SIGNS = " .,，。;；:：、"

Weights = Mapping[str, float]


def requested(text: str, weights: Weights | None = None) -> tuple[str, tuple[str, ...]]:
    """``text`` (normalised) without the clauses that set something aside, and these clauses.

    Whole where nothing but them would be left.
    """
    pieces = clauses(text[:_LONGEST_TEXT])
    if len(pieces) < 2:
        return text, ()
    own = [clause for clause, _ in pieces]
    aside = {
        place
        for place, likely in enumerate(likelihoods(own, weights or shipped_weights()))
        if likely > _LEAST
    }
    if not aside or len(aside) == len(pieces):
        return text, ()
    left = "".join(
        clause + between for place, (clause, between) in enumerate(pieces) if place not in aside
    )
    left = (left + text[_LONGEST_TEXT:]).strip(_SIGNS)
    return left, tuple(own[place].strip(_SIGNS) for place in sorted(aside))


def clauses(text: str) -> list[tuple[str, str]]:
    """The clauses of ``text``, each with what stands between it and the next.

    >>> clauses("质量没问题，但交期老拖")
    [('质量没问题', '，'), ('但交期老拖', '')]
    """
    found: list[tuple[str, str]] = []
    start = 0
    for between in _BETWEEN.finditer(text):
        if text[start : between.start()].strip():
            found.append((text[start : between.start()], between[0]))
            start = between.end()
        elif found:  # signs that follow each other
            clause, signs = found[-1]
            found[-1] = (clause, signs + text[start : between.end()])
            start = between.end()
    if text[start:].strip():
        found.append((text[start:], ""))
    return found


def likelihoods(own: Sequence[str], weights: Weights) -> list[float]:
    """How likely each of the clauses ``own`` of one text sets a subject aside, 0-1."""
    return [
        1 / (1 + math.exp(-weights[BIAS] - math.fsum(weights.get(name, 0.0) for name in told)))
        for told in features(own)
    ]


def features(own: Sequence[str]) -> Iterator[frozenset[str]]:
    """What tells of each of the clauses ``own`` of one text whether it sets a subject aside."""
    last = len(own) - 1
    for place, clause in enumerate(own):
        told = set(_runs(clause, ""))
        told.add("#first" if place == 0 else "#last" if place == last else "#between")
        told.add(f"#of {min(len(own), 4)}")
        told.add(f"#long {min(len(clause) // 6, 5)}")
        if place < last:
            told.update(_runs(own[place + 1][:_BESIDE], ">"))
        if place:
            told.update(_runs(own[place - 1][-_BESIDE:], "<"))
        yield frozenset(told)


def _runs(clause: str, side: str) -> Iterator[str]:
    clause = clause.strip().lower()
    han = bool(HAN.search(clause))
    parts = ["^", *(clause if han else _WORD.findall(clause)), "$"]
    between = "" if han else " "
    for size in range(1, _LONGEST_RUN[han] + 1):
        for start in range(len(parts) - size + 1):
            yield side + between.join(parts[start : start + size])


@cache
def shipped_weights() -> Weights:
    """The weights in the package, by feature."""
    text = shipped_file("clause_weights.csv").read_text(encoding="utf-8")
    return {name: float(weight) for name, weight in list(csv.reader(text.splitlines()))[1:]}
