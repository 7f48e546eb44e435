"""A note on the solution that a hard budget or hard days left out, where it is clearly the better one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from catalog.payments import paid_so
from catalog.records import Kind, Package, Solution
from matcher.answers.explain import render
from matcher.answers.money import cost_said, days_of, money
from matcher.answers.present import Presenter
from matcher.calibration import GRADES, Calibration
from matcher.index.columns import tie_hash
from matcher.price import cheapest, priced, standing
from matcher.scored import Scored
from matcher.types import Match, MatchQuery, Reason

_GOOD = GRADES.index("good")


def over_limit(
    scored: Scored,
    presenter: Presenter,
    shown: Sequence[Match],
    calibration: Calibration | None,
) -> Reason | None:
    """What stands first but for a hard budget or days, by how much it is over; mostly ``None``.

    It must be graded good or solves, and better than the first of the solutions ``shown``, or as well
    and do what is asked, which that one does not.
    """
    rows, ranked = scored.ranked.beyond, scored.ranked
    if not len(rows) or not scored.query.limit or Kind.SOLUTION not in scored.query.kinds:
        return None
    ties = scored.snapshot.columns.tie[rows] ^ np.uint64(tie_hash(scored.text))
    first = rows[np.lexsort((ties, -ranked.besides_limits(rows, scored.constants)))][:1]
    if shown and float(ranked.besides_limits(first, scored.constants)[0]) <= _besides(shown[0]):
        return None
    found = presenter.matches(scored.query, scored, {Kind.SOLUTION: first}, calibration)
    for match in found[Kind.SOLUTION]:
        if isinstance(match.record, Solution) and _better(match, shown):
            listed = scored.city.packages.get(match.id, ()) if scored.city else ()
            return _told(match.id, match.record, listed, scored.query)
    return None


def _besides(match: Match) -> float:
    """Its score but for how it fits budget, days and the like."""
    return match.score - match.signals.constraints


def _better(match: Match, shown: Sequence[Match]) -> bool:
    """Whether ``match`` is clearly better than the first of ``shown``; ungraded, what it does counts."""
    alone = _does(match) and not any(map(_does, shown[:1]))
    if match.grade is None:
        return alone
    grade = GRADES.index(match.grade)
    first = GRADES.index(shown[0].grade or GRADES[0]) if shown else -1
    return grade >= _GOOD and (grade > first or (grade == first and alone))


def _does(match: Match) -> bool:
    return any(reason.code == "function" for reason in match.reasons)


def _told(
    identity: str, record: Solution, listed: Sequence[Package], query: MatchQuery
) -> Reason | None:
    packages = paid_so(standing(priced(listed, record.packages)), query.payments)
    cost, said = cheapest(packages), cost_said(record, packages, None)
    days = days_of(record, listed)
    zh, en = [], []
    data: dict[str, Any] = {"id": identity, "name": record.name}
    budget, limit = query.budget_cny, query.deploy_days
    if budget is not None and cost and said and cost[1].low is not None and cost[1].low > budget:
        over = money(cost[1].low - budget)
        zh.append(f"{render(said[1])}，比预算多 {over} 元")
        en.append(f"{render(said[1], 'en')}, {over} CNY over the budget")
        data |= {"over_cny": cost[1].low - budget}
    if limit is not None and days is not None and days > limit:
        zh.append(f"需要 {days} 天，比要求多 {days - limit} 天")
        en.append(f"takes {days} days, {days - limit} more than asked")
        data |= {"over_days": days - limit}
    if record.demonstration:
        demonstration = Reason("demonstration")
        zh.append(render(demonstration))
        en.append(render(demonstration, "en"))
    return Reason("over_limit", data | {"why_zh": "；".join(zh), "why_en": "; ".join(en)})
