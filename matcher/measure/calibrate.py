"""Collect judged pairs from development judgments, and fit and measure the calibration on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.calibration import GRADES, Calibration, calibration_key, fit_calibration
from matcher.config import Constants
from matcher.encoder import Encoder
from matcher.errors import InvalidJudgments
from matcher.index.columns import KINDS
from matcher.measure.evaluate import labelled, opened_bench
from matcher.measure.judgments import HELD_OUT, MODES, read_judgments
from matcher.types import MatchQuery

_PROVIDER = KINDS.index(Kind.PROVIDER)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Judged pairs of all modes, and the needs of the text mode, unjudged ones too.

    ``features`` has shape ``(pairs, features)``; ``served[i]`` tells whether need ``i`` has an offer
    with a grade above 0, ``none[i]`` how much it reads like an unserved one.
    """

    features: NDArray[np.float64]
    grades: NDArray[np.int64]
    none: NDArray[np.float64]
    served: NDArray[np.bool_]


def require_grades(directories: Sequence[Path]) -> None:
    """Refuse judgments that no calibration can be fitted to, before anything is written.

    Raises:
        InvalidJudgments: the tuning part of ``directories`` has no pair of some grade 0-3.
    """
    found = {
        grade
        for judgments in map(read_judgments, directories)
        for need in judgments.needs
        if need.split != HELD_OUT
        for grade in judgments.grades.get(need.id, {}).values()
    }
    missing = sorted({0, 1, 2, 3} - found)
    if missing:
        grades = "、".join(map(str, missing))
        raise InvalidJudgments(
            Bilingual(
                f"调参部分没有评为 {grades} 分的判断，无法校准评级",
                f"the tuning part has no pair graded {grades}: grades cannot be calibrated",
            ),
            Bilingual("请加上含各分数的评判目录", "name a judged folder that has every grade"),
        )


def collect_pairs(
    directories: Sequence[Path], encoder: Encoder, taxonomy: Taxonomy, held_out: bool
) -> Pairs:
    """The judged pairs of the tuning part, or of the held-out part, of ``directories``.

    Scored with the constants that are shipped at this moment.
    """
    features, grades, none, served = [], [], [], []
    for directory in directories:
        with opened_bench(directory, encoder, taxonomy) as bench:
            judgments = bench.judgments
            for need in judgments.needs:
                if (need.split == HELD_OUT) != held_out:
                    continue
                judged = judgments.grades.get(need.id, {})
                for mode in MODES:
                    scored = bench.matcher.score(labelled(need, mode))
                    if mode == "text":
                        none.append(scored.understanding.unserved)
                        served.append(any(judged.values()))
                    pairs = [
                        (row, judged[document])
                        for row, identity in enumerate(scored.snapshot.ids)
                        for document in bench.known(identity)
                        if document in judged
                    ]
                    features.append(scored.features(np.array([row for row, _ in pairs], np.int64)))
                    grades += [grade for _, grade in pairs]
            for one in judgments.unjudged:
                if (one.split == HELD_OUT) != held_out:
                    continue
                read = bench.matcher.score(MatchQuery(text=one.text)).understanding
                none.append(read.unserved)
                served.append(one.served)
    return Pairs(np.concatenate(features), np.array(grades), np.array(none), np.array(served))


def calibrate(
    pairs: Pairs, space: str, constants: Constants, provenance: dict[str, Any]
) -> Calibration:
    """The calibration fitted to ``pairs``; their numbers join ``provenance``."""
    key = calibration_key(space, constants)
    provenance = provenance | {"judged_pairs": len(pairs.grades), "needs": len(pairs.none)}
    return fit_calibration(pairs.features, pairs.grades, pairs.none, pairs.served, key, provenance)


def measure(calibration: Calibration, pairs: Pairs) -> dict[str, Any]:
    """How the calibration does on ``pairs``.

    For each grade in words the shares that were judged at least 1, 2 and 3; recall and false alarms of
    "nothing suitable".
    """
    words = np.array(GRADES)[calibration.grades(pairs.features)]
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
        "recall": _share(predicted[~pairs.served]),
        "false_alarms": _share(predicted[pairs.served]),
    }


def _share(hits: NDArray[np.bool_]) -> float | None:
    return round(float(hits.mean()), 3) if len(hits) else None
