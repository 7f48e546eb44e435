"""The first year's cost of a package."""

from __future__ import annotations

import pytest

from catalog.records import Package, PriceModel
from matcher.price import FirstYear, cheapest, first_year, priced, quickest, standing


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
        (Package(name="单台", price_cny=500), 500, None),
        (Package(name="每线", price_cny=500, price_model=PriceModel.MONTHLY), 6000, None),
        (Package(price_cny=500, price_text="500元/台"), 500, None),
        (Package(name="增加用户", price_cny=500), 500, None),
        (Package(name="体验版", price_model=PriceModel.FREE), 0, None),
        (Package(price_model=PriceModel.FREE), 0, 0),
        (Package(price_cny=500, price_model=PriceModel.FREE), 0, 0),
        (Package(price_cny=500, price_model=PriceModel.NEGOTIABLE), None, None),
        (Package(price_cny=500, price_model=PriceModel.SHARED_SAVINGS), None, None),
        (Package(price_cny=4999, price_from=True, price_model=PriceModel.YEARLY), 4999, 4999),
        (Package(price_cny=0), 0, 0),
    ],
)
def test_first_year(package: Package, low: int | None, high: int | None) -> None:
    found = first_year(package)
    assert (found.low, found.high) == (low, high)


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


WHOLE = Package(name="标准对接", price_cny=78_000, deploy_days=30)
ADDED = Package(name="每增加一家主机厂", price_cny=15_000, deploy_days=7)
TRIED = Package(name="单仓试用", price_cny=6_800, deploy_days=5)
FREE = Package(name="免费版", price_model=PriceModel.FREE, deploy_days=1)
OPEN = Package(name="整机", price_model=PriceModel.NEGOTIABLE)


def test_what_cannot_be_bought_alone_counts_only_where_nothing_else_can() -> None:
    assert standing([ADDED, WHOLE, TRIED]) == (WHOLE,)
    assert cheapest([ADDED, WHOLE, TRIED]) == (WHOLE, FirstYear(78_000, 78_000))
    assert quickest([ADDED, WHOLE, TRIED]) == 30
    # The price of what is sold alone is not known: that of an addition is not taken for it.
    assert cheapest([ADDED, OPEN]) is None and quickest([ADDED, OPEN]) is None
    assert cheapest([ADDED]) == (ADDED, FirstYear(15_000, None))
    assert quickest([ADDED, TRIED]) == 5


def test_a_unit_is_a_price_from() -> None:
    one = Package(name="单台标准盒", price_cny=1_980)
    found = cheapest([Package(name="20台套装", price_cny=35_000), one])
    assert found is not None and found[0] == one
    assert (found[1].low, found[1].high) == (1_980, None)
    assert found[1].unit is not None and found[1].unit.zh == "台"


@pytest.mark.parametrize(
    ("others", "high", "paid", "unpriced"),
    [
        ([], 0, None, False),
        ([WHOLE], 78_000, 78_000, False),
        ([WHOLE, ADDED, OPEN], 78_000, 78_000, False),
        ([OPEN], None, None, True),
        (
            [Package(name="企业版", price_cny=25, price_model=PriceModel.PER_USER_MONTH)],
            None,
            300,
            False,
        ),
        ([Package(name="开源", price_model=PriceModel.FREE)], 0, None, False),
    ],
)
def test_a_free_package_may_not_be_enough(
    others: list[Package], high: int | None, paid: int | None, unpriced: bool
) -> None:
    found = cheapest([*others, FREE])
    assert found is not None
    cost = found[1]
    assert (cost.low, cost.high, cost.paid, cost.unpriced) == (0, high, paid, unpriced)


def test_a_city_that_leaves_the_price_open_lists_the_national_one() -> None:
    assert priced([OPEN], [WHOLE]) == [WHOLE]
    assert priced([ADDED], [WHOLE]) == [ADDED]
    assert priced((), [OPEN]) == [OPEN]
