"""Catalogues of any size for timing, recombined from the demonstration records.

Sentences, sectors, scenarios and packages of two or three records make a new one. Offer vectors are
drawn around the encoded sample texts instead of being encoded: their values do not change the time of
a search, and encoding 50,000 texts would only measure the encoder again. Limits: words repeat more
than in a real catalogue, so posting lists are longer.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catalog.records import Case, Kind, Package, Provider, Record, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from matcher.encoder import Encoder, Progress, Vectors
from matcher.text import offer_text

_SENTENCE = re.compile(r"(?<=[。；;])")
NOISE = 0.35


def sample_records(taxonomy: Taxonomy, samples: Path) -> list[Record]:
    """The demonstration records in ``samples``, validated."""
    validator = Validator(taxonomy)
    records = []
    for path in sorted(samples.glob("demonstration-*.jsonl")):
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            record = validator.object(path.name, line, json.loads(text)).record
            if record is not None:
                records.append(record)
    return records


def fill(store: Store, records: Sequence[Record], offers: int, seed: int = 7) -> None:
    """Put ``offers`` recombined offers into ``store``: 10 % providers, 70 % solutions, 20 % cases."""
    rng = random.Random(seed)
    solutions = [record for record in records if isinstance(record, Solution)]
    cases = [record for record in records if isinstance(record, Case)]
    providers = [record for record in records if isinstance(record, Provider)]
    names = [f"基准服务商{number}" for number in range(max(1, offers // 10))]
    with store.writing("bench") as writer:
        for number, name in enumerate(names):
            writer.put(
                providers[number % len(providers)].model_copy(update={"name": name, "code": None})
            )
        for number in range(offers - len(names)):
            kind = Kind.SOLUTION if number % 9 < 7 else Kind.CASE
            like: Sequence[Solution | Case] = solutions if kind is Kind.SOLUTION else cases
            first, second = rng.sample(like, 2)
            sentences = _SENTENCE.split(first.description) + _SENTENCE.split(second.description)
            update: dict[str, object] = {
                "name": f"{first.name}·{number}",
                "code": None,
                "provider": {"name": rng.choice(names)},
                "description": "".join(rng.sample(sentences, min(3, len(sentences)))),
                "sectors": rng.choice((first, second)).sectors,
                "scenarios": rng.choice((first, second)).scenarios,
            }
            if kind is Kind.SOLUTION:
                price = rng.randrange(2, 400) * 1000
                update["packages"] = (Package(price_cny=price, deploy_days=rng.randrange(3, 120)),)
            else:
                update["solution"] = None
            writer.put(type(first).model_validate({**first.model_dump(), **update}))


class NoisyOffers:
    """Encodes needs for real, and draws the vectors of offers around those of the sample offers."""

    def __init__(self, encoder: Encoder, records: Sequence[Record], seed: int = 7):
        self._encoder = encoder
        self._rng = np.random.default_rng(seed)
        texts = [offer_text(r) for r in records if isinstance(r, Solution | Case)][:300]
        self._centres = encoder.encode_offers(texts)

    @property
    def space(self) -> str:
        """The real encoder's space: a server loads what was built with it."""
        return self._encoder.space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The real vectors."""
        return self._encoder.encode_needs(texts, progress)

    def encode_offers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors near those of the sample offers."""
        rows = self._rng.integers(len(self._centres), size=len(texts))
        noise = self._rng.standard_normal((len(texts), self.dimension), dtype=np.float32)
        drawn = self._centres[rows] + NOISE * noise / np.sqrt(self.dimension)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)
