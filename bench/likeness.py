"""How like the sample catalogue the generated data are: words, lengths, neighbours. One table.

``python -m bench.likeness``; the figures stand in docs/demo-data.md.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.settings import Settings
from bench.catalogue import sample_records
from bench.machine import cores
from bench.material import demo_offers, fitted_encoder, source
from bench.tables import number, table
from catalog.records import OFFER_KINDS, Kind, Need
from catalog.taxonomy import Taxonomy
from matcher.demodata.records import DemoData
from matcher.encoder import OnnxEncoder
from matcher.index.build import shipped_analyzer
from matcher.index.embedding import unit
from matcher.text import need_text, offer_text

_MADE = 5_000
_FEW, _MANY, _ENCODED = 300, 1_000, 1_000
_COMMONEST = 20


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.likeness", description=__doc__)
    parser.add_argument(
        "--encoded", type=int, default=2_000, help="offers the drawn ones come from"
    )
    parser.add_argument("--work", type=Path, default=Path("build/bench"))
    arguments = parser.parse_args()
    made = source(Settings().model_cache_directory)
    taxonomy = made.taxonomy
    samples = sample_records(taxonomy, Path("samples"))
    demo = DemoData(taxonomy, _MADE, _MADE, made.seed + 1)
    offers = [offer_text(record) for record in demo_offers(taxonomy, demo)]
    needs = [str(fields["text"]) for fields in demo.records(Kind.NEED)]
    rng = random.Random(made.seed)
    groups = {
        "offers: samples": [offer_text(one) for one in samples if one.kind in OFFER_KINDS],
        "offers: generated": rng.sample(offers, len(offers)),
        "needs: samples": [need_text(one) for one in samples if isinstance(one, Need)],
        "needs: generated": rng.sample(needs, len(needs)),
    }
    encoder = OnnxEncoder(made.model, cores())
    columns = []
    for name, texts in groups.items():
        encode = encoder.encode_needs if name.startswith("needs") else encoder.encode_offers
        found = _words(taxonomy, texts) | _neighbours(encode(texts[:_ENCODED]))
        columns.append((name, found))
    drawn = fitted_encoder(made, encoder, arguments.encoded, arguments.work)
    some = groups["offers: generated"][:_ENCODED]
    columns.append(("offers: generated, drawn", _neighbours(drawn.draw(some))))
    lines = list(columns[0][1])
    print(
        table(
            ["", *(name for name, _ in columns)],
            ([line, *(number(found.get(line), 3) for _, found in columns)] for line in lines),
        )
    )
    print(f"variance of vectors that words explain: {drawn.explained:.2f}")


def _words(taxonomy: Taxonomy, texts: Sequence[str]) -> dict[str, float]:
    tokens = [shipped_analyzer(taxonomy).tokens(text) for text in texts]
    postings = Counter(token for words in tokens for token in set(words))
    commonest = sum(count for _, count in postings.most_common(_COMMONEST))

    def distinct(count: int) -> float:
        if len(tokens) < count:
            return float("nan")
        return len({token for words in tokens[:count] for token in words})

    return {
        "texts": len(texts),
        "characters a text": float(np.mean([len(text) for text in texts])),
        "tokens a text": float(np.mean([len(words) for words in tokens])),
        f"distinct tokens in {_FEW} texts": distinct(_FEW),
        f"distinct tokens in {_MANY} texts": distinct(_MANY),
        f"share of postings of the {_COMMONEST} commonest": commonest / postings.total(),
        "texts that hold the commonest token": postings.most_common(1)[0][1] / len(texts),
    }


def _neighbours(vectors: Any) -> dict[str, float]:
    found = {}
    for name, one in (("raw", vectors), ("centred", unit(vectors - vectors.mean(axis=0)))):
        for count in (_FEW, _ENCODED):
            some = one[:count]
            cosines = some @ some.T
            np.fill_diagonal(cosines, np.nan)
            full = len(some) == count
            found[f"mean cosine, {name}, {count}"] = float(np.nanmean(cosines)) if full else np.nan
            nearest = float(np.nanmax(cosines, axis=1).mean())
            found[f"cosine of the nearest, {name}, {count}"] = nearest if full else np.nan
    return found


if __name__ == "__main__":
    main()
