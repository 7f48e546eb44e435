"""Words of nodes and functions are worked out once in a process, and anew where they would be others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from catalog.resolve import Term
from catalog.taxonomy import Taxonomy
from matcher.index.analyzer import Analyzer
from matcher.index.build import build_generation, shipped_analyzer
from matcher.index.generation import Generation, load_generation
from matcher.index.lexical import LexicalIndex
from matcher.understanding.function_words import trade_words, word_table
from matcher.understanding.functions import WordTable
from matcher.understanding.reading import Example, node_index
from tests.conftest import Built, clock

EXAMPLES = (Example("咕噜件停机", "zh", ("C291",)), Example("换模慢", "zh", ("C292",)))
OWN = Analyzer(["咕噜件"])
PLAIN = Analyzer()


def index(analyzer: Analyzer, examples: Sequence[Example] = EXAMPLES) -> LexicalIndex:
    return node_index(("C291", "C292"), examples, (), analyzer)


def table(taxonomy: Taxonomy, analyzer: Analyzer) -> WordTable:
    codes = tuple(node.code for node in taxonomy.functions)
    return word_table(codes, analyzer, trade_words(taxonomy))


def generation(built: Built, taxonomy: Taxonomy) -> Generation:
    """The tiny catalogue as it is built with ``taxonomy``, read from its files."""
    info = build_generation(built.store, built.data, built.encoder, taxonomy, now=clock)
    return load_generation(
        built.data, info.id, built.encoder.space, shipped_analyzer(built.taxonomy)
    )


def test_what_no_build_changes_is_not_cut_again(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.build()
    cut: list[str] = []
    tokens = Analyzer.tokens

    def counting(self: Analyzer, text: str) -> list[str]:
        cut.append(text)
        return tokens(self, text)

    monkeypatch.setattr(Analyzer, "tokens", counting)
    built.build()
    # Its offers, and names of its need's labels: its meaning is kept.
    assert len(cut) == 11 + 1


def test_a_build_counts_the_words_that_were_added_since_the_last(built: Built) -> None:
    before = generation(built, built.taxonomy)
    assert before.info.id == built.info.id
    everybodys = (
        Term("车间", ("C292",), 0.96, "lexicon"),
        Term("咕噜件排单", ("S3-1",), 0.96, "lexicon"),
    )
    more = generation(built, built.taxonomy.with_terms(everybodys))
    assert "车间" in before.functions.words.rows and "车间" not in more.functions.words.rows
    scenarios = [one.readers["scenario"].index for one in (before, more)]
    assert [one.idf("咕噜") > 0 for one in scenarios] == [False, True]
    # Who takes them back has what was there before, to the last byte: the id tells.
    assert built.build().id == built.info.id


def test_a_citys_own_words_are_words_of_no_node_but_of_functions(built: Built) -> None:
    before = generation(built, built.taxonomy)
    own = Term("纸箱厂", ("S3-1",), 1.0, "city", city="宁波")
    more = generation(built, built.taxonomy.with_terms((own,)))
    one, other = (each.readers["scenario"].index for each in (before, more))
    assert one.idf("纸箱厂") == other.idf("纸箱厂")
    # A name of a trade tells no function, unless somebody calls a scenario so.
    assert "纸箱厂" not in before.functions.words.rows
    assert "纸箱厂" in more.functions.words.rows
    assert built.build().id == built.info.id


def test_another_dictionary_shares_nothing(taxonomy: Taxonomy) -> None:
    own, plain, again = index(OWN), index(PLAIN), index(OWN)
    assert own.idf("咕噜件") == again.idf("咕噜件") > 0 == plain.idf("咕噜件")
    shipped, bare = (table(taxonomy, one) for one in (shipped_analyzer(taxonomy), PLAIN))
    # One word of the taxonomy's, cut apart without it.
    assert "三坐标" in shipped.rows and "三坐标" not in bare.rows


def test_other_sentences_share_nothing() -> None:
    assert index(PLAIN).idf("换模") > 0
    assert index(PLAIN, EXAMPLES[:1]).idf("换模") == 0
    assert index(PLAIN).idf("换模") > 0


def test_the_same_words_have_the_same_analyzer(taxonomy: Taxonomy) -> None:
    more = taxonomy.with_terms((Term("咕噜件", ("C292",), 0.96, "lexicon"),))
    assert shipped_analyzer(more) is shipped_analyzer(taxonomy)


def test_nobody_changes_what_is_kept(taxonomy: Taxonomy) -> None:
    one, other = (table(taxonomy, shipped_analyzer(taxonomy)) for _ in range(2))
    one.table[:] = 0.0
    assert other.table.any()
    # The full table of an index goes with its reader.
    read = index(PLAIN)
    assert read.scores(["换模"]).any()
    assert vars(index(PLAIN)).keys() < vars(read).keys()
