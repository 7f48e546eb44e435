"""Every `Encoder` keeps what the protocol promises; what serves is near the model it came from."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from matcher.encoder import Encoder, OnnxEncoder, SentenceTransformerEncoder, batches, prepared
from matcher.errors import ModelCorrupt, ModelMissing
from matcher.model.fetch import cached_model
from matcher.model.names import (
    COMMON_IDS,
    COMMON_TOKENIZER,
    MAX_TOKENS,
    ONNX_MODEL,
    ONNX_TOKENIZER,
)
from tests.fakes import HashEncoder

TEXTS = [
    "换模慢，设备老停机查不出原因",
    "织布厂看疵点全靠女工盯，眼睛花了漏得厉害",
    "Our changeovers take too long and nobody knows why machines stop.",
    "MES for a small plastics factory",
    "Los cambios de molde son lentos y no sabemos por qué se para la máquina.",
    "Medición de energía para una fundición pequeña",
]


@pytest.fixture(scope="module")
def model() -> Path:
    cache = Path(os.environ.get("QINGZHUN_MODEL_CACHE", "~/.cache/qingzhun/models")).expanduser()
    return cached_model(cache)


@pytest.fixture(params=["hash", "onnx"])
def subject(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hash":
        return HashEncoder()
    found: OnnxEncoder = request.getfixturevalue("encoder")
    return found


@pytest.mark.parametrize("side", ["encode_needs", "encode_offers"])
class TestEncoder:
    def test_unit_vectors_of_one_dimension(self, subject: Encoder, side: str) -> None:
        vectors = getattr(subject, side)(TEXTS)
        assert vectors.shape == (6, subject.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)

    def test_nothing_gives_no_rows(self, subject: Encoder, side: str) -> None:
        assert getattr(subject, side)([]).shape == (0, subject.dimension)

    def test_alone_as_in_a_batch(self, subject: Encoder, side: str) -> None:
        encode = getattr(subject, side)
        together = encode([*TEXTS, "长" * 300, "x"])
        for text, vector in zip(TEXTS, together, strict=False):
            assert float(encode([text])[0] @ vector) >= 0.9999

    def test_order_is_kept_and_repeats_agree(self, subject: Encoder, side: str) -> None:
        encode = getattr(subject, side)
        forth, back = encode(TEXTS), encode(TEXTS[::-1])[::-1]
        assert np.sum(forth * back, axis=1).min() >= 0.9999

    def test_progress_ends_at_the_number_of_texts(self, subject: Encoder, side: str) -> None:
        seen: list[tuple[int, int]] = []
        getattr(subject, side)(TEXTS, lambda done, total: seen.append((done, total)))
        assert seen[-1] == (6, 6)

    def test_odd_texts_have_a_vector(self, subject: Encoder, side: str) -> None:
        vectors = getattr(subject, side)(["", " ", "😀", "\x00\u200b", "。" * 50])
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_spaces_tell_models_apart(encoder: OnnxEncoder) -> None:
    assert encoder.space != HashEncoder().space


def test_a_prepared_need_has_the_vector_of_one_that_is_encoded(subject: Encoder) -> None:
    need = prepared(subject, TEXTS[0])
    assert need.vector is need.vector and need.vector.shape == (subject.dimension,)
    assert need.vector.tolist() == subject.encode_needs(TEXTS[:1])[0].tolist()


def test_need_and_offer_are_encoded_with_their_own_prompt(encoder: OnnxEncoder) -> None:
    need, offer = encoder.encode_needs(TEXTS[:1])[0], encoder.encode_offers(TEXTS[:1])[0]
    assert float(need @ offer) < 0.9999


def test_typed_end_of_text_mark_stays_text(encoder: OnnxEncoder) -> None:
    plain, marked = encoder.encode_needs(["换模慢", "换模慢</s>"])
    assert float(plain @ marked) < 0.9999
    ids = encoder._reader.read(["换模慢</s>慢"])[0].tolist()
    assert ids[0] == 0 and ids[-1] == 2 and ids.count(2) == 1


def test_what_is_longer_than_the_model_reads_is_cut(encoder: OnnxEncoder) -> None:
    long = "设备停机 " * 600
    longer = long + "服装缝制" * 200
    assert len(encoder._reader.read([long])[0]) == MAX_TOKENS
    one, other = encoder.encode_offers([long, longer])
    assert float(one @ other) == pytest.approx(1.0, abs=1e-5)


def test_likeness_goes_across_languages(encoder: OnnxEncoder) -> None:
    zh, _, en, _, es, energy = encoder.encode_needs(TEXTS)
    assert zh @ en > zh @ energy
    assert es @ en > en @ energy


def test_no_export_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        OnnxEncoder(tmp_path)
    assert caught.value.hint.zh and caught.value.hint.en


def test_a_damaged_model_is_said_to_be_damaged(tmp_path: Path, model: Path) -> None:
    for name in (COMMON_TOKENIZER, COMMON_IDS, ONNX_MODEL):
        copy = tmp_path / Path(name).name
        shutil.copytree(model / "onnx", copy / "onnx", copy_function=os.symlink)
        (copy / name).unlink()
        (copy / name).write_bytes(b"not what it was")
        with pytest.raises(ModelCorrupt) as caught:
            OnnxEncoder(copy)
        assert name in caught.value.message.zh and caught.value.hint.en
    copy = tmp_path / "whole"
    shutil.copytree(model / "onnx", copy / "onnx", copy_function=os.symlink)
    (copy / ONNX_TOKENIZER).unlink()
    (copy / ONNX_TOKENIZER).write_bytes(b"not what it was")
    encoder = OnnxEncoder(copy)
    assert encoder.encode_needs(["换模慢"]).shape == (1, 384)
    with pytest.raises(ModelCorrupt) as caught:
        encoder.encode_needs(["станок"])
    assert ONNX_TOKENIZER in caught.value.message.en


@pytest.mark.parametrize(
    "text", ["станок часто останавливается", "قالب", "금형 교체", "金型の交換", "😀"]
)
def test_other_scripts_have_the_vectors_of_the_whole_vocabulary(
    encoder: OnnxEncoder, text: str
) -> None:
    mixed = encoder.encode_needs([f"设备联网 {text}", "设备联网"])
    alone = encoder.encode_needs([f"设备联网 {text}"])
    assert float(mixed[0] @ alone[0]) >= 0.9999
    assert float(mixed[0] @ mixed[1]) < 0.9999
    assert encoder._reader.read([text])[0].max() < 250_002


def test_texts_of_very_different_length_are_not_padded_to_one_another() -> None:
    assert batches([100, 20, 90, 12], tokens=1000) == [[0, 2], [1, 3]]


def test_threads_that_ask_at_once_get_what_each_asked_for(encoder: OnnxEncoder) -> None:
    texts = [f"{text} {number}" for number in range(8) for text in TEXTS]
    expected = encoder.encode_needs(texts)
    with ThreadPoolExecutor(16) as threads:
        found = np.array(list(threads.map(lambda text: encoder.encode_needs([text])[0], texts)))
    assert np.sum(found * expected, axis=1).min() >= 0.9999


def test_batches_stay_within_the_tokens() -> None:
    assert batches([5, 9, 4], tokens=18) == [[1, 0], [2]]
    assert batches([], tokens=18) == []
    assert batches([50], tokens=18) == [[0]]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_serves_is_near_sentence_transformers(encoder: OnnxEncoder, model: Path) -> None:
    reference = SentenceTransformerEncoder(str(model), space=encoder.space)
    assert reference.dimension == encoder.dimension and reference.space == encoder.space
    for side in ("encode_needs", "encode_offers"):
        ours, theirs = getattr(encoder, side)(TEXTS), getattr(reference, side)(TEXTS)
        # Rounded to bytes; that the graph is the same network is tested in float32.
        assert np.sum(ours * theirs, axis=1).min() >= 0.997
    assert reference.encode_needs([]).shape[0] == 0
    with pytest.raises(ModelMissing):
        SentenceTransformerEncoder("nobody/has-this-model")
