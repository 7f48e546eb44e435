"""The first year's cost of a package: one-off price, or twelve months of fees (DESIGN §3, Money)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.records import Package, PriceModel

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class FirstYear:
    """First year's cost in CNY: at least ``low``, at most ``high``; ``None`` is not known."""

    low: int | None
    high: int | None


def first_year(package: Package) -> FirstYear:
    """What ``package`` costs in its first year.

    A price per user is a floor for one user: how many there are is not known. A floor price ("起")
    buys the basic package, so it is what a buyer can count with.
    """
    if package.price_model is PriceModel.FREE:
        return FirstYear(0, 0)
    if package.price_cny is None or package.price_model in (
        PriceModel.NEGOTIABLE,
        PriceModel.SHARED_SAVINGS,
    ):
        return FirstYear(None, None)
    monthly = package.price_model in (PriceModel.MONTHLY, PriceModel.PER_USER_MONTH)
    factor = _MONTHS if monthly else 1
    low = package.price_cny * factor
    if package.price_model is PriceModel.PER_USER_MONTH:
        return FirstYear(low, None)
    high = package.price_to_cny if package.price_to_cny is not None else package.price_cny
    return FirstYear(low, high * factor)


def cheapest(packages: Iterable[Package]) -> tuple[Package, FirstYear] | None:
    """The package with the lowest known first year's cost; ``None`` when none is known.

    Of two that cost the same at least, the one that costs less at most.
    """
    priced = [(package, first_year(package)) for package in packages]
    known = [pair for pair in priced if pair[1].low is not None]
    return min(known, key=lambda pair: _bounds(pair[1])) if known else None


def _bounds(cost: FirstYear) -> tuple[float, float]:
    return cost.low or 0, math.inf if cost.high is None else cost.high


def priced(listed: Sequence[Package], own: Sequence[Package]) -> Sequence[Package]:
    """The packages that tell price and payment: those that a city lists, unless it leaves the price open."""
    return listed if cheapest(listed) else own


def quickest(packages: Iterable[Package]) -> int | None:
    """The fewest days until a package works; ``None`` when nobody published any."""
    days = [package.deploy_days for package in packages if package.deploy_days is not None]
    return min(days) if days else None
