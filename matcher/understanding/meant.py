"""All that the words of one need mean, whatever labels and limits come beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from catalog.taxonomy import Taxonomy
from matcher.index.analyzer import Analyzer
from matcher.index.parts import Generation
from matcher.limits import ReadLimit, names_a_date, read_limits, without_limits
from matcher.types import MatchQuery, Understanding
from matcher.understanding.functions import FunctionReader
from matcher.understanding.glossary import NeedWords, need_words
from matcher.understanding.pains import parts
from matcher.understanding.understander import Meaning, Understander

_READ_CHARACTERS = 2_000
"""Only the beginning of a longer text is read for limits: a page tells enough."""
_FUNCTION = 0.5
"""What the words of functions count beside those of scenarios in a part of a need (`pains`)."""
TWO_DAYS = (date(2026, 1, 10), date(2027, 8, 23))
"""A text that tells the same limits on both does not depend on the day."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meant:
    """What a need's words mean, without the labels and limits that come beside them.

    ``words`` are its tokens, ``plain`` those without what tells a limit: that tells nothing of the pain.
    ``functions`` are shares as a unit vector, in the order of the functions. ``dated`` says whether the
    limits depend on the day, ``None`` until `lasting` has found out.
    """

    words: NeedWords
    plain: NeedWords
    limits: tuple[ReadLimit, ...]
    understanding: Understanding
    sectors: Meaning
    scenarios: Meaning
    functions: Vectors
    dated: bool | None = None

    def lasting(self, text: str, background: bool = False) -> Meant:
        """This meaning with ``dated`` found out; ``text`` is what its limits were read from.

        Those of a text with ``background`` beside what was read are read anew each time, as dated ones are.
        """
        if self.dated is not None:
            return self
        return replace(self, dated=background or _depends_on_the_day(text))

    def on(self, text: str, today: date, background: bool = False) -> Meant | None:
        """This meaning on the day ``today``: limits, which are read from ``text``, may be others.

        So they may where there is ``background`` beside what was read: it differs between messages.
        ``None`` where other words tell a limit than when it was read.
        """
        if self.dated is False and not background:
            return self
        limits = limits_of(text, today)
        alike = [one.words for one in limits] == [one.words for one in self.limits]
        return replace(self, limits=limits) if alike else None


def limits_of(text: str, today: date) -> tuple[ReadLimit, ...]:
    """The limits that ``text`` tells on the day ``today``."""
    return read_limits(text[:_READ_CHARACTERS], today)


def _depends_on_the_day(text: str) -> bool:
    if not names_a_date(text):
        return False
    one, other = (limits_of(text, day) for day in TWO_DAYS)
    return one != other


class MeaningReader:
    """Reads what the words of needs mean, by the parts of one generation."""

    def __init__(self, analyzer: Analyzer, understander: Understander, functions: FunctionReader):
        """See `of`."""
        self.analyzer = analyzer
        self.understander = understander
        self.functions = functions

    @classmethod
    def of(cls, generation: Generation, taxonomy: Taxonomy, analyzer: Analyzer) -> MeaningReader:
        """A reader by the classifiers, words and constants of ``generation``."""
        constants = generation.constants
        return cls(
            analyzer,
            Understander(taxonomy, generation.readers, generation.unserved, constants),
            FunctionReader(generation.functions, constants.function_reading),
        )

    def read(
        self,
        text: str,
        lang: str,
        words: NeedWords,
        limits: tuple[ReadLimit, ...],
        vector: Vectors,
        city: str | None = None,
    ) -> Meant:
        """What ``text`` means (in ``city``).

        ``words`` are its tokens, ``limits`` what was read from it, ``vector`` is centred, of length 1.
        """
        plain, pain = words, text
        if limits:
            pain = without_limits(text, limits)
            plain = need_words(pain, lang, self.analyzer)
        shown, shares = self.functions.read(plain, vector)
        below = self.functions.scenarios(shares)
        understanding, sectors, scenarios = self.understander.read(
            text, lang, words, vector, below, city, *self._parts(pain, lang, city)
        )
        return Meant(
            words,
            plain,
            limits,
            replace(understanding, functions=shown),
            sectors,
            scenarios,
            shares,
        )

    def _parts(self, text: str, lang: str, city: str | None) -> tuple[list[str], Vectors | None]:
        """The parts of ``text`` that may each tell a pain, and what the words of each say of scenarios."""
        found = parts(text)
        if not found:
            return found, None
        scenarios = self.understander.codes[1]
        said = []
        for part in found:
            tokens = need_words(part, lang, self.analyzer).tokens
            by_function = self.functions.said(tokens, scenarios)
            said.append(self.understander.said(part, tokens, city) + _FUNCTION * by_function)
        return found, np.stack(said)

    def corrected(self, meant: Meant, query: MatchQuery) -> Meant:
        """``meant`` with the labels and functions that came with the need in the place of guesses.

        Raises:
            InvalidNeed: a given code does not exist or disagrees with the name beside it.
        """
        understanding, sectors, scenarios = self.understander.corrected(
            meant.understanding,
            meant.sectors,
            meant.scenarios,
            query.sectors,
            query.scenarios,
            query.city,
        )
        shares = meant.functions
        if query.functions:
            shown, shares = self.functions.named(query.functions)
            understanding = replace(understanding, functions=shown)
        return replace(
            meant,
            understanding=understanding,
            sectors=sectors,
            scenarios=scenarios,
            functions=shares,
        )
