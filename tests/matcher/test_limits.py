"""What is read from a need's words: each sentence of tests/data/limits.jsonl, dates, any text."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.records import Size
from catalog.wording import normalised
from matcher.limits import ReadLimit, read_limits
from matcher.limits.amounts import amounts
from matcher.limits.periods import periods

TODAY = date(2026, 6, 15)
FIELDS = {"budget", "days", "size", "headcount", "revenue", "level", "technology"}
DATA = Path(__file__).parents[1] / "data"


def sentences(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


SENTENCES = sentences("limits.jsonl")
MORE = sentences("limits-more.jsonl")
# Written by two authors who had not seen the rules; nobody read the held-out half while they were changed
BLIND = sentences("limits-blind.jsonl")
# Written for the kinds that failed on the tuning half of those
WEAK_KINDS = sentences("limits-weak-kinds.jsonl")
# Written by two further authors when the rules stood, and read by nobody: ``other`` are figures that are none
FURTHER = sentences("limits-further.jsonl")
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


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence["text"])
def test_reads_what_is_told_and_nothing_else(sentence: dict[str, Any]) -> None:
    read: dict[str, Any] = {}
    limits = read_limits(normalised(sentence["text"]), TODAY)
    for limit in limits:
        if limit.field == "technology":
            read.setdefault("technology", []).append(limit.value)
        else:
            read[limit.field] = limit.value
    if "technology" in read:
        read["technology"].sort()
    assert read == sentence["expected"]
    assert sorted(limit.field for limit in limits if limit.hard) == sentence["hard"]


def exact(told: list[dict[str, Any]], field: str) -> float:
    """Share of the sentences that tell ``field``, or where one was read, that were read exactly."""
    met = []
    for sentence in told:
        read, gold = read_of(sentence, field), sentence["expected"].get(field)
        if read is not None or gold is not None:
            met.append(read == gold)
    return sum(met) / len(met)


def read_of(sentence: dict[str, Any], field: str) -> int | str | None:
    limits = read_limits(normalised(sentence["text"]), TODAY)
    return next((limit.value for limit in limits if limit.field == field), None)


def of(split: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [sentence for sentence in told if sentence["split"] == split]


@pytest.mark.parametrize("field", ["budget", "days"])
def test_reads_nearly_every_budget_and_time_of_the_tuning_part(field: str) -> None:
    assert exact(of("tuning", MORE), field) >= 0.95


@pytest.mark.parametrize(
    ("split", "field", "least"),
    [
        ("tuning", "budget", 0.96),
        ("tuning", "days", 0.94),
        ("held_out", "budget", 0.77),
        ("held_out", "days", 0.73),
    ],
)
def test_reads_blind_sentences_as_well_as_measured(split: str, field: str, least: float) -> None:
    assert exact(of(split, BLIND), field) >= least


@pytest.mark.parametrize(("field", "least", "most"), [("budget", 0.63, 0.1), ("days", 0.68, 0.06)])
def test_reads_further_sentences_as_well_as_measured(field: str, least: float, most: float) -> None:
    told = [one for one in FURTHER if field in one["expected"]]
    untold = [one for one in FURTHER if field not in one["expected"]]
    met = [read_of(one, field) == one["expected"][field] for one in told]
    assert len(met) > 250 and sum(met) / len(met) >= least
    assert sum(read_of(one, field) is not None for one in untold) / len(untold) <= most


@pytest.mark.parametrize(("field", "least"), [("budget", 0.93), ("days", 0.89)])
def test_reads_the_kinds_that_once_failed(field: str, least: float) -> None:
    assert exact(WEAK_KINDS, field) >= least


@pytest.mark.parametrize("field", ["budget", "days"])
@pytest.mark.parametrize("split", ["tuning", "held_out"])
def test_rarely_reads_what_blind_sentences_do_not_tell(split: str, field: str) -> None:
    untold = [one for one in of(split, BLIND) if field not in one["expected"]]
    read = [read_of(one, field) for one in untold]
    assert sum(value is not None for value in read) / len(read) <= 0.06


@pytest.mark.parametrize("split", ["tuning", "held_out"])
def test_rarely_takes_a_loss_a_count_or_an_age_for_a_limit(split: str) -> None:
    traps = [
        one
        for one in MORE
        if one["split"] == split and not {"budget", "days"} & set(one["expected"])
    ]
    assert len(traps) > 50
    read = [
        {limit.field for limit in read_limits(normalised(one["text"]), TODAY)} & {"budget", "days"}
        for one in traps
    ]
    assert sum(map(bool, read)) / len(traps) <= 0.05


@pytest.mark.parametrize(
    "text", ["不超过", "控制在", "一个月", "二十万以内", "up to ", "a ", "两千块一年", "国庆前要"]
)
def test_long_repetitions_end(text: str) -> None:
    assert len(read_limits(text * 400, TODAY)) <= len(FIELDS)


def test_keeps_the_words_and_how_sure_they_are() -> None:
    assert read_limits("二十万以内,三个月见效", TODAY) == (
        ReadLimit("budget", 200_000, True, "二十万以内", 0.95),
        ReadLimit("days", 90, False, "三个月见效", 0.9),
    )
    vague = read_limits("先花小钱试试", TODAY)
    assert vague == (ReadLimit("budget", 20_000, False, "先花小钱试试", 0.3),)
    assert read_limits("小几万能弄吗", TODAY)[0].confidence < 0.5


def test_of_several_the_hard_one_counts() -> None:
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
    assert read_of({"text": text}, "budget") == value


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
