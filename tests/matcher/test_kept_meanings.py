"""What needs mean is kept: read once, told alike, and as of the day on which somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalog.errors import Bilingual, StoreUnavailable
from catalog.kept import KeptTexts, kept_readings
from catalog.records import Need
from catalog.resolve import Term
from matcher.engine import Matcher
from matcher.types import MatchQuery
from matcher.understanding.meant import MeaningReader
from tests.conftest import Built, clock
from tests.fakes import vector_of
from tests.matcher.conftest import told_of

TEXTS = (
    "换模要等两小时,模具账也对不上",
    "服装厂小单快反,预算三万以内,两个月上线",
    "年底前想把仓库管起来",
    "Foundry: our furnaces eat electricity and the inspectors find scratches by eye",
    "La fábrica de moldes pierde órdenes, antes de junio",
    "做塑料托盘的,排单靠喊、账对不上、电费也高,三样都想管",
    "啥都不好用",
)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The texts whose meaning was read."""
    texts: list[str] = []
    reading = MeaningReader.read

    def counting(self: MeaningReader, text: str, *rest: Any) -> Any:
        texts.append(text)
        return reading(self, text, *rest)

    monkeypatch.setattr(MeaningReader, "read", counting)
    yield texts


def meant(matcher: Matcher, query: MatchQuery) -> Any:
    heard = matcher.scorer.hear(query)
    return heard.text, matcher.scorer.mean(matcher.snapshot(), heard, vector_of(heard.text))


def at(built: Built, day: date) -> Matcher:
    moment = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return Matcher(built.store, built.data, built.encoder, built.taxonomy, lambda: moment)


def test_it_is_found_as_it_was_read(tiny: Built) -> None:
    kept = tiny.matcher.kept_meanings()
    read = dict(meant(tiny.matcher, MatchQuery(text)) for text in TEXTS)
    kept.keep(read)
    found = kept.found([*read, "没有读过的需求"])
    assert found.keys() == read.keys()
    for text, one in found.items():
        other = read[text].lasting(text)
        assert one.functions.tobytes() == other.functions.tobytes()
        for name in ("words", "plain", "limits", "understanding", "sectors", "scenarios", "dated"):
            assert getattr(one, name) == getattr(other, name), (text, name)
        assert list(one.sectors.weights) == list(other.sectors.weights)


def test_a_date_is_counted_from_the_day_of_asking(built: Built) -> None:
    spring, autumn = at(built, date(2026, 3, 1)), at(built, date(2026, 10, 1))
    text, one = meant(spring, MatchQuery("年底前想把仓库管起来"))
    known = {text: one}
    assert spring.scorer.hear(MatchQuery(text), known=known).query.deploy_days == 305
    heard = autumn.scorer.hear(MatchQuery(text), known=known)
    assert heard.query.deploy_days == 91 and heard.known is not None
    assert heard.known.limits == autumn.scorer.hear(MatchQuery(text)).limits
    # After that day its words tell no limit, so that all of them tell of the pain: read anew.
    text, one = meant(spring, MatchQuery("2026年6月前想把仓库管起来"))
    assert one.plain != one.words
    later = autumn.scorer.hear(MatchQuery(text), known={text: one})
    assert later.known is None and later.query.deploy_days is None


def test_many_needs_are_read_once(built: Built, reads: list[str]) -> None:
    queries = [MatchQuery(text) for text in TEXTS]
    first = told_of(built.matcher, built.taxonomy, queries)
    assert reads == list(TEXTS)
    second = told_of(built.matcher, built.taxonomy, [*queries, MatchQuery("换个说法的需求")])
    assert reads == [*TEXTS, "换个说法的需求"]
    kept = second.listed[second.listed["need"] < len(TEXTS)]
    assert first.listed.tobytes() == kept.tobytes()


def test_builds_and_leads_read_none_again(built: Built, reads: list[str]) -> None:
    with built.store.writing("test") as writer:
        for text in TEXTS:
            writer.put(Need(text=text))
    built.build()
    assert sorted(reads) == sorted(TEXTS)
    built.build()
    assert built.matcher.reload()
    assert len(reads) == len(TEXTS)


def test_a_city_with_words_of_its_own_reads_for_itself(built: Built, reads: list[str]) -> None:
    more = built.taxonomy.with_terms((Term("咕噜件", ("C292",), 1.0, "city", city="宁波"),))
    matcher = Matcher(built.store, built.data, built.encoder, more, clock)
    needs = [
        MatchQuery("我们是做咕噜件的，排单乱", city=city) for city in ("宁波", "苏州", "宁波市")
    ]
    told_of(matcher, more, needs)
    told_of(matcher, more, needs)
    # Ningbo's need is read each time, that of Suzhou once: all three have the same words.
    assert len(reads) == 3 + 2


def test_it_belongs_to_what_read_it(built: Built) -> None:
    more = built.taxonomy.with_terms((Term("排单乱", ("S3-1",), 0.96, "lexicon"),))
    other = Matcher(built.store, built.data, built.encoder, more, clock).kept_meanings()
    kept = built.matcher.kept_meanings()
    kept.keep(dict([meant(built.matcher, MatchQuery(TEXTS[0]))]))
    assert other.version != kept.version and not other.found([TEXTS[0]])
    assert at(built, date(2027, 1, 1)).kept_meanings().version == kept.version


def test_what_another_version_read_is_forgotten(built: Built) -> None:
    readings = kept_readings(built.store)
    readings.keep("old", {"a": b"1"})
    kept = built.matcher.kept_meanings()
    kept.keep(dict([meant(built.matcher, MatchQuery(TEXTS[0]))]))
    built.build()
    assert readings.spaces() == (kept.version,)


def test_a_store_that_cannot_be_written_stops_nothing(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise StoreUnavailable(Bilingual("锁着", "locked"), Bilingual("等", "wait"))

    kept = built.matcher.kept_meanings()
    with monkeypatch.context() as patched:
        patched.setattr(KeptTexts, "keep", locked)
        kept.keep(dict([meant(built.matcher, MatchQuery(TEXTS[0]))]))
    assert not kept.found([TEXTS[0]])
