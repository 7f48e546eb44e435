"""What each part of the ranking is worth: every part taken away in turn, and alternatives tried.

The needs are scored once; each variant (`matcher.measure.variants`) ranks the same arrays anew. Nothing is
tuned again for a variant, so a loss is what the part is worth with the other constants as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.records import Label
from catalog.taxonomy import Taxonomy
from matcher.encoder import Encoder, Vectors
from matcher.index.build import shipped_analyzer
from matcher.index.centring import reference_needs
from matcher.index.embedding import embed
from matcher.index.generation import Generation
from matcher.measure.evaluate import Bench, labelled, opened_bench
from matcher.measure.evaluate import Progress as Steps
from matcher.measure.intervals import paired
from matcher.measure.judgments import MODES
from matcher.measure.tune import judged_needs
from matcher.measure.variants import REMOVED, TRIED, Case, Laboratory, reading_variants
from matcher.text import offer_text
from matcher.understanding.glossary import need_words
from matcher.understanding.reading import NONE, shipped_examples

NEAREST = 10
_EXAMPLES = 6
"""Sentences in a passage of a scenario's pains."""


@dataclass(frozen=True, slots=True)
class Row:
    """nDCG@10 of the answer with one variant, and its difference to the answer as it is."""

    folder: str
    mode: str
    kind: str
    variant: str
    n: int
    ndcg10: float
    difference: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


def ablate(
    directories: Sequence[Path],
    encoder: Encoder,
    taxonomy: Taxonomy,
    split: str | None = None,
    progress: Steps | None = None,
) -> list[Row]:
    """Every variant on the needs of ``split`` in each folder; a folder without parts counts whole.

    Raises:
        InvalidJudgments: a file of a folder cannot be read.
    """
    rows: list[Row] = []
    for directory in directories:
        with opened_bench(directory, encoder, taxonomy, progress) as bench:
            parted = any(need.split for need in bench.judgments.needs)
            cases = make_cases(bench, split if parted else None)
            laboratory = make_laboratory(bench, cases["text"][0].judged.scored.snapshot.generation)
        for mode in MODES:
            rows += _measured(directory.resolve().name, mode, laboratory, cases[mode])
        if progress is not None:
            progress("ablate", len(rows), len(rows))
    return rows


def make_cases(bench: Bench, split: str | None) -> dict[str, list[Case]]:
    """The served needs of ``split`` in each mode, with all that their answers were made of."""
    analyzer = shipped_analyzer(bench.taxonomy)
    found: dict[str, list[Case]] = {mode: [] for mode in MODES}
    for mode, judged in judged_needs(bench, bench.judgments.part(split)).items():
        for one in judged:
            scored = one.scored
            means, lang = scored.snapshot.generation.means, scored.understanding.lang
            texts = [scored.text, " ".join((scored.text, *one.need.labels(mode)))]
            raw, worded = bench.encoder.encode_needs(texts)
            found[mode].append(
                Case(
                    judged=one,
                    query=labelled(one.need, mode),
                    vector=means.centred_needs(raw, lang),
                    raw=raw,
                    worded=means.centred_needs(worded, lang),
                    words=need_words(scored.text, lang, analyzer),
                )
            )
    return found


def make_laboratory(bench: Bench, generation: Generation) -> Laboratory:
    """What the variants need besides the scored needs."""
    analyzer = shipped_analyzer(bench.taxonomy)
    records = bench.store.get_many(generation.offer_ids)
    stored = [records[identity] for identity in generation.offer_ids]
    texts = [offer_text(one.record) for one in stored]
    raw = embed(bench.store, bench.encoder, "offer", texts)
    descriptions = [
        getattr(one.record, "description", None) or text
        for one, text in zip(stored, texts, strict=True)
    ]
    passages = embed(bench.store, bench.encoder, "offer", descriptions)
    examples = _passages(bench)
    pains = np.zeros_like(raw)
    for row, one in enumerate(stored):
        labels: tuple[Label, ...] = getattr(one.record, "scenarios", ())
        codes = [code for label in labels for code in label.nodes]
        found = [examples[code] for code in codes if code in examples]
        if found:
            pains[row] = generation.means.centred_offers(np.mean(found, axis=0))
    return Laboratory(
        taxonomy=bench.taxonomy,
        analyzer=analyzer,
        constants=generation.constants,
        raw_offers=raw,
        hubs=_hubs(bench, generation),
        descriptions=generation.means.centred_offers(passages),
        pains=pains,
        readers=reading_variants(bench.taxonomy, analyzer, generation),
    )


def _hubs(bench: Bench, generation: Generation) -> Vectors:
    """Mean cosine of each offer with its ten nearest reference needs, less its own mean."""
    needs = np.vstack(
        [
            generation.means.centred_needs(bench.encoder.encode_needs(texts), lang)
            for lang, texts in reference_needs().items()
        ]
    )
    nearest = np.sort(generation.offers @ needs.T, axis=1)[:, -NEAREST:].mean(axis=1)
    return np.asarray(nearest - nearest.mean(), dtype=np.float32)


def _passages(bench: Bench) -> dict[str, Vectors]:
    """A vector of the first example sentences of each scenario, as an offer's passage."""
    sentences: dict[str, list[str]] = {}
    for example in shipped_examples("scenario"):
        kept = sentences.setdefault(example.codes[0], [])
        if example.lang == "zh" and len(kept) < _EXAMPLES:
            kept.append(example.text)
    sentences.pop(NONE, None)
    texts = ["。".join(kept) for kept in sentences.values()]
    vectors = embed(bench.store, bench.encoder, "offer", texts)
    return dict(zip(sentences, vectors, strict=True))


def _measured(
    folder: str, mode: str, laboratory: Laboratory, cases: Iterable[Case]
) -> Iterable[Row]:
    cases = list(cases)
    before = {one.judged.need.id: one.judged.ndcg(laboratory.constants) for one in cases}
    yield _row(folder, mode, "as it is", "final", before, before)
    for kind, variants in (("without", REMOVED), ("instead", TRIED)):
        for name, variant in variants.items():
            after = {
                one.judged.need.id: one.judged.ndcg_of(variant(laboratory, one)) for one in cases
            }
            yield _row(folder, mode, kind, name, before, after)


def _row(
    folder: str, mode: str, kind: str, name: str, before: dict[str, float], after: dict[str, float]
) -> Row:
    change = paired(before, after)
    figures = (float(np.mean(list(after.values()))), change.mean, change.low, change.high)
    return Row(folder, mode, kind, name, change.n, *(round(one, 4) for one in figures))
