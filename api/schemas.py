"""Wire models: what HTTP takes and gives. Records travel as `catalog.records` defines them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.language import Lang
from api.schemas_unmet import LackingBody
from catalog.payments import payment_tags
from catalog.quantities import read_days, read_level, read_price
from catalog.records import (
    MAX_DAYS,
    MAX_MONEY_CNY,
    MAX_TEXT,
    NUMBER,
    Effect,
    Kind,
    Label,
    Name,
    Package,
    Record,
    Size,
    ValueServed,
)
from catalog.technologies import technology_tag
from matcher.types import Constraint, Signals

R = TypeVar("R", bound=Record)
Labels = Annotated[list[Name], Field(max_length=20)]
OfferKind = Literal[Kind.SOLUTION, Kind.PROVIDER, Kind.CASE]
NUMBER_OR_TEXT: dict[str, Any] = {
    "anyOf": [{"type": "integer"}, {"type": "string", "maxLength": 100}, {"type": "null"}]
}
"""What the schema says of a number that may also come as people write it (``20万``, ``三个月``)."""
_SIZES = {"微型": "micro", "小型": "small", "中型": "medium", "大型": "large"}


def as_money(value: Any) -> Any:
    """CNY of a text such as ``20万``; of a range the upper end. Anything else unchanged."""
    if not isinstance(value, str):
        return value
    price = read_price(value)
    found = price.high if price.high is not None else price.low
    if found is None:
        raise ValueError("读不出金额，例：200000 或 20万 / no amount of money, e.g. 200000 or 20万")
    return found


def as_days(value: Any) -> Any:
    """Days of a text such as ``三个月``. Anything else unchanged."""
    if not isinstance(value, str):
        return value
    found = read_days(value).value
    if found is None:
        raise ValueError("读不出天数，例：90 或 三个月 / no number of days, e.g. 90 or 3 months")
    return int(found)


def as_level(value: Any) -> Any:
    """The level of a text such as ``二级``. Anything else unchanged."""
    if not isinstance(value, str):
        return value
    found = read_level(value)
    if found is None:
        raise ValueError("读不出等级，例：2 或 二级 / no level, e.g. 2 or 二级")
    return found


def as_size(value: Any) -> Any:
    """The size class of its Chinese name. Anything else unchanged."""
    return _SIZES.get(value.strip(), value) if isinstance(value, str) else value


def _tagged(tags_of: Callable[[str], tuple[str, ...]]) -> BeforeValidator:
    """Names in a list become the tags that they stand for. Anything else stays."""

    def tags(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [tag for one in value for tag in (tags_of(one) if isinstance(one, str) else (one,))]

    return BeforeValidator(tags)


Technologies = Annotated[Labels, _tagged(lambda said: (technology_tag(said),))]
Payments = Annotated[Labels, _tagged(payment_tags)]


class Wire(BaseModel):
    """A request or response body; unknown fields are refused, so that a slip is noticed."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Problem details (RFC 9457) with a stable ``code`` and both languages."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    message: str
    message_en: str
    hint: str
    hint_en: str
    field: str | None
    errors: list[FieldProblem] = []


class FieldProblem(BaseModel):
    """One refused field."""

    field: str
    message: str
    message_en: str


class MatchRequest(Wire):
    """A need to match. Money and days may come as people write them (``20万``, ``三个月``)."""

    text: Annotated[
        str, Field(min_length=1, max_length=MAX_TEXT, description="The pain in its own words.")
    ]
    sectors: Labels = Field([], description="Sector codes or labels, as wishes.")
    scenarios: Labels = Field([], description="Scenario codes or labels, as wishes.")
    functions: Labels = Field(
        [], description="Codes of what is to be done (`/v1/taxonomy/functions`), as wishes."
    )
    budget_cny: Annotated[
        Annotated[int, Field(ge=1, le=MAX_MONEY_CNY), NUMBER] | None,
        BeforeValidator(as_money),
        Field(json_schema_extra=NUMBER_OR_TEXT, description="First year's budget in CNY."),
    ] = None
    deploy_days: Annotated[
        Annotated[int, Field(ge=1, le=MAX_DAYS), NUMBER] | None,
        BeforeValidator(as_days),
        Field(json_schema_extra=NUMBER_OR_TEXT, description="Days until it must work."),
    ] = None
    size: Annotated[Size | None, BeforeValidator(as_size)] = None
    target_level: Annotated[
        Annotated[int, Field(ge=1, le=4), NUMBER] | None,
        BeforeValidator(as_level),
        Field(json_schema_extra=NUMBER_OR_TEXT, description="Level to reach, 1-4."),
    ] = None
    technologies: Technologies = Field(
        [], description="Technologies to use (AI, machine_vision, RFID, cloud …), as wishes."
    )
    refused_technologies: Technologies = Field([], description="Technologies not to be used.")
    payments: Payments = Field([], description="Ways to pay, of which any will do (one_off …).")
    city: Name | None = Field(None, description="Selects that city's listings and aliases.")
    must: list[Constraint] = Field(
        [], max_length=10, description="Constraints that are hard limits instead of wishes."
    )
    kinds: list[OfferKind] = Field(
        [Kind.SOLUTION, Kind.PROVIDER, Kind.CASE], min_length=1, max_length=3
    )
    limit: Annotated[int, Field(ge=1, le=100, description="How many of each kind."), NUMBER] = 10
    lang: Lang | None = Field(
        None,
        description="Language of the rendered reasons; left out: by Accept-Language, else the need's.",
    )
    demonstration: bool = Field(True, description="Whether demonstration records take part.")
    ignore: list[Literal["budget", "days", "size", "level", "technology", "payment", "aside"]] = (
        Field(
            [],
            max_length=7,
            description="What must not be read; aside: that clauses are set aside or are background.",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    """Why: a stable ``code``, the sentence in the asked language, and the data behind it."""

    code: str
    text: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRecord:
    """Another record by name, with its id when it is in the store."""

    name: str
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchBody:
    """One ranked offer. ``score`` orders the list; it is not a percentage and not a probability.

    ``grade`` says it in words (solves, good, partly, weak); null without a calibration.
    """

    rank: int
    kind: OfferKind
    id: str
    name: str
    provider: NamedRecord | None
    description: str
    score: float
    grade: str | None
    signals: Signals
    reasons: list[ReasonBody]
    misfits: list[ReasonBody]
    unknowns: list[ReasonBody]
    evidence: list[str]
    sectors: list[Label]
    scenarios: list[Label]
    packages: list[Package]
    sizes: list[Size]
    technologies: list[str]
    effects: list[Effect]
    values: list[ValueServed]
    cost_cny: int | None
    duration_days: int | None
    level_before: int | None
    level_after: int | None
    source_url: str | None
    demonstration: bool


class UnderstoodBody(BaseModel):
    """One taxonomy node read from the need, with the words that it came from."""

    code: str
    name: str
    name_en: str
    confidence: float
    words: str
    given: bool


class UnderstandingBody(BaseModel):
    """What the need was taken to mean; correct it and ask again.

    ``unserved`` (0-1) is how much the need reads like one that no digital offer serves.
    """

    lang: str
    sectors: list[UnderstoodBody]
    scenarios: list[UnderstoodBody]
    functions: list[UnderstoodBody]
    unresolved: list[str]
    unserved: float
    limits: list[LimitBody]


class LimitBody(BaseModel):
    """Budget, days, size, level, technology or payment as read from the words; ``hard`` when told as a limit.

    ``refused``: a technology or a way to pay that is not wanted.
    """

    field: str
    value: int | str
    hard: bool
    words: str
    confidence: float
    refused: bool


class MatchResponse(BaseModel):
    """Ranked offers, with the generation and the change sequence that answered.

    With ``unserved`` nothing suitable is there: the lists are empty, ``nearest`` misses least; ``lacking``
    says why, or that what is listed only touches the need.
    """

    generation: str
    sequence: int
    understanding: UnderstandingBody
    solutions: list[MatchBody]
    providers: list[MatchBody]
    cases: list[MatchBody]
    unserved: bool
    lacking: LackingBody | None
    nearest: MatchBody | None
    notes: list[ReasonBody]
    considered: int
    timings_ms: dict[str, float]


class ProvenanceBody(BaseModel):
    """Where a record came from."""

    by: str
    file: str | None
    sheet: str | None
    row: int | None
    source_url: str | None
    city: str | None


class Remark(BaseModel):
    """Something that was stored but deserves a look, such as a label that means no known node."""

    field: str
    value: str
    message: str
    message_en: str


class StoredBody(BaseModel, Generic[R]):
    """A record with its identity. ``sequence`` is also its ETag."""

    id: str
    kind: Kind
    status: Literal["active", "retired"]
    sequence: int
    created_at: datetime
    updated_at: datetime
    provenance: ProvenanceBody
    record: R
    action: Literal["created", "updated", "unchanged", "retired", "restored"] | None = None
    warnings: list[Remark] = []


class PageBody(BaseModel, Generic[R]):
    """One page of a list; ``next_cursor`` is null on the last one."""

    records: list[StoredBody[R]]
    next_cursor: str | None


class HistoryEntryBody(BaseModel, Generic[R]):
    """One change, with the record as it was then."""

    sequence: int
    action: str
    at: datetime
    by: str
    provenance: ProvenanceBody
    record: R


class HistoryBody(BaseModel, Generic[R]):
    """Every change of a record, oldest first."""

    id: str
    entries: list[HistoryEntryBody[R]]
