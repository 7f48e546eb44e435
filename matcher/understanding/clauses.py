"""Which clauses of a need only set a subject aside, by fitted weights: the rest is what is asked for.

不用管财务，仓库找不着料: finance is named and not wanted. So is what is solved (质量我们有系统了), what
runs (用友U8在用), what may wait and what others look after. A clause is judged by its runs of characters
(of words, in Latin letters) and its place: a logistic regression, fitted by
`matcher.understanding.clause_fit` to needs whose clauses blind authors marked, and shipped as
``matcher/data/clause_weights.csv``.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from catalog.wording import HAN
from matcher.shipped import shipped_file
from matcher.understanding.brands import any_brand
from matcher.understanding.conditions import conditions_among

BIAS = "*"
LEAST_ASIDE = 0.6
"""How likely it must be that a clause is set aside; chosen on the tuning part (docs/relevance.md)."""
_LONGEST_TEXT = 2_000
"""Characters that are judged: what follows in a longer text is asked for."""
_BRAND = "※"
"""Stands for every brand."""
SIZES = {True: (1, 2, 3, 4), False: (1, 2, 3)}
"""Of runs: of characters in Chinese (true), of words in Latin letters."""
_WORD = re.compile(r"[\w']+|※")
_BETWEEN = re.compile(
    r"(?:,(?!\d{3}(?!\d))|[，。;；!！?？\n:：()（）…])+\s*|\.(?!\d)\s*"
    r"|(?<=[㐀-鿿])\s+|\s+(?=[㐀-鿿])"
    r"|(?<=[^\s,，。])(?=(?:但是|但|不过|可是|就是(?!说)|只是|关键是?|主要是?)[㐀-鿿]{2})"
    r"|\s+(?=(?:but|pero|although|though|aunque)\s)",
    re.IGNORECASE,
)
"""What stands between two clauses: signs (no comma of 80,000), a space beside Chinese, nothing before 但 …"""
_SIGNS = " .,，。;；:：、"

_ANNOUNCES = re.compile(
    r"(?:我们?|咱们?|俺们?|厂里|老板说?|现在|目前|主要|就|是|有|存在|遇到|这么?|想解决|要解决)*"
    r"[一两二三四五几2-5](?:个|件|样|大|点|块)(?:大|主要|头疼的?)?(?:问题|事儿?情?|难题|痛点|毛病|需求|麻烦)"
    r"|第[一二三四五]|其[一二三]|首先|其次|另外|还有"
    r"|(?:(?:we|i)(?: have|'ve got| got)?|there are)?(?: just)?"
    r" ?(?:two|three|four|five|several|a few|a couple of)(?: main| big)?"
    r" (?:things|problems|issues|pains|points)"
    r"|first(?:ly)?|second(?:ly)?|third(?:ly)?"
    r"|(?:tenemos |hay |son )?(?:dos|tres|cuatro|cinco|vari[oa]s) (?:cosas|problemas|temas)"
    r"|primero|segundo|tercero",
    re.IGNORECASE,
)

Weights = Mapping[str, float]


def requested(text: str) -> tuple[str, tuple[str, ...]]:
    """``text`` (normalised) without the clauses that set something aside or tell conditions, and these."""
    pieces = clauses(text[:_LONGEST_TEXT])
    if len(pieces) < 2:
        return text, ()
    own = [clause for clause, _ in pieces]
    aside = {
        place
        for place, likely in enumerate(likelihoods(own, shipped_weights()))
        if likely > LEAST_ASIDE and not announces(own[place])
    }
    conditions = conditions_among(own)
    if len(aside | conditions) < len(own):
        aside |= conditions
    if not aside:
        return text, ()
    left = "".join(
        clause + between for place, (clause, between) in enumerate(pieces) if place not in aside
    )
    left = (left + text[_LONGEST_TEXT:]).strip(_SIGNS)
    return left, tuple(own[place].strip(_SIGNS) for place in sorted(aside))


def announces(clause: str) -> bool:
    """Whether ``clause`` only says that several things follow, or which one does.

    >>> announces("我们有两个问题"), announces("second"), announces("两个问题没解决")
    (True, True, False)
    """
    return bool(_ANNOUNCES.fullmatch(clause.strip(_SIGNS)))


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
    """How likely each of the clauses ``own`` of one text sets a subject aside, 0-1.

    Something is asked for in every text: given that not all clauses set something aside, a clause does
    with ``p (1 - others) / (1 - p others)``, where ``others`` is the product of the others' likelihoods.
    """
    scores = (
        weights[BIAS] + math.fsum(map(weights.__getitem__, told & weights.keys()))
        for told in features(own)
    )
    alone = [0.5 + 0.5 * math.tanh(0.5 * score) for score in scores]  # no score is too low for it
    every = math.prod(alone)
    return [(likely - every) / (1 - every) if every < 1 else 0.0 for likely in alone]


def features(own: Sequence[str]) -> Iterator[frozenset[str]]:
    """What tells of each of the clauses ``own`` of one text whether it sets a subject aside."""
    last = len(own) - 1
    for place, clause in enumerate(own):
        told = set(runs(any_brand().sub(_BRAND, clause)))
        told.add("#first" if place == 0 else "#last" if place == last else "#between")
        told.add(f"#of {min(len(own), 4)}")
        told.add(f"#long {min(len(clause) // 6, 5)}")
        yield frozenset(told)


def runs(clause: str, sizes: Mapping[bool, Sequence[int]] = SIZES) -> list[str]:
    """The runs of characters of ``clause``, of words in Latin letters, with its borders."""
    clause = clause.strip().lower()
    if HAN.search(clause):
        text = f"^{clause}$"
        return [
            text[start : start + size]
            for size in sizes[True]
            for start in range(len(text) - size + 1)
        ]
    words = ["^", *_WORD.findall(clause), "$"]
    return [
        " ".join(words[start : start + size])
        for size in sizes[False]
        for start in range(len(words) - size + 1)
    ]


@cache
def shipped_weights() -> Weights:
    """The weights in the package, by feature."""
    text = shipped_file("clause_weights.csv").read_text(encoding="utf-8")
    return {name: float(weight) for name, weight in list(csv.reader(text.splitlines()))[1:]}
