"""What the catalogue holds: providers, solutions, cases, listings, enterprises and needs.

Records are immutable values without an identity; the store gives them one (`catalog.store.Stored`).
Fields follow ``field_tables.csv`` of the research (product, provider, enterprise, need, case); a
fact that nobody published is ``None`` or empty, never a guess. Money is integer CNY, time is days.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from catalog.errors import Bilingual
from catalog.wording import city_name

MAX_MONEY_CNY = 10_000_000_000
"""Above ten billion CNY a price, cost or budget is taken for a slip of unit."""
MAX_DAYS = 3_660
MAX_TEXT = 20_000
MAX_NAME = 300


def no_boolean(value: Any) -> Any:
    """``value`` unless it is ``True`` or ``False``, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("应为数字 / this must be a number")  # noqa: TRY004 - pydantic wants it
    return value


NUMBER = BeforeValidator(no_boolean)
Level = Annotated[int, Field(ge=1, le=4), NUMBER]
Money = Annotated[int, Field(ge=0, le=MAX_MONEY_CNY), NUMBER]
Days = Annotated[int, Field(ge=0, le=MAX_DAYS), NUMBER]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
City = Annotated[str, AfterValidator(city_name)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


CHECK_DATES = Bilingual("请核对两个日期", "check both dates")


class Kind(StrEnum):
    """Kind of a record."""

    PROVIDER = "provider"
    SOLUTION = "solution"
    CASE = "case"
    LISTING = "listing"
    ENTERPRISE = "enterprise"
    NEED = "need"


OFFER_KINDS = (Kind.SOLUTION, Kind.CASE, Kind.PROVIDER)
"""Kinds that answer a need."""


class PriceModel(StrEnum):
    """How a price is charged."""

    ONE_OFF = "one_off"
    YEARLY = "yearly"
    MONTHLY = "monthly"
    PER_USER_MONTH = "per_user_month"
    FREE = "free"
    SHARED_SAVINGS = "shared_savings"
    NEGOTIABLE = "negotiable"


class DeliveryMode(StrEnum):
    """Where a solution is put to work from."""

    ONSITE = "onsite"
    REMOTE = "remote"
    MIXED = "mixed"


class Size(StrEnum):
    """Size class of an enterprise (工信部联企业〔2011〕300号)."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class ReviewStatus(StrEnum):
    """How far a city has looked at an offer."""

    DESK_REVIEW = "desk_review"
    SITE_REVIEW = "site_review"
    TECHNICAL_TEST = "technical_test"
    LISTED = "listed"


class ValueServed(StrEnum):
    """The programme's seven values: 创新 市场 提质 降本 增效 绿色 安全."""

    INNOVATION = "innovation"
    MARKET = "market"
    QUALITY = "quality"
    COST = "cost"
    EFFICIENCY = "efficiency"
    GREEN = "green"
    SAFETY = "safety"


class Barrier(StrEnum):
    """Why an enterprise holds back: 不愿 不敢 不会."""

    UNWILLING = "unwilling"
    AFRAID = "afraid"
    UNABLE = "unable"


Ownership = Literal["private", "state", "foreign", "mixed", "collective"]
CostKind = Literal["software", "cloud", "device", "consulting"]
IntellectualProperty = Literal["own", "licensed", "open_source"]
ProviderKind = Literal["integrator", "product", "chain_leader"]
SpecialisedLevel = Literal["none", "innovative", "provincial", "national"]
Language = Literal["zh", "en", "es", "other"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Label(_Value):
    """A sector or scenario as published, beside the nodes it was resolved to.

    ``nodes`` is empty when the label could not be resolved: it is kept and reported, never dropped.
    ``level`` is the level (1-4) that an offer reaches in a scenario; sectors leave it ``None``.
    """

    label: Name
    nodes: tuple[str, ...] = ()
    level: Level | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"label": value} if isinstance(value, str) else value


class Reference(_Value):
    """Another record as named in the source, beside its id once the store knows it."""

    name: Name
    id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class Package(_Value):
    """One priced way to buy a solution.

    ``price_cny`` is the lowest price in CNY, ``price_to_cny`` the highest of a range; with
    ``price_from`` the price is a floor ("起"). ``price_text`` and ``deploy_text`` keep the published
    wording. A month counts 30 days; working days are kept as published.
    """

    name: Name | None = None
    price_cny: Money | None = None
    price_to_cny: Money | None = None
    price_from: bool = False
    price_model: PriceModel | None = None
    price_text: str | None = None
    deploy_days: Days | None = None
    deploy_text: str | None = None
    delivery_mode: DeliveryMode | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Package:
        low, high = self.price_cny, self.price_to_cny
        if high is not None and (low is None or high < low):
            raise ValueError("price_to_cny 须不低于 price_cny / must not be below price_cny")
        return self


class Effect(_Value):
    """One measured effect of a case: the figure before and after, with its unit."""

    metric: Name
    before: Annotated[float, Field(allow_inf_nan=False), NUMBER] | None = None
    after: Annotated[float, Field(allow_inf_nan=False), NUMBER] | None = None
    unit: str | None = None


def _labels(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict) else value


Labels = Annotated[tuple[Label, ...], BeforeValidator(_labels)]


class Record(_Value):
    """What every record has. ``code`` is the one declared by a city or a file, never a running number."""

    kind: Kind
    name: Name
    code: Annotated[str, Field(max_length=100)] | None = None
    source_url: str | None = None
    demonstration: bool = False


class Provider(Record):
    """A service provider. Ownership, place, size and name never reach the ranking (DESIGN §2.7)."""

    kind: Literal[Kind.PROVIDER] = Kind.PROVIDER
    description: Text = ""
    provider_kind: ProviderKind | None = None
    sectors: Labels = ()
    scenarios: Labels = ()
    ownership: Ownership | None = None
    registered_place: str | None = None
    size: Size | None = None
    years_in_business: Annotated[float, Field(ge=0, le=300), NUMBER] | None = None
    enterprises_served: Annotated[int, Field(ge=0), NUMBER] | None = None
    serious_dishonesty_listed: bool | None = None
    evidence: str | None = None


class Solution(Record):
    """A product or service that a provider offers, with its packages and the scenarios it serves."""

    kind: Literal[Kind.SOLUTION] = Kind.SOLUTION
    provider: Reference | None = None
    description: Text = ""
    sectors: Labels = ()
    scenarios: Labels = ()
    packages: tuple[Package, ...] = ()
    sizes: tuple[Size, ...] = ()
    technologies: tuple[str, ...] = ()
    cost_kinds: tuple[CostKind, ...] = ()
    ip: IntellectualProperty | None = None
    review_status: ReviewStatus | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    evidence: str | None = None


class Case(Record):
    """A finished project that peers can copy, with its cost, duration and measured effects."""

    kind: Literal[Kind.CASE] = Kind.CASE
    provider: Reference | None = None
    solution: Reference | None = None
    enterprise: str | None = None
    description: Text = ""
    sectors: Labels = ()
    scenarios: Labels = ()
    size: Size | None = None
    cost_cny: Money | None = None
    duration_days: Days | None = None
    effects: tuple[Effect, ...] = ()
    level_before: Level | None = None
    level_after: Level | None = None
    accepted: bool | None = None
    acceptance_date: date | None = None
    satisfaction: Annotated[float, Field(ge=0, le=100), NUMBER] | None = None
    values: tuple[ValueServed, ...] = ()
    evidence: str | None = None


class Listing(Record):
    """A solution as one city lists it: its price there, its review and how long it is valid.

    ``provider`` tells solutions of one name apart; the store takes it from the solution.
    """

    kind: Literal[Kind.LISTING] = Kind.LISTING
    city: Annotated[City, Field(min_length=1, max_length=MAX_NAME)]
    solution: Reference
    provider: Reference | None = None
    packages: tuple[Package, ...] = ()
    review_status: ReviewStatus | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Enterprise(Record):
    """A manufacturer, with its size and its level in each of the 16 scenarios (0-4)."""

    kind: Literal[Kind.ENTERPRISE] = Kind.ENTERPRISE
    city: City | None = None
    credit_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")] | None = None
    sectors: Labels = ()
    size: Size | None = None
    headcount: Annotated[int, Field(ge=0), NUMBER] | None = None
    revenue_cny: Annotated[int, Field(ge=0), NUMBER] | None = None
    ownership: Ownership | None = None
    specialised_level: SpecialisedLevel | None = None
    above_scale: bool | None = None
    scenario_levels: dict[str, Annotated[int, Field(ge=0, le=4), NUMBER]] = Field(
        default_factory=dict
    )


class Need(Record):
    """A pain in an enterprise's own words, with what it can spend, how soon and how far.

    ``name`` may be left out: it is then the beginning of ``text``.
    """

    kind: Literal[Kind.NEED] = Kind.NEED
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    lang: Language | None = None
    enterprise: Reference | None = None
    city: City | None = None
    sectors: Labels = ()
    scenarios: Labels = ()
    budget_cny: Money | None = None
    deploy_days: Days | None = None
    size: Size | None = None
    target_level: Level | None = None
    delivery_mode: DeliveryMode | None = None
    barrier: Barrier | None = None
    values: tuple[ValueServed, ...] = ()
    consent: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_from_text(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value.get("name") and isinstance(value.get("text"), str):
            return {**value, "name": value["text"].strip()[:40]}
        return value


def ends_before_it_starts(record: Record) -> Bilingual | None:
    """What is wrong with a validity that ends before it starts; ``None`` for any other record.

    Checked when a record is written and not when it is read: what was stored earlier can still be seen.
    """
    start, end = getattr(record, "valid_from", None), getattr(record, "valid_until", None)
    if start is None or end is None or start <= end:
        return None
    return Bilingual(
        f"有效期止 {end} 早于有效期起 {start}", f"valid_until {end} is before valid_from {start}"
    )


AnyRecord = Annotated[
    Provider | Solution | Case | Listing | Enterprise | Need, Field(discriminator="kind")
]
RECORD_TYPES: dict[Kind, type[Record]] = {
    Kind.PROVIDER: Provider,
    Kind.SOLUTION: Solution,
    Kind.CASE: Case,
    Kind.LISTING: Listing,
    Kind.ENTERPRISE: Enterprise,
    Kind.NEED: Need,
}
