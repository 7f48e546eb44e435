"""The limit that a chosen figure makes: how firmly it is told, and the words that tell it."""

from __future__ import annotations

import re
from functools import cache

from matcher.expressions import Expression
from matcher.limits.choice import Chosen
from matcher.limits.phrases import either, pattern
from matcher.limits.said import ReadLimit, Said, clause

_LEADS = {
    "budget": ("budget_named", "budget_cap", "budget_noun", "budget_wish"),
    "days": ("time_before", "time_given", "time_cap", "date_must", "lead_tight", "time_done"),
}
_FOLLOWS = {
    "budget": ("budget_top", "budget_fits"),
    "days": ("time_top", "within"),
}
_CAPS = {"budget": ("budget_cap",), "days": ("time_cap", "date_must", "lead_tight", "time_over")}
_TOPS = {"budget": ("budget_top",), "days": ("time_top", "within")}
_NEAR = 20


def told(text: str, chosen: Chosen) -> ReadLimit:
    """``chosen`` as a limit: hard where its clause caps it (最多, 以内, 国庆前) and nothing softens that.

    A budget is hard as well where what stands beside it caps it (八万,多一分没有).
    """
    figure, field = chosen.figure, chosen.figure.field
    start, end = figure.said.start, figure.said.end
    before, after = clause(text, start, end)
    lead = _lead(field).search(before)
    follow = _follow(field).match(after)
    lead_words = lead[0] if lead else ""
    hard = bool(_any(_CAPS[field]).search(lead_words))
    hard = hard or bool(follow and _any(_TOPS[field]).search(follow[0]))
    if field == "days":
        hard = hard or figure.form == "date"
        near = text[max(0, start - _NEAR) : end + _NEAR]
        must, soft = bool(pattern("must").search(near)), before + text[start:end] + after
    else:
        must, soft = (
            _firm(text, figure.said, before, after),
            before[-12:] + text[start:end] + after[:12],
        )
    if not must and pattern("soft").search(soft):
        hard = False
    # 年底前想把仓库管起来, need a WMS for 50k, 一万块左右的仓库软件: what is wished for is the need itself.
    tail = _wished().split(follow[0])[0] if follow else ""
    lead_words = _asked().sub("", lead_words)
    words = text[start - len(lead_words) : end + len(tail)].strip()
    return ReadLimit(field, figure.value, hard or must, words, round(chosen.likely, 2))


def _firm(text: str, said: Said, before: str, after: str) -> bool:
    """Whether a budget is told to be all there is (多一分没有, not a cent over), there or right behind it."""
    # 手头只有十来万 is no line that is drawn.
    if not said.blurred and pattern("budget_firm_before", tail=r"\s*$").search(before):
        return True
    over = pattern("budget_over", tail=r"\s*$").search(before)
    if over and pattern("budget_off").match(text[said.end : said.end + _NEAR]):
        return True
    stop = said.end + len(after)
    behind = clause(text, stop + 1, stop + 1)[1]
    return bool(pattern("budget_firm").search(f"{after},{behind}"))


@cache
def _asked() -> re.Pattern[str]:
    return re.compile(either("budget_asked"), re.IGNORECASE)


@cache
def _wished() -> re.Pattern[str]:
    return re.compile(f"{either('budget_wished')}|把", re.IGNORECASE)


@cache
def _lead(field: str) -> Expression:
    """The phrases that lead up to a figure, and what may stand between them and it."""
    cues = "|".join(either(use) for use in _LEADS[field])
    between = rf"(?:\s|{either('budget_filler')}|{cues})*+"
    return Expression(rf"(?:{cues}){between}$")


@cache
def _follow(field: str) -> Expression:
    monthly = rf"\s*钱?\s*{either('monthly_after')}?" if field == "budget" else ""
    cues = "|".join(either(use) for use in _FOLLOWS[field])
    done = rf"{either('time_gap')}*{either('time_done')}(?!了)" if field == "days" else "(?!)"
    return Expression(rf"{monthly}\s*(?:(?:{cues})(?:{done})?|{done})")


@cache
def _any(uses: tuple[str, ...]) -> Expression:
    return Expression("|".join(either(use) for use in uses))
