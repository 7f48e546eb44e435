"""Words that a need and an offer both say, as reasons name them.

What an offer says is looked up in the index, by the same tokens that it is found by, so the name of its
provider is no word of it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from catalog.wording import HAN
from matcher.index.analyzer import parts_of
from matcher.index.snapshot import Snapshot

_WORDS = 4
_COUNTING = frozenset("个半两几一二三四五六七八九十了的")
_TELLING = 2.0
"""A word that more than an eighth of the offers have tells nothing."""


def telling_words(need: Sequence[str], idf: Callable[[str], float]) -> tuple[str, ...]:
    """The need's whole words that can be told as shared, the most telling first.

    Single characters, words that no offer has and common Chinese ones are left out, and so are pairs of
    characters that count (个半, 半小 of 一个半小时).
    """
    weights = {
        word: idf(word)
        for word in need
        if len(word) > 2 or (len(word) == 2 and _COUNTING.isdisjoint(word))
    }
    return tuple(
        sorted(
            (
                word
                for word, weight in weights.items()
                if weight >= _TELLING or (weight > 0 and not HAN.match(word))
            ),
            key=lambda word: (-weights[word] * min(len(word), 4), word),
        )
    )


def words_said(
    words: Sequence[str], snapshot: Snapshot, rows: NDArray[np.int64]
) -> list[frozenset[str]]:
    """Of each of ``rows`` those of ``words`` that its offer says.

    A longer Chinese word counts where all pairs of its characters do: the offer's own words may be cut
    at other places.
    """
    parts = {word: parts_of(word) for word in words}
    tokens = dict.fromkeys(one for told in parts.values() for one in told)
    holders = _holders(tokens, snapshot, rows)
    said = [np.logical_and.reduce([holders[one] for one in told]) for told in parts.values()]
    table = np.stack(said, axis=1).tolist() if said else [[]] * len(rows)
    return [
        frozenset(word for word, says in zip(words, line, strict=True) if says) for line in table
    ]


def _holders(
    tokens: Iterable[str], snapshot: Snapshot, rows: NDArray[np.int64]
) -> dict[str, NDArray[np.bool_]]:
    """Which of ``rows`` have each token."""
    lexical, built = snapshot.generation.lexical, len(snapshot.built.owner)
    found = {token: lexical.holders(token, rows) for token in tokens}
    for place in np.flatnonzero(rows >= built).tolist():
        later = snapshot.later_tokens[rows[place] - built]
        for token, holders in found.items():
            holders[place] = token in later
    return found


def shared_words(
    telling: Sequence[str], chinese: Mapping[str, str], offer: Container[str]
) -> tuple[str, ...]:
    """What need and offer both say, at most four: the need's ``telling`` words that ``offer`` has.

    Then the Chinese words for what a need says in another language, with its own words before them.
    """
    found = _words_in(telling, offer)
    if not chinese:
        return found
    translated = _words_in(sorted(chinese, key=lambda word: (-len(word), word)), offer)
    said = (f"{chinese[word]} ({word})" for word in translated)
    return (*found, *said)[:_WORDS]


def _words_in(telling: Sequence[str], offer: Container[str]) -> tuple[str, ...]:
    """The first four of ``telling`` words that ``offer`` has, none inside another."""
    kept: list[str] = []
    for word in telling:
        if word not in offer or any(word in other or other in word for other in kept):
            continue
        kept.append(word)
        if len(kept) == _WORDS:
            break
    return tuple(kept)
