"""What a need says about money, time, size, level and technology."""

from matcher.limits.read import read_limits, without_limits
from matcher.limits.said import ReadLimit

__all__ = ["ReadLimit", "read_limits", "without_limits"]
