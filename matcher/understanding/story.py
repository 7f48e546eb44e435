"""What of a long message is the need: the clauses that tell it, and those that tell the trade.

In stories, minutes, threads and tenders most of the text is background, and tempting: a bank, an ERP that
works, what customers make. Each clause is judged by its runs of characters (of words, in Latin letters),
those of its neighbours and its place, as a need, the trade or background (a logistic regression); a chain
of what follows what, within a sentence and after one, makes of it how likely each is. Both are fitted by
`matcher.understanding.story_fit` and shipped as ``matcher/data/story_weights.npz``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul

import numpy as np
from numpy.typing import NDArray

from catalog.wording import HAN
from matcher.shipped import shipped_file
from matcher.understanding.clauses import clauses, runs

KINDS = ("background", "need", "trade")
"""What a clause tells. Scores are of the others against the first."""
BIAS = "*"
LONG = {True: 100, False: 300}
"""From so many characters on a text is a story, in Chinese (true) and in Latin letters."""
SIZES = {True: (1, 2, 3), False: (1, 2)}
"""Of runs: of characters in Chinese (true), of words in Latin letters."""
_LEAST_NEED = 0.2
_LEAST_TRADE = 0.02
"""A trade that is lost costs the sector, background that is kept costs little."""
_ALWAYS = 4
"""So many clauses, the likeliest needs, are always kept."""
FEWEST_CLAUSES = 10
"""A text of fewer clauses is no story."""
_MOST_READ = 0.6
"""Of a text of which more would be read all is: it hardly has background."""
_LONGEST_TEXT = 6_000
"""Characters that are judged: what follows is background."""
_QUOTED = 3
"""Clauses of the need that are quoted at most, of together `_QUOTED_CHARACTERS`."""
_QUOTED_CHARACTERS = 120
_END = re.compile(r"[。！？!?；;]|\.(?!\d)")
_DIGIT = re.compile(r"\d")
_SIGNS = " .,，。;；:：、"

Pieces = Sequence[tuple[str, str]]
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Story:
    """What is read of a text: all of a short one. ``quoted`` are clauses of a long one that tell the need."""

    text: str
    quoted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryWeights:
    """What judges clauses.

    ``rows`` has the place of each feature in ``table``, whose columns are the scores of need and trade that
    it gives its own clause, the one behind it and the one before it. ``start`` tells how often each kind
    stands first; ``steps``, inside a sentence (false) and after one (true), how often each follows each.
    """

    rows: Mapping[str, int]
    table: NDArray[np.float64]
    start: Shares
    steps: Mapping[bool, Shares]


def story_of(text: str) -> Story:
    """What of ``text`` (normalised) is read: a short text is left as it is."""
    if len(text) < LONG[False] and (len(text) < LONG[True] or not HAN.search(text)):
        return Story(text)
    pieces = clauses(text[:_LONGEST_TEXT])
    if len(pieces) < FEWEST_CLAUSES:
        return Story(text)
    likely = likelihoods(pieces, shipped_weights())
    read = _joined(pieces, kept_places(likely))
    if len(read) > _MOST_READ * len(text):
        return Story(text)
    return Story(read, _quoted(pieces, likely[:, 1]))


def kept_places(likely: Shares) -> list[int]:
    """The places of the clauses that are read, by their likelihoods: needs, trades and what is likeliest."""
    need, trade = likely[:, 1], likely[:, 2]
    kept = (need >= _LEAST_NEED) | (trade >= _LEAST_TRADE)
    kept[_surest(need)[:_ALWAYS]] = True
    return [int(place) for place in np.flatnonzero(kept)]


def likelihoods(pieces: Pieces, weights: StoryWeights) -> Shares:
    """How likely each of ``pieces`` (`clauses`) of one text tells each of `KINDS`: a row each, of sum 1."""
    rows: list[int] = []
    starts: list[int] = []
    for told in features(pieces):
        starts.append(len(rows))
        rows.append(weights.rows[BIAS])
        rows += filter(None, map(weights.rows.get, told))  # the bias, row 0, is no name
    given = np.add.reduceat(weights.table[rows], starts, axis=0)
    scores = np.zeros((len(starts), len(KINDS)))
    scores[:, 1:] = given[:, :2]
    scores[1:, 1:] += given[:-1, 2:4]
    scores[:-1, 1:] += given[1:, 4:]
    return _chained(np.exp(scores - scores.max(axis=1, keepdims=True)), ends(pieces), weights)


def features(pieces: Pieces) -> Iterator[set[str]]:
    """What tells of each of ``pieces`` of one text what it is."""
    last = len(pieces) - 1
    after = True
    for place, (clause, between) in enumerate(pieces):
        told = set(runs(clause, SIZES))
        told.add(f"#quarter {4 * place // len(pieces)}")
        told.add(f"#long {min(len(clause) // 6, 6)}")
        ending = bool(_END.search(between))
        if place in (0, last):
            told.add("#first" if place == 0 else "#last")
        if after:
            told.add("#begins")
        if ending:
            told.add("#ends")
        if _DIGIT.search(clause):
            told.add("#number")
        after = ending
        yield told


def ends(pieces: Pieces) -> list[bool]:
    """Whether a sentence ends behind each of ``pieces``."""
    return [bool(_END.search(between)) for _, between in pieces]


def _chained(evidence: Shares, ending: Sequence[bool], weights: StoryWeights) -> Shares:
    """The likelihoods given what stands before and behind: forward and backward through the chain."""
    told = evidence.tolist()
    forward = [_passed(told[0], weights.start.tolist())]
    onward = {ended: steps.T.tolist() for ended, steps in weights.steps.items()}
    for here, ended in zip(told[1:], ending, strict=False):
        before = forward[-1]
        forward.append(_passed(here, [sum(map(mul, before, to)) for to in onward[ended]]))
    backward = [[1.0] * len(KINDS)]
    onward = {ended: steps.tolist() for ended, steps in weights.steps.items()}
    for here, ended in zip(told[:0:-1], ending[-2::-1], strict=True):
        behind = _passed(here, backward[-1])
        backward.append([sum(map(mul, behind, to)) for to in onward[ended]])
    both = np.array(forward) * np.array(backward[::-1])
    return np.asarray(both / both.sum(axis=1, keepdims=True))


def _passed(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The products of two rows, of sum 1."""
    products = list(map(mul, one, other))
    every = sum(products)
    return [product / every for product in products]


def _joined(pieces: Pieces, kept: Sequence[int]) -> str:
    """The clauses in the places ``kept``, and signs between them."""
    text = ""
    for place, following in zip(kept, (*kept[1:], None), strict=True):
        clause, between = pieces[place]
        text += clause + (between if between.strip() or following == place + 1 else ", ")
    return text.strip(_SIGNS)


def _surest(need: Shares) -> list[int]:
    """Places of clauses, the likeliest first."""
    return [int(place) for place in np.argsort(-need, kind="stable")]


def _quoted(pieces: Pieces, need: Shares) -> tuple[str, ...]:
    """The clauses that surely tell the need, in their order."""
    chosen: list[int] = []
    left = _QUOTED_CHARACTERS
    for place in _surest(need)[:_QUOTED]:
        left -= len(pieces[place][0])
        if not chosen or (need[place] >= _LEAST_NEED and left >= 0):
            chosen.append(place)
    return tuple(pieces[at][0].strip(_SIGNS)[:_QUOTED_CHARACTERS] for at in sorted(chosen))


@cache
def shipped_weights() -> StoryWeights:
    """The weights in the package."""
    with np.load(shipped_file("story_weights.npz"), allow_pickle=False) as arrays:
        names = bytes(arrays["names"]).decode().split("\n")
        return StoryWeights(
            {name: row for row, name in enumerate(names)},
            arrays["table"].astype(np.float64),
            arrays["start"],
            {after: arrays["steps"][int(after)] for after in (False, True)},
        )
