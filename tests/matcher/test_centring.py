"""Means and centring by hand, and the store as memory of vectors."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.store import Store
from matcher.index.build import centred
from matcher.index.centring import (
    FEWEST_OFFERS,
    Means,
    centre_needs,
    fit_map,
    offers_mean,
    reference_needs,
    translated_needs,
)
from matcher.index.embedding import embed, unit
from matcher.types import MatchQuery
from tests.conftest import Built
from tests.fakes import DIMENSION, HashEncoder


def array(*rows: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(rows, dtype=np.float32)


MEANS = Means(
    needs={"zh": array([0.5, 0.5])[0], "en": array([0.0, 1.0])[0], "es": array([1.0, 0.0])[0]},
    offers=array([0.6, 0.0])[0],
)


def test_unit() -> None:
    assert unit(array([3, 4], [0, 0])) == pytest.approx(array([0.6, 0.8], [0, 0]))


def test_each_language_loses_its_own_mean() -> None:
    vector = array([1.0, 0.0])[0]
    half = 0.5**0.5
    assert MEANS.centred_needs(vector, "zh") == pytest.approx([half, -half])
    assert MEANS.centred_needs(vector, "en") == pytest.approx([half, -half])
    assert MEANS.centred_needs(vector, "es") == pytest.approx([0, 0])
    assert MEANS.centred_needs(array([0.0, 3.0])[0], "es") == pytest.approx(unit(array([-1, 3]))[0])


def test_another_language_uses_the_english_mean() -> None:
    vector = array([0.8, 0.6])[0]
    assert MEANS.centred_needs(vector, "other") == pytest.approx(MEANS.centred_needs(vector, "en"))


def test_offers_lose_theirs_and_an_empty_text_is_near_nothing() -> None:
    found = centred(MEANS, array([1, 0], [0.6, 0.8], [1, 0]), ["甲", "乙", ""])
    assert found == pytest.approx(array([1, 0], [0, 1], [0, 0]), abs=1e-6)


def test_the_mean_of_the_offers(hash_encoder: HashEncoder) -> None:
    offers = hash_encoder.encode_offers([f"产品 {number}" for number in range(FEWEST_OFFERS)])
    assert offers_mean(offers) == pytest.approx(offers.mean(axis=0))


def test_few_offers_have_no_mean(hash_encoder: HashEncoder) -> None:
    for count in (0, FEWEST_OFFERS - 1):
        few = hash_encoder.encode_offers(["甲"] * count)
        assert offers_mean(few).shape == (DIMENSION,) and not offers_mean(few).any()


def test_the_means_of_a_generation(built: Built) -> None:
    """Those of the reference needs, by language, and none for so few offers."""
    means = built.matcher.score(MatchQuery(text="换模慢")).snapshot.generation.means
    for lang, texts in reference_needs().items():
        expected = built.encoder.encode_needs(texts).mean(axis=0)
        assert means.needs[lang] == pytest.approx(expected, abs=1e-6)
    assert not means.offers.any()


def test_reference_needs_are_many_and_of_three_languages() -> None:
    needs = reference_needs()
    assert set(needs) == {"zh", "en", "es"}
    for texts in needs.values():
        assert len(texts) >= 40 and len(set(texts)) == len(texts) and all(map(str.strip, texts))


class TestEmbedding:
    def test_each_text_is_encoded_once(self, store: Store, hash_encoder: HashEncoder) -> None:
        texts = ["换模", "停机", "换模", ""]
        first = embed(store, hash_encoder, "offer", texts)
        assert hash_encoder.calls == 3
        assert first == pytest.approx(hash_encoder.encode_offers(texts))
        calls = hash_encoder.calls
        assert embed(store, hash_encoder, "offer", texts) == pytest.approx(first)
        assert hash_encoder.calls == calls

    def test_sides_and_spaces_are_kept_apart(self, store: Store) -> None:
        for encoder in (HashEncoder("one"), HashEncoder("two")):
            for side in ("need", "offer"):
                embed(store, encoder, side, ["换模"])  # type: ignore[arg-type]
            assert encoder.calls == 2

    def test_nothing(self, store: Store, hash_encoder: HashEncoder) -> None:
        assert embed(store, hash_encoder, "offer", []).shape == (0, DIMENSION)

    def test_a_killed_build_goes_on_where_it_stopped(self, store: Store) -> None:
        class Killed(HashEncoder):
            def encode_offers(self, texts, progress=None):  # type: ignore[no-untyped-def]
                if self.calls >= 256:
                    raise KeyboardInterrupt
                return super().encode_needs(texts, progress)

        texts = [f"产品 {number}" for number in range(300)]
        with pytest.raises(KeyboardInterrupt):
            embed(store, Killed(), "offer", texts)
        encoder = HashEncoder()
        seen: list[tuple[int, int]] = []
        embed(store, encoder, "offer", texts, lambda done, total: seen.append((done, total)))
        assert encoder.calls == 44 and seen == [(44, 44)]


def test_a_map_turns_foreign_needs_to_where_their_translations_lie() -> None:
    """Rows that another basis tells are brought back, those that were not fitted as well."""
    rng = np.random.default_rng(3)
    chinese = unit(rng.normal(size=(600, 12)).astype(np.float32))
    basis = np.linalg.qr(rng.normal(size=(12, 12)))[0].astype(np.float32)
    foreign = chinese @ basis
    turn = fit_map(foreign[:500], chinese[:500])
    zero = {"zh": np.zeros(12, np.float32), "en": np.zeros(12, np.float32)}
    turned = centre_needs(zero, foreign[500:], "en", {"en": turn})
    assert (turned * chinese[500:]).sum(axis=1).min() > 0.999
    assert (foreign[500:] * chinese[500:]).sum(axis=1).max() < 0.95


def test_a_need_is_turned_alike_alone_and_among_others() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(7, DIMENSION)).astype(np.float32)
    turn = rng.normal(size=(DIMENSION, DIMENSION)).astype(np.float32)
    zero = np.zeros(DIMENSION, np.float32)
    means = Means(needs={"zh": zero, "en": zero}, offers=zero, maps={"en": turn})
    alone = np.stack([means.centred_needs(vector, "en") for vector in vectors])
    assert (means.centred_needs(vectors, "en") == alone).all()
    # Other languages are taken as English; Chinese stays where it is.
    assert (means.centred_needs(vectors, "other") == alone).all()
    assert means.centred_needs(vectors, "zh") == pytest.approx(unit(vectors))


def test_a_generation_keeps_its_maps(built: Built) -> None:
    snapshot = built.matcher.score(MatchQuery(text="换模慢")).snapshot
    maps = snapshot.generation.means.maps
    assert sorted(maps) == ["en", "es"]
    assert all(turn.shape == (DIMENSION, DIMENSION) for turn in maps.values())


def test_translated_needs_are_whole() -> None:
    needs = translated_needs()
    assert len(needs) > 4_000
    assert len({need["zh"] for need in needs}) == len(needs)
    for need in needs:
        assert set(need) == {"zh", "en", "es"} and all(text.strip() for text in need.values())
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in need["en"] + need["es"])
