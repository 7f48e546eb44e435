"""Vectors of needs are kept from match to match, and never beyond their space or generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from catalog.records import Solution
from matcher.engine import Matcher
from matcher.index.generation import GenerationInfo
from matcher.types import MatchQuery
from tests.conftest import Built
from tests.fakes import HashEncoder

NEED = MatchQuery("换模慢，设备老停机查不出原因")


class TurningEncoder(HashEncoder):
    """Another model from one moment to the next: its spaces have nothing in common."""

    def __init__(self) -> None:
        super().__init__("one")
        self.turn = 0

    @property
    def space(self) -> str:
        return f"turn-{self.turn}"

    def encode_needs(self, texts: Sequence[str], progress: Any = None) -> Any:
        return np.roll(super().encode_needs(texts, progress), 7 * self.turn, axis=1)

    encode_offers = encode_needs


@pytest.fixture
def turning(built: Built) -> Iterator[Built]:
    encoder = TurningEncoder()
    found = replace(built, encoder=encoder)
    found.build()
    yield replace(found, matcher=found.open())


def vectors(matcher: Matcher) -> list[float]:
    return [float(one) for one in matcher.score(NEED).ranked.dense]


def test_a_need_is_encoded_once(turning: Built) -> None:
    calls = turning.encoder.calls
    for _ in range(3):
        turning.matcher.match(NEED)
    assert turning.encoder.calls == calls + 1


def test_another_space_has_its_own_vectors(turning: Built) -> None:
    encoder = turning.encoder
    assert isinstance(encoder, TurningEncoder)
    before = vectors(turning.matcher)
    encoder.turn = 3
    turning.build()
    assert turning.matcher.reload()
    assert vectors(turning.matcher) == pytest.approx(vectors(turning.open()), abs=1e-6)
    assert vectors(turning.matcher) == pytest.approx(before, abs=1e-5)


def test_another_generation_centres_them_by_its_own_means(turning: Built) -> None:
    vectors(turning.matcher)
    calls = turning.encoder.calls
    with turning.store.writing("test") as writer:
        for number in range(30):
            writer.put(Solution(name=f"产品{number}", description=f"第{number}号停机看板"))
    info: GenerationInfo = turning.build()
    built_calls = turning.encoder.calls
    assert turning.matcher.reload() and turning.matcher.generation == info.id
    found = vectors(turning.matcher)
    assert turning.encoder.calls == built_calls > calls
    assert found == pytest.approx(vectors(turning.open()), abs=1e-6)
