"""The three readings of a need's words, each by hand: classifier, BM25 of nodes, terms."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import matcher
from catalog.resolve import Term
from catalog.taxonomy import ROOT, Taxonomy
from matcher.config import ReadingWeights
from matcher.index.analyzer import Analyzer
from matcher.index.lexical import LexicalIndex
from matcher.understanding.reading import (
    NONE,
    Classifier,
    Example,
    NodeReader,
    Read,
    ReaderParts,
    fit_classifier,
    node_index,
    shipped_examples,
)
from matcher.understanding.terms import TermFinder

A, B = "C291", "C292"


def array(*rows: Sequence[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def example(*codes: str, text: str = "慢") -> Example:
    return Example(text, "zh", codes)


class TestClassifier:
    def test_one_sentence_a_class(self) -> None:
        # X'X = I, weights 1, targets 1 and 0 less their mean 1/2: ±1/2 / (1 + ridge)
        found = fit_classifier([example(A), example(B)], array([1, 0], [0, 1]), ridge=1.0)
        assert found.codes == (A, B)
        assert found.weights == pytest.approx(array([0.25, -0.25], [-0.25, 0.25]))
        assert found.prior == pytest.approx([0.5, 0.5])
        strict = fit_classifier([example(A), example(B)], array([1, 0], [0, 1]), ridge=4.0)
        assert strict.weights[0, 0] == pytest.approx(0.1)

    def test_a_class_of_many_sentences_weighs_by_the_root_of_its_size(self) -> None:
        examples = [example(A), example(A), example(B)]
        found = fit_classifier(examples, array([1, 0], [1, 0], [0, 1]), ridge=1.0)
        # weights 1/sqrt(2), 1/sqrt(2), 1 over their mean
        mean = (2 / math.sqrt(2) + 1) / 3
        first, second = 2 / math.sqrt(2) / mean, 1 / mean
        assert (first, second) == pytest.approx((1.757359, 1.242641), abs=1e-6)
        assert found.prior == pytest.approx([2 / 3, 1 / 3])
        assert found.weights[0] == pytest.approx(np.array([1, -1]) / 3 * first / (first + 1))
        assert found.weights[1] == pytest.approx(np.array([-2, 2]) / 3 * second / (second + 1))

    def test_it_is_the_least_squares_solution(self) -> None:
        """By another way: weighted least squares with the ridge as rows of its own."""
        dice = np.random.default_rng(4)
        vectors = dice.normal(size=(9, 4)).astype(np.float32)
        examples = [example(A)] * 5 + [example(B)] * 2 + [example(B, A)] * 2
        targets = np.array([[1, 0]] * 5 + [[0, 1]] * 2 + [[0.4, 1]] * 2)
        # sizes 5 + 2 * 0.4 and 4
        weights = np.array([5.8**-0.5] * 5 + [4**-0.5] * 4)
        root = np.sqrt(weights / weights.mean())[:, None]
        ridge = 0.7
        solution, *_ = np.linalg.lstsq(
            np.vstack([root * vectors, math.sqrt(ridge) * np.eye(4)]),
            np.vstack([root * (targets - targets.mean(axis=0)), np.zeros((4, 2))]),
            rcond=None,
        )
        found = fit_classifier(examples, vectors, ridge)
        assert found.weights == pytest.approx(solution, abs=1e-5)
        assert found.prior == pytest.approx([5.8 / 9, 4 / 9])
        assert found.weights.dtype == found.prior.dtype == np.float32

    def test_the_order_of_the_sentences_is_nothing(self) -> None:
        vectors = array([1, 0], [0.6, 0.8], [0, 1])
        examples = [example(B), example(A), example(NONE)]
        one = fit_classifier(examples, vectors, 1.0)
        other = fit_classifier(examples[::-1], vectors[::-1], 1.0)
        assert one.codes == other.codes == (A, B, NONE)
        assert one.weights == pytest.approx(other.weights, abs=1e-6)

    def test_softmax(self) -> None:
        classifier = Classifier((A, B), array([1, 0], [0, 1]), array([0, 0.5])[0])
        # scores 1 and 0.5
        found = classifier.probabilities(array([1, 0])[0], sharpness=2.0)
        expected = np.exp([2.0, 1.0]) / np.exp([2.0, 1.0]).sum()
        assert found == pytest.approx(expected, abs=1e-6)
        assert found == pytest.approx([0.731059, 0.268941], abs=1e-6)
        assert found.dtype == np.float32

    def test_softmax_of_very_sure_scores(self) -> None:
        classifier = Classifier((A, B), array([1, 0], [0, 1]), array([0, 0])[0])
        found = classifier.probabilities(array([50, -50])[0], sharpness=1000.0)
        assert found.tolist() == [1.0, 0.0]


def term(text: str, *codes: str, weight: float = 1.0, **more: object) -> Term:
    return Term(text, codes or (B,), weight, "alias", **more)  # type: ignore[arg-type]


def found(text: str, *terms: Term) -> list[str]:
    return [words for words, _ in TermFinder(terms).find(text)]


class TestTermFinder:
    def test_longest_first(self) -> None:
        terms = [term("注塑"), term("注塑机"), term("塑机厂")]
        assert found("注塑机老停机", *terms) == ["注塑机"]
        assert found("注塑老停机", *terms) == ["注塑"]

    def test_each_stretch_of_text_is_used_once(self) -> None:
        terms = [term("换模"), term("模具")]
        assert found("换模具", *terms) == ["换模"]
        assert found("模具换模", *terms) == ["模具", "换模"]
        assert found("换模，又换模", *terms) == ["换模", "换模"]

    def test_all_terms_of_one_wording(self) -> None:
        one, other = term("包材", A), term("包材", B)
        assert [t for _, t in TermFinder([one, other]).find("做包材的")] == [one, other]

    def test_weak_terms_are_found_as_weak(self) -> None:
        ((_, hit),) = TermFinder([term("皮带", weak=True)]).find("皮带老断")
        assert hit.weak

    def test_a_term_is_no_hit_inside_another_phrase(self) -> None:
        terms = [term("水产", unless=("用水产", "废水产"))]
        assert found("水产加工厂", *terms) == ["水产"]
        assert found("废水产生量大", *terms) == []

    def test_a_phrase_that_is_no_hit_leaves_its_words_to_shorter_terms(self) -> None:
        terms = [term("家纺厂", unless=("国家纺厂",)), term("纺厂")]
        assert found("国家纺厂", *terms) == ["纺厂"]

    def test_latin_words_are_whole_words(self) -> None:
        terms = [term("PLC"), term("injection molds"), term("mes")]
        assert found("旧PLC连不上", *terms) == ["plc"]
        assert found("Injection  mold wears out, PLCs too", *terms) == ["injection mold", "plc"]
        assert found("messy plca", *terms) == []

    def test_words_as_they_stand_in_the_text(self) -> None:
        terms = [term("PCB线路板"), term("设备联网")]
        assert found("做pcb线路板，要设备联网", *terms) == ["pcb 线路板", "设备联网"]

    def test_nothing(self) -> None:
        assert found("", term("换模")) == found("换模") == found("，。", term("，")) == []


CODES = ("C181", "C182", "C291", "C292", NONE)
# ln p as prior and a vector of zeros: the classifier gives p.
CHANCES = (0.1, 0.2, 0.05, 0.35, 0.3)
DOCUMENTS = [["服装", "裁剪"], ["针织"], ["轮胎", "轮胎"], ["注塑", "停机", "针织"]]
ZERO = np.zeros(2, dtype=np.float32)


def reader(
    words: float = 0.0,
    terms: float = 0.0,
    known: Sequence[Term] = (),
    parents: int | None = 3,
    codes: tuple[str, ...] = CODES,
) -> NodeReader:
    prior = np.log(np.array(CHANCES[: len(codes)], dtype=np.float32))
    classifier = Classifier(codes, np.zeros((2, len(codes)), dtype=np.float32), prior)
    parts = ReaderParts(classifier, LexicalIndex.build(DOCUMENTS))
    return NodeReader(parts, known, ReadingWeights(1.0, 1.0, words, terms), parents)


def scores(read: Read) -> dict[str, float]:
    return dict(zip(read.codes, map(float, read.scores), strict=True))


class TestNodeReader:
    def test_parents_have_the_sum_of_the_probabilities_below(self) -> None:
        read = reader().read("慢", [], ZERO)
        assert read.codes == ("C181", "C182", "C291", "C292", "C18", "C29")
        assert read.scores == pytest.approx([0.1, 0.2, 0.05, 0.35, 0.3, 0.4])
        assert read.words == {} and read.scores.dtype == np.float32

    def test_without_parents_there_are_only_the_classes(self) -> None:
        read = reader(parents=None).read("慢", [], ZERO)
        assert read.codes == ("C181", "C182", "C291", "C292")

    def test_what_nothing_serves_takes_its_share_where_it_is_a_class(self) -> None:
        assert scores(reader().read("慢", [], ZERO))["C292"] == pytest.approx(0.35)
        # Without it the others are of 0.7 in all.
        read = reader(codes=CODES[:-1]).read("慢", [], ZERO)
        assert scores(read)["C292"] == pytest.approx(0.5)

    def test_words_are_worth_their_share_of_the_bound_and_a_parent_has_the_best(self) -> None:
        index = LexicalIndex.build(DOCUMENTS)
        need = ["针织", "停机", "针", "没有的"]
        before = reader().read("慢", need, ZERO)
        after = reader(words=0.5).read("慢", need, ZERO)
        # Single characters are left out; unknown words have no idf.
        share = index.scores(["针织", "停机"]) / (index.idf("针织") + index.idf("停机"))
        gained = [scores(after)[code] - scores(before)[code] for code in before.codes]
        expected = [0, share[1], 0, share[3], share[1], share[3]]
        assert gained == pytest.approx([0.5 * one for one in expected], abs=1e-6)
        assert share[1] > 0 and share[3] > 0
        assert reader(words=0.5).read("慢", ["无", "没有的"], ZERO).scores == pytest.approx(
            before.scores
        )

    @pytest.mark.parametrize(
        ("wording", "strength"),
        [("塑", 0.0), ("注塑", 0.6), ("注塑机", 0.85), ("注塑机台", 1.0), ("injection", 1.0)],
    )
    def test_short_terms_count_less(self, wording: str, strength: float) -> None:
        read = reader(terms=0.5, known=[term(wording, "C292", weight=0.9)])
        gained = scores(read.read(wording, [], ZERO))["C292"] - 0.35
        assert gained == pytest.approx(0.5 * 0.9 * strength, abs=1e-6)

    def test_terms_speak_for_the_node_and_the_one_above(self) -> None:
        read = reader(terms=1.0, known=[term("注塑模具", "C2921")]).read("做注塑模具", [], ZERO)
        assert scores(read)["C292"] == pytest.approx(1.35)
        assert scores(read)["C29"] == pytest.approx(1.4)
        assert scores(read)["C291"] == pytest.approx(0.05)
        assert read.words == {"C292": "注塑模具", "C29": "注塑模具"}

    def test_a_term_of_a_division_does_not_speak_for_its_groups(self) -> None:
        read = reader(terms=1.0, known=[term("橡胶塑料", "C29")]).read("橡胶塑料", [], ZERO)
        assert scores(read)["C29"] == pytest.approx(1.4)
        assert scores(read)["C292"] == pytest.approx(0.35)

    def test_weak_terms_count_half_and_further_codes_less(self) -> None:
        known = [term("塑料包材", "C292", "C181", "C291", weak=True)]
        read = reader(terms=1.0, known=known).read("塑料包材", [], ZERO)
        assert scores(read)["C292"] == pytest.approx(0.35 + 0.5)
        assert scores(read)["C181"] == pytest.approx(0.1 + 0.5 * 0.6)
        assert scores(read)["C291"] == pytest.approx(0.05 + 0.5 * 0.36)

    def test_terms_add_up_but_never_beyond_one(self) -> None:
        known = [term("注塑", "C292"), term("吹塑", "C292", weight=0.5), term("吹塑吸塑", "C292")]
        one = reader(terms=1.0, known=known[:2]).read("注塑吹塑", [], ZERO)
        # 1 - (1 - 0.6) * (1 - 0.3)
        assert scores(one)["C292"] == pytest.approx(0.35 + 0.72)
        assert one.words["C292"] == "注塑"
        sure = reader(terms=1.0, known=known).read("注塑、吹塑吸塑、吹塑吸塑", [], ZERO)
        assert scores(sure)["C292"] == pytest.approx(1.35)
        assert sure.words["C292"] == "吹塑吸塑"

    @pytest.mark.parametrize("text", ["做注塑的，客户是针织厂", "……做注塑、针织的"])
    def test_one_s_own_trade_stands_in_the_first_clause(self, text: str) -> None:
        known = [term("注塑", "C292"), term("针织", "C182")]
        gained = scores(reader(terms=1.0, known=known).read(text, [], ZERO))
        assert gained["C292"] == pytest.approx(0.35 + 0.6)
        later = 0.3 if "客户" in text else 1.0
        assert gained["C182"] == pytest.approx(0.2 + 0.6 * later)
        # Scenarios are told anywhere.
        scenario = scores(reader(terms=1.0, known=known, parents=None).read(text, [], ZERO))
        assert scenario["C182"] == pytest.approx(0.2 + 0.6)

    def test_terms_of_no_sector_in_particular_and_of_other_nodes_say_nothing(self) -> None:
        known = [term("通用制造", ROOT), term("通用", "C292"), term("水泥生产", "C301")]
        read = reader(terms=1.0, known=known).read("通用制造，水泥生产", [], ZERO)
        # The term of the root does not take the words away either.
        assert read.words == {"C292": "通用", "C29": "通用"}
        assert scores(read)["C292"] == pytest.approx(0.35 + 0.6)

    def test_terms_behind_the_first_two_thousand_characters_are_not_looked_for(self) -> None:
        read = reader(terms=1.0, known=[term("注塑模具", "C292")])
        assert read.read("，" * 2_000 + "注塑模具", [], ZERO).words == {}
        assert read.read("，" * 1_990 + "注塑模具", [], ZERO).words


class TestNodeIndex:
    ANALYZER = Analyzer()

    def index(self, examples: Sequence[Example], terms: Sequence[Term]) -> LexicalIndex:
        return node_index((A, B, NONE), examples, terms, self.ANALYZER)

    def test_one_document_a_node_and_none_for_needs_that_nothing_serves(self) -> None:
        index = self.index([example(B, text="换模"), example(NONE, text="贷款")], [])
        assert index.size == 2
        assert index.idf("贷款") == 0.0
        assert index.scores(["换模"])[0] == 0.0 < index.scores(["换模"])[1]

    def test_terms_and_sentences_speak_for_their_first_code(self) -> None:
        index = self.index(
            [example(B, A, text="换模")], [term("轮胎", A, B), term("吹塑", "C2921")]
        )
        assert np.flatnonzero(index.scores(["换模"])).tolist() == [1]
        assert np.flatnonzero(index.scores(["轮胎"])).tolist() == [0]
        # A class is spoken for by its parts as well.
        assert np.flatnonzero(index.scores(["吹塑"])).tolist() == [1]

    def test_single_characters_and_other_nodes_are_left_out(self) -> None:
        index = self.index([example(A, text="轮胎")], [term("水泥", "C301"), term("塑", B)])
        assert {one: index.idf(one) > 0 for one in ("轮胎", "轮", "水泥", "塑")} == {
            "轮胎": True,
            "轮": False,
            "水泥": False,
            "塑": False,
        }

    @pytest.mark.parametrize(
        ("text", "share"),
        [
            ("料老对不上，做针织的", 1.0),
            ("stock is never right, 针织 factory", 1.0),
            ("料老对不上，针织", 1.0),
            ("料老对不上，客户要针织", 0.3),
            ("材料有棉纱，针织，拉链，老对不上", 0.3),
        ],
    )
    def test_a_later_clause_that_tells_a_trade_alone_counts_in_full(
        self, text: str, share: float
    ) -> None:
        gained = scores(reader(terms=1.0, known=[term("针织", "C182")]).read(text, [], ZERO))
        assert gained["C182"] == pytest.approx(0.2 + 0.6 * share)

    def test_what_every_trade_has_tells_none_unless_it_is_made(self) -> None:
        known = [term("打印机", "C291"), term("针织", "C182")]
        read = reader(terms=1.0, words=0.5, known=known)
        used = read.read("打印机老卡，做针织的", ["打印", "印机", "针织"], ZERO)
        assert scores(used)["C291"] == pytest.approx(0.05)
        assert used.words.get("C291") is None
        assert scores(read.read("做打印机的", [], ZERO))["C291"] > 0.5

    @given(st.text(alphabet="针织做.,。aZ.B 3%厂-", max_size=40))
    def test_any_signs_are_read(self, text: str) -> None:
        reader(terms=1.0, known=[term("针织", "C182"), term("z.b")]).read(text, [], ZERO)

    def test_a_point_within_a_word_ends_no_clause(self) -> None:
        read = reader(terms=1.0, known=[term("a.m")])
        read.read("leaks at 3 a.m.", [], ZERO)


@pytest.mark.parametrize("facet", ["sector", "scenario"])
class TestShippedExamples:
    def test_codes_languages_and_texts(self, facet: str, taxonomy: Taxonomy) -> None:
        tree = taxonomy.sectors if facet == "sector" else taxonomy.scenarios
        examples = shipped_examples(facet)
        for one in examples:
            assert one.text.strip() and one.lang in ("zh", "en", "es"), one
            assert one.codes and len(set(one.codes)) == len(one.codes), one
            for code in one.codes:
                assert code in tree or (facet, code) == ("scenario", NONE), one
        texts = Counter(one.text for one in examples)
        assert max(texts.values()) == 1

    def test_every_node_that_is_read_has_sentences(self, facet: str, taxonomy: Taxonomy) -> None:
        counts = Counter(one.codes[0] for one in shipped_examples(facet))
        if facet == "sector":
            read = {node.code for node in taxonomy.sectors if node.level == "group"}
        else:
            kinds = ("foundation", "constrained", "guiding")
            read = {node.code for node in taxonomy.scenarios if node.level in kinds} | {NONE}
        assert set(counts) == read
        assert min(counts.values()) >= 10

    def test_every_line_of_the_file_is_an_example(self, facet: str) -> None:
        path = Path(matcher.__file__).parent / "data" / f"{facet}_examples.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row["text"] for row in csv.DictReader(file)]
        assert rows == [one.text for one in shipped_examples(facet)]
