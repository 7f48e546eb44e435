"""What was understood, against the gold of judged needs: scenario, division, limits, nothing suitable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.measure.judgments import GRADES, JudgedNeed, Judgments
from matcher.types import Answer, Lack, MatchQuery
from matcher.understanding.understander import DIVISION

if TYPE_CHECKING:
    from matcher.measure.evaluate import Bench

_FIRST = 3
_LIMITS = {"budget": "budget_cny", "days": "deploy_days"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A need, its answer, and the surest scenarios and divisions whether or not they are shown."""

    need: JudgedNeed
    answer: Answer
    scenarios: tuple[str, ...]
    divisions: tuple[str, ...]


def understanding_figures(
    bench: Bench, needs: Sequence[JudgedNeed], ndcg: Mapping[str, float]
) -> dict[str, Any]:
    """Shares of ``needs`` that were understood from the text alone; without those that have no gold.

    ``scenario_top3`` and ``division_top3`` ask whether the main gold node is among the three surest of
    the reading (the division where the text tells it), ``…_shown`` whether it is among those that the
    answer shows; ``unserved_recall`` and ``false_alarms`` whether "nothing suitable" was said where it is
    true, and where it is not, ``unjudged_recall`` and ``unjudged_alarms`` the same of unjudged needs of their
    split; ``budget_exact`` and ``days_exact`` whether a limit that the gold has or
    that was read is the right one; left out are days read from a date (antes de que acabe el año) where the
    gold notes a limit but no days, as it does for dates: how many they are changes every day.
    ``judges_kappa`` says how far two judges agree on the pairs that both graded (Cohen's kappa, quadratic
    weights). ``tags`` has the mean of ``ndcg`` by tag.
    """
    asked = _asked(bench, needs)
    golden = [one for one in asked if "scenario_codes" in one.need.extra]
    served, unjudged = bench.judgments.served, _unjudged(bench, {need.split for need in needs})
    shares = {
        "scenario_top3": _share([_scenario_met(one, one.scenarios) for one in asked]),
        "scenario_shown": _share(
            [
                _scenario_met(one, [node.code for node in one.answer.understanding.scenarios])
                for one in asked
            ]
        ),
        "division_top3": _share([_division_met(one, one.divisions) for one in asked]),
        "division_shown": _share(
            [
                _division_met(
                    one, [node.code[:DIVISION] for node in one.answer.understanding.sectors]
                )
                for one in asked
            ]
        ),
        "unserved_recall": _share([one.answer.unserved for one in asked if not served(one.need)]),
        "false_alarms": _share([one.answer.unserved for one in asked if served(one.need)]),
        "unjudged_recall": _share([told for told, served in unjudged if not served]),
        "unjudged_alarms": _share([told for told, served in unjudged if served]),
        **{f"{name}_exact": _share([_limit_met(one, name) for one in golden]) for name in _LIMITS},
    }
    return {
        **{name: share for name, share in shares.items() if share["n"]},
        **_agreement(bench.judgments, needs),
        "tags": _by_tag(needs, ndcg),
    }


def _asked(bench: Bench, needs: Sequence[JudgedNeed]) -> list[_Asked]:
    found = []
    for need in needs:
        query = MatchQuery(text=need.text, limit=1)
        answer, heard = bench.matcher.match(query), bench.matcher.scorer.hear(query)
        raw = bench.encoder.encode_needs([heard.text])[0]
        snapshot = bench.matcher.snapshot()
        means = snapshot.generation.means
        meant = bench.matcher.scorer.mean(snapshot, heard, means.centred_needs(raw, heard.lang))
        divisions = {
            code: weight for code, weight in meant.sectors.weights.items() if len(code) == DIVISION
        }
        found.append(_Asked(need, answer, _surest(meant.scenarios.weights), _surest(divisions)))
    return found


def _unjudged(bench: Bench, splits: Set[str | None]) -> list[tuple[bool, bool]]:
    """Of the unjudged needs of ``splits`` whether each was told not digital, and whether it may be served.

    Whether the folder's offers do is not known.
    """
    return [
        (_not_digital(bench.matcher.match(MatchQuery(text=one.text, limit=1))), one.served)
        for one in bench.judgments.unjudged
        if one.split in splits
    ]


def _not_digital(answer: Answer) -> bool:
    return answer.lacking is not None and answer.lacking.lack == Lack.NOT_DIGITAL


def _surest(weights: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(weights, key=lambda code: (-weights[code], code))[:_FIRST])


def _scenario_met(asked: _Asked, found: Sequence[str]) -> bool | None:
    gold = asked.need.extra.get("scenario_codes")
    return gold[0] in found if gold else None


def _division_met(asked: _Asked, found: Sequence[str]) -> bool | None:
    gold = asked.need.extra.get("division")
    return gold in found if gold and asked.need.extra.get("sector_in_text") else None


def _limit_met(asked: _Asked, field: str) -> bool | None:
    gold = (asked.need.extra.get("constraints") or {}).get(_LIMITS[field])
    read = next((one for one in asked.answer.understanding.limits if one.field == field), None)
    if gold is None and read is None:
        return None
    return read is not None and read.value == gold


def _agreement(judgments: Judgments, needs: Sequence[JudgedNeed]) -> dict[str, dict[str, float]]:
    from sklearn.metrics import cohen_kappa_score

    pairs = [
        (judgments.grades[need.id][document], grade)
        for need in needs
        for document, grade in judgments.second.get(need.id, {}).items()
        if document in judgments.grades.get(need.id, {})
    ]
    if not pairs:
        return {}
    kappa = cohen_kappa_score(*zip(*pairs, strict=True), labels=GRADES, weights="quadratic")
    return {"judges_kappa": {"n": len(pairs), "kappa": round(float(kappa), 4)}}


def _by_tag(needs: Sequence[JudgedNeed], ndcg: Mapping[str, float]) -> dict[str, dict[str, float]]:
    found: dict[str, list[float]] = {}
    for need in needs:
        for tag in need.extra.get("tags") or ():
            if need.id in ndcg:
                found.setdefault(str(tag), []).append(ndcg[need.id])
    return {
        tag: {"n": len(values), "ndcg10": round(float(np.mean(values)), 4)}
        for tag, values in sorted(found.items())
    }


def _share(met: Sequence[bool | None]) -> dict[str, float]:
    known = [one for one in met if one is not None]
    return {"n": len(known), "share": round(float(np.mean(known)), 4) if known else 0.0}
