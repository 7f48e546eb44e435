"""How a need wants to pay, as against fees that it speaks of: what customers pay, rent, wages.

A fee (年费, a subscription) counts where it is wished for or refused, a way to pay (买断, pay monthly) also
where a clause tells nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalog.wording import HAN
from matcher.expressions import Match
from matcher.limits.phrases import expression, pattern, rows
from matcher.limits.said import LATIN, ReadLimit, clause

_USES = ("payment", "payment_fee", "payment_free")
_REFUSABLE = frozenset(["one_off", "yearly", "monthly"])
"""Who wants nothing that is free, or paid by its savings, tells no other way to pay."""
_SURE = 0.9
_WIDTH = {True: 40, False: 16}
"""Characters of the clause that are looked at, in Latin letters (true) and in Chinese."""
_ENDINGS = "的制式版"
_LETTER = re.compile(r"[^\W\d_]")


def payments(text: str) -> Iterator[ReadLimit]:
    """The ways to pay that ``text`` (normalised) wants or refuses, at most one thing of each.

    >>> [(one.value, one.refused) for one in payments("不要月租,一次性付清")]
    [('one_off', False), ('monthly', True)]
    """
    if not pattern("payment_named").search(text):  # as in most
        return
    spoken = {True: bool(HAN.search(text)), False: bool(LATIN.search(text))}
    found: dict[tuple[int | str, bool], ReadLimit] = {}
    taken: list[tuple[int, int]] = []
    for use in _USES:
        for row in rows(use):  # those that say most come first
            if not spoken[row["lang"] == "zh"]:
                continue
            for place in expression(row).finditer(text):
                if any(start < place.end() and place.start() < end for start, end in taken):
                    continue
                taken.append(place.span())
                for one in _told(text, place, use, row["value"].split()):
                    found.setdefault((one.value, one.refused), one)
    yield from found.values()


def conditions_of_payment(clauses: Iterable[str]) -> tuple[ReadLimit, ...]:
    """How ``clauses``, which a need sets aside, want to pay (不要月租的)."""
    return tuple(one for clause in clauses for one in payments(clause))


def _told(text: str, place: Match, use: str, values: list[str]) -> Iterator[ReadLimit]:
    """What the phrase of ``use`` at ``place`` tells of ``values``."""
    start, end = place.span()
    before, after = clause(text, start, end, _WIDTH[bool(LATIN.search(place[0]))])
    if pattern("payment_other").search(before + place[0] + after):
        return
    lead = pattern("payment_refused", tail=r"\s*$").search(before)
    follow = pattern("payment_refused_after").match(after)
    refused = bool(lead or follow)
    if refused:
        firm = pattern("payment_never").search(f"{before} {follow[0] if follow else ''}")
    else:
        lead = pattern(f"{use}_wish", tail=r"\s*$").search(before)
        follow = pattern("payment_wish_after").match(after)
        if use == "payment" and not follow:
            follow = pattern("payment_wish_for").match(after)
        alone = use == "payment" and not _LETTER.search(before + after.strip(_ENDINGS))
        if not (lead or follow or alone):
            return
        firm = pattern("payment_must").search(before + place[0] + (follow[0] if follow else ""))
    words = text[start - len(lead[0] if lead else "") : end + len(follow[0] if follow else "")]
    for value in values:
        if not refused or value in _REFUSABLE:
            yield ReadLimit("payment", value, bool(firm), words.strip(), _SURE, refused)
