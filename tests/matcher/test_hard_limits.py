"""A hard limit drops a known no and nothing else; a wish drops nothing. On random catalogues."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.payments import paid_so, payment_of
from catalog.records import Case, Label, Package, PriceModel, Provider, Record, Size, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.price import cheapest
from matcher.types import Constraint, Match, MatchQuery
from tests.conftest import clock
from tests.fakes import HashEncoder, quick_build

SECTORS = ["C", "C18", "C292", "C2921", "C33", "C3391", "C3392"]
SCENARIOS = ["S3-1", "S3-2", "S3-3", "S3-4", "S1-3"]
WORDS = [
    "换模",
    "停机",
    "质检",
    "排产",
    "能耗",
    "报工",
    "库存",
    "视觉",
    "MES",
    "OEE",
    "energy",
    "scheduling",
]


def random_catalogue(seed: int) -> list[Record]:
    dice = random.Random(seed)

    def some(values: list[Any], most: int) -> list[Any]:
        return dice.sample(values, dice.randint(0, most))

    def maybe(value: Any) -> Any:
        return value if dice.random() < 0.6 else None

    def labels(codes: list[str], levels: bool) -> tuple[Label, ...]:
        return tuple(
            Label(label=code, nodes=(code,), level=maybe(dice.randint(1, 4)) if levels else None)
            for code in some(codes, 2)
        )

    def words() -> str:
        return " ".join(dice.choices(WORDS, k=4))

    records: list[Record] = [Provider(name=f"公司{n}", description=words()) for n in range(6)]
    for number in range(25):
        price = dice.choice([0, 1_000, 50_000, 200_000, 900_000])
        package = Package(
            price_cny=price,
            price_to_cny=maybe(price * 3),
            price_model=maybe(dice.choice(list(PriceModel))),
            deploy_days=maybe(dice.choice([7, 30, 90, 365])),
        )
        other = Package(
            price_cny=maybe(dice.choice([1_000, 200_000])),
            price_model=dice.choice(list(PriceModel)),
        )
        records.append(
            Solution(
                name=f"产品{number}",
                provider=maybe(f"公司{dice.randrange(6)}"),
                description=words(),
                sectors=labels(SECTORS, False),
                scenarios=labels(SCENARIOS, True),
                packages=tuple(some([package, other, Package()], 3)),
                sizes=tuple(some(list(Size), 2)),
                technologies=tuple(some(["AI", "cloud", "RFID", "链"], 3)),
            )
        )
    records += [
        Case(
            name=f"案例{number}",
            provider=maybe(f"公司{dice.randrange(6)}"),
            description=words(),
            sectors=labels(SECTORS, False),
            scenarios=labels(SCENARIOS, True),
            size=maybe(dice.choice(list(Size))),
            cost_cny=maybe(dice.choice([1_000, 200_000, 5_000_000])),
            duration_days=maybe(dice.choice([7, 60, 400])),
        )
        for number in range(12)
    ]
    return records


@pytest.fixture(scope="module", params=[1, 2, 3])
def random_matcher(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy
) -> Iterator[Matcher]:
    data = tmp_path_factory.mktemp("random")
    store, encoder = Store.open(data), HashEncoder()
    with store.writing("test") as writer:
        for record in random_catalogue(request.param):
            writer.put(record)
    with quick_build():
        build_generation(store, data, encoder, taxonomy, now=clock)
    yield Matcher(store, data, encoder, taxonomy, clock)
    store.close()


def near(need: str, offer: str) -> bool:
    return "C" in (need, offer) or need[:3] == offer[:3]


def known_no(record: Record, query: MatchQuery, must: Constraint) -> bool:
    """Told from the record alone, by other means than the ranking's arrays."""
    if not isinstance(record, Solution | Case):
        return False
    solution = isinstance(record, Solution)
    if must is Constraint.BUDGET:
        found = cheapest(paid_so(record.packages, query.payments)) if solution else None
        low = (found[1].low if found else None) if solution else record.cost_cny
        return low is not None and low > (query.budget_cny or 0)
    if must is Constraint.DAYS:
        told = [p.deploy_days for p in record.packages] if solution else [record.duration_days]
        known = [days for days in told if days is not None]
        return bool(known) and min(known) > (query.deploy_days or 0)
    if must is Constraint.SIZE:
        sizes = record.sizes if solution else [record.size] if record.size else []
        return bool(sizes) and query.size not in sizes
    if must is Constraint.LEVEL:
        levels = [
            label.level
            for label in record.scenarios
            if label.level and label.nodes[0] in query.scenarios
        ]
        return bool(levels) and max(levels) < (query.target_level or 0)
    if must in (Constraint.TECHNOLOGY, Constraint.WITHOUT):
        declared = set(record.technologies) if solution else set()
        wanted = {*query.technologies} <= declared
        kept = wanted if must is Constraint.TECHNOLOGY else declared.isdisjoint({"cloud"})
        return bool(declared) and not kept
    if must is Constraint.PAYMENT:
        told = {payment_of(one) for one in record.packages} - {None} if solution else set()
        return bool(told) and told.isdisjoint({"free", *query.payments})
    codes = [code for label in record.sectors for code in label.nodes]
    return bool(codes) and not any(near(query.sectors[0], code) for code in codes)


CHECKED = [
    Constraint.BUDGET,
    Constraint.DAYS,
    Constraint.SIZE,
    Constraint.LEVEL,
    Constraint.SECTOR,
    Constraint.TECHNOLOGY,
    Constraint.WITHOUT,
    Constraint.PAYMENT,
]
QUERIES = st.builds(
    MatchQuery,
    text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    sectors=st.sampled_from(SECTORS).map(lambda code: (code,)),
    scenarios=st.sampled_from(SCENARIOS).map(lambda code: (code,)),
    budget_cny=st.sampled_from([1, 1_000, 60_000, 200_000, 10_000_000]),
    deploy_days=st.sampled_from([1, 7, 45, 1000]),
    size=st.sampled_from(list(Size)),
    target_level=st.integers(1, 4),
    technologies=st.sampled_from([("AI",), ("AI", "RFID")]),
    refused_technologies=st.just(("cloud",)),
    payments=st.sampled_from([("one_off",), ("yearly", "monthly"), ("shared_savings",)]),
    must=st.frozensets(st.sampled_from(CHECKED)),
    limit=st.sampled_from([1, 3, 10, 100]),
)


def all_of(matcher: Matcher, query: MatchQuery) -> list[Match]:
    answer = matcher.match(query)
    for found in (answer.solutions, answer.providers, answer.cases):
        assert len(found) <= query.limit
        scores = [match.score for match in found]
        assert scores == sorted(scores, reverse=True)
        assert [match.rank for match in found] == list(range(1, len(found) + 1))
        assert len({match.id for match in found}) == len(found)
    return [*answer.solutions, *answer.providers, *answer.cases]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=QUERIES)
def test_hard_limits_and_wishes(random_matcher: Matcher, query: MatchQuery) -> None:
    found = all_of(random_matcher, query)
    again = all_of(random_matcher, query)
    assert [(m.id, m.score) for m in found] == [(m.id, m.score) for m in again]
    for match in found:
        for must in query.must:
            assert not known_no(match.record, query, must), (match.record, must)
    if query.limit < 100:
        return
    wished = all_of(random_matcher, MatchQuery(**{**fields(query), "must": frozenset()}))
    everybody = random_matcher.match(MatchQuery(text=query.text, limit=100))
    assert len(wished) == everybody.considered
    dropped = {match.id for match in wished} - {match.id for match in found}
    for match in wished:
        if match.id in dropped and not isinstance(match.record, Provider):
            assert any(known_no(match.record, query, must) for must in query.must), match.record


def fields(query: MatchQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in MatchQuery.__slots__}
