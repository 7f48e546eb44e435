"""Fitting of what tells whether a need tells a trade: the words of trades, and the weights beside them.

Words are learned from the shipped needs: a word's trade is compared with those of the other words beside it,
of the offer that solves the need where one is known, and of the sentences written for a trade. Weights
are a logistic regression over ``told_examples.csv`` (needs of other ends, read by one annotator: ``text``,
``told``) and the judged needs that are not held out, which say whether their text tells the sector.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from catalog.resolve import Term
from catalog.taxonomy import ROOT, Taxonomy
from matcher.measure.evaluate import Bench
from matcher.measure.judgments import HELD_OUT
from matcher.shipped import shipped_file, shipped_rows
from matcher.types import MatchQuery
from matcher.understanding.groups import shipped_groups
from matcher.understanding.reading import shipped_examples
from matcher.understanding.terms import TermFinder, finder_of
from matcher.understanding.told import BIAS, told_weights, trade_words
from matcher.understanding.understander import DIVISION, Understander

_LEAST_SEEN = 4
_PRIOR = 2.0
"""So many sightings of the average word are added to those of each."""
_RIDGE = 0.3
_FOLDS = 10

Evidence = Mapping[str, float]


def seen(bench: Bench) -> tuple[list[Evidence], list[bool]]:
    """What `fit_weights` learns, as the parts of ``bench`` read it; held-out needs are not looked at."""
    examples = told_examples() + [
        (need.text, bool(need.extra["sector_in_text"]))
        for need in bench.judgments.needs
        if need.split != HELD_OUT and "sector_in_text" in need.extra
    ]
    snapshot, scorer = bench.matcher.snapshot(), bench.matcher.scorer
    parts = snapshot.generation
    reader = Understander(bench.taxonomy, parts.readers, parts.unserved, parts.constants)
    evidence: list[Evidence] = []
    for text, _ in examples:
        heard = scorer.hear(MatchQuery(text=text))
        raw = bench.encoder.encode_needs([heard.text])[0]
        vector = parts.means.centred_needs(raw, heard.lang)
        evidence.append(reader.evidence(heard.text, heard.words, vector))
    return evidence, [told for _, told in examples]


def told_examples() -> list[tuple[str, bool]]:
    """Needs, and whether they tell a trade."""
    return [(row["text"], row["told"] == "1") for row in shipped_rows("told_examples.csv")]


def fit_words(taxonomy: Taxonomy) -> dict[str, float]:
    """How often what stands beside a word of a trade tells the same one; the average under ``""``."""
    finder = finder_of(tuple(term for term in taxonomy.sector_terms if term.codes != (ROOT,)))
    seen: dict[str, list[float]] = defaultdict(list)
    for text, elsewhere in _sentences(finder):
        found = finder.find(text)
        for words, term in found:
            own = _divisions([term])
            if elsewhere:
                seen[term.text].append(bool(own & elsewhere))
            if beside := [_divisions([other]) for said, other in found if said != words]:
                seen[term.text].append(float(np.mean([bool(own & one) for one in beside])))
    often = {term: alike for term, alike in seen.items() if len(alike) >= _LEAST_SEEN}
    average = float(np.mean([one for alike in often.values() for one in alike]))
    return {
        "": average,
        **{
            term: (sum(alike) + _PRIOR * average) / (len(alike) + _PRIOR)
            for term, alike in sorted(often.items())
        },
    }


def fit_weights(
    evidence: Sequence[Evidence], told: Sequence[bool]
) -> tuple[dict[str, float], float]:
    """The weights that tell ``told`` needs by their ``evidence``, and how well (AUC, ten folds)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import cross_val_predict

    names = list(evidence[0])
    table = np.array([[one[name] for name in names] for one in evidence])
    means, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = LogisticRegression(C=_RIDGE, max_iter=1_000)
    scaled = (table - means) / spread
    guesses = cross_val_predict(model, scaled, told, cv=_FOLDS, method="decision_function")
    model.fit(scaled, told)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ means)
    fitted = {BIAS: bias, **dict(zip(names, weights.tolist(), strict=True))}
    return fitted, float(roc_auc_score(told, guesses))


def ship_words(words: Mapping[str, float]) -> Path:
    """Write what `fit_words` found into the package, to be used from now on; gives the file."""
    path = _written("trade_words.csv", ("term", "alike"), words, 2)
    trade_words.cache_clear()
    return path


def ship_weights(weights: Mapping[str, float]) -> Path:
    """Write what `fit_weights` found into the package, to be used from now on; gives the file."""
    path = _written("told_weights.csv", ("feature", "weight"), weights, 3)
    told_weights.cache_clear()
    return path


def _written(name: str, header: tuple[str, str], values: Mapping[str, float], digits: int) -> Path:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows((key, f"{value:.{digits}f}") for key, value in values.items())
    path = shipped_file(name)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def _sentences(finder: TermFinder) -> Iterator[tuple[str, set[str]]]:
    """Chinese needs, each with the divisions that something other than its words tells."""
    for group in shipped_groups()[0]:
        yield group.need, _divisions(term for _, term in finder.find(group.solves))
    for name in ("request_examples", "scenario_examples", "function_pains", "leaf_examples"):
        for row in shipped_rows(f"{name}.csv"):
            if row["lang"] == "zh" and row.get("kind", "need") == "need":
                yield row["text"], set()
    for example in shipped_examples("sector"):
        if example.lang == "zh":
            yield example.text, {code[:DIVISION] for code in example.codes}


def _divisions(terms: Iterable[Term]) -> set[str]:
    return {code[:DIVISION] for term in terms for code in term.codes}
