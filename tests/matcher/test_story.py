"""Of a long message the need and the trade are read; limits are read from all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from catalog.wording import normalised
from matcher.engine import Matcher
from matcher.query import checked_text, whole_text
from matcher.types import MatchQuery
from matcher.understanding.asked import asked
from matcher.understanding.clauses import clauses
from matcher.understanding.story import (
    BIAS,
    Story,
    StoryWeights,
    likelihoods,
    shipped_weights,
    story_of,
)
from matcher.understanding.story_fit import MarkedStory, fit, marked, measures, ship, story_examples
from tests.conftest import Built

STORY = (
    "我父亲八八年在镇上租了两间屋做起来的，那时候只有三台旧车床，我零六年接手，银行的贷款去年还清了。"
    "我们是做水龙头阀芯的，现在六十来个人。ERP是前年上的，财务用得很顺，车间食堂也翻新了，"
    "年夜饭请了八桌，客户主要在温州和佛山，去年跟着展会去了一趟德国，门口那条路年底要修。"
    "头疼的是仓库，料架上的东西谁也说不清有多少，一盘点就差一大截，找个料要翻半天，"
    "就想有个系统，扫一下就知道东西在哪、还剩多少。预算五万以内。儿子今年高考，考得还行，祝各位领导工作顺利。"
)
STORY_EN = (
    "My father started in 1981 with one lathe that he bought from a railway workshop, and he slept next "
    "to it. Today we make brass valves, 45 people. The bank is happy, the ISO audit passed with two small "
    "remarks about the forklift, and my sister handles the exports to Poland. The ERP works, please leave "
    "it alone. What hurts is the warehouse: the stock on paper never matches the shelves, we look for parts "
    "for hours, and we want something with barcodes that tells us what is where. The municipality wants to "
    "move the bus stop in front of our gate. My nephew says hello. We once had a visitor from Japan."
)


def test_the_need_and_the_trade_of_a_story_are_read() -> None:
    need = asked(STORY)
    assert "一盘点就差一大截" in need.need and "水龙头阀芯" in need.need
    assert "高考" not in need.need and "八桌" not in need.need and "高考" in need.text
    assert need.quoted and all(one in need.need for one in need.quoted)
    assert sum(map(len, need.quoted)) <= 120 and len(need.quoted) <= 3
    english = asked(STORY_EN)
    assert "never matches the shelves" in english.need and "brass valves" in english.need
    assert "bus stop" not in english.need


@pytest.mark.parametrize(
    "text",
    [
        "换模慢，设备老停机",
        "我们做胶水的，配方都在老工程师本子里，打样改了十几版，客户最后认的是哪一版谁也说不清",
        "Our moulds break and nobody knows why, every week the same, " * 4,
        "仓库老对不上账" * 20,
    ],
)
def test_a_text_that_is_short_or_of_few_clauses_is_read_as_it_is(text: str) -> None:
    text = normalised(text)
    assert story_of(text) == Story(text)
    need = asked(text)
    assert need.need == need.text and not need.quoted


def test_a_text_that_hardly_has_background_is_read_as_it_is() -> None:
    text = normalised("仓库找不着料，盘点差一大截，" * 8)
    assert story_of(text) == Story(text)


def test_limits_are_read_from_all_of_it(tiny: Built) -> None:
    query = MatchQuery(STORY)
    heard = tiny.matcher.scorer.hear(query)
    assert heard.text == checked_text(query) != whole_text(query)
    assert heard.query.budget_cny == 50_000


def test_with_aside_ignored_all_is_read() -> None:
    query = MatchQuery(STORY, ignore=frozenset(["aside"]))
    assert checked_text(query) == whole_text(query) == normalised(STORY)


def test_a_note_quotes_what_was_read(tiny: Built) -> None:
    (note,) = [one for one in tiny.matcher.match(MatchQuery(STORY)).notes if one.code == "focused"]
    assert str(note.data["clauses"]).split(" … ") == list(asked(STORY).quoted)
    notes = tiny.matcher.match(MatchQuery(STORY, ignore=frozenset(["aside"]))).notes
    assert "focused" not in {one.code for one in notes}


def test_what_is_kept_of_a_need_tells_no_limits_of_a_message_that_it_stands_in(
    tiny: Built,
) -> None:
    """Alike words are read of both; the budget stands in the background of one."""
    matcher: Matcher = tiny.matcher
    text = checked_text(MatchQuery(STORY))
    alone = matcher.scorer.hear(MatchQuery(text))
    vector = tiny.encoder.encode_needs([text])[0]
    meant = matcher.scorer.mean(matcher.snapshot(), alone, vector).lasting(text)
    other = STORY.replace("预算五万以内", "预算八万以内")
    assert checked_text(MatchQuery(other)) == text
    for story, budget in ((STORY, 50_000), (other, 80_000)):
        heard = matcher.scorer.hear(MatchQuery(story), known={text: meant})
        assert heard.query.budget_cny == budget
    heard = matcher.scorer.hear(MatchQuery(STORY))
    meant = matcher.scorer.mean(matcher.snapshot(), heard, vector)
    known = {text: meant.lasting(normalised(STORY), background=True)}
    assert matcher.scorer.hear(MatchQuery(text), known=known).query.budget_cny is None


@given(st.text(alphabet="仓库不用我们做阀门的,，。 ab但就是\n", min_size=90, max_size=400))
def test_something_is_always_read(text: str) -> None:
    text = normalised(text)
    story = story_of(text)
    assert story.text or not text
    assert len(story.text) <= len(text) and (story.quoted or story.text == text)


def test_likelihoods_are_those_of_the_chain() -> None:
    """Two clauses in one sentence, a need following no need: by hand."""
    weights = StoryWeights(
        {BIAS: 0, "仓": 1},
        np.array([[0.0] * 6, [np.log(3.0), 0, 0, 0, np.log(2.0), 0]]),
        np.array([0.5, 0.25, 0.25]),
        {
            False: np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.6, 0.2, 0.2]]),
            True: np.full((3, 3), 1 / 3),
        },
    )
    found = likelihoods([("我", ","), ("仓", "")], weights)
    first = np.array([0.5, 0.25, 0.25]) * [1, 2, 1]
    second = weights.steps[False] * [1, 3, 1]
    joint = first[:, None] * second
    assert found[0] == pytest.approx(joint.sum(axis=1) / joint.sum())
    assert found[1] == pytest.approx(joint.sum(axis=0) / joint.sum())


def test_marks_tell_what_a_clause_is() -> None:
    story = marked("甲", "<t>我们做阀门</t>，<n>仓库乱</n>，<l>五万以内</l>，谢谢")
    pieces = tuple(clauses("我们做阀门,仓库乱,五万以内,谢谢"))
    assert story == MarkedStory("甲", pieces, (2, 1, 0, 0))


def test_the_weights_are_those_of_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted again they are the shipped ones, but for the last steps of their rounding."""
    import matcher.understanding.story_fit as fitting

    weights, shipped = fit(story_examples()), shipped_weights()
    known = weights.rows.keys() & shipped.rows.keys()
    assert len(known) > 0.99 * len(shipped.rows)
    there = weights.table[[weights.rows[name] for name in known]]
    assert np.abs(there - shipped.table[[shipped.rows[name] for name in known]]).max() < 0.05
    assert np.array_equal(weights.start, shipped.start)
    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    assert ship(weights).is_file()


@pytest.mark.slow
def test_an_author_who_was_not_learned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import matcher.understanding.story_fit as fitting

    examples = story_examples()
    monkeypatch.setattr(
        fitting, "fit", lambda part: fit([one for one in examples if one.author != "lz3"])
    )
    (row,) = measures([one for one in examples if one.author == "lz3"])
    assert row["need"] >= 0.8 and row["trade"] >= 0.75 and row["background"] <= 0.2


def test_the_command_shows_each_author_apart_and_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matcher.understanding.story_fit as fitting

    few = [one for one in story_examples() if one.author in ("lz3", "lz4")][::4]
    monkeypatch.setattr(fitting, "story_examples", lambda: few)
    monkeypatch.setattr(fitting, "_others", lambda: [])
    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    shown = CliRunner().invoke(app, ["tune-stories"])
    assert shown.exit_code == 0 and "lz3" in shown.stdout and "lz4" in shown.stdout
    assert not list(tmp_path.iterdir())
    assert CliRunner().invoke(app, ["tune-stories", "--write"]).exit_code == 0
    assert (tmp_path / "story_weights.npz").is_file()
