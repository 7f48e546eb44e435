"""What a city lists: its prices and times, musts and wishes, and what is left when nothing passes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.records import Kind, Listing, Package, PriceModel, Solution
from matcher.answers.explain import render
from matcher.engine import Matcher
from matcher.types import Constraint, Match, MatchQuery
from tests.conftest import Built
from tests.matcher.conftest import codes, everything, noted

NEED = "换模慢，设备老停机查不出原因"


def listed(built: Built, solution: str, city: str = "宁波", **facts: Any) -> str:
    record = Listing(name=f"{city} {solution}", city=city, solution=solution, **facts)
    reference = {"name": solution, "id": built.ids[solution]}
    with built.store.writing("test") as writer:
        return writer.put(Listing(**{**record.model_dump(), "solution": reference})).id


def seen(built: Built, **asked: Any) -> dict[str, Match]:
    answer = built.matcher.match(MatchQuery(**{"text": NEED, "limit": 50, **asked}))
    return {match.record.name: match for match in everything(answer)}


MUST_CITY = {"city": "宁波", "must": frozenset({Constraint.CITY})}


class TestCities:
    def test_the_price_of_the_city_wins(self, built: Built) -> None:
        before = seen(built, city="宁波", budget_cny=100_000, deploy_days=30)["设备联网看板"]
        assert {"budget_no", "days_no"} <= codes(before)
        package = Package(price_cny=90_000, price_model=PriceModel.ONE_OFF, deploy_days=20)
        listed(built, "设备联网看板", packages=(package,))
        after = seen(built, city="宁波", budget_cny=100_000, deploy_days=30)["设备联网看板"]
        assert {"budget_yes", "days_yes", "city_yes"} <= codes(after)
        assert after.score > before.score
        elsewhere = seen(built, city="苏州", budget_cny=100_000, deploy_days=30)["设备联网看板"]
        assert {"budget_no", "days_no"} <= codes(elsewhere)

    def test_what_the_city_leaves_open_stays_national(self, built: Built) -> None:
        """Score and sentence say the same."""
        listed(built, "设备联网看板", packages=(Package(price_text="面议"),))
        found = seen(built, city="宁波", budget_cny=200_000, deploy_days=60)["设备联网看板"]
        assert {"budget_yes", "days_yes"} <= codes(found)
        assert found.signals.constraints == pytest.approx(
            seen(built, budget_cny=200_000, deploy_days=60)["设备联网看板"].signals.constraints
        )

    def test_must_city_leaves_what_is_listed_and_what_cannot_be_told(self, built: Built) -> None:
        listed(built, "设备联网看板")
        found = seen(built, **MUST_CITY)
        assert {name for name, m in found.items() if m.kind is Kind.SOLUTION} == {"设备联网看板"}
        assert "city_yes" in codes(found["设备联网看板"])
        assert "塑料件厂停机减少三成" in found and "服装厂小单快反" not in found
        assert "电镀线目检改造" in found and "city_unknown" in codes(found["电镀线目检改造"])
        assert "云梭软件有限公司" not in found and "海岳智造科技有限公司" in found

    def test_a_wish_for_a_city_drops_nothing(self, built: Built) -> None:
        listed(built, "设备联网看板")
        found = seen(built, city="宁波")
        assert len(found) == 11 and "city_no" in codes(found["快速换模管理"])

    @pytest.mark.parametrize(
        "facts",
        [{"valid_until": date(2026, 10, 31)}, {"valid_from": date(2026, 11, 2)}],
        ids=["expired", "not yet"],
    )
    def test_a_listing_out_of_its_time_counts_nothing(
        self, built: Built, facts: dict[str, Any]
    ) -> None:
        package = Package(price_cny=1, price_model=PriceModel.ONE_OFF)
        listed(built, "设备联网看板", packages=(package,), **facts)
        listed(built, "快速换模管理", valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 1))
        found = seen(built, **MUST_CITY, budget_cny=100_000)
        assert "设备联网看板" not in found and "快速换模管理" in found

    def test_the_day_is_that_of_shanghai(self, built: Built) -> None:
        listed(built, "设备联网看板", valid_from=date(2026, 11, 2))
        late = datetime(2026, 11, 1, 17, tzinfo=UTC)
        matcher = Matcher(built.store, built.data, built.encoder, built.taxonomy, lambda: late)
        answer = matcher.match(MatchQuery(text="设备停机", limit=20, **MUST_CITY))
        assert "设备联网看板" in {one.record.name for one in answer.solutions}

    def test_a_retired_listing_counts_nothing(self, built: Built) -> None:
        identity = listed(built, "设备联网看板")
        listed(built, "快速换模管理")
        with built.store.writing("test") as writer:
            writer.retire(identity)
        assert "设备联网看板" not in seen(built, **MUST_CITY)

    def test_a_city_that_lists_nothing_is_said_once(self, built: Built) -> None:
        answer = built.matcher.match(MatchQuery(text=NEED, city="拉萨", limit=50))
        assert [one.code for one in noted(answer)] == ["unlisted_city"]
        assert answer.considered == 11
        assert all("city_no" not in codes(match) for match in everything(answer))

    def test_a_must_for_a_city_that_lists_nothing_leaves_nothing(self, built: Built) -> None:
        must = frozenset({Constraint.CITY})
        answer = built.matcher.match(MatchQuery(text=NEED, city="拉萨", must=must))
        assert everything(answer) == [] and answer.considered == 0
        assert [one.code for one in noted(answer)] == ["unlisted_city_must"]

    @pytest.mark.parametrize(
        ("facts", "why"),
        [
            ({"valid_until": date(2026, 10, 31)}, "listing_expired"),
            ({"valid_from": date(2026, 11, 2)}, "listing_not_yet"),
        ],
    )
    def test_a_city_whose_listings_are_out_of_their_time_has_a_catalogue(
        self, built: Built, facts: dict[str, Any], why: str
    ) -> None:
        listed(built, "设备联网看板", **facts)
        answer = built.matcher.match(MatchQuery(text=NEED, city="宁波", limit=50))
        assert [one.code for one in noted(answer)] == ["lapsed_city"]
        found = {match.record.name: match for match in everything(answer)}
        assert why in {one.code for one in found["设备联网看板"].misfits}
        assert "city_no" in codes(found["快速换模管理"])
        answer = built.matcher.match(MatchQuery(text=NEED, **MUST_CITY))
        assert everything(answer) == []
        assert [one.code for one in noted(answer)] == ["lapsed_city_must"]

    def test_a_listing_out_of_its_time_is_told_beside_valid_ones(self, built: Built) -> None:
        listed(built, "设备联网看板", valid_until=date(2026, 10, 31))
        listed(built, "快速换模管理")
        answer = built.matcher.match(MatchQuery(text=NEED, city="宁波", limit=50))
        assert noted(answer) == []
        found = {match.record.name: match for match in everything(answer)}
        (why,) = (one for one in found["设备联网看板"].misfits if one.code == "listing_expired")
        assert render(why) == "宁波目录的有效期已过（2026-10-31）"

    def test_an_offer_that_is_not_yet_valid_says_so(self, built: Built) -> None:
        with built.store.writing("test") as writer:
            writer.put(Solution(name="新的", description="换模", valid_from=date(2027, 1, 1)))
        (why,) = (one for one in seen(built)["新的"].misfits if one.code == "not_yet")
        assert "2027-01-01" in render(why, "en")

    def test_nothing_passes(self, built: Built) -> None:
        query = MatchQuery(
            text=NEED,
            budget_cny=1,
            kinds=(Kind.SOLUTION,),
            must=frozenset({Constraint.BUDGET}),
        )
        answer = built.matcher.match(query)
        names = {match.record.name for match in answer.solutions}
        assert names == {"机器视觉质检", "Foundry energy metering"}

    def test_a_note_when_nothing_at_all_passes(self, built: Built) -> None:
        with built.store.writing("test") as writer:
            for name in (
                "机器视觉质检",
                "Foundry energy metering",
                "电镀线目检改造",
                "服装厂小单快反",
            ):
                writer.retire(built.ids[name])
            writer.retire(built.ids["标尺质检技术有限公司"])
        query = MatchQuery(text=NEED, budget_cny=1, must=frozenset({Constraint.BUDGET}))
        answer = built.matcher.match(query)
        assert answer.considered == 0 and everything(answer) == []
        note, best = noted(answer)
        assert note.code == "none_pass" and "budget" in render(note, "en")
        assert best.code == "over_limit" and best.data["name"] == "设备联网看板"

    def test_an_empty_catalogue_says_so(self, built: Built) -> None:
        with built.store.writing("test") as writer:
            for identity in built.ids.values():
                writer.retire(identity)
        answer = built.matcher.match(MatchQuery(text=NEED))
        assert answer.considered == 0
        assert [one.code for one in noted(answer)] == ["empty_catalogue"]

    def test_a_listing_of_a_new_solution_is_seen_at_once(self, built: Built) -> None:
        with built.store.writing("test") as writer:
            built.ids["新的"] = writer.put(Solution(name="新的", description="换模")).id
        listed(built, "新的")
        assert "city_yes" in codes(seen(built, city="宁波")["新的"])
