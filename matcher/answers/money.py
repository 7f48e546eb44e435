"""What is said of an offer's cost and days: alone or against a budget, of a whole or per unit."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.errors import Bilingual
from catalog.records import Case, Package, Solution
from matcher.price import FirstYear, cheapest, quickest
from matcher.types import Reason

Said = tuple[int, Reason]
"""A reason, and whether it speaks for the offer (1), against it (-1) or tells what is not known (0)."""
_FREE = Bilingual("免费套餐", "the free package")


def cost_said(
    record: Solution | Case, packages: Sequence[Package], budget: int | None
) -> Said | None:
    """What to say of the cost of ``record``: of a case what it cost, else what ``packages`` cost.

    ``None`` when neither a cost nor a budget is known.
    """
    if isinstance(record, Case):
        return _project(record.cost_cny, budget)
    found = cheapest(packages)
    if found is None or found[1].low is None:
        return None if budget is None else (0, Reason("budget_unknown"))
    package, cost = found
    if cost.low == 0 and (package.name or len(packages) > 1):
        return _free(package, cost, budget)
    if cost.unit is not None:
        return _by_unit(cost.low or 0, cost.unit, budget)
    return _whole(cost.low or 0, cost.high, budget)


def days_of(record: Solution | Case, listed: Sequence[Package]) -> int | None:
    """The fewest days until ``record``, which a city lists with the packages ``listed``, works."""
    if isinstance(record, Case):
        return record.duration_days
    days = quickest(listed)
    return quickest(record.packages) if days is None else days


def money(amount: int) -> str:
    """``amount`` with commas between thousands."""
    return f"{amount:,}"


def _whole(low: int, high: int | None, budget: int | None) -> Said:
    if budget is None:
        return 1, Reason("cost" if low == high else "cost_from", {"cost": money(low)})
    data = {"cost": money(low), "budget": money(budget)}
    if low > budget:
        return -1, Reason("budget_no", data)
    if high is not None and high <= budget:
        return 1, Reason("budget_yes", data)
    return 0, Reason("budget_range", data)


def _by_unit(low: int, unit: Bilingual, budget: int | None) -> Said:
    data = {"cost": money(low), "unit_zh": unit.zh, "unit_en": unit.en}
    if budget is None:
        return 1, Reason("cost_unit", data)
    data["budget"] = money(budget)
    return (
        (-1, Reason("budget_no_unit", data)) if low > budget else (0, Reason("budget_unit", data))
    )


def _free(package: Package, cost: FirstYear, budget: int | None) -> Said:
    data = {"package_zh": package.name or _FREE.zh, "package_en": package.name or _FREE.en}
    if cost.paid is None:
        sure = budget is None or cost.high is not None
        return int(sure), Reason("cost_free_ask" if cost.unpriced else "cost_free", data)
    data["cost"] = money(cost.paid)
    if budget is None:
        return 1, Reason("cost_free_from", data)
    data["budget"] = money(budget)
    enough = cost.high is not None and cost.high <= budget
    return (1, Reason("budget_free", data)) if enough else (0, Reason("budget_free_range", data))


def _project(cost: int | None, budget: int | None) -> Said | None:
    if cost is None:
        return None if budget is None else (0, Reason("budget_unknown_project"))
    data = {"cost": money(cost)}
    if budget is None:
        return 1, Reason("cost_project", data)
    data["budget"] = money(budget)
    fits = cost <= budget
    code = "budget_yes_project" if fits else "budget_no_project"
    return (1 if fits else -1), Reason(code, data)
