"""The files that every measured system gets: the same offers, needs, vectors and filters.

``offers.jsonl`` (text, sector, scenario) and ``offers.npy``; ``needs.jsonl`` (text, and the sector and
scenario that its filters ask for) and ``needs.npy``; ``judged-*.jsonl`` the open benchmark's texts;
``settings.json``; ``answers/`` what each system found. ``data/`` is a data directory with the same
offers and their vectors, not built yet.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.drawn import DrawnEncoder
from bench.machine import cores
from catalog.records import Kind, Label, Record
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from matcher.demodata.records import DemoData
from matcher.encoder import OnnxEncoder
from matcher.index.embedding import embed
from matcher.measure.judgments import Judgments, read_judgments
from matcher.model.fetch import cached_model
from matcher.model.names import PASSAGE_PROMPT, QUERY_PROMPT
from matcher.text import offer_text

FILTERS = {"none": [], "10 %": ["sector"], "1 %": ["sector", "scenario"]}
"""What each filter asks for: a division that a tenth of the offers are in, and a scenario with it."""
LIMIT = 10
JUDGED = Path("tests/data/benchmark")
_DIVISION = 3
_FITTED_FROM = 100_000
_WRITTEN = 2_000

Vectors = NDArray[np.float32]
Wanted = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """What material is made with: the model's directory, the taxonomy, a seed."""

    model: Path
    taxonomy: Taxonomy
    seed: int = 1


def source(model_cache: Path) -> Source:
    """The offline model in ``model_cache`` and the shipped taxonomy."""
    return Source(cached_model(model_cache), Taxonomy.shipped())


def make_material(source: Source, directory: Path, offers: int, needs: int, encoded: int) -> Path:
    """Write the material of ``offers`` and ``needs``; ``encoded`` of the offers are really encoded."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    encoder = OnnxEncoder(source.model, cores())
    drawn = fitted_encoder(source, encoder, encoded, directory.parent)
    demo = DemoData(source.taxonomy, offers, needs, source.seed)
    store = Store.open(directory / "data")
    facets: list[Wanted] = []
    texts: list[str] = []
    with (
        store.writing("bench") as writer,
        (directory / "offers.jsonl").open("w", encoding="utf-8") as file,
    ):
        for record in demo_offers(source.taxonomy, demo):
            writer.put(record)
            text, facet = offer_text(record), _facets(record)
            texts.append(text)
            facets.append(facet)
            fields = {"text": text, "sector": facet[0], "scenario": facet[1]}
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
    vectors = np.lib.format.open_memmap(
        directory / "offers.npy", "w+", np.float32, (len(texts), encoder.dimension)
    )
    for start in range(0, len(texts), _WRITTEN):
        some = texts[start : start + _WRITTEN]
        vectors[start : start + len(some)] = embed(store, drawn, "offer", some)
    vectors.flush()
    store.close()
    wanted = _wanted(facets)
    spoken = [str(fields["text"]) for fields in demo.records(Kind.NEED)]
    _write(
        directory / "needs.jsonl",
        (
            {"text": text, "sector": sector, "scenario": scenario}
            for row, text in enumerate(spoken)
            for sector, scenario in [wanted[row % len(wanted)]]
        ),
    )
    np.save(directory / "needs.npy", encoder.encode_needs(spoken))
    _write_judged(directory, source.taxonomy)
    settings = {
        "limit": LIMIT,
        "filters": FILTERS,
        "cores": cores(),
        "model": str(source.model),
        "need_prompt": QUERY_PROMPT,
        "offer_prompt": PASSAGE_PROMPT,
        "offers": len(texts),
        "needs": needs,
        "encoded": encoded,
        "explained": drawn.explained,
        "asked": wanted,
    }
    (directory / "settings.json").write_text(json.dumps(settings, indent=1))
    return directory


def demo_offers(taxonomy: Taxonomy, demo: DemoData) -> Iterator[Record]:
    """The offers of ``demo`` as an import makes them, providers first."""
    validator = Validator(taxonomy)
    for kind in (Kind.PROVIDER, Kind.SOLUTION, Kind.CASE):
        for line, fields in enumerate(demo.records(kind)):
            record = validator.object("demo", line, fields).record
            assert record is not None
            yield record


def passing(facets: Sequence[dict[str, str]], where: dict[str, str]) -> NDArray[np.bool_]:
    """Which offers have the attributes, shape ``(offers,)``."""
    return np.array(
        [all(one[name] == value for name, value in where.items()) for one in facets], dtype=np.bool_
    )


def judged(taxonomy: Taxonomy) -> tuple[Judgments, list[tuple[str, str]]]:
    """The open benchmark, and id and text of each of its offers."""
    judgments = read_judgments(JUDGED)
    validator = Validator(taxonomy)
    documents = []
    for line, fields in enumerate(judgments.documents):
        record = validator.object("judged", line, fields).record
        assert record is not None
        documents.append((str(fields["id"]), offer_text(record)))
    return judgments, documents


def fitted_encoder(source: Source, encoder: OnnxEncoder, count: int, cache: Path) -> DrawnEncoder:
    """An encoder fitted to ``count`` offers of a catalogue that is always the same, encoded once."""
    demo = DemoData(source.taxonomy, _FITTED_FROM, 0, source.seed)
    chosen = random.Random(source.seed).sample(range(demo.counts[Kind.SOLUTION]), count)
    validator = Validator(source.taxonomy)
    texts = []
    for number in sorted(chosen):
        record = validator.object("demo", number, demo.record(Kind.SOLUTION, number)).record
        assert record is not None
        texts.append(offer_text(record))
    kept = cache / f"encoded-{encoder.space}-{source.taxonomy.lexicon}-{count}.npy"
    if kept.exists():
        return DrawnEncoder(encoder, texts, np.load(kept))
    vectors = encoder.encode_offers(texts)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(kept, vectors)
    return DrawnEncoder(encoder, texts, vectors)


def _facets(record: Record) -> Wanted:
    """The division and the scenario that stand first in ``record``."""
    sectors: tuple[Label, ...] = getattr(record, "sectors", ())
    scenarios: tuple[Label, ...] = getattr(record, "scenarios", ())
    return _first(sectors)[:_DIVISION], _first(scenarios)


def _first(labels: Sequence[Label]) -> str:
    return next((node for label in labels for node in label.nodes), "")


def _wanted(facets: Sequence[Wanted]) -> list[Wanted]:
    """Two divisions nearest to a tenth of the offers, each with the scenario nearest to a hundredth."""
    total = len(facets)
    sectors = Counter(sector for sector, _ in facets if len(sector) == _DIVISION)
    pairs = Counter(facets)
    chosen = sorted(sectors, key=lambda code: (abs(sectors[code] / total - 0.1), code))[:2]
    return [
        min(
            (pair for pair in pairs if pair[0] == sector and pair[1]),
            key=lambda pair: (abs(pairs[pair] / total - 0.01), pair),
        )
        for sector in chosen
    ]


def _write_judged(directory: Path, taxonomy: Taxonomy) -> None:
    judgments, documents = judged(taxonomy)
    _write(directory / "judged-offers.jsonl", ({"text": text} for _, text in documents))
    _write(directory / "judged-needs.jsonl", ({"text": need.text} for need in judgments.needs))


def _write(path: Path, lines: Iterator[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for fields in lines:
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
