"""Changes that come after a build are in the next answer, scored as if they had been built in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from catalog.records import Case, Effect, Kind, Label, Package, Provider, Record, Solution
from matcher.types import MatchQuery
from tests.conftest import Built

QUERY = MatchQuery(text="换模慢，设备老停机查不出原因", limit=50)
NEW = Solution(
    name="换模停机专家",
    provider="海岳智造科技有限公司",
    description="换模慢、设备停机查原因",
    sectors=(Label(label="注塑", nodes=("C292",)),),
    scenarios=(Label(label="设备管理", nodes=("S3-4",)),),
    packages=(Package(price_cny=50_000, deploy_days=20),),
)


def put(built: Built, record: Record) -> str:
    with built.store.writing("test") as writer:
        return writer.put(record).id


def shown(built: Built, query: MatchQuery = QUERY) -> dict[str, Any]:
    answer = built.matcher.match(query)
    return {m.id: m for m in (*answer.solutions, *answer.providers, *answer.cases)}


def test_a_new_offer_is_found_at_once(built: Built) -> None:
    identity = put(built, NEW)
    assert built.matcher.sequence < built.store.sequence()
    answer = built.matcher.match(QUERY)
    assert answer.solutions[0].id == identity
    assert answer.sequence == built.store.sequence() == built.matcher.sequence
    assert answer.generation == built.info.id and built.matcher.later_rows == 1
    assert identity in answer.providers[0].evidence


def test_it_scores_as_after_a_rebuild(built: Built) -> None:
    put(built, NEW)
    with built.store.writing("test") as writer:
        writer.replace(
            built.ids["机器视觉质检"], Solution(name="机器视觉质检", description="相机看停机")
        )
        writer.retire(built.ids["缝制车间协同"])
    later = built.matcher.score(QUERY)
    built.build()
    assert built.matcher.reload() and built.matcher.later_rows == 0
    built_in = built.matcher.score(QUERY)
    position = {identity: row for row, identity in enumerate(built_in.snapshot.ids)}
    active = np.flatnonzero(later.snapshot.active)
    assert {later.snapshot.ids[row] for row in active} == set(position)
    for row in active:
        other = position[later.snapshot.ids[row]]
        for signal in ("dense",):
            one, two = later.ranked.scores(signal)[row], built_in.ranked.scores(signal)[other]
            assert one == pytest.approx(two, abs=1e-4)
        for field in ("sector", "scenario", "constraints"):
            one, two = getattr(later.ranked.fitted, field), getattr(built_in.ranked.fitted, field)
            assert one[row] == pytest.approx(two[other], abs=1e-6)
        for field in (
            "kind",
            "cost_low",
            "payments",
            "paid_low",
            "days",
            "sizes",
            "evidence",
            "demonstration",
            "tie",
        ):
            one = getattr(later.snapshot.columns, field)[row]
            assert one == pytest.approx(getattr(built_in.snapshot.columns, field)[other])
        owner, owner_in = later.snapshot.provider_row[row], built_in.snapshot.provider_row[other]
        assert (owner >= 0) == (owner_in >= 0)
        if owner >= 0:
            assert later.snapshot.ids[owner] == built_in.snapshot.ids[owner_in]


def test_lexical_score_is_the_frozen_formula(built: Built) -> None:
    """The same record laid over has the very score that it had when it was built in."""
    before = built.matcher.score(QUERY)
    identity = built.ids["设备联网看板"]
    row = before.snapshot.ids.index(identity)
    with built.store.writing("test") as writer:
        record = built.store.get(identity).record
        writer.replace(identity, record.model_copy(update={"evidence": "照片"}))
    after = built.matcher.score(QUERY)
    later = len(after.snapshot.ids) - 1
    assert after.snapshot.ids[later] == identity and not after.snapshot.active[row]
    for signal in ("dense", "lexical", "final"):
        one, two = before.ranked.scores(signal)[row], after.ranked.scores(signal)[later]
        assert one == pytest.approx(two, abs=1e-5)


def test_a_changed_offer_counts_as_it_is_now(built: Built) -> None:
    identity = built.ids["缝制车间协同"]
    before = shown(built)[identity].score
    with built.store.writing("test") as writer:
        writer.replace(identity, NEW.model_copy(update={"provider": None}))
    match = shown(built)[identity]
    assert match.score > before
    assert match.record.name == "换模停机专家"
    assert sum(one == identity for one in built.matcher.score(QUERY).snapshot.ids) == 2


def test_retired_offers_never_appear(built: Built) -> None:
    identities = [
        built.ids[name] for name in ("设备联网看板", "塑料件厂停机减少三成", "标尺质检技术有限公司")
    ]
    with built.store.writing("test") as writer:
        for identity in identities:
            writer.retire(identity)
    found = shown(built)
    assert found.keys().isdisjoint(identities)
    assert all(set(match.evidence).isdisjoint(identities) for match in found.values())
    built.build()
    built.matcher.reload()
    assert shown(built).keys() == found.keys()


def test_a_new_offer_can_be_retired_and_restored(built: Built) -> None:
    before = shown(built)
    identity = put(built, NEW)
    with built.store.writing("test") as writer:
        writer.retire(identity)
    assert {key: m.score for key, m in shown(built).items()} == {
        key: m.score for key, m in before.items()
    }
    with built.store.writing("test") as writer:
        writer.restore(identity)
    assert identity in shown(built)


def test_restored_offers_come_back_with_their_score(built: Built) -> None:
    identity = built.ids["快速换模管理"]
    before = shown(built)[identity].score
    for action in ("retire", "restore"):
        with built.store.writing("test") as writer:
            getattr(writer, action)(identity)
    assert shown(built)[identity].score == pytest.approx(before, abs=1e-5)


PROOF = Case(
    name="另一家厂换模减半",
    provider="海岳智造科技有限公司",
    solution="快速换模管理",
    effects=(Effect(metric="换模", before=60, after=30, unit="分钟"),),
    accepted=True,
    cost_cny=40_000,
    level_after=3,
)


def test_a_new_case_raises_its_solution(built: Built) -> None:
    identity = built.ids["快速换模管理"]
    before = shown(built)[identity]
    case = put(built, PROOF)
    after = shown(built)[identity]
    assert after.signals.evidence > before.signals.evidence == 0
    assert after.score > before.score
    (reason,) = [one for one in after.reasons if one.code == "cases"]
    assert reason.data["count"] == 1
    with built.store.writing("test") as writer:
        writer.retire(case)
    assert shown(built)[identity].score == pytest.approx(before.score, abs=1e-5)


def test_a_case_that_moves_takes_its_proof_along(built: Built) -> None:
    old, new = built.ids["设备联网看板"], built.ids["快速换模管理"]
    before = shown(built)
    case = built.ids["塑料件厂停机减少三成"]
    record = built.store.get(case).record
    assert isinstance(record, Case) and before[old].signals.evidence > 0
    with built.store.writing("test") as writer:
        writer.replace(case, record.model_copy(update={"solution": PROOF.solution}))
    after = shown(built)
    assert after[new].signals.evidence > 0
    assert after[old].signals.evidence == pytest.approx(0, abs=1e-4)


def test_changes_of_other_kinds_are_seen_and_change_nothing(built: Built) -> None:
    before = shown(built)
    with built.store.writing("test") as writer:
        writer.retire(built.ids["顺达塑料制品厂"])
    answer = built.matcher.match(QUERY)
    assert answer.sequence == built.store.sequence()
    assert {key: m.score for key, m in shown(built).items()} == {
        key: m.score for key, m in before.items()
    }
    assert built.matcher.later_rows == 0


def test_a_new_provider_and_its_offer(built: Built) -> None:
    provider = put(built, Provider(name="新人公司", description="换模顾问"))
    solution = put(built, NEW.model_copy(update={"provider": None}))
    with built.store.writing("test") as writer:
        record = built.store.get(solution).record
        writer.replace(solution, Solution(**{**record.model_dump(), "provider": "新人公司"}))
    found = shown(built)
    assert found[provider].evidence == (solution,)
    assert found[provider].kind is Kind.PROVIDER
