"""Compiled expressions find what `re` finds, and where machine code is forbidden they still do."""

from __future__ import annotations

import re

import pcre2
import pytest

from matcher.expressions import compiled
from matcher.limits.features import PHRASES
from matcher.limits.fit import limit_examples
from matcher.limits.phrases import either

USES = sorted({use for told in PHRASES.values() for use in told})


@pytest.mark.parametrize("use", USES)
def test_places_are_those_of_re(use: str) -> None:
    ours, theirs = compiled(either(use)), re.compile(either(use), re.IGNORECASE)
    for example in limit_examples()[::40]:
        text = example.text
        found = [one.span() for one in ours.finditer(text)]
        assert found == [one.span() for one in theirs.finditer(text)]


def test_it_is_interpreted_where_no_code_may_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: pcre2.Pattern) -> None:
        raise pcre2.LibraryError(-48)

    monkeypatch.setattr(pcre2.Pattern, "jit_compile", forbidden)
    found = compiled("(?P<sum>[0-9]+)万").search("预算20万以内")
    assert found is not None and found["sum"] == "20" and found.span() == (2, 5)
