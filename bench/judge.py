"""What the systems' answers are worth: recall against exact search, nDCG@10 on the open benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
from ir_measures import nDCG
from numpy.typing import NDArray

from bench.material import judged, passing
from bench.peers.harness import Material
from catalog.taxonomy import Taxonomy

_GAINS = {0: 0, 1: 1, 2: 3, 3: 7}
"""As `qingzhun evaluate` counts them: 2^grade - 1."""
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Exact:
    """For each need how many offers could be found, and the score that those reach; ``(needs,)``.

    Counting by score and not by row lets ties (near copies have equal vectors) stand for one another.
    """

    counts: NDArray[np.int64]
    least: NDArray[np.float32]


def exact(material: Material) -> dict[str, Exact]:
    """The exact answers by filter."""
    vectors = np.asarray(material.vectors)
    masks = {
        (name, tuple(where.items())): passing(material.offers, where)
        for name in material.filters
        for need in material.needs
        for where in [material.where(need, name)]
    }
    answers = {}
    for name in material.filters:
        counts = np.zeros(len(material.needs), np.int64)
        least = np.full(len(material.needs), np.inf, np.float32)
        answers[name] = Exact(counts, least)
        for start in range(0, len(material.needs), _CHUNK):
            scores = material.need_vectors[start : start + _CHUNK] @ vectors.T
            for row, found in enumerate(scores, start=start):
                where = material.where(material.needs[row], name)
                passed = found[masks[name, tuple(where.items())]]
                counts[row] = min(material.limit, len(passed))
                if len(passed):
                    least[row] = np.partition(passed, -counts[row])[-counts[row]]
    return answers


def recall(
    material: Material, answers: dict[str, Exact], result: dict[str, Any]
) -> dict[str, tuple[float, float]]:
    """By filter: the share of the exact ten that was found, and of answers with fewer than there are.

    A need whose filter nothing passes counts nowhere.
    """
    vectors = np.asarray(material.vectors)
    found = {}
    for name, measured in result["search"].items():
        truth = answers[name]
        shares, short = [], []
        for row, rows in enumerate(np.load(material.directory / "answers" / measured["answers"])):
            if not truth.counts[row]:
                continue
            need = material.needs[row]
            where = material.where(need, name)
            kept = [
                one
                for one in dict.fromkeys(rows[rows >= 0].tolist())
                if all(material.offers[one][key] == value for key, value in where.items())
            ]
            scores = vectors[kept] @ material.need_vectors[row]
            # A system may round the last digit otherwise than we do.
            right = int((scores >= truth.least[row] - 1e-5).sum())
            shares.append(min(1.0, right / int(truth.counts[row])))
            short.append(len(kept) < truth.counts[row])
        found[name] = float(np.mean(shares)), float(np.mean(short))
    return found


def ndcg10(taxonomy: Taxonomy, ranked: Sequence[Sequence[int]]) -> float | None:
    """nDCG@10 over the served needs of the open benchmark; ``None`` without a ranking."""
    if not ranked:
        return None
    judgments, documents = judged(taxonomy)
    served = {need.id for need in judgments.needs if judgments.served(need)}
    qrels = [
        ir_measures.Qrel(need, document, grade)
        for need, grades in judgments.grades.items()
        if need in served
        for document, grade in grades.items()
    ]
    run = [
        ir_measures.ScoredDoc(need.id, documents[row][0], -float(place))
        for need, rows in zip(judgments.needs, ranked, strict=True)
        if need.id in served
        for place, row in enumerate(rows)
    ]
    measure = nDCG(gains=_GAINS) @ 10
    return float(ir_measures.calc_aggregate([measure], qrels, run)[measure])
