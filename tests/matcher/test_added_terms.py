"""Words that a city adds: read in that city's needs, and no reason for a generation to be refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from catalog.resolve import Term
from catalog.taxonomy import Taxonomy
from matcher.engine import Matcher
from matcher.index.build import build_generation, shipped_analyzer
from matcher.index.generation import generations_directory, list_generations
from matcher.types import MatchQuery
from matcher.understanding.terms import TermFinder
from tests.conftest import Built, clock

NEED = "我们是做咕噜件的，排单乱"
ADDED = (
    Term("咕噜件", ("C292",), 1.0, "city", city="宁波"),
    Term("咕噜件", ("C18",), 1.0, "city", city="苏州"),
    Term("排单乱", ("S3-1",), 0.96, "lexicon"),
)


@pytest.fixture(scope="module")
def more(taxonomy: Taxonomy) -> Taxonomy:
    return taxonomy.with_terms(ADDED)


@pytest.fixture
def local(built: Built, more: Taxonomy) -> Iterator[Matcher]:
    """A matcher with the added words on a generation that was built without them."""
    yield Matcher(built.store, built.data, built.encoder, more, clock)


def sectors(matcher: Matcher, city: str | None, *labels: str) -> dict[str, str]:
    answer = matcher.match(MatchQuery(NEED, sectors=labels, city=city, limit=1))
    return {one.code: one.words for one in answer.understanding.sectors}


def test_a_city_is_read_by_its_own_words(local: Matcher) -> None:
    read = [code for code, words in sectors(local, "宁波").items() if words == "咕噜件"]
    assert len(read) == 1 and read[0].startswith("C29")
    assert sectors(local, "苏州").get("C18") == "咕噜件"
    for city in (None, "厦门"):
        assert "咕噜件" not in sectors(local, city).values()


def test_everybodys_added_words_are_read_everywhere(local: Matcher) -> None:
    answer = local.match(MatchQuery(NEED, limit=1))
    assert {one.code: one.words for one in answer.understanding.scenarios}["S3-1"] == "排单乱"


def test_a_given_label_means_what_the_city_says(local: Matcher) -> None:
    assert sectors(local, "宁波", "咕噜件") == {"C292": "咕噜件"}
    assert sectors(local, "苏州", "咕噜件") == {"C18": "咕噜件"}


def test_finder_prefers_the_citys_own() -> None:
    finder = TermFinder(
        [
            Term("光电", ("C397",), 0.95, "alias"),
            Term("光电", ("C404",), 1.0, "city", city="武汉"),
        ]
    )
    assert [term.codes for _, term in finder.find("光电厂", "武汉")] == [("C404",)]
    assert [term.codes for _, term in finder.find("光电厂", "长春")] == [("C397",)]
    assert [term.codes for _, term in finder.find("光电厂")] == [("C397",)]


def test_added_words_leave_the_analyzer_as_it_is(taxonomy: Taxonomy, more: Taxonomy) -> None:
    assert shipped_analyzer(more).version == shipped_analyzer(taxonomy).version


def test_a_generation_names_its_lexicon(built: Built, more: Taxonomy) -> None:
    assert built.info.lexicon == built.taxonomy.lexicon
    info = build_generation(built.store, built.data, built.encoder, more, now=clock)
    assert info.id != built.info.id and info.lexicon == more.lexicon
    path = generations_directory(built.data) / info.id / "manifest.json"
    assert json.loads(path.read_text(encoding="utf-8"))["versions"]["lexicon"] == more.lexicon
    assert {one.lexicon for one in list_generations(built.data)} == {
        built.taxonomy.lexicon,
        more.lexicon,
    }
    assert built.matcher.reload()
    assert sectors(Matcher(built.store, built.data, built.encoder, more, clock), "苏州")["C18"]
