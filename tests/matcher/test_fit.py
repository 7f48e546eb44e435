"""Budget, days, size and level: yes, no, unknown, and what each is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from catalog.records import Case, Kind, Label, Package, PriceModel, Provider, Record, Size, Solution
from catalog.stored import Provenance, Stored
from catalog.taxonomy import Taxonomy
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.errors import InvalidNeed
from matcher.fit import Fitted, check_hard_labels, fit
from matcher.index.columns import KINDS, Columns, make_columns
from matcher.index.costs import UNKNOWN
from matcher.types import Constraint, MatchQuery
from matcher.understanding.understander import Meaning
from tests.conftest import NOW

NOTHING = Meaning({}, given=False)


def stored(record: Record, number: int = 0) -> Stored:
    return Stored(f"{record.kind}-{number}", record, "active", 1, NOW, NOW, Provenance(by="test"))


def columns_of(taxonomy: Taxonomy, *records: Record) -> Columns:
    return make_columns([stored(one, row) for row, one in enumerate(records)], taxonomy, {})


def fitted(
    taxonomy: Taxonomy,
    records: list[Record],
    sectors: Meaning = NOTHING,
    scenarios: Meaning = NOTHING,
    **asked: Any,
) -> Fitted:
    return fit(
        columns_of(taxonomy, *records),
        MatchQuery(text="换模慢", **asked),
        sectors,
        scenarios,
        sector_closeness(taxonomy),
        scenario_closeness(taxonomy),
    )


def priced(price: int | None, to: int | None = None, days: int | None = None) -> Solution:
    return Solution(
        name="甲", packages=(Package(price_cny=price, price_to_cny=to, deploy_days=days),)
    )


def test_budget(taxonomy: Taxonomy) -> None:
    records: list[Record] = [
        priced(100_000),
        priced(200_000),
        priced(250_000),
        priced(400_000),
        priced(900_000),
        priced(100_000, to=300_000),
        priced(None),
        Solution(name="甲", packages=(Package(price_model=PriceModel.FREE),)),
        Case(name="乙", cost_cny=180_000),
        Provider(name="丙"),
    ]
    found = fitted(taxonomy, records, budget_cny=200_000)
    assert found.fits[Constraint.BUDGET].tolist() == [1, 1, -1, -1, -1, 0, 0, 1, 1, 0]
    # over by a quarter: 0.5 * (1 - 0.25); twice the budget and more: nothing; unknown: 0.6
    assert found.constraints == pytest.approx([1, 1, 0.375, 0, 0, 0.6, 0.6, 1, 1, 0.6])
    assert found.mask.all()


def test_the_first_year_counts_and_not_the_monthly_fee(taxonomy: Taxonomy) -> None:
    monthly = Solution(
        name="甲", packages=(Package(price_cny=3_000, price_model=PriceModel.MONTHLY),)
    )
    assert fitted(taxonomy, [monthly], budget_cny=30_000).fits[Constraint.BUDGET].tolist() == [-1]
    assert fitted(taxonomy, [monthly], budget_cny=36_000).fits[Constraint.BUDGET].tolist() == [1]


def test_days(taxonomy: Taxonomy) -> None:
    records: list[Record] = [
        priced(1, days=30),
        priced(1, days=60),
        priced(1, days=90),
        priced(1, days=120),
        priced(1),
        Case(name="乙", duration_days=75),
    ]
    found = fitted(taxonomy, records, deploy_days=60)
    assert found.fits[Constraint.DAYS].tolist() == [1, 1, -1, -1, 0, -1]
    assert found.constraints == pytest.approx([1, 1, 0.25, 0, 0.6, 0.375])


def test_size(taxonomy: Taxonomy) -> None:
    records: list[Record] = [
        Solution(name="甲", sizes=(Size.MICRO, Size.SMALL)),
        Solution(name="乙", sizes=(Size.LARGE,)),
        Solution(name="丙"),
        Case(name="丁", size=Size.SMALL),
        Provider(name="戊", size=Size.LARGE),
    ]
    found = fitted(taxonomy, records, size=Size.SMALL)
    # The size of a provider itself is no fact of the ranking: unknown, not no.
    assert found.fits[Constraint.SIZE].tolist() == [1, -1, 0, 1, 0]
    assert found.constraints == pytest.approx([1, 0, 0.6, 1, 0.6])


def reaching(*levels: tuple[str, int | None]) -> Solution:
    labels = tuple(Label(label=code, nodes=(code,), level=level) for code, level in levels)
    return Solution(name="甲", scenarios=labels)


def test_level_in_the_scenario_that_is_needed(taxonomy: Taxonomy) -> None:
    records: list[Record] = [
        reaching(("S3-4", 3)),
        reaching(("S3-4", 2)),
        reaching(("S3-4", None)),
        reaching(("S3-3", 4), ("S3-4", 1)),
        reaching(("S3-3", 4)),
        reaching(),
    ]
    needed = Meaning({"S3-4": 1.0}, given=True)
    found = fitted(taxonomy, records, scenarios=needed, target_level=3)
    assert found.fits[Constraint.LEVEL].tolist() == [1, -1, 0, -1, 0, 0]
    # What is only read from the words is no ground to judge a level by.
    for vague in (NOTHING, Meaning({"S3-4": 0.9, "S3-3": 0.1}, given=False)):
        anywhere = fitted(taxonomy, records, scenarios=vague, target_level=3)
        assert anywhere.fits[Constraint.LEVEL].tolist() == [1, -1, 0, 1, 1, 0]


def test_several_wishes_are_averaged(taxonomy: Taxonomy) -> None:
    found = fitted(taxonomy, [priced(250_000, days=30)], budget_cny=200_000, deploy_days=60)
    assert found.constraints == pytest.approx([(0.375 + 1.0) / 2])


def test_nothing_asked_is_worth_nothing(taxonomy: Taxonomy) -> None:
    found = fitted(taxonomy, [priced(1), Provider(name="乙")])
    assert found.constraints.tolist() == [0, 0] and found.fits == {}
    assert found.sector.tolist() == found.scenario.tolist() == [0, 0]


def test_a_hard_limit_drops_only_a_known_no(taxonomy: Taxonomy) -> None:
    records: list[Record] = [priced(100), priced(300), priced(None), priced(100, to=300)]
    must = frozenset({Constraint.BUDGET})
    assert fitted(taxonomy, records, budget_cny=200, must=must).mask.tolist() == [
        True,
        False,
        True,
        True,
    ]


def test_sector_and_scenario_as_hard_limits(taxonomy: Taxonomy) -> None:
    def made_for(*nodes: str) -> Solution:
        return Solution(name="甲", sectors=(Label(label="x", nodes=nodes),) if nodes else ())

    records: list[Record] = [
        made_for("C292"),
        made_for("C291"),
        made_for("C"),
        made_for("C18"),
        made_for("C26"),
        made_for(),
    ]
    must = frozenset({Constraint.SECTOR})
    # However unsure the resolution of the label is: the limit is what was asked.
    for confidence in (1.0, 0.7, 0.2):
        needed = Meaning({"C292": confidence}, given=True)
        found = fitted(taxonomy, records, sectors=needed, must=must)
        assert found.fits[Constraint.SECTOR].tolist() == [1, 1, 1, -1, -1, 0]
        assert found.mask.tolist() == [True, True, True, False, False, True]
    # same, same division, cross-sector, elsewhere, a neighbouring division, unknown
    assert found.sector == pytest.approx([0.2, 0.11, 0.1, 0.0, 0.05, 0.06])


def test_shares_read_from_words_give_the_expected_closeness(taxonomy: Taxonomy) -> None:
    records: list[Record] = [
        reaching(("S3-4", None)),
        reaching(("S3-5", None)),
        Solution(name="乙"),
    ]
    read = Meaning({"S3-4": 0.5, "S5-2": 0.5}, given=False)
    # 0.5 * same + 0.5 * elsewhere; 0.5 * same family + 0.5 * elsewhere; unknown
    assert fitted(taxonomy, records, scenarios=read).scenario == pytest.approx([0.5, 0.15, 0.3])
    given = Meaning({"S3-4": 0.5, "S5-2": 0.25}, given=True)
    assert fitted(taxonomy, records, scenarios=given).scenario == pytest.approx([0.5, 0.15, 0.15])


def test_a_limit_on_labels_that_nobody_knows_is_refused() -> None:
    """A guess must not drop offers."""
    given, guess = Meaning({"C292": 0.4}, given=True), Meaning({"C292": 1.0}, given=False)
    query = MatchQuery(text="换模慢", sectors=("甲", "乙"), must=frozenset({Constraint.SECTOR}))
    check_hard_labels(query, given, NOTHING)
    with pytest.raises(InvalidNeed) as caught:
        check_hard_labels(query, guess, NOTHING)
    assert caught.value.field == "sectors" and "甲、乙" in caught.value.message.zh
    check_hard_labels(MatchQuery(text="换模慢", sectors=("甲",)), guess, NOTHING)
    wanted = MatchQuery(text="换模慢", scenarios=("丙",), must=frozenset({Constraint.SCENARIO}))
    with pytest.raises(InvalidNeed) as caught:
        check_hard_labels(wanted, given, NOTHING)
    assert caught.value.field == "scenarios" and "丙" in caught.value.message.en


def test_columns_of_each_kind(taxonomy: Taxonomy) -> None:
    found = columns_of(
        taxonomy,
        Solution(
            name="甲",
            sectors=(Label(label="a", nodes=("C292", "C292")), Label(label="b")),
            packages=(Package(price_cny=10, deploy_days=9), Package(price_cny=5, deploy_days=20)),
            demonstration=True,
        ),
        Provider(name="乙", ownership="state", registered_place="宁波", size=Size.LARGE),
    )
    assert found.kind.tolist() == [KINDS.index(Kind.SOLUTION), KINDS.index(Kind.PROVIDER)]
    assert (found.cost_low.tolist(), found.days.tolist()) == ([5, UNKNOWN], [9, UNKNOWN])
    table = sector_closeness(taxonomy)
    assert found.sectors[0].tolist() == [table.index["C292"]] + [table.unknown] * 5
    assert found.demonstration.tolist() == [True, False]
    assert found.sizes.tolist() == [0, 0] and found.evidence.tolist() == [0, 0]
    assert len(found) == 2 and len(found.concatenated(found)) == 4


def test_evidence_of_cases_and_their_solution(taxonomy: Taxonomy) -> None:
    full = Case(name="一", effects=({"metric": "停机"},), accepted=True, cost_cny=1, level_after=2)  # type: ignore[arg-type]
    half = Case(name="二", cost_cny=1, level_after=2, accepted=False)
    solution = Solution(name="甲")
    offers = [stored(solution, 1), stored(full, 2), stored(half, 3), stored(Case(name="三"), 4)]
    found = make_columns(offers, taxonomy, {"solution-1": [full, half]})
    # solution: 1 - (1 - 0.5 * 1.0) * (1 - 0.5 * 0.5)
    assert found.evidence == pytest.approx([0.625, 1.0, 0.5, 0.0])


def test_more_nodes_than_there_is_room_for(taxonomy: Taxonomy) -> None:
    codes = ("C13", "C14", "C15", "C17", "C18", "C19", "C20", "C21")
    found = columns_of(taxonomy, Solution(name="甲", sectors=(Label(label="x", nodes=codes),)))
    table = sector_closeness(taxonomy)
    assert found.sectors[0].tolist() == [table.index[code] for code in codes[:6]]
    assert np.iinfo(found.sectors.dtype).max > len(table.codes)


def test_what_nothing_but_a_hard_budget_or_hard_days_leaves_out(taxonomy: Taxonomy) -> None:
    small = Solution(name="丙", packages=(Package(price_cny=900),), sizes=(Size.SMALL,))
    records: list[Record] = [priced(900), priced(100, days=9), priced(100, days=1), small]
    asked: dict[str, Any] = {"budget_cny": 500, "deploy_days": 5, "size": Size.LARGE}
    must = frozenset({Constraint.BUDGET, Constraint.DAYS})
    found = fitted(taxonomy, records, must=must, **asked)
    assert found.mask.tolist() == [False, False, True, False]
    assert found.beyond is not None and found.beyond.tolist() == [True, True, False, True]
    found = fitted(taxonomy, records, must=must | {Constraint.SIZE}, **asked)
    assert found.beyond is not None and found.beyond.tolist() == [True, True, False, False]
    found = fitted(taxonomy, records, must=frozenset({Constraint.SIZE}), **asked)
    assert found.beyond is None and found.mask.tolist() == [True, True, True, False]


def test_a_unit_within_the_budget_is_not_known_to_fit(taxonomy: Taxonomy) -> None:
    one = Solution(name="甲", packages=(Package(name="单台", price_cny=1_980),))
    must = frozenset({Constraint.BUDGET})
    found = fitted(taxonomy, [one], budget_cny=5_000, must=must)
    assert found.fits[Constraint.BUDGET].tolist() == [0] and found.mask.all()
    found = fitted(taxonomy, [one], budget_cny=1_000, must=must)
    assert found.fits[Constraint.BUDGET].tolist() == [-1] and not found.mask.any()
