"""What offers cost in their first year and how that may be paid, as arrays: one row an offer.

``-1`` stands for an unknown sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog.payments import FREE, PAYMENTS, payment_of
from catalog.records import Package
from matcher.price import cheapest, standing

UNKNOWN = -1
_DUE = ("one_off", "yearly", "monthly")
PRICED = (*_DUE, FREE)
"""Ways to pay whose costs are kept apart: a share of savings is not known."""
_WAYS = tuple(PAYMENTS)
_DEAR = np.iinfo(np.int64).max

Sums = NDArray[np.int64]


class Costs(NamedTuple):
    """``cost_low`` and ``cost_high`` are of the cheapest package, ``payments`` has the bits of all packages.

    ``paid_low`` and ``paid_high``, of shape ``(rows, 4)``, are of the cheapest of each of `PRICED`.
    """

    cost_low: Sums
    cost_high: Sums
    payments: NDArray[np.uint8]
    paid_low: Sums
    paid_high: Sums

    @classmethod
    def unknown(cls, rows: int) -> Costs:
        """Those of ``rows`` offers of which nothing is known."""
        one, by_way = (np.full(shape, UNKNOWN) for shape in ((rows,), (rows, len(PRICED))))
        return cls(one, one.copy(), np.zeros(rows, dtype=np.uint8), by_way, by_way.copy())

    def copied(self) -> Costs:
        """The same, to be written to."""
        return Costs._make(array.copy() for array in self)

    def put(self, row: int, packages: Sequence[Package]) -> None:
        """Let ``row`` cost what those of ``packages`` cost that can be bought alone."""
        packages = standing(packages)
        by_way = {way: [one for one in packages if payment_of(one) == way] for way in _WAYS}
        self.payments[row] = payment_bits(way for way, those in by_way.items() if those)
        self.cost_low[row], self.cost_high[row] = _least(packages)
        for place, way in enumerate(PRICED):
            self.paid_low[row, place], self.paid_high[row, place] = _least(by_way[way])


def payment_bits(ways: Iterable[str]) -> int:
    """A bit for each of ``ways`` to pay, in the order of `PAYMENTS`."""
    return sum(1 << _WAYS.index(way) for way in set(ways))


def cost_paid(costs: Costs, asked: np.uint8 | NDArray[np.uint8]) -> tuple[Sums, Sums]:
    """Lowest and highest cost paid in one of the ways ``asked`` (bits, which broadcast against the rows).

    An offer that is not paid so costs what it costs: `catalog.payments.paid_so` in arrays.
    """
    if not np.any(asked):
        return costs.cost_low, costs.cost_high
    free = np.uint8(payment_bits([FREE]))
    accepted = costs.payments & (asked | free)
    low = high = np.full(np.broadcast_shapes(accepted.shape, costs.cost_low.shape), _DEAR)
    for place, way in enumerate(_DUE):
        here_low, here_high = (
            np.where(sums[:, place] == UNKNOWN, _DEAR, sums[:, place])
            for sums in (costs.paid_low, costs.paid_high)
        )
        less = (here_low < low) | ((here_low == low) & (here_high < high))
        less &= (accepted & np.uint8(payment_bits([way]))) != 0
        low, high = np.where(less, here_low, low), np.where(less, here_high, high)
    # What is free may not be enough: then the cheapest of the others is due, if there is one.
    low = np.where(accepted & free, 0, low)
    alone = costs.paid_high[:, PRICED.index(FREE)]
    high = np.where(accepted == free, np.where(alone == UNKNOWN, _DEAR, alone), high)
    other = (accepted == 0) | (asked == 0)
    return (
        np.where(other, costs.cost_low, np.where(low == _DEAR, UNKNOWN, low)),
        np.where(other, costs.cost_high, np.where(high == _DEAR, UNKNOWN, high)),
    )


def _least(packages: Sequence[Package]) -> tuple[int, int]:
    found = cheapest(packages)
    if found is None or found[1].low is None:
        return UNKNOWN, UNKNOWN
    return found[1].low, UNKNOWN if found[1].high is None else found[1].high
