"""What a need says about money, time, size, level, technology and payment."""

from matcher.limits.amounts import foreign_sums
from matcher.limits.dates import names_a_date
from matcher.limits.payment import conditions_of_payment
from matcher.limits.read import read_limits, without_limits
from matcher.limits.said import ReadLimit
from matcher.limits.technology import refused

__all__ = [
    "ReadLimit",
    "conditions_of_payment",
    "foreign_sums",
    "names_a_date",
    "read_limits",
    "refused",
    "without_limits",
]
