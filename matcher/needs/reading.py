"""Stored needs read as `Matcher.match` reads them: their queries, their tokens, what they mean.

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
from matcher.index.centring import Vectors
from matcher.needs.kept import KeptMeanings
from matcher.query import check_beside, checked_text, whole_text
from matcher.types import Constraint, MatchQuery
from matcher.understanding.glossary import need_words
from matcher.understanding.language import language_of
from matcher.understanding.meant import TWO_DAYS, MeaningReader, Meant, limits_of
from matcher.wishes import counted_limits, with_limits


@dataclass(frozen=True, slots=True)
class NeedText:
    """The query that a need stands for, its text as it is embedded, and its language.

    Limits are read from the ``whole``, of which a long message's text is a part.
    """

    query: MatchQuery
    text: str
    lang: str
    whole: str

    @property
    def background(self) -> bool:
        """Whether there is more than what is read."""
        return self.whole != self.text


@dataclass(frozen=True, slots=True)
class NeedRead:
    """A need as the ranking is given it.

    ``query`` has the limits that were read from the words; ``meant`` has them too, and the given labels in
    the place of guesses; ``tokens`` include those of the given labels.
    """

    query: MatchQuery
    text: str
    tokens: tuple[str, ...]
    meant: Meant

    @property
    def given(self) -> tuple[bool, bool]:
        """Whether sector and scenario came with the need."""
        return self.meant.sectors.given, self.meant.scenarios.given


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
    return NeedText(query, text, language_of(text), whole_text(query))


class NeedReader:
    """Reads needs, each text once: what is known of it is ``kept``."""

    def __init__(self, taxonomy: Taxonomy, reader: MeaningReader, kept: KeptMeanings):
        self._taxonomy = taxonomy
        self._reader = reader
        self._kept = kept

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of which a need has shares, in their order."""
        return self._reader.functions.codes

    def meanings(self, needs: Sequence[NeedText], vectors: Vectors) -> list[Meant]:
        """What the words of ``needs`` mean; ``vectors`` are the centred unit vectors of their texts.

        What is read here for the first time is kept.
        """
        known = self._kept.found(one.text for one in needs)
        fresh: dict[str, Meant] = {}
        for need, vector in zip(needs, vectors, strict=True):
            if need.text not in known:
                meant = self._meant(need, vector, TWO_DAYS[0])
                meant = meant.lasting(need.whole, need.background)
                fresh[need.text] = known[need.text] = meant
        if fresh:
            self._kept.keep(fresh)
        return [known[one.text] for one in needs]

    def corrected(self, meant: Meant, need: NeedText) -> Meant:
        """``meant`` with the labels of ``need`` in the place of guesses."""
        return self._reader.corrected(meant, need.query)

    def tokens(self, need: NeedText, meant: Meant) -> tuple[str, ...]:
        """The tokens of the text, with those of the given labels beside Chinese ones."""
        if need.lang != "zh":
            return meant.words.tokens
        trees = (self._taxonomy.sectors, self._taxonomy.scenarios)
        names = dict.fromkeys(
            tree[code].name.zh
            for tree, codes in zip(trees, (need.query.sectors, need.query.scenarios), strict=True)
            for code in codes
        )
        return (*meant.words.tokens, *self._reader.analyzer.tokens(" ".join(names)))

    def read(self, need: NeedText, vector: Vectors, today: date) -> NeedRead:
        """Everything about ``need`` as of ``today``.

        Raises:
            InvalidNeed: its words tell limits and nothing else.
        """
        known = self._kept.found([need.text]).get(need.text)
        meant = known and known.on(need.whole, today, need.background)
        if meant is None:
            meant = self._meant(need, vector, today)
        check_beside(need.query, need.text, meant.limits)
        tokens = self.tokens(need, meant)
        meant = self.corrected(meant, need)
        query = with_limits(need.query, meant.limits)
        limits = counted_limits(query, meant.limits)
        understanding = replace(meant.understanding, limits=limits)
        return NeedRead(query, need.text, tokens, replace(meant, understanding=understanding))

    def _meant(self, need: NeedText, vector: Vectors, today: date) -> Meant:
        words = need_words(need.text, need.lang, self._reader.analyzer)
        limits = limits_of(need.whole, today)
        return self._reader.read(need.text, need.lang, words, limits, vector)


def lasting_limits(need: NeedText, meant: Meant) -> tuple[MatchQuery, bool]:
    """The query with the limits that its words tell on any day, and whether its days depend on the day.

    Where they do (年底前), the query has no days.
    """
    if not (meant.dated or need.background):
        return with_limits(need.query, meant.limits), False
    query, other = (with_limits(need.query, limits_of(need.whole, day)) for day in TWO_DAYS)
    if query.deploy_days == other.deploy_days:
        return query, False
    return replace(query, deploy_days=None, must=query.must - {Constraint.DAYS}), True


def _codes(labels: Sequence[Label], tree: Tree) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for label in labels for c in label.nodes if c in tree))
