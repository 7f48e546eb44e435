"""Journeys through the matcher: needs as people type them, needs that cannot be read."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from catalog.records import MAX_MONEY_CNY, Kind, Size
from matcher.answers.explain import render
from matcher.calibration import FEATURES, Calibration, says_enough
from matcher.engine import Matcher
from matcher.errors import InvalidNeed
from matcher.types import Answer, Constraint, MatchQuery
from tests.conftest import Built
from tests.matcher.conftest import codes, everything

NEED = "换模慢，设备老停机查不出原因"
LIMITED = f"{NEED}，预算20万以内"


def order(answer: Answer) -> list[tuple[str, float]]:
    return [(match.id, match.score) for match in everything(answer)]


class TestJourneys:
    def test_solutions_providers_and_cases_with_reasons(self, tiny: Built) -> None:
        query = MatchQuery(
            text=NEED,
            sectors=("C292",),
            scenarios=("设备管理",),
            budget_cny=200_000,
            deploy_days=90,
            size=Size.SMALL,
            target_level=2,
        )
        answer = tiny.matcher.match(query)
        assert (answer.generation, answer.sequence) == (tiny.info.id, tiny.store.sequence())
        assert answer.considered == 11
        steps = {"encode", "read", "dense", "understand", "fit", "rank", "explain"}
        assert set(answer.timings_ms) == steps
        names = [match.record.name for match in answer.solutions]
        assert set(names[:2]) == {"设备联网看板", "快速换模管理"}
        assert answer.providers[0].record.name == "海岳智造科技有限公司"
        assert answer.cases[0].record.name == "塑料件厂停机减少三成"
        for found in (answer.solutions, answer.providers, answer.cases):
            assert [match.rank for match in found] == list(range(1, len(found) + 1))
            scores = [match.score for match in found]
            assert scores == sorted(scores, reverse=True)
        first = answer.solutions[0]
        assert {"sector_same", "scenario_same_level", "budget_yes", "days_yes"} <= codes(first)
        assert {"size_yes", "level_yes"} <= codes(first) and not first.misfits
        board = next(m for m in answer.solutions if m.record.name == "设备联网看板")
        assert next(r for r in board.reasons if r.code == "cases").data["count"] == 1
        # What a provider's score stands on is named, best first.
        assert first.id in answer.providers[0].evidence
        assert {"effect", "accepted"} <= codes(answer.cases[0])
        for match in everything(answer):
            assert match.reasons or match.misfits or match.unknowns
            for reason in (*match.reasons, *match.misfits, *match.unknowns):
                assert render(reason, "zh") and render(reason, "en")

    def test_what_does_not_fit_and_what_is_not_known_are_told_apart(self, tiny: Built) -> None:
        answer = tiny.matcher.match(
            MatchQuery(
                text="服装厂小单快反报工",
                sectors=("C18",),
                budget_cny=100_000,
                deploy_days=30,
                size=Size.SMALL,
                target_level=4,
                scenarios=("计划排程",),
            )
        )
        sewing = answer.solutions[0]
        assert sewing.record.name == "缝制车间协同"
        misfits = {one.code for one in sewing.misfits}
        assert {"budget_no", "days_no", "size_no", "level_no", "expired"} <= misfits
        budget = next(one for one in sewing.misfits if one.code == "budget_no")
        assert budget.data == {"cost": "360,000", "budget": "100,000"}
        vision = next(m for m in answer.solutions if m.record.name == "机器视觉质检")
        unknowns = {one.code for one in vision.unknowns}
        assert {"budget_unknown", "days_unknown", "size_unknown"} <= unknowns

    @pytest.mark.parametrize(
        "typed",
        [
            "換模慢，設備老停機查不出原因，預算20萬以內",
            "换模慢，设备老停机查不出原因，预算２０万以内",
            "换模慢，设备老停机查不出原因，\u200b预算20万以内\ufeff",
            "\x00 换模慢，设备老停机查不出原因， 预算20万以内\x1b",
        ],
    )
    def test_other_spellings_of_the_same_words(self, tiny: Built, typed: str) -> None:
        one, other = (tiny.matcher.match(MatchQuery(text=text)) for text in (LIMITED, typed))
        assert [match.id for match in everything(one)] == [match.id for match in everything(other)]

    def test_emoji_do_no_harm(self, tiny: Built) -> None:
        answer = tiny.matcher.match(MatchQuery(text="😭😭换模慢🔧设备老停机👨‍👩‍👧"))
        assert answer.solutions[0].record.name in ("设备联网看板", "快速换模管理")

    def test_english(self, tiny: Built) -> None:
        answer = tiny.matcher.match(
            MatchQuery(text="Foundry: our furnaces eat electricity, we want energy metering")
        )
        assert answer.understanding.lang == "en"
        assert answer.solutions[0].record.name == "Foundry energy metering"

    def test_a_very_long_need_up_to_the_limit(self, tiny: Built) -> None:
        assert tiny.matcher.match(MatchQuery(text="换模慢。" * 5000)).solutions

    def test_given_labels_win_over_the_words(self, tiny: Built) -> None:
        understanding = tiny.matcher.match(
            MatchQuery(text="注塑厂换模慢", sectors=("服装",), scenarios=("财务管理",))
        ).understanding
        assert all(one.given for one in (*understanding.sectors, *understanding.scenarios))
        assert understanding.sectors[0].code.startswith("C18")
        assert understanding.sectors[0].words == "服装"
        assert understanding.scenarios[0].code == "S5-1"

    def test_the_words_behind_a_reading_are_reported(self, tiny: Built) -> None:
        understanding = tiny.matcher.match(MatchQuery(text="注塑厂设备管理跟不上")).understanding
        read = (*understanding.sectors, *understanding.scenarios)
        assert not any(one.given for one in read)
        worded = {one.code: one.words for one in read if one.words}
        assert "注塑" in worded["C292"]
        assert "设备管理" in worded["S3-4"]

    def test_a_limit_told_in_the_words_is_kept_to(self, tiny: Built) -> None:
        """The sewing software costs 360,000 in its first year."""
        answer = tiny.matcher.match(MatchQuery(text=LIMITED, limit=50))
        (read,) = answer.understanding.limits
        assert (read.field, read.value, read.hard) == ("budget", 200_000, True)
        assert read.words in LIMITED
        assert "缝制车间协同" not in {match.record.name for match in everything(answer)}
        first = answer.solutions[0]
        assert "budget_yes" in codes(first)

    @pytest.mark.parametrize(
        "asked", [{"ignore": frozenset({"budget"})}, {"budget_cny": 500_000}], ids=["not", "more"]
    )
    def test_what_the_caller_says_wins_over_a_limit_in_the_words(
        self, tiny: Built, asked: dict[str, Any]
    ) -> None:
        answer = tiny.matcher.match(MatchQuery(text=LIMITED, limit=50, **asked))
        sewing = next(m for m in answer.solutions if m.record.name == "缝制车间协同")
        assert "budget_no" not in codes(sewing)
        assert ("budget_yes" in codes(sewing)) is ("budget_cny" in asked)

    def test_labels_that_nobody_knows_are_reported(self, tiny: Built) -> None:
        answer = tiny.matcher.match(MatchQuery(text=NEED, sectors=("吧啦吧啦",)))
        assert answer.understanding.unresolved == ("吧啦吧啦",)
        (note,) = [one for one in answer.notes if one.code == "unresolved"]
        assert "吧啦吧啦" in render(note, "zh") and "吧啦吧啦" in render(note, "en")

    def test_kinds_and_limit(self, tiny: Built) -> None:
        answer = tiny.matcher.match(MatchQuery(text=NEED, kinds=(Kind.CASE,), limit=1))
        assert (answer.solutions, answer.providers) == ((), ()) and len(answer.cases) == 1

    def test_demonstration_records_can_be_left_out(self, tiny: Built) -> None:
        query = MatchQuery(text="Foundry energy metering", demonstration=False, limit=50)
        names = {match.record.name for match in everything(tiny.matcher.match(query))}
        assert "Foundry energy metering" not in names and len(names) == 10

    def test_the_same_question_has_the_same_answer(self, tiny: Built) -> None:
        query = MatchQuery(text=NEED, budget_cny=200_000)
        first = order(tiny.matcher.match(query))
        assert order(tiny.matcher.match(query)) == first
        assert order(tiny.open().match(query)) == first

    def test_the_engine_is_asked_from_many_threads(self, built: Built) -> None:
        query = MatchQuery(text=NEED)
        expected, found, errors = order(built.matcher.match(query)), [], []

        def ask() -> None:
            try:
                found.extend(order(built.matcher.match(query)) for _ in range(5))
            except Exception as error:  # noqa: BLE001
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        with built.store.writing("test") as writer:
            writer.retire(built.ids["顺达塑料制品厂"])
        for thread in threads:
            thread.join()
        assert not errors and all(one == expected for one in found)

    def test_one_list_of_all_kinds(self, tiny: Built) -> None:
        scored = tiny.matcher.score(MatchQuery(text=NEED))
        for signal in ("dense", "lexical", "fused", "final"):
            found = scored.order(signal, 50)  # type: ignore[arg-type]
            assert len(found) == 11
            assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
        assert Matcher.open(tiny.store, tiny.data, tiny.encoder, tiny.taxonomy).generation


class TestBadInput:
    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"text": ""}, "text"),
            ({"text": "  \n\t\u3000"}, "text"),
            ({"text": "，。！？……——"}, "text"),
            ({"text": "____"}, "text"),
            ({"text": "😀😀"}, "text"),
            ({"text": "\x00\u200b"}, "text"),
            ({"text": "换" * 20_001}, "text"),
            ({"budget_cny": -1}, "budget_cny"),
            ({"budget_cny": 0}, "budget_cny"),
            ({"budget_cny": MAX_MONEY_CNY + 1}, "budget_cny"),
            ({"deploy_days": -5}, "deploy_days"),
            ({"deploy_days": 10_000}, "deploy_days"),
            ({"target_level": 0}, "target_level"),
            ({"target_level": 5}, "target_level"),
            ({"limit": -1}, "limit"),
            ({"sectors": ("C999",)}, "sectors"),
            ({"sectors": ("注塑", "C9999")}, "sectors"),
            ({"sectors": ("C396 电子器件制造",)}, "sectors"),
            ({"sectors": ("C292 服装",)}, "sectors"),
        ],
    )
    def test_is_refused_with_field_and_both_languages(
        self, tiny: Built, asked: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidNeed) as caught:
            tiny.matcher.match(MatchQuery(**{"text": NEED, **asked}))
        assert caught.value.field == field
        assert caught.value.message.zh and caught.value.message.en
        assert caught.value.message.zh != caught.value.message.en

    @pytest.mark.parametrize("must", list(Constraint))
    def test_a_hard_limit_without_a_value(self, tiny: Built, must: Constraint) -> None:
        with pytest.raises(InvalidNeed) as caught:
            tiny.matcher.match(MatchQuery(text=NEED, must=frozenset({must})))
        assert caught.value.field == "must" and must.value in caught.value.message.en

    @pytest.mark.parametrize("city", ["", "  "])
    def test_a_blank_city_is_no_city(self, tiny: Built, city: str) -> None:
        with pytest.raises(InvalidNeed) as caught:
            tiny.matcher.match(MatchQuery(text=NEED, city=city, must=frozenset({Constraint.CITY})))
        assert caught.value.field == "must"

    @pytest.mark.parametrize(
        ("must", "asked"),
        [
            (Constraint.SECTOR, {"sectors": ("吧啦吧啦",)}),
            (Constraint.SCENARIO, {"scenarios": ("吧啦吧啦",)}),
        ],
    )
    def test_a_hard_limit_on_a_label_that_nobody_knows(
        self, tiny: Built, must: Constraint, asked: dict[str, Any]
    ) -> None:
        """A guess must not drop offers."""
        with pytest.raises(InvalidNeed) as caught:
            tiny.matcher.match(MatchQuery(text=NEED, must=frozenset({must}), **asked))
        assert caught.value.field in asked and "吧啦吧啦" in caught.value.message.zh

    def test_the_2011_edition_is_named(self, tiny: Built) -> None:
        with pytest.raises(InvalidNeed) as caught:
            tiny.matcher.match(MatchQuery(text=NEED, sectors=("C396电子器件制造",)))
        assert "2011" in caught.value.message.zh and "C397" in caught.value.message.en

    def test_a_code_with_its_own_name_is_taken(self, tiny: Built) -> None:
        query = MatchQuery(text=NEED, sectors=("C396 智能消费设备制造",))
        assert tiny.matcher.match(query).understanding.sectors[0].code == "C396"

    @pytest.mark.parametrize("text", ["数字孪生", "RFID", "need a WMS for 50k yuan"])
    def test_a_technology_or_a_product_is_something_asked_for(self, tiny: Built, text: str) -> None:
        assert tiny.matcher.match(MatchQuery(text=text)).understanding.limits

    @pytest.mark.parametrize("field", ["sectors", "scenarios"])
    def test_a_label_told_twice_counts_once(self, tiny: Built, field: str) -> None:
        code = {"sectors": "C292", "scenarios": "S3-4"}[field]
        once, twice = (
            tiny.matcher.match(MatchQuery(text=NEED, **{field: (code,) * times}))  # type: ignore[arg-type]
            for times in (1, 2)
        )
        scores = [[(one.id, one.score) for one in answer.solutions] for answer in (once, twice)]
        assert scores[0] == scores[1]

    def test_nothing_is_kept_of_a_bad_need(self, tiny: Built) -> None:
        before = tiny.store.sequence()
        with pytest.raises(InvalidNeed):
            tiny.matcher.match(MatchQuery(text=""))
        assert tiny.matcher.match(MatchQuery(text=NEED)).solutions
        assert tiny.store.sequence() == before


def test_a_few_words_are_too_few_to_be_called_unserved() -> None:
    words = "买一台二手的锅炉"
    assert [says_enough(words[:count]) for count in (1, 3, 4, 8)] == [False, False, True, True]
    assert says_enough("who repairs a boiler") and not says_enough("boiler repair")


@pytest.mark.parametrize(("bound", "unserved"), [(-1.0, True), (1.0, False)])
def test_beyond_the_bound_nothing_is_suitable(
    built: Built, monkeypatch: pytest.MonkeyPatch, bound: float, unserved: bool
) -> None:
    all_alike = ((9.0, *[0.0] * len(FEATURES)),) * 3
    calibration = Calibration("test", all_alike, unserved_from=bound, provenance={})
    monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: calibration)
    answer = built.matcher.match(MatchQuery(NEED))
    assert answer.unserved is unserved and bool(answer.solutions) is not unserved
    assert [one.grade for one in [answer.nearest] if one] == ["weak"] * unserved
    # What the caller names is served or not by what is there.
    assert not built.matcher.match(MatchQuery(NEED, scenarios=("S3-4",))).unserved
