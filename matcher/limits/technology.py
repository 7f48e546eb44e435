"""Which technologies a need asks for and which it refuses, as against those that it only speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matcher.limits.phrases import expression, pattern, rows_in
from matcher.limits.said import ReadLimit, clause

_SURE = 0.9
_SPOKEN_OF = 0.7
"""Agreed, not fitted: without a word of wishing it may be what the firm has already."""
_WIDTH = 16


def technologies(text: str) -> Iterator[ReadLimit]:
    """What ``text`` (normalised) says of technologies, at most one thing of each tag.

    One that there already is (RFID已经用了) or that is not there (没有5G) is left out.
    """
    found: dict[str, ReadLimit] = {}
    for one in (*_named(text), *_instead(text)):
        before = found.setdefault(str(one.value), one)
        if one.confidence > before.confidence:
            found[str(one.value)] = one
    yield from found.values()


def refused(clauses: Iterable[str]) -> tuple[ReadLimit, ...]:
    """The technologies that ``clauses``, which a need sets aside, refuse (不要上云)."""
    return tuple(one for clause in clauses for one in technologies(clause) if one.refused)


def _named(text: str) -> Iterator[ReadLimit]:
    for row in rows_in("technology", text):
        for found in expression(row).finditer(text):
            before, after = clause(text, found.start(), found.end(), _WIDTH)
            if pattern("technology_refused", tail=r"\s*$").search(before) or pattern(
                "technology_refused_after"
            ).match(after):
                never = pattern("technology_never").search(f"{before} {after}")
                yield ReadLimit("technology", row["value"], bool(never), found[0], _SURE, True)
                continue
            if pattern("not_wanted", tail=r"\s*$").search(before):
                continue
            if pattern("not_wanted_after").match(after):
                continue
            hard = bool(pattern("technology_must", tail=r"\s*$").search(before))
            wished = pattern("technology_wish").search(before + after)
            sure = _SURE if wished else _SPOKEN_OF
            yield ReadLimit("technology", row["value"], hard, found[0], sure)


def _instead(text: str) -> Iterator[ReadLimit]:
    """What is refused by asking for the opposite: 本地部署 for the cloud."""
    for row in rows_in("technology_instead", text):
        for found in expression(row).finditer(text):
            before, after = clause(text, found.start(), found.end(), _WIDTH)
            if pattern("technology_not_instead", tail=r"\s*$").search(before):
                continue
            around = f"{before}{found[0]}{after}"
            hard = bool(pattern("technology_only").search(around))
            sure = _SURE if hard or pattern("technology_wish").search(around) else _SPOKEN_OF
            yield ReadLimit("technology", row["value"], hard, found[0], sure, True)
