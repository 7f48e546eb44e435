"""The arrays of costs say what the packages say, whatever way of paying is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.payments import PAYMENTS, paid_so
from catalog.records import Package, PriceModel
from matcher.index.costs import UNKNOWN, Costs, cost_paid, payment_bits
from matcher.price import cheapest, standing

NAMES = ("标准版", "企业版", "每增加一条产线", "试用版", "单台", None)


def random_packages(dice: np.random.Generator) -> list[Package]:
    models = [None, *PriceModel]
    return [
        Package(
            name=NAMES[dice.integers(len(NAMES))],
            price_model=models[dice.integers(len(models))],
            price_cny=None if dice.random() < 0.2 else int(dice.choice([1_000, 8_000, 30_000])),
        )
        for _ in range(dice.integers(1, 5))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_costs_in_arrays_are_those_of_the_packages(seed: int) -> None:
    dice = np.random.default_rng(seed)
    offers = [random_packages(dice) for _ in range(20)]
    costs = Costs.unknown(len(offers))
    for row, packages in enumerate(offers):
        costs.put(row, packages)
    ways = [way for way in PAYMENTS if dice.random() < 0.4]
    low, high = cost_paid(costs, np.uint8(payment_bits(ways)))
    for row, packages in enumerate(offers):
        found = cheapest(paid_so(standing(packages), ways))
        expected = (found[1].low, found[1].high) if found else (None, None)
        told = tuple(None if one == UNKNOWN else int(one) for one in (low[row], high[row]))
        assert told == expected, (packages, ways)
