"""The question and the answer of the other side: which stored needs an offer could serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from catalog.records import Kind, Need, Size
from matcher.types import Match, Reason, Understanding


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """A solution or a provider (of ``kind``, when that is given), and which needs its leads may be.

    ``sectors`` and ``scenarios`` are sets of codes of which a need must mean at least one: the caller
    passes a subtree. A need whose budget is below ``budget_from`` (CNY) is left out, one without a known
    budget stays. ``since`` is the first day (Asia/Shanghai) of a need's last change. ``demonstration``
    leaves demonstration needs out when ``False``.
    """

    offer: str
    kind: Kind | None = None
    sectors: frozenset[str] = frozenset()
    scenarios: frozenset[str] = frozenset()
    city: str | None = None
    budget_from: int | None = None
    since: date | None = None
    demonstration: bool = True
    limit: int = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a need asks for, given or read from its words; ``must`` names what is a hard limit."""

    budget_cny: int | None
    deploy_days: int | None
    size: Size | None
    target_level: int | None
    technologies: tuple[str, ...]
    refused_technologies: tuple[str, ...]
    payments: tuple[str, ...]
    must: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """One need that ``match.record`` could serve: the match that the need would get, seen from there.

    ``match.score`` is the score that `Matcher.match` gives to that offer for this need;
    ``match.rank`` is the place in this list. ``text`` has no personal data; ``enterprise`` is told
    only with the enterprise's consent. ``serves`` is false where the offer is graded weak, is made for
    another scenario, and does not do what is asked for or does it in another trade: only the nearest one.
    """

    need_id: str
    need: Need
    text: str
    enterprise: str | None
    understanding: Understanding
    limits: Limits
    updated_at: datetime
    match: Match
    serves: bool = True


@dataclass(frozen=True, slots=True)
class LeadAnswer:
    """Ranked leads of one offer, with the generation and sequence that answered.

    ``considered`` counts the needs that pass the filters. ``timings_ms`` has find, score and explain.
    """

    generation: str
    sequence: int
    offer_kind: Kind
    offer_name: str
    leads: tuple[Lead, ...]
    considered: int
    notes: tuple[Reason, ...]
    timings_ms: dict[str, float]
