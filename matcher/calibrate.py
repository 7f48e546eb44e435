"""Collect judged pairs from development judgments, and fit and measure the calibration on them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.calibration import Calibration, calibration_key, fit_calibration
from matcher.columns import KINDS
from matcher.config import Constants
from matcher.encoder import Encoder
from matcher.evaluate import Bench, labelled
from matcher.judgments import HELD_OUT, MODES, read_judgments

_PROVIDER = KINDS.index(Kind.PROVIDER)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Judged pairs of all modes, and the needs of the text mode.

    ``features`` has shape ``(pairs, features)``; ``served[i]`` tells whether need ``i`` has an offer
    with a grade above 0, ``none[i]`` how much it reads like an unserved one.
    """

    features: NDArray[np.float64]
    grades: NDArray[np.int64]
    none: NDArray[np.float64]
    served: NDArray[np.bool_]


def collect_pairs(
    directories: Sequence[Path], encoder: Encoder, taxonomy: Taxonomy, held_out: bool
) -> Pairs:
    """The judged pairs of the tuning part, or of the held-out part, of ``directories``."""
    features, grades, none, served = [], [], [], []
    for directory in directories:
        judgments = read_judgments(directory)
        with tempfile.TemporaryDirectory(prefix="qingzhun-calibrate-") as data:
            bench = Bench(judgments, Path(data), encoder, taxonomy)
            for need in judgments.needs:
                if (need.extra.get("split") == HELD_OUT) != held_out:
                    continue
                judged = judgments.grades.get(need.id, {})
                for mode in MODES:
                    scored = bench.matcher.score(labelled(need, mode))
                    if mode == "text":
                        none.append(scored.understanding.unserved)
                        served.append(any(judged.values()))
                    for row, identity in enumerate(scored.snapshot.ids):
                        for document in bench.known(identity):
                            if document in judged:
                                features.append(scored.features(row))
                                grades.append(judged[document])
            bench.close()
    return Pairs(np.array(features), np.array(grades), np.array(none), np.array(served))


def calibrate(
    pairs: Pairs, space: str, constants: Constants, provenance: dict[str, Any]
) -> Calibration:
    """The calibration fitted to ``pairs``."""
    key = calibration_key(space, constants)
    return fit_calibration(pairs.features, pairs.grades, pairs.none, pairs.served, key, provenance)


def measure(calibration: Calibration, pairs: Pairs) -> dict[str, Any]:
    """How the calibration does on ``pairs``: share of each judged grade by grade in words, and

    recall and false alarms of "nothing suitable".
    """
    words = np.array([calibration.grade(row) for row in pairs.features])
    table = {
        word: {
            "n": int((words == word).sum()),
            **{
                f"at_least_{grade}": round(float((pairs.grades[words == word] >= grade).mean()), 3)
                for grade in (1, 2, 3)
            },
        }
        for word in dict.fromkeys(words.tolist())
    }
    predicted = pairs.none > calibration.unserved_from
    return {
        "grades": table,
        "unserved": int((~pairs.served).sum()),
        "recall": round(float(predicted[~pairs.served].mean()), 3),
        "false_alarms": round(float(predicted[pairs.served].mean()), 3),
    }
