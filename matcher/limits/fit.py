"""Fitting of the weights that tell a need's budget and time among its figures (`matcher.limits.choice`).

A conditional logit (https://doi.org/10.1017/CBO9780511805271, chapter 3) with a ridge: of each sentence of
``matcher/data/limit_examples.jsonl`` the figures and none at all compete, and the likelihood of what is
true is made as large as it gets.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.wording import normalised
from matcher.limits.choice import BIAS, LEAST_TOLD, Chosen, Weights, chosen
from matcher.limits.features import features
from matcher.limits.figures import FIELDS, Figure, figures
from matcher.shipped import shipped_file

EXAMPLES_DAY = date(2026, 6, 15)
"""The day from which the days of the examples count."""
_LEAST_EXAMPLES = 3  # in which a feature must occur
_RIDGE = 0.7
_FROM_PHRASES = 0.5
"""Weight of a sentence that was written with the phrases at hand: such ones read too easily."""
_OWN_SOURCES = frozenset({"first", "more", "weak", "parts"})
_UNTIL = {"maxiter": 1_000, "ftol": 1e-12}
"""Close enough that the weights are the same again to the last digit that is kept."""
_DIGITS = 3
_LEAST_WEIGHT = 0.004

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and the limits that it tells; ``source`` says who wrote it for what."""

    text: str
    expected: dict[str, Any]
    source: str
    hard: tuple[str, ...] = ()

    def gold(self, field: str) -> int | None:
        """The limit that the sentence tells."""
        return self.expected.get(field)

    def judged(self, field: str) -> bool:
        """Whether it is known what is right: for some dates no days are noted."""
        return field not in self.expected or self.expected[field] is not None


def limit_examples() -> list[Example]:
    """The shipped sentences."""
    text = shipped_file("limit_examples.jsonl").read_text(encoding="utf-8")
    rows = map(json.loads, text.splitlines())
    return [
        Example(row["text"], row["expected"], row["source"], tuple(row.get("hard", ())))
        for row in rows
    ]


def fit(examples: Sequence[Example]) -> Weights:
    """The weights fitted to ``examples``; those next to nothing are left out."""
    read = [_read(example) for example in examples]
    return {field: _fit_field(field, examples, read) for field in FIELDS}


def cross_validated(examples: Sequence[Example], folds: int = 5) -> list[dict[str, Chosen]]:
    """What is chosen in each example, by weights fitted to the other folds; equal texts share one."""
    of = [hashlib.sha256(one.text.encode()).digest()[0] % folds for one in examples]
    found: list[dict[str, Chosen]] = [{} for _ in examples]
    for fold in range(folds):
        weights = fit([one for one, at in zip(examples, of, strict=True) if at != fold])
        for index in (index for index, at in enumerate(of) if at == fold):
            text = normalised(examples[index].text)
            told = chosen(text, figures(text, EXAMPLES_DAY), weights)
            found[index] = {one.figure.field: one for one in told}
    return found


def measures(
    examples: Sequence[Example], found: Sequence[dict[str, Chosen]]
) -> list[dict[str, Any]]:
    """How well limits are read, by source and field.

    ``told`` sentences tell a limit, ``read`` of them are read exactly; of the ``untold`` others
    ``untold_read`` have one read, which ``exact`` counts as wrong.
    """
    rows = []
    for source in dict.fromkeys(example.source for example in examples):
        for field in FIELDS:
            met: list[tuple[int | None, int | None]] = []
            untold: list[tuple[int | None, int | None]] = []
            for example, read in zip(examples, found, strict=True):
                if example.source != source or not example.judged(field):
                    continue
                one = read.get(field)
                sure = one is not None and one.told >= LEAST_TOLD
                value = one.figure.value if one is not None and sure else None
                gold = example.gold(field)
                (untold if gold is None else met).append((value, gold))
            right, wrong = sum(a == b for a, b in met), sum(a is not None for a, _ in untold)
            rows.append(
                {
                    "source": source,
                    "field": field,
                    "told": len(met),
                    "read": right,
                    "exact": round(right / max(len(met) + wrong, 1), 4),
                    "untold": len(untold),
                    "untold_read": wrong,
                }
            )
    return rows


def ship(weights: Weights) -> Path:
    """Write the weights into the package; gives the file."""
    path = shipped_file("limit_weights.csv")
    path.write_text(as_csv(weights), encoding="utf-8")
    return path


def as_csv(weights: Weights) -> str:
    """The file of the weights."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("field", "feature", "weight"))
    for field in FIELDS:
        rows = sorted(weights[field].items())
        writer.writerows((field, name, f"{weight:.{_DIGITS}f}") for name, weight in rows)
    return out.getvalue()


_Read = tuple[list[Figure], list[frozenset[str]]]


def _read(example: Example) -> _Read:
    text = normalised(example.text)
    told = figures(text, EXAMPLES_DAY)
    return told, features(text, told)


def _fit_field(field: str, examples: Sequence[Example], read: Sequence[_Read]) -> dict[str, float]:
    groups: list[tuple[float, bool, list[tuple[frozenset[str], bool]]]] = []
    for example, (told, names) in zip(examples, read, strict=True):
        gold = example.gold(field)
        own = [
            (name, one.value == gold)
            for one, name in zip(told, names, strict=True)
            if one.field == field
        ]
        reached = gold is None or any(true for _, true in own)
        if own and reached and example.judged(field):
            weight = _FROM_PHRASES if example.source in _OWN_SOURCES else 1.0
            groups.append((weight, gold is None, own))
    counts = Counter(name for _, _, own in groups for names, _ in own for name in names)
    known = sorted(name for name, count in counts.items() if count >= _LEAST_EXAMPLES)
    bias, weights = _solve(groups, known)
    kept = {
        name: round(float(weight), _DIGITS)
        for name, weight in zip(known, weights, strict=True)
        if abs(weight) >= _LEAST_WEIGHT
    }
    return {BIAS: round(bias, _DIGITS), **kept}


def _solve(
    groups: Sequence[tuple[float, bool, list[tuple[frozenset[str], bool]]]], known: Sequence[str]
) -> tuple[float, Vector]:
    """Bias and weights of the likeliest fit."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    index = {name: place for place, name in enumerate(known)}
    rows = [names for _, _, own in groups for names, _ in own]
    columns = [sorted(index[name] for name in names if name in index) for names in rows]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.array([place for one in columns for place in one], dtype=np.int64)
    matrix = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(rows), len(known)))
    group = np.repeat(np.arange(len(groups)), [len(own) for _, _, own in groups])
    true = np.array([told for _, _, own in groups for _, told in own], dtype=np.float64)
    none = np.array([untold for _, untold, _ in groups], dtype=np.float64)
    weight = np.array([weight for weight, _, _ in groups])

    def loss(parameters: Vector) -> tuple[float, Vector]:
        scores = matrix @ parameters[1:] + parameters[0]
        highest = np.zeros(len(groups))
        np.maximum.at(highest, group, scores)
        powers, null = np.exp(scores - highest[group]), np.exp(-highest)
        every = null + np.bincount(group, powers, len(groups))
        right = none * null + np.bincount(group, powers * true, len(groups))
        right = np.maximum(right, 1e-300)
        share = powers / every[group] - powers * true / right[group]
        slope = weight[group] * share
        vector = parameters[1:]
        value = weight @ (np.log(every) - np.log(right)) + _RIDGE / 2 * vector @ vector
        return float(value), np.concatenate([[slope.sum()], matrix.T @ slope + _RIDGE * vector])

    start = np.zeros(len(known) + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=_UNTIL).x
    return float(best[0]), best[1:]
