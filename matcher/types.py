"""The question, the answer and the reasons, as values. Arrays and HTTP are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.records import Kind, Record, Size
from matcher.limits import ReadLimit

ASIDE = "aside"
"""Among what a query ignores: that clauses set subjects aside, or are the background of a long message."""


class Constraint(StrEnum):
    """What an enterprise may ask for besides its words. Each is a wish unless it is a must.

    ``technology`` is about those to use, ``without`` about those not to use, ``payment`` about how to pay.
    """

    BUDGET = "budget"
    DAYS = "days"
    SIZE = "size"
    SECTOR = "sector"
    SCENARIO = "scenario"
    CITY = "city"
    LEVEL = "level"
    TECHNOLOGY = "technology"
    WITHOUT = "without"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class MatchQuery:
    """A need to match.

    ``sectors`` and ``scenarios`` are codes or free labels, ``functions`` codes
    (`matcher.understanding.functions`), as wishes; so are budget (CNY, first year), days, size, target
    level (1-4), city, technologies to use and not to use (`catalog.technologies`), and ways to pay, of which
    any will do (`catalog.payments`). A constraint named in ``must`` is a hard limit: an offer known to break
    it is left out, one whose fact is unknown stays and says so. ``demonstration`` leaves demonstration
    records out when ``False``. What is not given is read from the words, unless its name (budget, days,
    size, level, technology, payment) is in ``ignore``; with ``aside`` in it, what a need sets aside
    (质量我们有系统了) is read as asked for.
    """

    text: str
    sectors: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    budget_cny: int | None = None
    deploy_days: int | None = None
    size: Size | None = None
    target_level: int | None = None
    technologies: tuple[str, ...] = ()
    refused_technologies: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    city: str | None = None
    must: frozenset[Constraint] = frozenset()
    kinds: tuple[Kind, ...] = (Kind.SOLUTION, Kind.PROVIDER, Kind.CASE)
    limit: int = 10
    demonstration: bool = True
    ignore: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offer fits, does not fit, or cannot be told. Rendered by `matcher.answers.explain`.

    ``code`` names the sentence, ``data`` fills it: numbers, labels and names in both languages.
    """

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signals:
    """What makes up the score of one offer.

    ``final`` = ``fused`` + ``sector`` + ``scenario`` + ``function`` + ``constraints`` + ``evidence``, each
    weighted; ``dense`` and ``lexical`` are what ``fused`` mixes; of a provider ``evidence`` also holds what
    its offers add. ``dense`` may be slightly negative (centred cosine).
    """

    dense: float
    lexical: float
    fused: float
    sector: float
    scenario: float
    function: float
    constraints: float
    evidence: float
    final: float


@dataclass(frozen=True, slots=True)
class Match:
    """One ranked offer. ``record`` is the record as it is in the store now.

    ``grade`` is solves, good, partly or weak; ``None`` without a calibration.
    """

    rank: int
    kind: Kind
    id: str
    record: Record
    score: float
    signals: Signals
    reasons: tuple[Reason, ...]
    misfits: tuple[Reason, ...]
    unknowns: tuple[Reason, ...]
    evidence: tuple[str, ...] = ()
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """One node read from the need, or given with it.

    ``words`` are the words it came from; ``given`` tells a label that came with the need.
    """

    code: str
    confidence: float
    words: str
    given: bool


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the engine took the need to mean. The caller may correct any of it and ask again.

    ``unserved`` is how much the need reads like one that no digital offer serves, 0-1; ``limits`` are
    budget, days, size and the like as read from the words, each told as a hard limit or a wish;
    ``functions`` are what is asked to be done, one layer below the scenarios; ``pains`` are the scenarios
    that it tells as problems of their own, none or several.
    """

    lang: str
    sectors: tuple[Understood, ...]
    scenarios: tuple[Understood, ...]
    unresolved: tuple[str, ...] = ()
    unserved: float = 0.0
    limits: tuple[ReadLimit, ...] = ()
    functions: tuple[Understood, ...] = ()
    pains: tuple[str, ...] = ()


class Lack(StrEnum):
    """Why a need is not served: it is none that a digital offer serves, or nothing is there for it.

    ``scarce``: nothing is made for it, and what is listed only touches it.
    """

    NOT_DIGITAL = "not_digital"
    NOTHING = "nothing"
    SCARCE = "scarce"


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a need lacks, and ``within`` what: ``catalogue``, ``city`` (a must), or ``limits`` (other musts).

    ``scenario`` is what it surely asks for and nothing has, ``node`` the same or a function below it;
    ``None`` where that is not known.
    """

    lack: Lack
    within: str = "catalogue"
    scenario: str | None = None
    node: str | None = None

    @property
    def demand(self) -> bool:
        """Whether it is unmet demand; what hard limits alone keep out is there."""
        return self.within != "limits"


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked solutions, providers and cases, with the generation and sequence that answered.

    ``unserved`` says that nothing suitable is there: the lists are empty and ``nearest`` is the offer
    that misses least; ``lacking`` says why, or that what is listed only touches the need. ``timings_ms`` has
    read, encode, understand, dense, lexical, fit, rank and explain.
    """

    generation: str
    sequence: int
    understanding: Understanding
    solutions: tuple[Match, ...]
    providers: tuple[Match, ...]
    cases: tuple[Match, ...]
    considered: int
    notes: tuple[Reason, ...]
    timings_ms: dict[str, float]
    unserved: bool = False
    nearest: Match | None = None
    lacking: Lacking | None = None


__all__ = [
    "Answer",
    "Constraint",
    "Lack",
    "Lacking",
    "Match",
    "MatchQuery",
    "Reason",
    "Signals",
    "Understanding",
    "Understood",
]
