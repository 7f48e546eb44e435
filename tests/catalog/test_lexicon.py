"""Words that cities add: a file is kept as a whole or not at all, and read before the shipped words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import InvalidRecord, UnknownRecord, UnreadableFile
from catalog.lexicon import LexiconReport, added_terms, import_lexicon, list_terms, remove_term
from catalog.resolve import Term
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from tests.conftest import clock

HEAD = "term,lang,codes,kind,city,note\n"
GOOD = (
    HEAD + "老虎钳厂,zh,C332,sector,,\n停机鬼,zh,S3-4;S3-2,scenario,宁波,weak; not-in: 停机鬼屋\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data", clock=clock)
    yield opened
    opened.close()


def add(store: Store, text: str | bytes, city: str | None = None) -> LexiconReport:
    data = text if isinstance(text, bytes) else text.encode()
    return import_lexicon(store, Taxonomy.shipped(), "words.csv", data, "陈", city)


def counts(report: LexiconReport) -> tuple[int, int, int, int]:
    return report.rows, report.created, report.updated, report.unchanged


class TestKeeping:
    def test_terms_come_back_as_they_were(self, store: Store) -> None:
        report = add(store, GOOD)
        assert report.kept and counts(report) == (2, 2, 0, 0)
        one, other = list_terms(store).terms
        assert (one.term, one.lang, one.kind, one.codes) == ("老虎钳厂", "zh", "sector", ("C332",))
        assert (one.city, one.note, one.by, one.at) == (None, "", "陈", clock())
        assert (other.codes, other.city) == (("S3-4", "S3-2"), "宁波")
        assert added_terms(store) == (
            Term("停机鬼", ("S3-4", "S3-2"), 1.0, "city", True, ("停机鬼屋",), "宁波"),
            Term("老虎钳厂", ("C332",), 0.96, "lexicon"),
        )

    def test_the_same_term_is_replaced(self, store: Store) -> None:
        add(store, GOOD)
        assert counts(add(store, GOOD)) == (2, 0, 0, 2)
        again = HEAD + "老虎鉗廠,zh,C332,sector,,\n停机鬼,zh,S3-4,scenario,宁波,\n"
        assert counts(add(store, again)) == (2, 0, 2, 0)
        assert [term.codes for term in list_terms(store).terms] == [("C332",), ("S3-4",)]

    def test_cities_have_words_of_their_own(self, store: Store) -> None:
        rows = "term,codes,kind\n光电,C397,sector\n"
        for city in ("武汉", "长春", None):
            assert add(store, rows, city).created == 1
        assert [term.city for term in list_terms(store).terms] == ["武汉", "长春", None]
        assert [term.city for term in list_terms(store, city="武汉").terms] == ["武汉", None]

    def test_pages_and_kinds(self, store: Store) -> None:
        add(store, "term,codes,kind\n" + "".join(f"词{n}号,C292,sector\n" for n in range(5)))
        add(store, "term,codes,kind\n停机鬼,S3-4,scenario\n")
        first = list_terms(store, kind="sector", limit=3)
        rest = list_terms(store, kind="sector", limit=3, cursor=first.next_cursor)
        assert [term.term for term in (*first.terms, *rest.terms)] == [f"词{n}号" for n in range(5)]
        assert rest.next_cursor is None
        with pytest.raises(InvalidRecord):
            list_terms(store, cursor="nonsense")

    @pytest.mark.parametrize(
        "data",
        [
            b"\xef\xbb\xbf" + GOOD.encode(),
            GOOD.encode("gb18030"),
            GOOD.replace(",", "\t").encode(),
            GOOD.replace("S3-4;S3-2", '"S3-4,S3-2"').replace("\n", "\r\n").encode(),
            ("\n" + GOOD.replace("term,lang", "Term,LANG") + ",,,,,\n\n").encode(),
        ],
        ids=["bom", "gb18030", "tabs", "quoted", "blank rows"],
    )
    def test_files_as_they_come(self, store: Store, data: bytes) -> None:
        assert counts(add(store, data)) == (2, 2, 0, 0)
        assert list_terms(store).terms[1].codes == ("S3-4", "S3-2")

    def test_the_language_is_guessed_when_blank(self, store: Store) -> None:
        add(store, "term,codes,kind\n压铸件,C339,sector\ndie caster,C339,sector\n")
        assert [term.lang for term in list_terms(store).terms] == ["zh", "en"]

    def test_an_empty_file_adds_nothing(self, store: Store) -> None:
        assert counts(add(store, HEAD)) == (0, 0, 0, 0)

    def test_the_same_row_twice_is_one_term(self, store: Store) -> None:
        row = "停机鬼,zh,S3-4,scenario,,\n"
        assert counts(add(store, HEAD + row + row)) == (2, 1, 0, 1)


class TestRefusing:
    @pytest.mark.parametrize(
        ("row", "column", "said"),
        [
            (",zh,C292,sector,,", "term", "no word"),
            ("！！,zh,C292,sector,,", "term", "no word"),
            ("注,zh,C292,sector,,", "term", "one character"),
            ("注！,zh,C292,sector,,", "term", "one character"),
            ("x,en,C292,sector,,", "term", "one character"),
            ("词" * 101 + ",zh,C292,sector,,", "term", "above 100"),
            ("注塑匠,zh,C999,sector,,", "codes", "C999"),
            ("注塑匠,zh,C40 C999,sector,,", "codes", "C999"),
            ("注塑匠,zh,S3-4,sector,,", "codes", "S3-4"),
            ("注塑匠,zh,,sector,,", "codes", "no code"),
            ("注塑匠,zh,C13;C14;C15;C16;C17;C18;C19;C20;C21;C22;C23,sector,,", "codes", "10"),
            ("停机鬼,zh,S9-9,scenario,,", "codes", "S9-9"),
            ("停机鬼,zh,S3,scenario,,", "codes", "S3"),
            ("停机鬼,zh,M1-2,scenario,,", "codes", "M1-2"),
            ("停机鬼,zh,C292,scenario,,", "codes", "C292"),
            ("停机鬼,zh,S3-4,pain,,", "kind", "not valid"),
            ("停机鬼,zh,S3-4,,,", "kind", "not valid"),
            ("停机鬼,klingon,S3-4,scenario,,", "lang", "not valid"),
            ("停机鬼,zh,S3-4,scenario,苏州,", "city", "宁波"),
            ("停机鬼,zh,S3-4,scenario,," + "注" * 501, "note", "above 500"),
            ("停机鬼,zh,S3-4,S3-2,scenario,,", "kind", "not valid"),
            ("停机鬼,zh,S3-4,scenario,,,多的", None, "more cells"),
            ("好词,zh,C18,sector,,", "term", "row 2"),
        ],
    )
    def test_a_wrong_row_is_told_and_nothing_kept(
        self, store: Store, row: str, column: str | None, said: str
    ) -> None:
        report = add(store, f"{HEAD}好词,zh,C292,sector,,\n{row}\n", city="宁波")
        assert not report.kept and list_terms(store).terms == ()
        assert {issue.row for issue in report.issues} == {3}
        issue = next(issue for issue in report.issues if issue.column == column)
        assert said in issue.message.en and issue.message.zh != issue.message.en

    def test_every_problem_is_told(self, store: Store) -> None:
        report = add(store, HEAD + "注,zh,C999,sector,,\n好词,zh,C292,sector,,\n,,,,x,\n")
        assert [(issue.row, issue.column) for issue in report.issues] == [
            (2, "term"),
            (2, "codes"),
            (4, "term"),
            (4, "kind"),
        ]
        assert "2011" in add(store, HEAD + "洗涤匠,zh,C315,sector,,\n").issues[0].message.en

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"term,codes\nx,C29\n",
            b"term,codes,kind,price\nx,C29,sector,1\n",
            b"term,codes,kind,kind\nx,C29,sector,sector\n",
            b"PK\x03\x04\x00\x00",
            b'term,codes,kind\n"x,C29,sector\n',
            b"term,codes,kind\n" + b"ab,C29,sector\n" * 20_001,
        ],
        ids=["empty", "missing", "unknown", "twice", "binary", "quote", "long"],
    )
    def test_another_file_is_refused(self, store: Store, data: bytes) -> None:
        with pytest.raises(UnreadableFile) as refused:
            add(store, data)
        assert refused.value.hint.zh and list_terms(store).terms == ()

    def test_a_failing_write_keeps_nothing(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add(store, GOOD)
        changed = GOOD.replace("C332", "C333").replace("停机鬼,", "停机怪,")

        def broken() -> Any:
            raise RuntimeError

        monkeypatch.setattr(store, "now", broken)
        with pytest.raises(RuntimeError):
            add(store, changed)
        assert [term.term for term in list_terms(store).terms] == ["老虎钳厂", "停机鬼"]


class TestTaxonomy:
    def test_the_shipped_one_stays_as_it_is(self, taxonomy: Taxonomy) -> None:
        before = taxonomy.sector_terms
        more = taxonomy.with_terms((Term("老虎钳厂", ("C332",), 0.96, "lexicon"),))
        assert taxonomy.sector_terms is before and len(more.sector_terms) == len(before) + 1
        assert more.words == taxonomy.words and more.scenario_terms == taxonomy.scenario_terms
        assert more.resolve_sector("老虎钳厂")[0].by == "lexicon"
        assert more.resolve_sector("老虎钳厂")[0].code == "C332"

    def test_a_city_means_its_own_word(self, taxonomy: Taxonomy) -> None:
        more = taxonomy.with_terms(
            (
                Term("注塑", ("C352",), 1.0, "city", city="宁波"),
                Term("设备管理", ("S3-6",), 1.0, "city", city="宁波"),
            )
        )
        assert [(one.code, one.by) for one in more.resolve_sector("註塑", "宁波")] == [
            ("C352", "city")
        ]
        for city in ("苏州", None, ""):
            assert more.resolve_sector("注塑", city)[0].code == "C292"
            assert more.resolve_scenario("设备管理", city=city)[0].code == "S3-4"
        assert more.resolve_scenario("设备管理", city="宁波")[0].code == "S3-6"
        assert more.sector_label("注塑", "宁波").nodes == ("C352",)
        assert more.scenario_label("设备管理", 2, "宁波").nodes == ("S3-6",)
        assert more.resolve_sector("C292", "宁波")[0].code == "C292"

    def test_an_added_word_stands_before_a_shipped_one(self, taxonomy: Taxonomy) -> None:
        more = taxonomy.with_terms((Term("汽配", ("C439",), 0.96, "lexicon"),))
        assert more.resolve_sector("汽配")[0].code == "C439"
        assert taxonomy.resolve_sector("汽配")[0].code == "C367"

    def test_a_code_that_is_gone_is_left_out(self, taxonomy: Taxonomy) -> None:
        more = taxonomy.with_terms(
            (
                Term("甲厂", ("C999", "C292"), 1.0, "lexicon"),
                Term("乙厂", ("C999",), 1.0, "lexicon"),
            )
        )
        assert [term.codes for term in more.sector_terms[len(taxonomy.sector_terms) :]] == [
            ("C292",)
        ]

    def test_the_version_is_that_of_the_terms(self, taxonomy: Taxonomy) -> None:
        term = Term("老虎钳厂", ("C332",), 0.96, "lexicon")
        more = taxonomy.with_terms((term,))
        assert len({taxonomy.lexicon, more.lexicon}) == 2
        assert more.lexicon == taxonomy.with_terms((term,)).lexicon
        assert taxonomy.with_terms(()).lexicon == taxonomy.lexicon
        assert more.with_terms((term,)).lexicon != more.lexicon


def test_a_word_is_taken_out_and_may_come_back(store: Store) -> None:
    add(store, GOOD)
    first, second = list_terms(store).terms
    assert remove_term(store, first.id) == first
    assert list_terms(store).terms == (second,)
    assert [term.text for term in added_terms(store)] == ["停机鬼"]
    with pytest.raises(UnknownRecord) as refused:
        remove_term(store, first.id)
    assert refused.value.field == "id" and str(first.id) in refused.value.message.zh
    assert counts(add(store, GOOD)) == (2, 1, 0, 1)


def test_a_city_owns_its_words_with_and_without_its_suffix(store: Store) -> None:
    add(store, HEAD + "老虎钳厂,zh,C332,sector,宁波市,\n")
    assert counts(add(store, HEAD + "老虎钳厂,zh,C332,sector,宁波,\n")) == (1, 0, 0, 1)
    assert [one.city for one in list_terms(store, "宁波市").terms] == ["宁波"]
    taxonomy = Taxonomy.shipped().with_terms(added_terms(store))
    assert taxonomy.resolve_sector("老虎钳厂", "浙江省宁波市")[0].code == "C332"
