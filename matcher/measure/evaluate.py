"""Measure the ranking on judgments, on the very path that `match` takes.

nDCG@10 with gain 2^grade - 1 (ideal over the folder's own judgments), MRR@10, recall@10 and precision@1
with grade 2 or more, by ir-measures. ``final`` is what a user gets: one list of all kinds, ordered by
the score that `match` shows. Labels join the text for ``dense``, ``lexical`` and ``fused`` and are wishes
for ``final``; constraints are passed in no mode (what the words say of them is read, as in `match`).
"""

from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.store import Store
from catalog.stored import Provenance
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from matcher.encoder import Encoder, Vectors
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.measure.gold import understanding_figures
from matcher.measure.intervals import interval
from matcher.measure.judgments import MODES, WRITTEN, JudgedNeed, Judgments, read_judgments
from matcher.scored import Signal
from matcher.types import MatchQuery

SIGNALS: tuple[Signal, ...] = ("dense", "lexical", "fused", "final")
METRICS = ("ndcg10", "mrr10", "recall10", "p1")
GROUPS = ("zh", "other", "all")
_DEPTH = 10

Progress = Callable[[str, int, int], None]
Run = dict[str, list[tuple[str, float]]]
"""Ranked documents with scores by need."""
PerNeed = dict[str, dict[str, dict[str, float]]]
"""nDCG@10 by mode, signal and need."""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """``results``: one row a mode, language and signal; ``per_need``: what their nDCG@10 are means of.

    ``rejected`` are ids of documents that the import rejects; ``unserved`` needs without a relevant
    document, left out of the means. ``understanding`` has figures of what the folder has gold for.
    """

    results: list[dict[str, Any]]
    per_need: PerNeed
    rejected: tuple[str, ...]
    unserved: tuple[str, ...]
    understanding: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "results": self.results,
            "rejected": list(self.rejected),
            "unserved": list(self.unserved),
            "understanding": self.understanding,
        }


class RememberingEncoder:
    """An encoder that encodes no need twice: modes and figures ask for the same vectors."""

    def __init__(self, encoder: Encoder):
        self._encoder = encoder
        self._needs: dict[str, Vectors] = {}

    @property
    def space(self) -> str:
        """Identity of the vector space."""
        return self._encoder.space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode_needs(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """Vectors of needs, shape ``(len(texts), dimension)``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._needs]
        if new:
            self._needs.update(zip(new, self._encoder.encode_needs(new), strict=True))
        return np.vstack([self._needs[text] for text in texts])

    def encode_offers(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """Vectors of offers, shape ``(len(texts), dimension)``."""
        return self._encoder.encode_offers(texts, progress)


class Bench:
    """Documents of a folder in a throw-away store, indexed, ready to be asked."""

    def __init__(
        self,
        judgments: Judgments,
        data: Path,
        encoder: Encoder,
        taxonomy: Taxonomy,
        progress: Progress | None = None,
    ):
        self.judgments = judgments
        self.encoder = RememberingEncoder(encoder)
        self.taxonomy = taxonomy
        self.store = Store.open(data)
        self._documents: dict[str, list[str]] = defaultdict(list)
        self.rejected = self._load(taxonomy)
        build_generation(self.store, data, encoder, taxonomy, progress)
        self.matcher = Matcher(self.store, data, self.encoder, taxonomy, clock=lambda: WRITTEN)

    def close(self) -> None:
        """Give the store back."""
        self.store.close()

    def known(self, record: str) -> tuple[str, ...]:
        """The folder's documents behind a record; empty for one that only a document named."""
        return tuple(self._documents.get(record, ()))

    def documents(self, order: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
        """The folder's documents behind ranked records; records it does not have are left out."""
        return [
            (document, score)
            for record, score in order
            for document in self._documents.get(record, ())
        ]

    def _load(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        validator = Validator(taxonomy)
        rejected = []
        with self.store.writing("evaluate") as writer:
            for line, values in enumerate(self.judgments.documents, start=1):
                checked = validator.object("catalog.jsonl", line, values)
                if checked.record is None:
                    rejected.append(str(values["id"]))
                    continue
                provenance = Provenance(by="evaluate", file="catalog.jsonl", row=line)
                change = writer.put(checked.record, provenance)
                self._documents[change.id].append(str(values["id"]))
        return tuple(rejected)


@contextmanager
def opened_bench(
    directory: Path, encoder: Encoder, taxonomy: Taxonomy, progress: Progress | None = None
) -> Iterator[Bench]:
    """The judgments in ``directory``, indexed for as long as the block runs.

    Raises:
        InvalidJudgments: a file of the folder cannot be read.
    """
    judgments = read_judgments(directory)
    with tempfile.TemporaryDirectory(prefix="qingzhun-evaluate-") as data:
        bench = Bench(judgments, Path(data), encoder, taxonomy, progress)
        try:
            yield bench
        finally:
            bench.close()


def evaluate_directory(
    directory: Path,
    encoder: Encoder,
    taxonomy: Taxonomy,
    progress: Progress | None = None,
    split: str | None = None,
) -> EvaluationReport:
    """Measures of the judgments in ``directory``, of the needs of ``split`` when one is named.

    Raises:
        InvalidJudgments: a file of the folder cannot be read, or no need belongs to the split.
    """
    with opened_bench(directory, encoder, taxonomy, progress) as bench:
        return evaluate_bench(bench, split, progress)


def evaluate_bench(
    bench: Bench, split: str | None = None, progress: Progress | None = None
) -> EvaluationReport:
    """Measures of what ``bench`` answers.

    Raises:
        InvalidJudgments: no need belongs to the split.
    """
    judgments = bench.judgments
    asked = judgments.part(split)
    needs = [need for need in asked if judgments.served(need)]
    runs = _runs(bench, asked, progress)
    results: list[dict[str, Any]] = []
    per_need: PerNeed = {}
    for mode in MODES:
        measured = {signal: _measure(runs[mode, signal], judgments, needs) for signal in SIGNALS}
        per_need[mode] = {
            str(signal): {need: values["ndcg10"] for need, values in found.items()}
            for signal, found in measured.items()
        }
        for lang in GROUPS:
            chosen = [need.id for need in needs if lang in ("all", need.group)]
            for signal in SIGNALS:
                if chosen:
                    row = {"mode": mode, "lang": lang, "signal": signal, "n": len(chosen)}
                    results.append({**row, **_means(measured[signal], chosen)})
    return EvaluationReport(
        results,
        per_need,
        bench.rejected,
        tuple(need.id for need in asked if not judgments.served(need)),
        understanding_figures(bench, asked, per_need["text"]["final"]),
    )


def with_intervals(report: EvaluationReport, needs: Sequence[JudgedNeed]) -> list[dict[str, Any]]:
    """The results with a 95 % bootstrap interval of each nDCG@10 (``ndcg10_low``, ``ndcg10_high``)."""
    groups = {need.id: need.group for need in needs}
    rows = []
    for row in report.results:
        values = report.per_need[row["mode"]][row["signal"]]
        chosen = [v for need, v in values.items() if row["lang"] in ("all", groups[need])]
        low, high = interval(chosen)
        rows.append({**row, "ndcg10_low": round(low, 4), "ndcg10_high": round(high, 4)})
    return rows


def _runs(
    bench: Bench, needs: Sequence[JudgedNeed], progress: Progress | None
) -> dict[tuple[str, Signal], Run]:
    runs: dict[tuple[str, Signal], Run] = defaultdict(dict)
    for place, need in enumerate(needs, start=1):
        for mode in MODES if bench.judgments.served(need) else ():
            labels = need.labels(mode)
            joined = bench.matcher.score(MatchQuery(text=" ".join((need.text, *labels))))
            asked = bench.matcher.score(labelled(need, mode)) if labels else joined
            for signal in SIGNALS:
                scored = asked if signal == "final" else joined
                order = scored.order(signal, len(scored.snapshot.ids))
                runs[mode, signal][need.id] = bench.documents(order)[:_DEPTH]
        if progress is not None:
            progress("evaluate", place, len(needs))
    return runs


def labelled(need: JudgedNeed, mode: str) -> MatchQuery:
    """The query of a need in a mode, its labels as wishes."""
    sector = need.sector if mode != "text" else None
    scenario = need.scenario if mode == "scenario" else None
    return MatchQuery(
        text=need.text,
        sectors=(sector,) if sector else (),
        scenarios=(scenario,) if scenario else (),
    )


def _measure(
    run: Run, judgments: Judgments, needs: list[JudgedNeed]
) -> dict[str, dict[str, float]]:
    """Every metric of every need."""
    import ir_measures
    from ir_measures import RR, P, R, nDCG

    names = {
        nDCG(gains={0: 0, 1: 1, 2: 3, 3: 7}) @ _DEPTH: "ndcg10",
        RR(rel=2) @ _DEPTH: "mrr10",
        R(rel=2) @ _DEPTH: "recall10",
        P(rel=2) @ 1: "p1",
    }
    qrels = [
        ir_measures.Qrel(need.id, document, grade)
        for need in needs
        for document, grade in judgments.grades[need.id].items()
    ]
    # The rank is the order: equal scores must not be sorted anew.
    ranked = [
        ir_measures.ScoredDoc(need.id, document, float(_DEPTH - place))
        for need in needs
        for place, (document, _) in enumerate(run[need.id])
    ]
    found: dict[str, dict[str, float]] = {need.id: dict.fromkeys(METRICS, 0.0) for need in needs}
    for metric in ir_measures.iter_calc(list(names), qrels, ranked):
        value = float(metric.value)
        found[metric.query_id][names[metric.measure]] = 0.0 if math.isnan(value) else value
    return found


def _means(measured: dict[str, dict[str, float]], needs: list[str]) -> dict[str, float]:
    return {
        metric: round(sum(measured[need][metric] for need in needs) / len(needs), 4)
        for metric in METRICS
    }
