"""Compiled expressions find what `re` finds, and where machine code is forbidden they still do."""

from __future__ import annotations

import re
from datetime import date

import pcre2
import pytest

from matcher.expressions import Expression
from matcher.limits import names_a_date
from matcher.limits.features import PHRASES
from matcher.limits.fit import limit_examples
from matcher.limits.phrases import either, pattern
from matcher.understanding.meant import limits_of

USES = sorted({use for told in PHRASES.values() for use in told})


@pytest.mark.parametrize("use", USES)
def test_places_are_those_of_re(use: str) -> None:
    ours, theirs = Expression(either(use)), re.compile(either(use), re.IGNORECASE)
    for example in limit_examples()[::40]:
        text = example.text
        found = [one.span() for one in ours.finditer(text)]
        assert found == [one.span() for one in theirs.finditer(text)]


@pytest.mark.parametrize("word", ["要", "得要能", "上了", ",", " ", "块钱"])
def test_what_outgrows_the_stack_is_read_all_the_same(word: str) -> None:
    text = (word * 2_000)[:1_980] + "20万以内三个月上线"
    assert {one.field for one in limits_of(text, date(2026, 6, 15))} <= {"budget", "days"}
    for use in USES:
        pattern(use).search(word * 2_000)  # says something, and raises nothing
    assert names_a_date(text) is False


def test_it_is_interpreted_where_no_code_may_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: pcre2.Pattern) -> None:
        raise pcre2.LibraryError(-48)

    monkeypatch.setattr(pcre2.Pattern, "jit_compile", forbidden)
    found = Expression("(?P<sum>[0-9]+)万").search("预算20万以内")
    assert found is not None and found["sum"] == "20" and found.span() == (2, 5)
