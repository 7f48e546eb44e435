"""Stand-ins that make tests fast and keep them apart from tuned figures.

An encoder of the analyzer's tokens, constants that stay as they are, and a few of the examples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

import matcher.index.build
import matcher.index.fitted
from matcher.config import Constants, FunctionWeights, ReadingWeights
from matcher.index.analyzer import Analyzer
from matcher.index.centring import translated_needs
from matcher.understanding.functions import need_examples, offer_examples
from matcher.understanding.reading import Example, shipped_examples

DIMENSION = 64
FEW_SECTORS = ("C18", "C26", "C29", "C33")
FEW_TRANSLATED = 40
FEW_A_CLASS = 3
CONSTANTS = Constants(
    dense_weight=0.5,
    sector_given=0.15,
    scenario_given=0.2,
    sector_inferred=0.1,
    scenario_inferred=0.15,
    function=0.1,
    constraints=0.1,
    evidence=0.05,
    provider_own=0.9,
    provider_depth=3,
    provider_best=0.75,
    provider_further=0.05,
    posterior=2,
    scenario_functions=0.5,
    sector_reading=ReadingWeights(ridge=1, sharpness=10, words=1, terms=0.5),
    scenario_reading=ReadingWeights(ridge=1, sharpness=10, words=1, terms=0.5),
    function_reading=FunctionWeights(
        need_ridge=1,
        offer_ridge=1,
        sharpness=10,
        words=1,
        need_power=3,
        offer_power=2,
        need_strongest=16,
        offer_strongest=32,
    ),
)


class HashEncoder:
    """Unit vectors of 64 numbers, made of the tokens of a text: shared tokens make vectors alike.

    Deterministic on every machine; ``calls`` counts the texts that were really encoded.
    """

    def __init__(self, space: str = "hash-64"):
        self._space = space
        self.calls = 0

    @property
    def space(self) -> str:
        return self._space

    @property
    def dimension(self) -> int:
        return DIMENSION

    def encode_needs(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        self.calls += len(texts)
        if progress is not None:
            progress(len(texts), len(texts))
        if not texts:
            return np.empty((0, DIMENSION), dtype=np.float32)
        return np.vstack([vector_of(text) for text in texts])

    encode_offers = encode_needs


@lru_cache(maxsize=100_000)
def vector_of(text: str) -> NDArray[np.float32]:
    """The unit vector of ``text``; one without words points in a direction of its own."""
    tokens = _analyzer().tokens(text) or ["\0nothing"]
    total = np.sum([_direction(token) for token in tokens], axis=0)
    return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


@lru_cache(maxsize=100_000)
def _direction(token: str) -> NDArray[np.float64]:
    digest = hashlib.blake2b(token.encode(), digest_size=DIMENSION).digest()
    return np.frombuffer(digest, dtype=np.uint8).astype(np.float64) - 127.5


@cache
def _analyzer() -> Analyzer:
    return Analyzer()


@contextmanager
def quick_build(constants: Constants = CONSTANTS) -> Iterator[None]:
    """Builds fit their readers to `few` examples, a tenth of the work, and freeze ``constants``."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (matcher.index.build, matcher.index.fitted):
            patched.setattr(module, "shipped_examples", few)
        patched.setattr(matcher.index.fitted, "need_examples", few_needs)
        patched.setattr(matcher.index.fitted, "offer_examples", few_offers)
        for name in ("group_needs", "requests"):
            patched.setattr(matcher.index.fitted, name, lambda facet: ())
        patched.setattr(matcher.index.fitted, "translated_needs", few_translated)
        patched.setattr(matcher.index.build, "shipped_constants", lambda: constants)
        yield


@cache
def few(facet: str) -> tuple[Example, ...]:
    """The first shipped examples of each scenario, and of each sector in four divisions."""
    kept: dict[str, list[Example]] = {}
    for example in shipped_examples(facet):
        code = example.codes[0]
        if facet == "scenario" or code.startswith(FEW_SECTORS):
            kept.setdefault(code, []).append(example)
    return tuple(one for examples in kept.values() for one in examples[:FEW_A_CLASS])


@cache
def few_needs() -> tuple[Example, ...]:
    return few_functions(need_examples())


@cache
def few_offers() -> tuple[Example, ...]:
    return few_functions(offer_examples())


@cache
def few_translated() -> list[dict[str, str]]:
    return translated_needs()[:FEW_TRANSLATED]


def few_functions(examples: tuple[Example, ...]) -> tuple[Example, ...]:
    """The first of ``examples`` for each function."""
    kept = {example.codes[0]: example for example in reversed(examples)}
    return tuple(kept.values())
