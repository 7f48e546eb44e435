"""What is fitted to the shipped sentences: shipped for the offline model, computed for any other."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import matcher
import matcher.index.fitted
from catalog.functions import shipped_functions
from catalog.records import Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.wording import normalised
from matcher.config import shipped_constants
from matcher.encoder import OnnxEncoder
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.index.centring import centre_needs, reference_needs
from matcher.index.embedding import unit
from matcher.index.fitted import (
    FACETS,
    Fitted,
    fit_texts,
    fitted_for,
    fitted_sentences,
    ship,
    source_key,
)
from matcher.types import MatchQuery
from matcher.understanding.functions import offer_examples
from matcher.understanding.groups import group_needs, requests, shipped_groups
from matcher.understanding.reading import fit_classifier, shipped_examples
from matcher.understanding.unserved import UnservedReader
from tests.fakes import CONSTANTS, DIMENSION, HashEncoder, few, few_functions

quick = pytest.mark.usefixtures("quick_builds")


def assert_same(one: Fitted, other: Fitted) -> None:
    assert one.means.keys() == other.means.keys() == {"zh", "en", "es"}
    for lang, mean in one.means.items():
        assert np.array_equal(mean, other.means[lang]) and mean.dtype == np.float32
    assert one.classifiers.keys() == other.classifiers.keys() == set(FACETS)
    for facet, classifier in one.classifiers.items():
        assert classifier.codes == other.classifiers[facet].codes
        assert np.array_equal(classifier.weights, other.classifiers[facet].weights)
        assert np.array_equal(classifier.prior, other.classifiers[facet].prior)


def fitted_texts(encoder: HashEncoder) -> Fitted:
    return fit_texts(encoder.encode_needs, encoder.encode_offers, CONSTANTS)


@quick
def test_means_and_classifiers_by_hand(hash_encoder: HashEncoder) -> None:
    found = fitted_texts(hash_encoder)
    for lang, texts in reference_needs().items():
        expected = hash_encoder.encode_needs(texts).mean(axis=0)
        assert found.means[lang] == pytest.approx(expected, abs=1e-6)
    for facet in ("sector", "scenario"):
        examples = few(facet)
        vectors = hash_encoder.encode_needs([normalised(one.text) for one in examples])
        rows = zip(vectors, examples, strict=True)
        centred = np.vstack([centre_needs(found.means, v, one.lang) for v, one in rows])
        ridge = getattr(CONSTANTS, f"{facet}_reading").ridge
        expected_one = fit_classifier(examples, centred, ridge)
        assert found.classifiers[facet].codes == expected_one.codes
        assert found.classifiers[facet].weights == pytest.approx(expected_one.weights, abs=1e-5)
        assert found.classifiers[facet].weights.shape == (DIMENSION, len(expected_one.codes))
    functions = tuple(node.code for node in shipped_functions())
    assert {found.classifiers[side].codes for side in ("function", "offer_function")} == {functions}
    offers = few_functions(offer_examples())
    vectors = hash_encoder.encode_offers([one.text for one in offers])
    centred = unit(vectors - vectors.mean(axis=0))
    expected_one = fit_classifier(
        offers, centred, CONSTANTS.function_reading.offer_ridge, functions
    )
    found_one = found.classifiers["offer_function"]
    assert found_one.weights == pytest.approx(expected_one.weights, abs=1e-4)


def test_every_shipped_text_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, in vectors of nothing: only the machine, which would take minutes, stands aside."""
    dice, told = np.random.default_rng(1), list[Counter[bool]]()

    def drawn(texts: list[str]) -> NDArray[np.float32]:
        return unit(dice.standard_normal((len(texts), 8), dtype=np.float32))

    def fit_unserved(vectors: NDArray[np.float32], unserved: NDArray[np.bool_]) -> UnservedReader:
        told.append(Counter(unserved.tolist()))
        assert len(vectors) == len(unserved)
        return real_fit(vectors[:: len(vectors) // 50], unserved[:: len(vectors) // 50])

    real_fit = matcher.index.fitted.fit_unserved
    monkeypatch.setattr(matcher.index.fitted, "fit_unserved", fit_unserved)
    found = fit_texts(drawn, drawn, shipped_constants())
    assert found.classifiers.keys() == set(FACETS)
    assert all(np.isfinite(one.weights).all() for one in found.classifiers.values())
    (kinds,) = told
    assert kinds.total() > len(shipped_examples("scenario")) and min(kinds.values()) > 1_000


def test_needs_of_groups_and_requests_are_learned() -> None:
    texts = Counter(fitted_sentences())
    learned = {normalised(one.text) for one in (*group_needs("scenario"), *requests("scenario"))}
    assert learned and learned <= texts.keys()
    apart = {said for one in shipped_groups()[1] for said in (one.need, one.foreign)} | {
        normalised(row[of])
        for name, of in (
            ("requests", "text"),
            ("plain-needs", "text"),
            ("unserved-needs", "text"),
            ("twin-needs", "digital"),
            ("twin-needs", "none"),
        )
        for row in csv.DictReader(
            Path(f"tests/data/{name}.csv").read_text(encoding="utf-8").splitlines()
        )
    }
    assert len(apart) > 2_000 and not apart & texts.keys()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where fitted files are shipped, for the time of a test."""
    monkeypatch.setattr(matcher.index.fitted, "_path", lambda space: tmp_path / f"{space}.npz")
    return tmp_path


@quick
def test_another_model_is_fitted_once_and_its_vectors_are_kept(
    store: Store, shelf: Path, hash_encoder: HashEncoder
) -> None:
    first = fitted_for(store, hash_encoder, CONSTANTS)
    calls = hash_encoder.calls
    assert calls > 0
    assert_same(fitted_for(store, hash_encoder, CONSTANTS), first)
    assert hash_encoder.calls == calls


@quick
def test_what_is_shipped_comes_back_and_nothing_is_encoded(
    store: Store, shelf: Path, hash_encoder: HashEncoder
) -> None:
    made = fitted_texts(hash_encoder)
    assert ship(made, hash_encoder.space, CONSTANTS).parent == shelf
    fresh = HashEncoder()
    assert_same(fitted_for(store, fresh, CONSTANTS), made)
    assert fresh.calls == 0


@quick
def test_a_file_of_other_sentences_or_another_ridge_is_not_used(
    store: Store, shelf: Path, hash_encoder: HashEncoder
) -> None:
    ship(fitted_texts(hash_encoder), hash_encoder.space, CONSTANTS)
    ridge = replace(CONSTANTS.scenario_reading, ridge=7.0)
    other = replace(CONSTANTS, scenario_reading=ridge)
    keys = {source_key("a", CONSTANTS), source_key("b", CONSTANTS), source_key("a", other)}
    assert len(keys) == 3
    # What the fit does not depend on leaves the file in use.
    assert source_key("a", replace(CONSTANTS, dense_weight=0.9)) in keys
    before = fitted_for(store, HashEncoder(), CONSTANTS).classifiers["scenario"].weights
    encoder = HashEncoder()
    after = fitted_for(store, encoder, other).classifiers["scenario"].weights
    assert encoder.calls > 0 and not np.array_equal(before, after)


def test_the_key_follows_every_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = {source_key("a", CONSTANTS)}
    data = tmp_path / "data"
    data.mkdir()
    for name in matcher.index.fitted._SOURCES:
        source = Path(matcher.__file__).parent / "data" / name
        (data / name).write_bytes(source.read_bytes())
    monkeypatch.setattr(matcher.index.fitted, "shipped_file", lambda name: data / name)
    assert source_key("a", CONSTANTS) in keys
    for name in matcher.index.fitted._SOURCES:
        with (data / name).open("a") as file:
            file.write("\n")
        keys.add(source_key("a", CONSTANTS))
    assert len(keys) == 1 + len(matcher.index.fitted._SOURCES)


@pytest.fixture(scope="module")
def real(
    encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy
) -> Iterator[Matcher]:
    """The offline model with everything that is shipped for it."""
    data = tmp_path_factory.mktemp("real")
    store = Store.open(data)
    with store.writing("test") as writer:
        writer.put(Solution(name="换模助手", description="换模步骤标准化"))
    build_generation(store, data, encoder, taxonomy)
    yield Matcher(store, data, encoder, taxonomy)
    store.close()


class TestOfflineModel:
    def test_what_is_shipped_is_up_to_date(self, store: Store, encoder: OnnxEncoder) -> None:
        class Mute:
            space, dimension = encoder.space, encoder.dimension

            def encode_needs(self, *_: object) -> None:
                pytest.fail("sentences, space or ridge have changed since the fit was shipped")

            encode_offers = encode_needs

        shipped = fitted_for(store, Mute(), shipped_constants())  # type: ignore[arg-type]
        for facet, classifier in shipped.classifiers.items():
            codes = (
                {node.code for node in shipped_functions()}
                if facet.endswith("function")
                else {code for one in shipped_examples(facet) for code in one.codes}
            )
            assert set(classifier.codes) == codes
            assert classifier.weights.shape == (encoder.dimension, len(codes))
            assert np.isfinite(classifier.weights).all()
        # One language is enough to tell that the vectors are those of this model.
        lang, texts = min(reference_needs().items(), key=lambda item: sum(map(len, item[1])))
        expected = encoder.encode_needs(texts).mean(axis=0)
        assert shipped.means[lang] == pytest.approx(expected, abs=1e-4)

    @pytest.mark.parametrize(
        ("text", "sector", "scenario"),
        [
            ("服装厂小单快反，排产全靠主管脑子记", "C18", "S3-1"),
            ("電費一個月十幾萬，不知道哪台設備耗電", None, "S3-6"),
            ("账目对不上，月底结账要一周", None, "S5-1"),
            ("换模慢，设备老停机查不出原因", None, "S3-4"),
            ("La fábrica de muebles no sabe dónde está cada pedido", "C21", None),
            ("Las máquinas de inyección de plástico se paran", "C29", None),
            ("Our furniture factory cannot plan production orders", "C21", "S3-1"),
        ],
    )
    def test_plain_needs_are_read(
        self, real: Matcher, text: str, sector: str | None, scenario: str | None
    ) -> None:
        understanding = real.match(MatchQuery(text=text)).understanding
        if sector is not None:
            assert understanding.sectors[0].code.startswith(sector)
        if scenario is not None:
            assert understanding.scenarios[0].code == scenario
        assert understanding.unserved < 0.5

    @pytest.mark.parametrize(
        "text", ["想贷三百万买块地盖新厂房", "We need a loan to buy land for a new plant"]
    )
    def test_what_no_digital_offer_serves_is_said(self, real: Matcher, text: str) -> None:
        assert real.match(MatchQuery(text=text)).understanding.unserved > 0.5
