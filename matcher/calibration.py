"""From signals to a grade in words, and to "nothing suitable": fitted on judgments, never a percentage.

Three logistic regressions give the probability that a judge grades an offer 1, 2 or 3 at least; the
grade is the highest one that is more likely than not. A need counts as unserved when it reads like
those that no digital offer serves (`matcher.understanding.unserved`) beyond a threshold that few served
needs of the development judgments pass, or when the best offer for it is too unlikely to be good
(`matcher.measure.leave_out`). Keyed by vector space, text template, analyzer and constants:
under any other key there is no grade and no "nothing suitable", and the answer says so.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.wording import units
from matcher import text
from matcher.config import Constants
from matcher.index import analyzer
from matcher.shipped import shipped_for

GRADES = ("weak", "partly", "good", "solves")
"""Grade in words by the judges' grade 0-3."""
FEATURES = (
    "fused",
    "sector_read",
    "sector_given",
    "scenario_read",
    "scenario_given",
    "function",
    "log_none",
    "provider",
)
FALSE_ALARMS = 0.02
"""Share of served development needs that may pass the threshold of "nothing suitable".

Of 586 it is 11. Most of them were written to sound like unserved ones (docs/relevance.md).
"""
_SMALLEST = 0.01

_FEWEST = 4
"""Words below which a text is a label or a cry."""

Floats = NDArray[np.float64]
Scores = NDArray[np.float32]


def says_enough(said: str) -> bool:
    """Whether a text has the words that it takes to call it unserved."""
    return len(units(said)) >= _FEWEST


@dataclass(frozen=True, slots=True)
class Calibration:
    """``coefficients[g - 1]`` are intercept and weights of `FEATURES` for grade ``g`` or more.

    Nothing serves a need whose `likeliest` offer is below ``nothing_below``, or below ``lacking_below`` where
    no offer has the scenario that it surely asks for (`matcher.answers.lacking`).
    """

    key: str
    coefficients: tuple[tuple[float, ...], ...]
    unserved_from: float
    provenance: dict[str, Any]
    nothing_below: float = -math.inf
    lacking_below: float = -math.inf

    def serves_nothing(self, unserved: float) -> bool:
        """Whether a need that `says_enough` is told "nothing suitable": ``unserved`` is how it reads."""
        return unserved > self.unserved_from

    def likeliest(self, features: Floats) -> float:
        """The log-odds that a judge grades an offer good or better, of the one where they are highest."""
        intercept, *weights = self.coefficients[GRADES.index("good") - 1]
        return intercept + float((features @ np.array(weights)).max())

    def grades(self, features: Floats) -> NDArray[np.int8]:
        """The grades (0-3, places in `GRADES`) of offers, one a row of ``features``."""
        reached = np.zeros(len(features), dtype=np.int8)
        for number, (intercept, *weights) in enumerate(self.coefficients, start=1):
            reached[intercept + features @ np.array(weights) >= 0.0] = number
        return reached


def features_of(
    fused: Scores,
    sector: Scores,
    scenario: Scores,
    function: Scores,
    given: tuple[bool, bool],
    none: float,
    provider: NDArray[np.bool_],
) -> Floats:
    """`FEATURES` of some offers for one need, one a row.

    ``sector``, ``scenario`` and ``function`` are closeness, 0-1, one an offer; ``given`` tells whether
    sector and scenario came with the need, ``none`` how much it reads like one that nothing serves.
    """
    features = np.zeros((len(fused), len(FEATURES)))
    features[:, 0] = fused
    features[:, 1 + given[0]] = sector
    features[:, 3 + given[1]] = scenario
    features[:, 5] = function
    features[:, 6] = np.log(none + _SMALLEST)
    features[:, 7] = provider
    return features


def calibration_key(space: str, constants: Constants) -> str:
    """A hash of what the calibration depends on."""
    parts = [space, text.TEMPLATE, analyzer.VERSION, constants.as_dict()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=8)
def shipped_calibration(space: str, constants: Constants) -> Calibration | None:
    """The calibration for this space and these constants; ``None`` when there is none."""
    path = calibration_path(space)
    if not path.is_file():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    if values["key"] != calibration_key(space, constants):
        return None
    return Calibration(
        key=values["key"],
        coefficients=tuple(tuple(row) for row in values["coefficients"]),
        unserved_from=values["unserved_from"],
        provenance=values["provenance"],
        nothing_below=values["nothing_below"],
        lacking_below=values["lacking_below"],
    )


def fit_calibration(
    features: Floats,
    grades: NDArray[np.int64],
    unserved_read: Floats,
    served: NDArray[np.bool_],
    key: str,
    provenance: dict[str, Any],
) -> Calibration:
    """Fit to judged pairs (``features``, ``grades``) and needs (``unserved_read``, ``served``)."""
    from sklearn.linear_model import LogisticRegression

    rows = []
    for grade in (1, 2, 3):
        model = LogisticRegression(C=100.0, max_iter=2_000).fit(features, grades >= grade)
        rows.append((float(model.intercept_[0]), *map(float, model.coef_[0])))
    alarms = np.sort(unserved_read[served])[::-1]
    threshold = float(alarms[int(FALSE_ALARMS * len(alarms))])
    rounded = tuple(tuple(round(value, 6) for value in row) for row in rows)
    return Calibration(key, rounded, round(threshold, 6), provenance)


def ship_calibration(calibration: Calibration, space: str) -> Path:
    """Write ``calibration`` into the package; gives the file."""
    path = calibration_path(space)
    text_ = json.dumps(asdict(calibration), ensure_ascii=False, indent=2)
    path.write_text(text_ + "\n", encoding="utf-8")
    return path


def calibration_path(space: str) -> Path:
    """Where the calibration of a vector space is shipped."""
    return shipped_for(space, "calibration-{}.json")
