"""The common part of the vocabulary cuts texts as the whole one does."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from matcher.model.fetch import cached_model
from matcher.model.names import ONNX_TOKENIZER
from matcher.model.tokens import TokenReader, is_common

ROOT = Path(__file__).parents[2]
EVERY = [chr(code) for code in range(0x110000)]
COMMON = [character for character in EVERY if is_common(character)]


@pytest.fixture(scope="module")
def model() -> Path:
    cache = Path(os.environ.get("QINGZHUN_MODEL_CACHE", "~/.cache/qingzhun/models")).expanduser()
    return cached_model(cache)


@pytest.fixture(scope="module")
def reader(model: Path) -> TokenReader:
    return TokenReader(model)


@pytest.fixture(scope="module")
def whole(model: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model / ONNX_TOKENIZER))
    tokenizer.encode_special_tokens = True
    return tokenizer


def shipped_texts() -> Iterator[str]:
    """Every text of samples, judgments, benchmark and example tables: for equality alone."""
    for folder in ("samples", "judgments", "tests/data/benchmark"):
        for path in sorted((ROOT / folder).glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _strings(json.loads(line))
    for path in sorted((ROOT / "matcher/data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                yield from row


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def test_shipped_texts_are_cut_alike(reader: TokenReader, whole: Tokenizer) -> None:
    texts = sorted(set(shipped_texts()))
    assert len(texts) > 2_000
    assert sum(map(is_common, texts)) > 0.99 * len(texts)
    for read, expected in zip(reader.read(texts), whole.encode_batch(texts), strict=True):
        assert read.tolist() == expected.ids


def test_every_common_character_is_cut_alike(model: Path, whole: Tokenizer) -> None:
    reader = TokenReader(model)
    texts = [f"{character}机 a{character}" for character in COMMON]
    for read, expected in zip(reader.read(texts), whole.encode_batch(texts), strict=True):
        assert read.tolist() == expected.ids
    assert reader._whole is None


def test_the_normal_form_of_common_characters_is_common(whole: Tokenizer) -> None:
    assert [c for c in COMMON if not is_common(whole.normalizer.normalize_str(c))] == []


@settings(deadline=None)
@given(st.text(st.sampled_from(COMMON), max_size=40))
def test_any_common_text_is_cut_alike(reader: TokenReader, whole: Tokenizer, text: str) -> None:
    assert is_common(whole.normalizer.normalize_str(text))
    assert reader.read([text])[0].tolist() == whole.encode(text).ids


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_text_is_cut_alike(reader: TokenReader, whole: Tokenizer, texts: list[str]) -> None:
    expected = [whole.encode(text).ids for text in texts]
    assert [ids.tolist() for ids in reader.read(texts)] == expected


def test_nothing_is_cut_into_nothing(reader: TokenReader) -> None:
    assert reader.read([]) == []
