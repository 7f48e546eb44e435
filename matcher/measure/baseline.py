"""A stored run to compare with: what got better, what got worse, and what is a drop beyond noise.

A file holds sets of needs (a folder, or a part of it), each with its nDCG@10 by mode, signal and need,
and with how it was made. The noise band of a mode is half of the paired bootstrap interval between the
ranking and the same ranking with ``dense_weight`` one step of the tuning grid aside, at least 0.01:
what the smallest deliberate change moves by chance.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.errors import Bilingual
from matcher.config import Constants
from matcher.errors import InvalidJudgments
from matcher.measure.evaluate import Bench, EvaluationReport, PerNeed
from matcher.measure.intervals import Difference, paired
from matcher.measure.judgments import MODES, JudgedNeed
from matcher.measure.tune import judged_needs

LEAST_BAND = 0.01
_STEP = 0.05
_DECIMALS = 4
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Change:
    """One need whose nDCG@10 of the answer changed."""

    need: str
    text: str
    mode: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """``changes``: largest gains and losses first. ``differences``: by mode and signal."""

    changes: tuple[Change, ...]
    differences: dict[tuple[str, str], Difference]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON."""
        return {
            "differences": [
                {
                    "mode": mode,
                    "signal": signal,
                    "n": one.n,
                    "mean": round(one.mean, 4),
                    "low": round(one.low, 4),
                    "high": round(one.high, 4),
                }
                for (mode, signal), one in self.differences.items()
            ],
            "needs": [
                {
                    "need": one.need,
                    "text": one.text,
                    "mode": one.mode,
                    "before": round(one.before, 4),
                    "after": round(one.after, 4),
                }
                for one in self.changes
            ],
        }


def set_name(directory: Path, split: str | None) -> str:
    """The name of a set in a baseline file: the folder's, with the part when there is one."""
    name = directory.resolve().name
    return f"{name}/{split}" if split else name


def noise_bands(bench: Bench, split: str | None, constants: Constants) -> dict[str, float]:
    """What chance alone may move the mean nDCG@10 of the answer, by mode."""
    aside = replace(constants, dense_weight=round(constants.dense_weight + _STEP, 4))
    bands = {}
    for mode, judged in judged_needs(bench, bench.judgments.part(split)).items():
        before = {one.need.id: one.ndcg(constants) for one in judged}
        after = {one.need.id: one.ndcg(aside) for one in judged}
        bands[mode] = round(max(LEAST_BAND, paired(before, after).half_width), 4)
    return bands


def write_baseline(
    path: Path,
    name: str,
    report: EvaluationReport,
    bands: Mapping[str, float],
    constants: Constants,
    space: str,
    now: datetime,
    command: str,
) -> None:
    """Put the set ``name`` into the file at ``path``; its other sets stay."""
    sets = _sets(path) if path.is_file() else {}
    sets[name] = {
        "date": now.date().isoformat(),
        "command": command,
        "space": space,
        "constants": constants.as_dict(),
        "bands": dict(bands),
        "per_need": {
            mode: {
                signal: {need: round(value, _DECIMALS) for need, value in values.items()}
                for signal, values in signals.items()
            }
            for mode, signals in report.per_need.items()
        },
    }
    body = json.dumps({"sets": dict(sorted(sets.items()))}, ensure_ascii=False, indent=1)
    path.write_text(body + "\n", encoding="utf-8")


def read_baseline(path: Path, name: str) -> dict[str, Any]:
    """The set ``name`` of the file at ``path``.

    Raises:
        InvalidJudgments: the file cannot be read, or it has no such set.
    """
    sets = _sets(path)
    if name not in sets:
        there = ", ".join(sets)
        raise InvalidJudgments(
            Bilingual(f"{path} 里没有 {name}", f"{path} has no set {name}"),
            Bilingual(f"里面有：{there}", f"it has: {there}"),
            field="baseline",
        )
    return dict(sets[name])


def compare(
    before: PerNeed, after: PerNeed, needs: tuple[JudgedNeed, ...], signal: str = "final"
) -> Comparison:
    """What changed between two runs, need by need for ``signal``, in the mean for all of them."""
    words = {need.id: need.text[:_SHOWN] for need in needs}
    # As coarse as what is stored: rounding is no change.
    after = {
        mode: {
            name: {need: round(value, _DECIMALS) for need, value in values.items()}
            for name, values in signals.items()
        }
        for mode, signals in after.items()
    }
    changes = [
        Change(need, words.get(need, ""), mode, value, after[mode][signal][need])
        for mode in MODES
        for need, value in before.get(mode, {}).get(signal, {}).items()
        if need in after[mode][signal] and after[mode][signal][need] != value
    ]
    changes.sort(key=lambda one: (-abs(one.after - one.before), one.mode, one.need))
    differences = {
        (mode, name): paired(before[mode][name], values)
        for mode, signals in after.items()
        for name, values in signals.items()
        if name in before.get(mode, {})
    }
    return Comparison(tuple(changes), differences)


def drops(baseline: Mapping[str, Any], finals: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The modes whose answer (``finals``: nDCG@10 by mode and need) fell by more than its noise band."""
    found = []
    for mode, band in baseline["bands"].items():
        difference = paired(baseline["per_need"][mode]["final"], finals[mode])
        if difference.mean < -band:
            found.append(f"{mode}: {difference.mean:+.4f} (band {band}, n {difference.n})")
    return found


def _sets(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["sets"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidJudgments(
            Bilingual(f"无法读取基线 {path}", f"the baseline {path} cannot be read"),
            Bilingual("用 --write-baseline 生成", "make one with --write-baseline"),
            field="baseline",
        ) from error
