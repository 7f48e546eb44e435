"""What stands around a figure, as features of the classifier that tells whether it is a limit.

Texts are tokens: a Chinese character, a Latin word, a sign; every figure is one mark, so that 二十万以内 and
3w以内 read alike. Features are runs of tokens by where they stand, the phrases of
``matcher/data/limit_phrases.csv`` by how near they stand, and what the figure is among the others.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from matcher.limits.figures import Figure
from matcher.limits.phrases import pattern_in
from matcher.limits.said import LATIN, clause_bounds

PHRASES = {
    "budget": (
        *("budget_named", "budget_noun", "budget_cap", "budget_wish", "budget_top", "budget_fits"),
        *("budget_use", "spent_on", "spent_how", "past", "of_what", "owed", "quoted", "role_spend"),
        *("role_spend_after", "role_other", "role_other_after", "role_income", "income"),
        *("spend_doubt", "floor_before", "floor_after", "budget_total", "piece_before"),
        *("piece_after", "alone_before", "soft"),
    ),
    "days": (
        *("time_done", "time_ask", "time_against", "time_before", "time_given", "time_cap"),
        *("time_modal", "generic", "date_must", "date_after", "ago", "not_asked", "within"),
        *("role_allow", "role_allow_after", "role_passed", "role_passed_after", "done_doubt"),
        *("must", "soft", "also_then", "then_asked", "left", "later", "deadline_after"),
    ),
}
_MARKS = {"money": "¤", "bare": "#", "slang": "¤", "each": "¤", "sum": "¤", "share": "¢"}
_MARKS |= {"period": "§", "rate": "¶", "date": "†"}
_FIGURE = frozenset(_MARKS.values())
_DERIVED = ("each", "sum")  # they stand where their last amount stands
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[a-zà-ÿ]+(?:'[a-z]+)?|[^\s\w]|\w", re.IGNORECASE)
_SENTENCE = frozenset("。;；!！?？.\n")
_CLAUSE = _SENTENCE | frozenset('、()（）…，,——：“”"')
_HAN = re.compile("[一-龥]")
_COUNTED = re.compile("(?!yuan|cada|para)[a-zà-ÿ]{3,}s")
"""4,200 SKUs, 700 mil frascos: things, not money."""
_WIDTH, _FAR = 24, 30  # tokens beside a figure in a clause, and of the rest of the text
_TOUCHING = 3  # tokens of a run that touches the figure


def features(text: str, figures: Sequence[Figure]) -> list[frozenset[str]]:
    """The features of each of ``figures``, all of ``text``."""
    tokens, places = _tokens(text, figures)
    cuts = [place for place, token in enumerate(tokens) if token in _CLAUSE]
    phrases = {field: _found(text, field) for field in {one.field for one in figures}}
    return [
        frozenset(
            (
                *_around(tokens, cuts, place),
                *_among(figures, places, index, tokens, cuts),
                *_phrases(text, one, figures, phrases[one.field]),
            )
        )
        for index, (one, place) in enumerate(zip(figures, places, strict=True))
    ]


def _tokens(text: str, figures: Sequence[Figure]) -> tuple[list[str], list[int]]:
    """The tokens of ``text`` with a mark for each figure, and where the mark of each stands."""
    told = sorted(
        (one for one in figures if one.form not in _DERIVED),
        key=lambda one: (one.said.start, -one.said.end),
    )
    low, tokens, at = text.lower(), [], 0
    if len(low) != len(text):  # İ
        low = text
    marks: list[tuple[int, int, int]] = []
    for one in told:
        if one.said.start >= at:
            tokens += _plain(low, at, one.said.start)
            marks.append((one.said.start, one.said.end, len(tokens)))
            tokens.append(_MARKS[one.form])
            at = one.said.end
    tokens += _plain(low, at, len(text))
    places = []
    for one in figures:
        last = one.said.end - 1 if one.form in _DERIVED else one.said.start
        places.append(next((place for start, end, place in marks if start <= last < end), 0))
    return tokens, places


def _plain(text: str, start: int, end: int) -> list[str]:
    return ["#" if m[0][0].isdigit() else m[0] for m in _TOKEN.finditer(text, start, end)]


def _around(tokens: list[str], cuts: list[int], place: int) -> Iterator[str]:
    """The runs of tokens before and after ``place``: in its clause, the clauses beside, the rest."""
    at = bisect_left(cuts, place)
    ends = [-1, -1, *cuts, len(tokens), len(tokens)]
    at += 2
    right = at + (at < len(ends) and ends[at] == place)
    far, start, stop, end = (
        ends[at - 2],
        ends[at - 1],
        ends[right],
        ends[min(right + 1, len(ends) - 1)],
    )
    before = tokens[max(start + 1, place - _WIDTH) : place]
    before = ["^", *before] if place - _WIDTH <= start + 1 else before
    after = tokens[place + 1 : min(stop, place + 1 + _WIDTH)]
    after = [*after, "$"] if stop <= place + 1 + _WIDTH else after
    for size in range(1, _TOUCHING + 1):
        yield "l" + " ".join(before[-size:])
        yield "r" + " ".join(after[:size])
    if before and after:
        yield f"s{before[-1]} {tokens[place]} {after[0]}"
    if after and _COUNTED.fullmatch(after[0]):
        yield f"things:{tokens[place]}"
    # Up to the next figure the words are its own; beyond it they rather tell of the other.
    own = max((at for at, token in enumerate(before) if token in _FIGURE), default=0)
    yield from _runs("L", before[own:])
    yield from _runs("K", before[:own])
    own = next((at for at, token in enumerate(after) if token in _FIGURE), len(after))
    yield from _runs("R", after[: own + 1])
    yield from _runs("S", after[own + 1 :])
    last = tokens[max(far + 1, start - _WIDTH) : max(start, 0)]
    following = tokens[stop + 1 : min(end, stop + 1 + _WIDTH)]
    yield from _runs("P", ["^", *last, "$"] if last else [])
    yield from _runs("N", ["^", *following, "$"] if following else [])
    yield from _runs("E", tokens[max(0, far - _FAR) : max(far, 0)])
    yield from _runs("F", tokens[end + 1 : end + _FAR])


def _runs(side: str, tokens: list[str]) -> Iterator[str]:
    """Each token and each two that follow each other."""
    for token in tokens:
        yield side + token
    for one, other in pairwise(tokens):
        yield f"{side}{one} {other}"


def _among(
    figures: Sequence[Figure], places: list[int], index: int, tokens: list[str], cuts: list[int]
) -> Iterator[str]:
    """What the figure is: its form, size, and rank among the others of the text."""
    one, place = figures[index], places[index]
    same = [other for other in figures if other.field == one.field]
    yield f"form:{one.form}"
    # Nothing may depend on how far a date is: what a need says is the same on any day.
    if one.form != "date":
        size = one.value if one.field == "budget" else one.said.value
        yield f"size:{one.form}:{int(math.log10(size) * 2)}"
    yield from (f"with:{one.form}:{other.form}" for other in same)
    if one.said.blurred:
        yield f"blurred:{one.form}"
    if one.value != one.said.value:
        yield "multiplied"
    yield f"of:{min(len(same), 5)}"
    if len(same) > 1:
        yield f"at:{'first' if same[0] is one else 'last' if same[-1] is one else 'between'}"
        values = [other.said.value for other in same if other.form != "date"]
        if one.said.value == max(values, default=0) and one.form != "date":
            yield "highest"
        if one.said.value == min(values, default=0) and one.form != "date":
            yield "lowest"
    at = bisect_left(cuts, place)
    start = cuts[at - 1] if at else -1
    stop = next((cut for cut in cuts[at:] if cut > place), len(tokens))
    beside = [k for k, other in enumerate(places) if k != index and start < other < stop]
    yield from {f"beside:{figures[k].field == one.field}" for k in beside}
    yield f"clause:{min((stop - start) // 3, 6)}"
    yield f"clauses:{min(at, 4)}:"
    yield f"clauses::{min(len(cuts) - at, 4)}"
    yield f"sentences:{min(sum(tokens[cut] in _SENTENCE for cut in cuts[:at]), 3)}:"
    yield f"sentences::{min(sum(tokens[cut] in _SENTENCE for cut in cuts[at:]), 3)}"


def _found(text: str, field: str) -> list[tuple[str, list[tuple[int, int]]]]:
    """Where each phrase of the field stands in ``text``."""
    han, latin = bool(_HAN.search(text)), bool(LATIN.search(text))
    known = ((use, pattern_in(use, han, latin)) for use in PHRASES[field])
    found = ((use, [m.span() for m in told.finditer(text)]) for use, told in known if told)
    return [(use, spans) for use, spans in found if spans]


def _phrases(
    text: str,
    one: Figure,
    figures: Sequence[Figure],
    phrases: Sequence[tuple[str, list[tuple[int, int]]]],
) -> Iterator[str]:
    """The phrases in the clause of a figure, by how near they stand, and in the clauses beside it."""
    start, end = one.said.start, one.said.end
    if one.form in _DERIVED:
        start = max(start, end - 8)
    far, first, last, farther = clause_bounds(text, start, end)
    left = max((other.said.end for other in figures if other.said.end <= start), default=first)
    right = min((other.said.start for other in figures if other.said.start >= end), default=last)
    for use, spans in phrases:
        before = [start - b for a, b in spans if first <= a and b <= start]
        after = [a - end for a, b in spans if end <= a and b <= last]
        for side, gaps, own in (("<", before, start - left), (">", after, right - end)):
            if gaps:
                gap = min(gaps)
                yield f"{use}{side}" if gap < own or not own else f"{use}{side}|"
                yield f"{use}{side}{0 if gap == 0 else 1 if gap < 4 else 2 if gap < 10 else 3}"
        if any(far <= a and b <= first for a, b in spans):
            yield f"{use}<<"
        if any(last <= a and b <= farther for a, b in spans):
            yield f"{use}>>"
