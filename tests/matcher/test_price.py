"""The first year's cost of a package."""

from __future__ import annotations

import pytest

from catalog.records import Package, PriceModel
from matcher.price import FirstYear, cheapest, first_year, quickest


@pytest.mark.parametrize(
    ("package", "low", "high"),
    [
        (Package(), None, None),
        (Package(price_cny=500), 500, 500),
        (Package(price_cny=500, price_model=PriceModel.ONE_OFF), 500, 500),
        (Package(price_cny=500, price_to_cny=900), 500, 900),
        (Package(price_cny=500, price_model=PriceModel.YEARLY), 500, 500),
        (Package(price_cny=500, price_model=PriceModel.MONTHLY), 6000, 6000),
        (Package(price_cny=500, price_to_cny=600, price_model=PriceModel.MONTHLY), 6000, 7200),
        (Package(price_cny=50, price_model=PriceModel.PER_USER_MONTH), 600, None),
        (Package(price_model=PriceModel.FREE), 0, 0),
        (Package(price_cny=500, price_model=PriceModel.FREE), 0, 0),
        (Package(price_cny=500, price_model=PriceModel.NEGOTIABLE), None, None),
        (Package(price_cny=500, price_model=PriceModel.SHARED_SAVINGS), None, None),
        (Package(price_cny=4999, price_from=True, price_model=PriceModel.YEARLY), 4999, 4999),
        (Package(price_cny=0), 0, 0),
    ],
)
def test_first_year(package: Package, low: int | None, high: int | None) -> None:
    assert first_year(package) == FirstYear(low, high)


def test_cheapest_by_the_first_year_and_not_by_the_figure() -> None:
    monthly = Package(name="月", price_cny=1000, price_model=PriceModel.MONTHLY)
    once = Package(name="次", price_cny=9000)
    unknown = Package(name="议")
    assert cheapest([monthly, unknown, once]) == (once, FirstYear(9000, 9000))
    assert cheapest([unknown]) is None
    ranged = Package(price_cny=9000, price_to_cny=9500, price_model=PriceModel.ONE_OFF)
    assert cheapest([ranged, once]) == (once, FirstYear(9000, 9000))
    assert cheapest([]) is None


def test_quickest() -> None:
    assert quickest([Package(deploy_days=30), Package(deploy_days=0), Package()]) == 0
    assert quickest([Package()]) is None
