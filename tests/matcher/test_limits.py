"""What is read from a need's words: the example sentences, sentences kept apart, dates, any text."""

from __future__ import annotations

import json
from datetime import date
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
from matcher.limits.amounts import amounts
from matcher.limits.choice import chosen, shipped_weights
from matcher.limits.derived import derived
from matcher.limits.figures import FIELDS as CHOSEN_FIELDS
from matcher.limits.figures import figures
from matcher.limits.fit import Example, limit_examples
from matcher.limits.periods import periods

TODAY = date(2026, 6, 15)
FIELDS = {"budget", "days", "size", "headcount", "revenue", "level", "technology"}
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
        if limit.field == "technology":
            read.setdefault("technology", []).append(limit.value)
        else:
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


def read_of(text: str, field: str) -> int | str | None:
    limits = read_limits(normalised(text), TODAY)
    return next((limit.value for limit in limits if limit.field == field), None)


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
        pytest.param(STORIES, "budget", 0.79, id="stories-budget"),
        pytest.param(STORIES, "days", 0.79, id="stories-days"),
    ],
)
def test_reads_sentences_kept_apart_as_well_as_measured(
    sentences: list[Example], field: str, least: float
) -> None:
    assert exact(sentences, field) >= least


@pytest.mark.parametrize("field", CHOSEN_FIELDS)
def test_rarely_reads_what_blind_sentences_do_not_tell(field: str) -> None:
    untold = [one for one in BLIND if field not in one.expected]
    read = [read_of(one.text, field) for one in untold]
    assert sum(value is not None for value in read) / len(read) <= 0.08


def test_a_limit_that_excludes_offers_is_hardly_ever_wrong() -> None:
    hard = [
        limit.value == example.gold(limit.field)
        for example in BLIND
        for limit in read_limits(normalised(example.text), TODAY)
        if limit.field in CHOSEN_FIELDS and limit.hard and limit.confidence >= 0.7
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
        assert found[field].keys() == shipped[field].keys()
        names = sorted(shipped[field])
        np.testing.assert_allclose(
            [found[field][name] for name in names],
            [shipped[field][name] for name in names],
            atol=0.002,
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


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("一台给两千块,十二台", {"each": 24_000}),
        ("1,500 RMB a machine, 14 machines", {"each": 21_000}),
        ("三个合伙人,一人认三万", {"each": 90_000}),
        ("老大出八万,老二出五万,我再贴两万", {"sum": 150_000}),
        ("报价二十万,砍到八万", {}),
        ("罚了六万,拿罚款的一半出来", {"share": 30_000}),
        ("costó 64.000 yuanes, pago la mitad de aquello", {"share": 32_000}),
        ("那机子花了45万,不超过它的十分之一", {"share": 45_000}),
        ("花了九千,愿意出到那笔钱的三倍", {"share": 27_000}),
        ("a third of the 90k yuan", {"share": 30_000}),
        ("贵了三成", {}),
    ],
)
def test_sums_that_are_left_to_be_worked_out(text: str, sums: dict[str, int]) -> None:
    told = [(said, said.value) for said in amounts(text) if said.money]
    assert {form: value for form, _, value in derived(text, told)} == sums


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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("一万五", 15_000), ("三五万", 50_000), ("十五六万", 160_000), ("十来万", 100_000)),
        *(("一百二三十万", 1_300_000), ("1万5", 15_000), ("一亿三", 130_000_000)),
        *(
            ("两个亿", 200_000_000),
            ("一万零五百", 10_500),
            ("伍拾万元", 500_000),
            ("万把块", 10_000),
        ),
        *(("8-10万", 100_000), ("80.000 yuanes", 80_000), ("1,5 millones de yuanes", 1_500_000)),
        *(("fifty thousand yuan", 50_000), ("half a million yuan", 500_000), ("RMB200k", 200_000)),
        *(
            ("二十台", None),
            ("5万美元", None),
            ("$50k", None),
            ("三十万套", None),
            ("几万块", None),
            ("万一停了", None),
            ("二十个W", 200_000),
            ("20个达不溜", 200_000),
            ("万儿八千", 10_000),
            ("十万八万", 100_000),
            ("廿万", 200_000),
            ("大几万", 90_000),
            ("20 wan", 200_000),
            ("a quarter million yuan", 250_000),
            ("港币二十万", None),
            ("13万6,一分不加", 136_000),
            ("参拾万元", 300_000),
        ),
    ],
)
def test_amounts(text: str, value: int | None) -> None:
    assert [said.value for said in amounts(text) if said.money] == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "days"),
    [
        *(
            ("一个半月", 45),
            ("半年", 180),
            ("一年半", 545),
            ("两三个月", 90),
            ("俩月", 60),
            ("个把月", 30),
        ),
        *(
            ("10个工作日", 10),
            ("十天半个月", 15),
            ("一个季度", 90),
            ("三月", None),
            ("2026年", None),
        ),
        *(("two and a half months", 75), ("half a year", 180), ("a couple of weeks", 14)),
        *(("un mes y medio", 45), ("medio año", 180), ("八小时", None)),
        *(("三个月零十天", 100), ("a fortnight", 14), ("a quarter million", None)),
    ],
)
def test_periods(text: str, days: int | None) -> None:
    assert [said.value for said in periods(text)] == ([days] if days else [])


@pytest.mark.parametrize(
    ("text", "today", "days"),
    [
        ("国庆前上线", date(2026, 10, 2), 364),
        ("年底前上线", date(2026, 12, 31), 1),
        ("下个月要用", date(2026, 12, 15), 47),
        ("春节前上线", date(2026, 2, 18), 353),
        ("2月底前上线", date(2028, 1, 1), 59),
        ("第三季度前上线", date(2026, 6, 15), 16),
        ("明年一季度末前上线", date(2026, 6, 15), 289),
        ("Q1上线", date(2026, 6, 15), 289),
        ("下季度上线", date(2026, 11, 1), 150),
        ("下下个月底前上线", date(2026, 11, 15), 77),
        ("下周五之前装好", date(2026, 6, 15), 11),
        ("开春就要用", date(2026, 12, 1), 89),
        ("明年初上线", date(2026, 12, 1), 61),
        ("2026-09-30前上线", date(2026, 6, 15), 107),
        ("从7月1号算起三个月内交付", date(2026, 6, 15), 106),
        ("国庆节后就要用上", date(2026, 6, 15), None),
        ("live before Q4", date(2026, 6, 15), 108),
        ("live by the end of 2026", date(2026, 6, 15), 199),
        ("running by Oct 1", date(2026, 6, 15), 108),
        ("2月30日前上线", date(2026, 1, 1), None),
        ("明年3月前上线", date(2026, 12, 1), 90),
        ("年前要弄好", date(2027, 1, 27), 10),
        ("过年前上线", date(2036, 2, 1), None),
        ("live before Chinese New Year", date(2036, 2, 1), None),
        ("本季度内上线", date(2026, 5, 1), 60),
        ("下周上线", date(2026, 6, 15), 13),
        ("去年年底前上线的系统", date(2026, 6, 15), None),
        ("live before March", date(2026, 1, 1), 59),
        ("live by mid March", date(2026, 1, 1), 73),
        ("ready by the end of the quarter", date(2026, 5, 1), 60),
        ("ready by next month", date(2026, 12, 1), 61),
        ("listo antes del 15 de mayo de 2027", date(2027, 5, 1), 14),
        ("que funcione antes de Navidad", date(2026, 12, 1), 24),
        ("重阳节那天大屏得亮", date(2026, 6, 15), 125),
        ("本月二十八号前开通账号", date(2026, 6, 15), 13),
        ("二十号搬新址,搬之前条码要贴完", date(2026, 6, 15), 5),
        ("10月5号开业,开业那天要能扫码", date(2026, 6, 15), 112),
        ("五个月后新厂投产,系统要跟着一起开", date(2026, 6, 15), 150),
        ("七月十五之前给我个能跑的版本", date(2026, 6, 15), 30),
        ("后天就要用", date(2026, 6, 15), 2),
        ("月底对账要对一个礼拜", date(2026, 6, 15), None),
        ("The audit is on 12 October and it must work by then", date(2026, 6, 15), 119),
        ("funcionar para mediados de octubre", date(2026, 6, 15), 122),
    ],
)
def test_dates_count_from_today(text: str, today: date, days: int | None) -> None:
    read = {limit.field: limit.value for limit in read_limits(text, today)}
    assert read.get("days") == days


@given(
    text=st.one_of(
        st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
    ),
    today=st.dates(date(2020, 1, 1), date(2060, 1, 1)),
)
def test_never_fails_and_quotes_the_text(text: str, today: date) -> None:
    limits = read_limits(text, today)
    single = [limit.field for limit in limits if limit.field != "technology"]
    assert len(single) == len(set(single))
    assert len(limits) == len({(limit.field, limit.value) for limit in limits})
    for limit in limits:
        assert limit.field in FIELDS
        assert limit.words
        assert limit.words in text
        assert 0 < limit.confidence <= 1
        if limit.field == "size":
            assert Size(str(limit.value))
        elif limit.field != "technology":
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
