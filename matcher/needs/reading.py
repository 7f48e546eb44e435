"""A stored need read as `Matcher.match` reads one: its query, its tokens, what it means.

Labels of the record win; what it does not say is read from its words. Neither the enterprise nor the
need's city is read: who asks, and from where, moves no order (DESIGN §2.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from catalog.records import Label, Need
from catalog.taxonomy import Taxonomy
from catalog.tree import Tree
from matcher.index.analyzer import Analyzer
from matcher.index.centring import Vectors
from matcher.limits import ReadLimit, read_limits, without_limits
from matcher.query import checked_text, with_limits
from matcher.types import Constraint, MatchQuery, Understanding
from matcher.understanding.functions import FunctionReader
from matcher.understanding.glossary import NeedWords, need_words
from matcher.understanding.language import language_of
from matcher.understanding.understander import Meaning, Understander

_READ_CHARACTERS = 2_000
"""As in `matcher.engine`: of a longer text the beginning is read for limits."""
_TWO_DAYS = (date(2026, 1, 10), date(2027, 8, 23))
"""What is read alike as of both does not depend on the day."""


@dataclass(frozen=True, slots=True)
class NeedText:
    """The query that a need stands for, its text as it is embedded, and its language."""

    query: MatchQuery
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class NeedRead:
    """A need as the ranking is given it. ``words`` are the tokens of the text alone, ``tokens`` have

    those of the given labels too; ``query`` has the limits that were read from the words; ``functions``
    are its shares (`matcher.understanding.functions`), ``known`` is of
    `matcher.understanding.glossary.NeedWords`.
    """

    query: MatchQuery
    text: str
    words: tuple[str, ...]
    tokens: tuple[str, ...]
    known: float
    understanding: Understanding
    sectors: Meaning
    scenarios: Meaning
    functions: Vectors

    @property
    def given(self) -> tuple[bool, bool]:
        """Whether sector and scenario came with the need."""
        return self.sectors.given, self.scenarios.given


def need_query(need: Need, taxonomy: Taxonomy) -> MatchQuery:
    """What `match` is asked on behalf of ``need``: its words, its resolved labels, its limits.

    A label that means no known node says nothing; a budget or deadline of zero is none.
    """
    return MatchQuery(
        text=need.text,
        sectors=_codes(need.sectors, taxonomy.sectors),
        scenarios=_codes(need.scenarios, taxonomy.scenarios),
        budget_cny=need.budget_cny or None,
        deploy_days=need.deploy_days or None,
        size=need.size,
        target_level=need.target_level,
    )


def need_text(need: Need, taxonomy: Taxonomy) -> NeedText:
    """The text of ``need`` as `match` takes it.

    Raises:
        InvalidNeed: nothing can be read from it, such as a text without a word.
    """
    query = need_query(need, taxonomy)
    text = checked_text(query)
    return NeedText(query, text, language_of(text))


class NeedReader:
    """Reads needs with one understander."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        analyzer: Analyzer,
        understander: Understander,
        functions: FunctionReader,
    ):
        self._taxonomy = taxonomy
        self._analyzer = analyzer
        self._understander = understander
        self.functions = functions

    def tokens(self, need: NeedText) -> tuple[NeedWords, tuple[str, ...]]:
        """The tokens of the text alone, and with those of the given labels."""
        words = need_words(need.text, need.lang, self._analyzer)
        if need.lang != "zh":
            return words, words.tokens
        trees = (self._taxonomy.sectors, self._taxonomy.scenarios)
        names = " ".join(
            tree[code].name.zh
            for tree, codes in zip(trees, (need.query.sectors, need.query.scenarios), strict=True)
            for code in codes
        )
        return words, (*words.tokens, *self._analyzer.tokens(names))

    def meaning(
        self, need: NeedText, words: NeedWords, vector: Vectors
    ) -> tuple[Understanding, Meaning, Meaning]:
        """What ``need`` means; ``vector`` is its centred unit vector, ``words`` those of its text."""
        query = need.query
        return self._understander.understand(
            need.text, need.lang, words, vector, query.sectors, query.scenarios
        )

    def function_shares(self, need: NeedText, words: NeedWords, vector: Vectors) -> Vectors:
        """The shares of functions of ``need``; words that tell a limit are no words of its pain."""
        # Which words tell a limit does not depend on the day.
        limits = _limits(need, _TWO_DAYS[0])
        if limits:
            words = need_words(without_limits(need.text, limits), need.lang, self._analyzer)
        return self.functions.need(words.tokens, vector)

    def read(self, need: NeedText, vector: Vectors, today: date) -> NeedRead:
        """Everything about ``need`` as of ``today``."""
        words, tokens = self.tokens(need)
        understanding, sectors, scenarios = self.meaning(need, words, vector)
        shares = self.function_shares(need, words, vector)
        limits = _limits(need, today)
        return NeedRead(
            query=with_limits(need.query, limits),
            text=need.text,
            words=words.own,
            known=words.known,
            tokens=tokens,
            understanding=replace(
                understanding, limits=limits, functions=self.functions.shown(shares, words)
            ),
            sectors=sectors,
            scenarios=scenarios,
            functions=shares,
        )


def lasting_limits(need: NeedText) -> tuple[MatchQuery, bool]:
    """The query with the limits that its words tell on any day, and whether its days are another

    number on another day (年底前): then the query has none.
    """
    query, other = (with_limits(need.query, _limits(need, day)) for day in _TWO_DAYS)
    if query.deploy_days == other.deploy_days:
        return query, False
    return replace(query, deploy_days=None, must=query.must - {Constraint.DAYS}), True


def _limits(need: NeedText, today: date) -> tuple[ReadLimit, ...]:
    return read_limits(need.text[:_READ_CHARACTERS], today)


def _codes(labels: Sequence[Label], tree: Tree) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for label in labels for c in label.nodes if c in tree))
