"""What is read from a need's words: the example sentences, sentences kept apart, dates, any text."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from catalog.records import Size
from catalog.wording import normalised
from matcher.limits import ReadLimit, read_limits
from matcher.limits import fit as fitting
from matcher.limits.choice import chosen, shipped_weights
from matcher.limits.figures import FIELDS as CHOSEN_FIELDS
from matcher.limits.figures import figures
from matcher.limits.fit import Example, limit_examples

TODAY = date(2026, 6, 15)
FIELDS = {"budget", "days", "size", "headcount", "revenue", "level", "technology", "payment"}
DATA = Path(__file__).parents[1] / "data"
EXAMPLES = limit_examples()
FIRST = [example for example in EXAMPLES if example.source == "first"]


def apart(name: str) -> list[Example]:
    """Sentences that nothing was fitted to, and that nobody reads while anything is changed."""
    rows = map(json.loads, (DATA / name).read_text(encoding="utf-8").splitlines())
    return [Example(row["text"], row["expected"], "apart") for row in rows]


MORE = apart("limits-more.jsonl")
# Written by two authors who had seen neither rules nor classifier
BLIND = apart("limits-blind.jsonl")
# Long ones of two further authors, full of other figures
STORIES = apart("limits-stories.jsonl")
# Plain messages of ten more authors, who did not know what becomes of them
PLAIN = apart("limits-plain.jsonl")
# Of six more, asked for as many ways of saying it as they could find, among tempting figures
VARIED = apart("limits-varied.jsonl")
# Needs of many authors who thought of no limits: figures in plenty, few of them a budget or a time
NEEDS = apart("limits-needs.jsonl")
PIECES = [
    *(
        "预算",
        "不超过",
        "二十",
        "万",
        "w",
        "以内",
        "三个月",
        "见效",
        "年底前",
        "一",
        "两三",
        "小几",
        "5",
        ".",
    ),
    *(
        ",",
        "。",
        "under ",
        "200k",
        " RMB",
        "within ",
        "six weeks",
        "en ",
        "tres meses",
        "80.000",
        " yuanes",
    ),
    *(
        "个",
        "人的厂",
        "年产值",
        "亿",
        "上到",
        "二级",
        "AI",
        "上云",
        "不",
        "前",
        "2月30日前",
        "半",
        "年",
        "块",
    ),
]


@pytest.mark.parametrize("example", FIRST, ids=lambda example: example.text)
def test_reads_what_is_told_and_nothing_else(example: Example) -> None:
    read: dict[str, Any] = {}
    limits = read_limits(normalised(example.text), TODAY)
    for limit in limits:
        if limit.field == "technology" and not limit.refused:
            read.setdefault("technology", []).append(limit.value)
        elif limit.field not in ("technology", "payment"):
            read[limit.field] = limit.value
    if "technology" in read:
        read["technology"].sort()
    assert read == example.expected
    assert sorted(limit.field for limit in limits if limit.hard) == list(example.hard)


def exact(examples: list[Example], field: str) -> float:
    """Share of the sentences that tell ``field``, or where one was read, that were read exactly."""
    met = []
    for example in examples:
        read, gold = read_of(example.text, field), example.gold(field)
        if example.judged(field) and (read is not None or gold is not None):
            met.append(read == gold)
    return sum(met) / len(met)


@cache
def limits_of(text: str) -> tuple[ReadLimit, ...]:
    """Read once for all fields that are asked for."""
    return read_limits(normalised(text), TODAY)


def read_of(text: str, field: str) -> int | str | None:
    return next((limit.value for limit in limits_of(text) if limit.field == field), None)


def test_no_sentence_kept_apart_is_learned() -> None:
    learned = {example.text for example in EXAMPLES}
    for sentences in (MORE, BLIND, PLAIN, VARIED, STORIES, NEEDS):
        assert len(sentences) > 100 and not learned & {example.text for example in sentences}


@pytest.mark.parametrize("field", CHOSEN_FIELDS)
def test_reads_what_it_was_fitted_to(field: str) -> None:
    assert exact(EXAMPLES, field) >= 0.93


@pytest.mark.parametrize(
    ("sentences", "field", "least"),
    [
        pytest.param(MORE, "budget", 0.93, id="more-budget"),
        pytest.param(MORE, "days", 0.88, id="more-days"),
        pytest.param(BLIND, "budget", 0.86, id="blind-budget"),
        pytest.param(BLIND, "days", 0.82, id="blind-days"),
        pytest.param(PLAIN, "budget", 0.88, id="plain-budget"),
        pytest.param(PLAIN, "days", 0.85, id="plain-days"),
        pytest.param(VARIED, "budget", 0.83, id="varied-budget"),
        pytest.param(VARIED, "days", 0.84, id="varied-days"),
        pytest.param(STORIES, "budget", 0.79, id="stories-budget"),
        pytest.param(STORIES, "days", 0.79, id="stories-days"),
        pytest.param(NEEDS, "budget", 0.77, id="needs-budget"),
        pytest.param(NEEDS, "days", 0.7, id="needs-days"),
    ],
)
def test_reads_sentences_kept_apart_as_well_as_measured(
    sentences: list[Example], field: str, least: float
) -> None:
    assert exact(sentences, field) >= least


@pytest.mark.parametrize("field", CHOSEN_FIELDS)
@pytest.mark.parametrize(
    ("sentences", "most"), [(BLIND, 0.08), (NEEDS, 0.06)], ids=("blind", "needs")
)
def test_rarely_reads_what_is_not_told(sentences: list[Example], most: float, field: str) -> None:
    untold = [one for one in sentences if field not in one.expected]
    read = [read_of(one.text, field) for one in untold]
    assert sum(value is not None for value in read) / len(read) <= most


def test_a_limit_that_excludes_offers_is_hardly_ever_wrong() -> None:
    hard = [
        limit.value == example.gold(limit.field)
        for example in BLIND
        for limit in read_limits(normalised(example.text), TODAY)
        if limit.field in CHOSEN_FIELDS and limit.hard and limit.confidence >= 0.9
        if example.judged(limit.field)
    ]
    assert len(hard) > 50
    assert sum(hard) / len(hard) >= 0.94


def test_the_likelihoods_are_what_they_say() -> None:
    """Of sentences kept apart, in each band of likelihood about so many are right."""
    told = [
        (one.likely, one.figure.value == example.gold(one.figure.field))
        for example in (*MORE, *BLIND)
        for text in [normalised(example.text)]
        for one in chosen(text, figures(text, TODAY))
        if example.judged(one.figure.field)
    ]
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.01)):
        band = [pair for pair in told if low <= pair[0] < high]
        likely, right = (sum(column) / len(band) for column in zip(*band, strict=True))
        assert right == pytest.approx(likely, abs=0.15)


@pytest.mark.slow
def test_the_fit_gives_the_shipped_weights() -> None:
    shipped, found = shipped_weights(), fitting.fit(EXAMPLES)
    for field in CHOSEN_FIELDS:
        # A weight next to the least one that is kept may be missing on either side.
        names = sorted(found[field].keys() | shipped[field].keys())
        np.testing.assert_allclose(
            [found[field].get(name, 0.0) for name in names],
            [shipped[field].get(name, 0.0) for name in names],
            atol=0.005,
        )


def test_the_fit_learns_what_tells_a_budget() -> None:
    """Of two amounts the one with 预算 before it; the words learned read a sentence not seen."""
    texts = [
        f"{thing}坏了亏了{loss}万,预算{most}万"
        for thing in "锅炉泵"
        for loss in (3, 5)
        for most in (8, 9)
    ]
    told = [Example(text, {"budget": int(text[-2]) * 10_000}, "stories") for text in texts]
    untold = [
        Example(f"{thing}坏了亏了{loss}万", {}, "stories") for thing in "锅炉泵" for loss in "3579"
    ]
    weights = fitting.fit([*told, *untold])
    text = "机床坏了亏了8万,预算6万"
    (one,) = chosen(text, figures(text, TODAY), weights)
    assert (one.figure.value, one.likely > 0.7) == (60_000, True)
    text = "机床坏了亏了6万"
    assert chosen(text, figures(text, TODAY), weights)[0].likely < 0.3


def test_the_weights_are_written_as_they_are_read() -> None:
    written = fitting.as_csv(shipped_weights())
    assert written == (Path(fitting.__file__).parents[1] / "data" / "limit_weights.csv").read_text(
        encoding="utf-8"
    )


def test_measures_by_who_wrote_the_sentences() -> None:
    examples = [
        Example("预算二十万", {"budget": 200_000}, "one"),
        Example("预算二十万", {"budget": 100_000}, "one"),
        Example("预算二十万", {}, "one"),
        Example("国庆前上线", {"days": None}, "one"),
    ]
    found = [
        {one.figure.field: one for one in chosen(e.text, figures(e.text, TODAY))} for e in examples
    ]
    budget, days = fitting.measures(examples, found)
    assert budget == {
        "source": "one",
        "field": "budget",
        "told": 2,
        "read": 1,
        "exact": 0.3333,
        "untold": 2,
        "untold_read": 1,
    }
    assert (days["told"], days["untold"]) == (0, 3)


def test_what_is_read_is_the_same_on_any_day() -> None:
    """The days that a date is away differ from day to day, which figure counts does not."""
    for example in EXAMPLES[::7]:
        text = normalised(example.text)
        on = [
            [(limit.field, limit.words, limit.confidence) for limit in read_limits(text, day)]
            for day in (date(2026, 6, 15), date(2026, 6, 18))
        ]
        assert on[0] == on[1], text


@pytest.mark.parametrize(
    "text", ["不超过", "控制在", "一个月", "二十万以内", "up to ", "a ", "两千块一年", "国庆前要"]
)
def test_long_repetitions_end(text: str) -> None:
    assert len(read_limits(text * 400, TODAY)) <= len(FIELDS)


def test_keeps_the_words_and_how_sure_they_are() -> None:
    assert read_limits("二十万以内,三个月见效", TODAY) == (
        ReadLimit("budget", 200_000, True, "二十万以内", 1.0),
        ReadLimit("days", 90, False, "三个月见效", 1.0),
    )
    vague = read_limits("先花小钱试试", TODAY)
    assert vague == (ReadLimit("budget", 20_000, False, "先花小钱试试", 0.3),)
    assert not read_limits("小几万能弄吗", TODAY)[0].hard


def test_of_several_the_one_that_is_meant_counts() -> None:
    assert read_limits("预算十万左右,最多不超过十二万", TODAY)[0].value == 120_000
    assert read_limits("预算十万,软件五万,三个月上线", TODAY)[0].value == 100_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("别家报四十万我们吃不消,十五万能接", 150_000),
        ("去年亏了八万的毛病想花五万治", 50_000),
        ("租的话一个季度四千五可以", 18_000),
        ("Nos pidieron 500.000 yuanes, no podemos pagar más de 200.000", 200_000),
        ("我愿意付的是它的一成,也就是七万五,多了不谈", 75_000),
        ("客户账上压着我们八十万", None),
        ("补贴能拿二十万,流程搞不懂", None),
        ("国家补助最高五十万,怎么申请", None),
        ("We keep 20k different part numbers in our heads", None),
    ],
)
def test_of_several_sums_the_one_to_be_spent_counts(text: str, value: int | None) -> None:
    assert read_of(text, "budget") == value


@given(
    text=st.one_of(
        st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
    ),
    today=st.dates(date(2020, 1, 1), date(2060, 1, 1)),
)
def test_never_fails_and_quotes_the_text(text: str, today: date) -> None:
    limits = read_limits(text, today)
    several = ("technology", "payment")
    single = [limit.field for limit in limits if limit.field not in several]
    assert len(single) == len(set(single))
    assert len(limits) == len({(one.field, one.value, one.refused) for one in limits})
    for limit in limits:
        assert limit.field in FIELDS
        assert limit.words
        assert limit.words in text
        assert 0 < limit.confidence <= 1
        if limit.field == "size":
            assert Size(str(limit.value))
        elif limit.field not in several:
            assert isinstance(limit.value, int)
            assert limit.value > 0


def test_the_command_fits_shows_and_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written: list[dict[str, dict[str, float]]] = []

    def kept(weights: dict[str, dict[str, float]]) -> Path:
        written.append(weights)
        return tmp_path / "limit_weights.csv"

    monkeypatch.setattr(fitting, "limit_examples", lambda: FIRST)
    monkeypatch.setattr(fitting, "ship", kept)
    shown = CliRunner().invoke(app, ["tune-limits"])
    assert shown.exit_code == 0
    assert not written
    assert "first" in shown.stdout and "budget" in shown.stdout
    assert CliRunner().invoke(app, ["tune-limits", "--write"]).exit_code == 0
    assert written == [fitting.fit(FIRST)]
