"""Leads as a person reads them in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.language import Lang
from api.tables import GRADES, Wrapped, money, named, reason_grid
from api.terminal import say

if TYPE_CHECKING:
    from api.schemas_leads import LeadBody, LeadsResponse

_TEXT = 60


def leads_report(response: LeadsResponse, lang: Lang) -> Iterator[RenderableType]:
    """The offer, its leads with their reasons, then the notes."""
    title = say(lang, "能服务的需求", "Needs it could serve")
    yield Text(f"{response.offer.name} · {title}", "bold")
    if fitting := [lead for lead in response.leads if lead.serves]:
        yield _leads(response, fitting, lang)
    elif not response.leads:
        yield Text(say(lang, "\n没有商机", "\nNo leads"), "bold yellow")
    if far := [lead for lead in response.leads if not lead.serves]:
        title = say(
            lang,
            "\n只是最接近的（场景和功能都对不上）",
            "\nOnly the nearest (neither scenario nor function fits)",
        )
        yield Text(title, "bold")
        yield _leads(response, far, lang)
    for note in response.notes:
        yield Text(f"※ {note.text}", "yellow")
    total = response.timings_ms.get("total", sum(response.timings_ms.values()))
    yield Text(
        say(
            lang,
            f"索引 {response.generation} · 变更序号 {response.sequence} · "
            f"比较了 {response.considered} 条需求 · {total:.0f} ms",
            f"generation {response.generation} · sequence {response.sequence} · "
            f"{response.considered} needs considered · {total:.0f} ms",
        ),
        "dim",
    )


def _leads(response: LeadsResponse, leads: Sequence[LeadBody], lang: Lang) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("#", justify="right", width=3)
    table.add_column(say(lang, "需求", "Need"), ratio=6)
    table.add_column(say(lang, "得分", "Score"), justify="right", width=6, no_wrap=True)
    table.add_column(say(lang, "预算·期限", "Budget, time"), width=12)
    table.add_column(say(lang, "为什么", "Why"), ratio=8)
    for place, lead in enumerate(leads):
        why = reason_grid(lead)
        if place < len(leads) - 1:
            why.add_row("", "")
        score = f"{lead.score:.3f}"
        if lead.grade is not None:
            score += f"\n{GRADES[lead.grade].in_language(lang)}"
        need = _need(lead, response, lang)
        table.add_row(str(lead.rank), need, score, _limits(lead, lang), why)
    return table


def _need(lead: LeadBody, response: LeadsResponse, lang: Lang) -> Group:
    need = lead.need
    text = need.text if len(need.text) <= _TEXT else f"{need.text[:_TEXT]}…"
    lines = [Wrapped(text, "bold")]
    whose = " · ".join(
        filter(None, [need.enterprise.name if need.enterprise else None, need.city, need.id])
    )
    lines.append(Wrapped(whose, "dim"))
    if lead.offer.id != response.offer.id:
        lines.append(Wrapped(f"{say(lang, '用', 'with')} {lead.offer.name}", "cyan"))
    if need.demonstration:
        lines.append(Wrapped(say(lang, "演示数据", "demonstration"), "dim italic"))
    return Group(*lines)


def _limits(lead: LeadBody, lang: Lang) -> Group:
    need = lead.need
    parts = []
    if need.budget_cny is not None:
        hard = say(lang, "内", " at most") if "budget" in need.must else ""
        parts.append(money(need.budget_cny, lang) + hard)
    if need.deploy_days is not None:
        hard = say(lang, "内", " at most") if "days" in need.must else ""
        parts.append(say(lang, f"{need.deploy_days}天", f"{need.deploy_days} days") + hard)
    for tags, refused in ((need.technologies, False), (need.refused_technologies, True)):
        parts.extend(named("technology", tag, lang, refused) for tag in tags)
    parts.extend(named("payment", tag, lang) for tag in need.payments)
    return Group(*(Wrapped(part, "") for part in parts))
