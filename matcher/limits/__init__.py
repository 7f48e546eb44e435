"""What a need says about money, time, size, level and technology."""

from matcher.limits.amounts import foreign_sums
from matcher.limits.dates import names_a_date
from matcher.limits.read import read_limits, without_limits
from matcher.limits.said import ReadLimit
from matcher.limits.technology import refused

__all__ = ["ReadLimit", "foreign_sums", "names_a_date", "read_limits", "refused", "without_limits"]
