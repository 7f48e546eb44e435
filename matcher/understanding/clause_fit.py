"""Fitting of the weights that tell which clauses of a need set a subject aside.

A logistic regression with a ridge (scikit-learn's). It learns the clauses of
``matcher/data/clause_examples.csv``: ``author``, ``lang`` and ``text``, in which ``<x>`` and ``</x>`` stand
around what is set aside; and, as what is asked for, needs that were written for other ends and pairs of
terms: a bare noun (仓库管理, maintenance software) sets nothing aside, however often it stands where
something does.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.wording import normalised
from matcher.shipped import shipped_file, shipped_rows
from matcher.understanding.clauses import BIAS, LEAST_ASIDE, Weights, clauses, features, likelihoods

_MARK = re.compile(r"(</?x>)")
_OTHERS = {"need": 5_000, "foreign": 5_000}
"""How many needs of other ends are learned, by their column in ``pair_examples.csv``."""
_SHORT_OTHERS = 4_000
_WITH_LIMITS = 8_000
_PAIRS_OF_TERMS = 5_000
"""Of each language of the glossary."""
_WEIGHT_OF_OTHERS = 0.3
"""A few of them set something aside, unmarked."""
_WEIGHT_ASIDE = 2.0
_RIDGE = 1.0
_LEAST_EXAMPLES = 3
"""In so many clauses a feature must occur."""
_DIGITS = 3
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Marked:
    """The clauses of one need and which of them set something aside."""

    author: str
    clauses: tuple[str, ...]
    aside: tuple[bool, ...]


def clause_examples() -> list[Marked]:
    """The shipped needs whose clauses are marked."""
    return [marked(row["author"], row["text"]) for row in shipped_rows("clause_examples.csv")]


def marked(author: str, text: str) -> Marked:
    """The clauses of ``text``, whose marks are taken out; one is set aside where most of it is marked."""
    plain, flags, aside = [], [], False
    for part in _MARK.split(text):
        if _MARK.fullmatch(part):
            aside = part == "<x>"
            continue
        plain.append(part)
        flags += [aside] * len(part)
    own, of, start = [], [], 0
    whole = "".join(plain)
    for clause, between in clauses(whole):
        start = whole.index(clause, start)
        told = flags[start : start + len(clause)]
        own.append(normalised(clause))
        of.append(2 * sum(told) > len(told))
        start += len(clause) + len(between)
    return Marked(author, tuple(own), tuple(of))


def fit(examples: Sequence[Marked]) -> Weights:
    """The weights fitted to ``examples`` and the needs of other ends; those next to nothing are left out."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    learned = [(told, aside, 1.0) for told, aside in _told(examples)]
    learned += [(told, False, _WEIGHT_OF_OTHERS) for told, _ in _told(_others())]
    often = Counter(name for told, _, _ in learned for name in told)
    known = {name for name, times in often.items() if times >= _LEAST_EXAMPLES}
    names = DictVectorizer()
    table = names.fit_transform([dict.fromkeys(sorted(told & known), 1) for told, _, _ in learned])
    model = LogisticRegression(C=_RIDGE, max_iter=1_000, class_weight={True: _WEIGHT_ASIDE})
    model.fit(table, [aside for _, aside, _ in learned], [weight for _, _, weight in learned])
    weights = dict(zip(names.get_feature_names_out(), model.coef_[0].tolist(), strict=True))
    kept = {
        name: round(weight, _DIGITS)
        for name, weight in weights.items()
        if abs(weight) >= _LEAST_WEIGHT
    }
    return {BIAS: round(float(model.intercept_[0]), _DIGITS), **kept}


def measures(examples: Sequence[Marked]) -> list[dict[str, Any]]:
    """How well clauses of each author are told by weights fitted to the others.

    Of ``clauses`` the author marked ``aside``; ``precision`` and ``recall`` count those likelier than
    `LEAST_ASIDE`.
    """
    by_author: dict[str, list[Marked]] = defaultdict(list)
    for one in examples:
        by_author[one.author].append(one)
    rows = []
    for author, own in by_author.items():
        weights = fit([one for one in examples if one.author != author])
        told = [
            (likely > LEAST_ASIDE, aside)
            for one in own
            for likely, aside in zip(likelihoods(one.clauses, weights), one.aside, strict=True)
        ]
        right = sum(found and aside for found, aside in told)
        rows.append(
            {
                "author": author,
                "clauses": len(told),
                "aside": sum(aside for _, aside in told),
                "precision": round(right / max(sum(found for found, _ in told), 1), 3),
                "recall": round(right / max(sum(aside for _, aside in told), 1), 3),
            }
        )
    return rows


def ship(weights: Weights) -> Path:
    """Write the weights into the package; gives the file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("feature", "weight"))
    writer.writerows((name, f"{weight:.{_DIGITS}f}") for name, weight in sorted(weights.items()))
    path = shipped_file("clause_weights.csv")
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def _told(examples: Sequence[Marked]) -> list[tuple[frozenset[str], bool]]:
    return [
        (told, aside)
        for one in examples
        for told, aside in zip(features(one.clauses), one.aside, strict=True)
    ]


def _sentences_with_limits() -> list[str]:
    lines = shipped_file("limit_examples.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def _others() -> list[Marked]:
    """Needs of which all clauses count as asked for: the same ones each time."""
    draw = random.Random(3)
    rows = shipped_rows("pair_examples.csv")
    texts = [row[column] for column, size in _OTHERS.items() for row in draw.sample(rows, size)]
    texts += [
        row["text"] for row in draw.sample(shipped_rows("scenario_examples.csv"), _SHORT_OTHERS)
    ]
    texts += draw.sample(_sentences_with_limits(), _WITH_LIMITS)
    texts += [row["text"] for row in shipped_rows("request_examples.csv")]
    terms = defaultdict(list)
    for row in shipped_rows("glossary.csv"):
        terms[row["lang"]].append(row["term"])
    for of_language in terms.values():
        texts += [", ".join(draw.sample(of_language, 2)) for _ in range(_PAIRS_OF_TERMS)]
    found = [marked("", normalised(text)) for text in texts]
    return [one for one in found if one.clauses]
