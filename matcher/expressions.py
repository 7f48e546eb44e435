"""Regular expressions compiled to machine code.

A need is searched for some eighty of them: with the compiler of PCRE2 (https://pcre.org) that takes a
quarter of the time that it takes with `re`, whose patterns, groups and places are the same.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any

import pcre2

Match = re.Match[str]
"""What is found; that of PCRE2 has the same methods."""


class Expression:
    """A pattern, whatever the case of letters.

    What outgrows the stack of its code (要要要要, two thousand times) is read by `re`, which has no such
    bounds.
    """

    def __init__(self, pattern: str):
        self._pattern = pattern
        self._compiled = pcre2.compile(pattern, pcre2.IGNORECASE, jit=False)
        # A hardened system may forbid memory that is written and run: then it is interpreted.
        with suppress(pcre2.LibraryError):
            self._compiled.jit_compile()

    @cached_property
    def _unbounded(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.IGNORECASE)

    def search(self, text: str) -> Match | None:
        """The first place in ``text`` where it matches."""
        found: Match | None = self._found(lambda pattern: pattern.search(text))
        return found

    def match(self, text: str, start: int = 0) -> Match | None:
        """Where it matches at ``start``."""
        found: Match | None = self._found(lambda pattern: pattern.match(text, start))
        return found

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> Match | None:
        """Where it matches all of ``text[start:end]``."""
        found: Match | None = self._found(lambda pattern: pattern.fullmatch(text, start, end))
        return found

    def finditer(self, text: str) -> Iterator[Match]:
        """All places in ``text`` where it matches, none overlapping."""
        yield from self._found(lambda pattern: list(pattern.finditer(text)))

    def _found(self, find: Callable[[Any], Any]) -> Any:
        try:
            return find(self._compiled)
        except pcre2.LibraryError:
            return find(self._unbounded)
