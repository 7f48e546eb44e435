"""A need that nothing there is made for: told by the odds of the best offer and by what no offer has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.records import (
    Kind,
    Label,
    Listing,
    Need,
    Package,
    PriceModel,
    Reference,
    Solution,
)
from catalog.store import RecordFilter
from catalog.unmet import list_unmet, summary
from matcher.answers.explain import render
from matcher.bulk.job import stored_needs
from matcher.bulk.lists import Status
from matcher.calibration import FEATURES, Calibration
from matcher.types import Answer, Constraint, Lack, Lacking, MatchQuery
from tests.bulk_runs import rows_of, run
from tests.conftest import Built

SAFE = "内外网要隔离,怕中勒索病毒"
ODDS = -2.0
CITY = frozenset([Constraint.CITY])


@pytest.fixture
def odds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the log-odds of every offer and the bounds below which nothing is suitable."""

    def set_(best: float = ODDS, nothing: float = -9.0, lacking: float = -9.0) -> None:
        flat = (best, *[0.0] * len(FEATURES))
        calibration = Calibration("test", (flat,) * 3, 1.0, {}, nothing, lacking)
        monkeypatch.setattr("matcher.engine.shipped_calibration", lambda *_: calibration)

    return set_


def list_in_ningbo(built: Built) -> None:
    name = "设备联网看板"
    solution = Reference(name=name, id=built.ids[name])
    with built.store.writing("test") as writer:
        writer.put(Listing(name=f"宁波 {name}", city="宁波", solution=solution))


def asked(built: Built, **given: Any) -> Answer:
    return built.matcher.match(MatchQuery(SAFE, **{"scenarios": ("S1-6",), **given}))


def test_offers_without_the_scenario_are_scarce(tiny: Built, odds: Any) -> None:
    odds()
    answer = asked(tiny)
    assert answer.lacking == Lacking(Lack.SCARCE, "catalogue", "S1-6", "S1-6")
    assert answer.solutions and not answer.unserved and answer.nearest is None
    note = answer.notes[0]
    assert note.code == "scarce" and "网络安全" in render(note)
    assert "has nothing made for" in render(note, "en")


def test_below_the_bound_nothing_is_suitable(tiny: Built, odds: Any) -> None:
    odds(lacking=-1.0)
    answer = asked(tiny)
    assert answer.lacking == Lacking(Lack.NOTHING, "catalogue", "S1-6", "S1-6")
    assert answer.unserved and not answer.solutions and answer.nearest is not None
    assert "nothing_for" in [one.code for one in answer.notes]


def test_where_the_scenario_is_there_only_the_lower_bound_counts(tiny: Built, odds: Any) -> None:
    odds(lacking=-1.0)
    assert asked(tiny, scenarios=("S3-4",)).lacking is None
    odds(nothing=-1.0)
    assert asked(tiny, scenarios=("S3-4",)).lacking == Lacking(Lack.NOTHING)
    note = next(one for one in asked(tiny, scenarios=("S3-4",)).notes if one.code == "nothing")
    assert render(note) == "目录里没有合适的方案"


def test_a_good_offer_serves_whatever_its_labels_say(tiny: Built, odds: Any) -> None:
    odds(best=0.1, nothing=0.0, lacking=0.0)
    assert asked(tiny).lacking is None


def test_a_trade_alone_is_asked_back(tiny: Built, odds: Any) -> None:
    odds(nothing=-1.0)
    assert tiny.matcher.match(MatchQuery("注塑厂")).lacking is None


def test_how_many_are_listed_does_not_matter(tiny: Built, odds: Any) -> None:
    odds()
    assert {asked(tiny, limit=limit).lacking for limit in (1, 3, 50)} == {
        Lacking(Lack.SCARCE, "catalogue", "S1-6", "S1-6")
    }


def test_a_city_is_judged_by_what_it_lists(built: Built, odds: Any) -> None:
    odds()
    list_in_ningbo(built)
    one = Solution(name="防火墙", scenarios=(Label(label="网络安全", nodes=("S1-6",)),))
    with built.store.writing("test") as writer:
        writer.put(one)
    assert asked(built, city="宁波").lacking is None
    lacking = asked(built, city="宁波", must=CITY).lacking
    assert lacking == Lacking(Lack.SCARCE, "city", "S1-6", "S1-6")
    note = asked(built, city="宁波", must=CITY).notes[0]
    assert "宁波的目录里" in render(note) and "the catalogue of 宁波" in render(note, "en")


def test_what_other_hard_limits_keep_out_is_no_demand(built: Built, odds: Any) -> None:
    odds()
    dear = {"budget_cny": 10, "must": frozenset([Constraint.BUDGET])}
    # No offer at all has it: the budget is not what keeps it out.
    assert asked(built, **dear).lacking == Lacking(Lack.SCARCE, "catalogue", "S1-6", "S1-6")
    label = Label(label="网络安全", nodes=("S1-6",))
    packages = (Package(price_cny=90_000, price_model=PriceModel.ONE_OFF),)
    with built.store.writing("test") as writer:
        writer.put(Solution(name="防火墙", scenarios=(label,), packages=packages))
    assert asked(built).lacking is None
    lacking = asked(built, **dear).lacking
    assert lacking == Lacking(Lack.SCARCE, "limits", "S1-6", "S1-6") and not lacking.demand


class TestMany:
    @pytest.fixture
    def needy(self, built: Built) -> Built:
        label = Label(label="网络安全", nodes=("S1-6",))
        with built.store.writing("test") as writer:
            for text in (SAFE, "要做等保"):
                writer.put(Need(text=text, city="宁波", scenarios=(label,)))
        return built

    def test_the_table_and_the_counts(self, needy: Built, odds: Any, tmp_path: Path) -> None:
        odds()
        source = stored_needs(needy.store, RecordFilter())
        done = run(needy, source, tmp_path / "m.parquet", lang="zh")
        assert done.statuses == {Status.MATCHED: 1, Status.SCARCE: 2}
        assert done.gaps == {(None, "S1-6"): 2} and done.not_digital == 0
        rows = [row for row in rows_of(tmp_path / "m.parquet") if row["status"] == "只有沾边的"]
        assert rows and all("网络安全" in row["remark"] for row in rows)
        assert list_unmet(needy.store).needs == (), "nothing is kept unless it is asked for"

    def test_stored_needs_are_kept_once(self, needy: Built, odds: Any, tmp_path: Path) -> None:
        odds()
        for _ in range(2):
            source = stored_needs(needy.store, RecordFilter())
            run(needy, source, tmp_path / "m.parquet", record=True)
        kept = list_unmet(needy.store).needs
        assert {one.text for one in kept} == {SAFE, "要做等保"} and len(kept) == 2
        assert {(one.demand.cause, one.demand.within) for one in kept} == {("scarce", "catalogue")}
        list_in_ningbo(needy)
        run(needy, source, tmp_path / "m.parquet", record=True, must=(Constraint.CITY,))
        assert len(list_unmet(needy.store).needs) == 4 and summary(needy.store).total == 2
        odds(best=1.0)
        run(needy, source, tmp_path / "m.parquet", record=True)
        assert {one.demand.within for one in list_unmet(needy.store).needs} == {"city"}

    def test_a_must_counts_where_the_need_gives_its_value(
        self, needy: Built, odds: Any, tmp_path: Path
    ) -> None:
        odds(lacking=-1.0)
        list_in_ningbo(needy)
        with needy.store.writing("test") as writer:
            writer.put(Need(text="没写城市的需求，设备老停机"))
        musts = (Constraint.CITY, Constraint.BUDGET)
        source = stored_needs(needy.store, RecordFilter())
        done = run(needy, source, tmp_path / "m.parquet", must=musts)
        assert done.statuses[Status.UNSERVED] == 2 and done.statuses[Status.REFUSED] == 0
        remarks = {row["remark"] for row in rows_of(tmp_path / "m.parquet")}
        assert any("the catalogue of 宁波" in (one or "") for one in remarks)
        kinds = {row["kind"] for row in rows_of(tmp_path / "m.parquet") if row["place"] is None}
        assert kinds <= {kind.value for kind in Kind}
