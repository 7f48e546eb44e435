"""What was understood, against the gold of judged needs: scenario, division, limits, nothing suitable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.judgments import JudgedNeed, Judgments
from matcher.types import Answer, MatchQuery
from matcher.understanding import DIVISION

if TYPE_CHECKING:
    from matcher.engine import Matcher

_FIRST = 3
_LIMITS = {"budget": "budget_cny", "days": "deploy_days"}


def understanding_figures(
    matcher: Matcher,
    judgments: Judgments,
    needs: Sequence[JudgedNeed],
    ndcg: Mapping[str, float],
) -> dict[str, Any] | None:
    """Shares of ``needs`` that were understood from the text alone; ``None`` without any gold.

    ``scenario_top3`` and ``division_top3`` ask whether the main gold node is among the first three
    (the division where the text tells it); ``unserved_recall`` and ``false_alarms`` whether "nothing
    suitable" was said where it is true, and where it is not; ``budget_exact`` and ``days_exact`` whether
    a limit that stands in the text or was read is the right one. ``tags`` has the mean of ``ndcg`` (of
    the answer, text only) by tag.
    """
    if not any("scenario_codes" in need.extra for need in needs):
        return None
    answers = {
        need.id: matcher.match(MatchQuery(text=need.text, limit=1))
        for need in needs
        if "scenario_codes" in need.extra
    }
    asked = [need for need in needs if need.id in answers]
    served = [answers[need.id].unserved for need in asked if judgments.served(need)]
    unserved = [answers[need.id].unserved for need in asked if not judgments.served(need)]
    return {
        "scenario_top3": _share([_scenario_met(need, answers[need.id]) for need in asked]),
        "division_top3": _share([_division_met(need, answers[need.id]) for need in asked]),
        "unserved_recall": _share(unserved),
        "false_alarms": _share(served),
        **{
            f"{field}_exact": _share([_limit_met(need, answers[need.id], field) for need in asked])
            for field in _LIMITS
        },
        "tags": _by_tag(asked, ndcg),
    }


def _scenario_met(need: JudgedNeed, answer: Answer) -> bool | None:
    gold = need.extra.get("scenario_codes")
    if not gold:
        return None
    return gold[0] in [one.code for one in answer.understanding.scenarios[:_FIRST]]


def _division_met(need: JudgedNeed, answer: Answer) -> bool | None:
    gold = need.extra.get("division")
    if not gold or not need.extra.get("sector_in_text"):
        return None
    return gold in [one.code[:DIVISION] for one in answer.understanding.sectors[:_FIRST]]


def _limit_met(need: JudgedNeed, answer: Answer, field: str) -> bool | None:
    gold = (need.extra.get("constraints") or {}).get(_LIMITS[field])
    limits = answer.understanding.limits
    read = next((one.value for one in limits if one.field == field), None)
    return None if gold is None and read is None else read == gold


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
