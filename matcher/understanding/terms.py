"""Terms of the taxonomy in running text, longest first, each stretch of text used once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from catalog.resolve import Term
from catalog.wording import HAN, units

_LONGEST_TERM = 12
"""Units of the longest term that is looked for."""
_SHORT = {1: 0.0, 2: 0.6, 3: 0.85}
"""A two-character word may be found by accident; from four characters on a term counts in full."""


class TermFinder:
    """Finds the terms of one facet in running text."""

    def __init__(self, terms: Sequence[Term]):
        self._terms: dict[tuple[str, ...], list[Term]] = defaultdict(list)
        for term in terms:
            form = units(term.text)
            if form:
                self._terms[form].append(term)
        # Most places of a text begin no term at all: its first two units tell.
        self._sizes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for form in sorted(self._terms, key=len):
            if len(form) <= _LONGEST_TERM:
                self._sizes[form[:2]].append(len(form))

    def find(self, text: str, city: str | None = None) -> list[tuple[str, Term]]:
        """Terms in ``text`` with the words as they stand there, longest first, none overlapping.

        Where ``city`` has a term of its own for the same words, everybody's are not meant.
        """
        return [(words, term) for _, words, term in self.placed(text, units(text), city)]

    def placed(
        self, text: str, stream: tuple[str, ...], city: str | None = None
    ) -> list[tuple[int, str, Term]]:
        """`find` with the place in ``stream``, the `units` of ``text``, where each term begins."""
        used = [False] * len(stream)
        found = []
        for longest, start in sorted(self._places(stream)):
            form = stream[start : start - longest]
            if True in used[start : start - longest]:
                continue
            terms = _spoken_in(city, self._terms[form])
            if not terms or any(p in text for term in terms for p in term.unless):
                continue
            used[start : start - longest] = [True] * -longest
            words = _words(form)
            found += [(start, words, term) for term in terms]
        return found

    def _places(self, stream: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Where terms stand in ``stream``: length (negative, so that the longest sorts first), start."""
        for start, unit in enumerate(stream):
            if (unit,) in self._sizes:
                yield -1, start
        for start, pair in enumerate(pairwise(stream)):
            for size in self._sizes.get(pair, ()):
                form = stream[start : start + size]
                if form in self._terms and len(form) == size:
                    yield -size, start


@lru_cache(maxsize=4)
def finder_of(terms: tuple[Term, ...]) -> TermFinder:
    """The finder of ``terms``, which a reader shares with those of other generations."""
    return TermFinder(terms)


def _spoken_in(city: str | None, terms: Sequence[Term]) -> list[Term]:
    """The terms that ``city`` means: its own, or else everybody's; never another city's."""
    own = [term for term in terms if term.city is not None and term.city == city]
    return own or [term for term in terms if term.city is None]


def length_weight(wording: str) -> float:
    """How fully a term counts by its length, 0-1: short ones may be found by accident.

    A Latin word stands apart from its neighbours, so two letters count like two Chinese characters, and
    three and more in full.
    """
    # 1.34: two Latin letters make 2.68, three make 4.02, of which the whole part counts.
    length = sum(1 if HAN.match(character) else 1.34 for character in wording.replace(" ", ""))
    return _SHORT.get(int(length), 1.0)


def _words(form: tuple[str, ...]) -> str:
    spaced = "".join(unit if HAN.match(unit) else f" {unit} " for unit in form)
    return " ".join(spaced.split())
