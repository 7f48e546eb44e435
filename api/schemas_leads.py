"""Wire models of leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from api.language import Lang
from api.schemas import (
    NUMBER_OR_TEXT,
    NamedRecord,
    OfferKind,
    ReasonBody,
    UnderstoodBody,
    Wire,
    as_money,
)
from catalog.records import MAX_MONEY_CNY, Name, Size
from matcher.types import Constraint, Signals

Code = Annotated[str, Field(max_length=20)]


class LeadsRequest(Wire):
    """Which needs the leads of an offer may be, and how many of them."""

    sector: Code | None = Field(None, description="A sector code; its subtree counts too.")
    scenario: Code | None = Field(None, description="A scenario code; its subtree counts too.")
    city: Name | None = Field(None, description="Only needs of this city.")
    budget_from: Annotated[
        Annotated[int, Field(ge=0, le=MAX_MONEY_CNY)] | None,
        BeforeValidator(as_money),
        Field(
            json_schema_extra=NUMBER_OR_TEXT,
            description="Least budget in CNY; needs that tell no budget stay, and say so.",
        ),
    ] = None
    since: date | None = Field(
        None, description="First day (Asia/Shanghai) of the need's last change."
    )
    demonstration: bool = Field(True, description="Whether demonstration needs take part.")
    limit: Annotated[int, Field(ge=1, le=100, description="How many leads.")] = 10
    lang: Lang | None = Field(
        None, description="Language of the rendered reasons; by Accept-Language when left out."
    )


class LeadNeedBody(BaseModel):
    """A need as its leads show it, without personal data.

    ``sectors`` and ``scenarios`` are given, or read from the words with a confidence. ``enterprise`` is
    null unless the enterprise agreed to be named. ``must`` tells which limits are hard.
    """

    id: str
    text: str
    lang: str
    city: str | None
    enterprise: NamedRecord | None
    sectors: list[UnderstoodBody]
    scenarios: list[UnderstoodBody]
    budget_cny: int | None
    deploy_days: int | None
    size: Size | None
    target_level: int | None
    technologies: list[str]
    refused_technologies: list[str]
    payments: list[str]
    must: list[Constraint]
    updated_at: datetime
    demonstration: bool


class LeadOfferBody(BaseModel):
    """The solution, case or provider that a lead is for."""

    kind: OfferKind
    id: str
    name: str


class LeadBody(BaseModel):
    """One ranked lead.

    ``score`` is what a match of the need gives to ``offer``; it orders the list and is no percentage.
    ``grade`` says it in words; null without a calibration. ``serves`` is false where the grade is weak
    and neither scenario nor function (in this trade) fits: only the nearest there is.
    """

    rank: int
    need: LeadNeedBody
    offer: LeadOfferBody
    score: float
    grade: str | None
    serves: bool
    signals: Signals
    reasons: list[ReasonBody]
    misfits: list[ReasonBody]
    unknowns: list[ReasonBody]


class LeadsResponse(BaseModel):
    """Leads of one offer, best first, with the generation and the change sequence that answered.

    ``considered`` counts the needs that pass the filters.
    """

    generation: str
    sequence: int
    offer: LeadOfferBody
    leads: list[LeadBody]
    considered: int
    notes: list[ReasonBody]
    timings_ms: dict[str, float]
