"""The first year's cost of a package: one-off price, or twelve months of fees (DESIGN §3, Money)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.errors import Bilingual
from catalog.package_scope import Scope, sold_as
from catalog.records import Package, PriceModel

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class FirstYear:
    """First year's cost in CNY: at least ``low``, at most ``high``; ``None`` is not known.

    ``unit`` is what ``low`` buys one of, of a price per machine or user. Where ``low`` buys nothing but
    a free package, ``paid`` is the least that another one costs, and ``unpriced`` tells that there is one
    whose price is not known.
    """

    low: int | None
    high: int | None
    unit: Bilingual | None = None
    paid: int | None = None
    unpriced: bool = False


def first_year(package: Package) -> FirstYear:
    """What ``package`` costs in its first year.

    A price per unit (user, machine, line) is a floor for one: how many there are is not known. So is
    that of an addition or a try, beside what is not told. A floor price ("起") buys the basic package,
    so it is what a buyer can count with.
    """
    sold, model = sold_as(package), package.price_model
    if model is PriceModel.FREE:
        return FirstYear(0, 0 if sold.stands else None)
    if package.price_cny is None or model in (PriceModel.NEGOTIABLE, PriceModel.SHARED_SAVINGS):
        return FirstYear(None, None)
    monthly = model in (PriceModel.MONTHLY, PriceModel.PER_USER_MONTH)
    factor = _MONTHS if monthly else 1
    low = package.price_cny * factor
    if sold.scope is not Scope.ALONE:
        return FirstYear(low, None, sold.unit)
    high = package.price_to_cny if package.price_to_cny is not None else package.price_cny
    return FirstYear(low, high * factor)


def standing(packages: Iterable[Package]) -> Sequence[Package]:
    """Those of ``packages`` that can be bought alone; all of them where none can."""
    every = tuple(packages)
    return tuple(one for one in every if sold_as(one).stands) or every


def cheapest(packages: Iterable[Package]) -> tuple[Package, FirstYear] | None:
    """The package with the lowest known first year's cost of those that can be bought alone.

    ``None`` when none is known. A free one beside others may not be enough: what the cheapest of them
    costs is then the most that is due.
    """
    priced = [(package, first_year(package)) for package in standing(packages)]
    known = [pair for pair in priced if pair[1].low is not None]
    if not known:
        return None
    package, cost = min(known, key=lambda pair: _bounds(pair[1]))
    if cost.low == 0 and len(priced) > 1:
        paid = [one for _, one in known if one.low]
        least = min(paid, key=_bounds) if paid else FirstYear(0, 0)
        unknown = len(known) < len(priced) and not paid
        cost = FirstYear(0, None if unknown else least.high, None, least.low or None, unknown)
    return package, cost


def priced(listed: Sequence[Package], own: Sequence[Package]) -> Sequence[Package]:
    """The packages that tell price and payment: those that a city lists, unless it leaves the price open."""
    return listed if cheapest(listed) else own


def _bounds(cost: FirstYear) -> tuple[float, float]:
    return cost.low or 0, math.inf if cost.high is None else cost.high


def quickest(packages: Iterable[Package]) -> int | None:
    """The fewest days until a package that can be bought alone works; ``None`` when nobody tells any."""
    days = [one.deploy_days for one in standing(packages) if one.deploy_days is not None]
    return min(days) if days else None
