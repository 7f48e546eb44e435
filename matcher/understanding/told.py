"""Whether a need tells a trade at all, or only things that every trade has and pains that all of them know.

Reading a trade shares the whole among the trades, whatever the words are: of 派工 one is as sure as of
我们做挂锁的. A logistic regression over what reading has at hand tells how likely one is told
(docs/decisions/0024-told-trades.md). ``data/trade_words.csv`` has of words that name a trade how often what
else stands in a sentence tells the same one: seldom beside 彩钢瓦, which all trades buy, mostly beside 染缸.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from catalog.resolve import Term
from catalog.wording import HAN, units
from matcher.shipped import shipped_rows
from matcher.understanding.machines import makes_things
from matcher.understanding.reading import Read, is_of_a_firm

LEAST_TOLD = 0.5
"""From this likelihood on a trade counts as told."""
BIAS = "bias"
_MAKER = r"(?:[做造产卖修开搞办制][^,，。;；:：!！?？\n]{{0,2}}{0}|{0}(?:厂|作坊))"
_FIRM = re.compile(
    r"^(?:我们?|俺们?|咱们?)?(?:是|做|开)?[^,，。;；:：!！?？\n ]{1,10}厂(?:$|[,，。 \d子里]|的)"
    r"|^(?:我们?|俺们?|咱们?)?(?:是)?[做卖修产造][^,，。;；:：!！?？\n]{1,12}的"
)
"""What tells that a thing is made, sold or repaired here: words around a trade's, and how people begin."""


def told(read: Read, text: str, stream: Sequence[str], parents: int) -> float:
    """How likely (0-1) ``text``, of which sectors were ``read``, tells a trade.

    ``stream`` are its `units`; codes of ``parents`` letters are those of divisions.
    """
    if _alone(read.found, stream):
        return 1.0
    weights = told_weights()
    evidence = evidence_of(read, text, stream, parents)
    total = weights[BIAS] + sum(weights[name] * value for name, value in evidence.items())
    return 1.0 / (1.0 + math.exp(-total))


def evidence_of(read: Read, text: str, stream: Sequence[str], parents: int) -> dict[str, float]:
    """What speaks for a told trade, and against it, by name."""
    divisions = [at for at, code in enumerate(read.codes) if len(code) == parents]
    first = divisions[int(np.argmax(read.scores[divisions]))]
    mine = [
        term
        for _, term in read.found
        if any(code.startswith(read.codes[first]) for code in term.codes)
    ]
    return {
        "score": float(read.scores[first]),
        "strongest": read.strongest,
        "alike": max((alike(term.text) for _, term in read.found), default=0.0),
        "everyday": float(bool(mine) and all(term.weak for term in mine)),
        "made": float(_made(read.found, text)),
        "length": math.log(len(stream) + 1),
    }


def alike(term: str) -> float:
    """How often (0-1) what else stands in a sentence with ``term`` tells the trade that it names."""
    known = trade_words()
    return known.get(term, known[""])


@cache
def trade_words() -> Mapping[str, float]:
    """`alike` of the words that occur often enough, and of the others under the empty word."""
    return {row["term"]: float(row["alike"]) for row in shipped_rows("trade_words.csv")}


@cache
def told_weights() -> Mapping[str, float]:
    """The weights of `evidence_of` and `BIAS`."""
    return {row["feature"]: float(row["weight"]) for row in shipped_rows("told_weights.csv")}


def _alone(found: Sequence[tuple[str, Term]], stream: Sequence[str]) -> bool:
    """Whether a trade and words of a firm are all that is said."""
    said = {unit for words, _ in found for unit in units(words)}
    return bool(said) and all(unit in said or is_of_a_firm(unit) for unit in stream)


def _made(found: Sequence[tuple[str, Term]], text: str) -> bool:
    if _FIRM.search(text) or (not HAN.search(text) and makes_things(text)):
        return True
    words = {re.escape(one) for one, _ in found}
    return bool(words) and any(
        one.endswith("厂") or re.search(_MAKER.format(one), text) for one in words
    )
