"""Answers as a person reads them in a terminal of 100 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from api.language import Lang
from api.terminal import plain_table, say
from catalog.errors import Bilingual
from catalog.package_scope import sold_as
from catalog.payments import PAYMENTS
from catalog.records import Kind, Package, PriceModel
from catalog.resolve import Resolution
from catalog.stored import Stored
from catalog.technologies import TECHNOLOGIES
from catalog.tree import Tree
from matcher.price import standing

if TYPE_CHECKING:
    from api.schemas import LimitBody, MatchBody, MatchResponse, UnderstoodBody
    from api.schemas_leads import LeadBody
    from catalog.importing import ImportReport
    from matcher.index.generation import GenerationInfo

_TITLES = (
    ("solutions", Bilingual("解决方案", "Solutions")),
    ("providers", Bilingual("服务商", "Providers")),
    ("cases", Bilingual("样板案例", "Cases")),
)
_PRICE_MODELS = {
    PriceModel.YEARLY: Bilingual("/年", "/year"),
    PriceModel.MONTHLY: Bilingual("/月", "/month"),
    PriceModel.PER_USER_MONTH: Bilingual("/人/月", "/user/month"),
}
_WORDS = {
    PriceModel.FREE: Bilingual("免费", "free"),
    PriceModel.SHARED_SAVINGS: Bilingual("按效果分成", "shared savings"),
    PriceModel.NEGOTIABLE: Bilingual("面议", "negotiable"),
}
GRADES = {
    "solves": Bilingual("能解决", "solves"),
    "good": Bilingual("合适", "good"),
    "partly": Bilingual("沾边", "partly"),
    "weak": Bilingual("较弱", "weak"),
}
_LIMITS = {
    "budget": Bilingual("预算（元）", "budget (CNY)"),
    "days": Bilingual("期限（天）", "days"),
    "size": Bilingual("规模", "size"),
    "headcount": Bilingual("人数", "headcount"),
    "revenue": Bilingual("年产值（元）", "revenue (CNY)"),
    "level": Bilingual("目标等级", "target level"),
    "technology": Bilingual("技术", "technology"),
    "payment": Bilingual("付费方式", "way to pay"),
}
_TAGS = {"technology": TECHNOLOGIES, "payment": PAYMENTS}
_MAX_REASONS = 5
_UNITS = re.compile(r"\s*(?:[A-Za-z0-9.,%+/_-]+|[“（【‘]?\S)[，。、；：！？）】”’]*|\s+$")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Text that breaks between Chinese characters too, not only at spaces as rich does."""

    text: str
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in lines_of(self.text, options.max_width):
            yield Text(line, self.style, no_wrap=True, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(8, options.max_width), min(cell_len(self.text), options.max_width))


_FAINT = 0.1
"""Below it a trade that no word names says nothing to a reader; `--json` has it."""


def lines_of(text: str, width: int) -> list[str]:
    """``text`` in lines of ``width`` cells; words and numbers stay whole, so does punctuation.

    >>> lines_of("费用 200,000 元。", 8)
    ['费用', '200,000', '元。']
    """
    lines, line = [], ""
    for unit in _UNITS.findall(text):
        if line and cell_len(line + unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += unit if line else unit.lstrip()
    return [*lines, line.rstrip()]


def match_report(response: MatchResponse, lang: Lang) -> Iterator[RenderableType]:
    """What was understood, then one ranked list for each kind, then the notes."""
    yield _understanding(response, lang)
    for field, title in _TITLES:
        found: list[MatchBody] = getattr(response, field)
        if found:
            yield Text(f"\n{title.in_language(lang)}", "bold")
            yield _offers(found, lang)
    if not any(getattr(response, field) for field, _ in _TITLES):
        yield Text(say(lang, "\n没有合适的方案", "\nNothing suitable was found"), "bold yellow")
    if response.nearest is not None:
        yield Text(say(lang, "\n最接近的", "\nThe nearest miss"), "bold")
        yield _offers([response.nearest], lang)
    for note in response.notes:
        yield Text(f"※ {note.text}", "yellow")
    total = sum(response.timings_ms.values())
    yield Text(
        say(
            lang,
            f"索引 {response.generation} · 变更序号 {response.sequence} · "
            f"比较了 {response.considered} 条 · {total:.0f} ms",
            f"generation {response.generation} · sequence {response.sequence} · "
            f"{response.considered} considered · {total:.0f} ms",
        ),
        "dim",
    )


def _understanding(response: MatchResponse, lang: Lang) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    found = response.understanding
    for title, nodes in (
        (say(lang, "理解为 行业", "Understood sector"), list(filter(_told, found.sectors))),
        (say(lang, "理解为 场景", "Understood scenario"), found.scenarios),
        (say(lang, "理解为 功能", "Understood function"), found.functions),
    ):
        grid.add_row(title, _nodes(nodes, lang))
    if found.limits:
        grid.add_row(say(lang, "理解为 条件", "Understood limits"), _limits(found.limits, lang))
    if found.unresolved:
        words = ", ".join(found.unresolved)
        grid.add_row(say(lang, "未能识别", "Not recognised"), Text(words, "yellow"))
    return grid


def _told(sector: UnderstoodBody) -> bool:
    """Whether a trade is worth a line: given, named by words, or more than a faint guess."""
    return sector.given or bool(sector.words) or sector.confidence >= _FAINT


def _limits(limits: Sequence[LimitBody], lang: Lang) -> Text:
    text = Text()
    for limit in limits:
        if text:
            text.append("\n")
        name = _LIMITS.get(limit.field, Bilingual(limit.field, limit.field)).in_language(lang)
        kind = say(lang, "硬性", "limit") if limit.hard else say(lang, "愿望", "wish")
        value = f"{limit.value:,}" if isinstance(limit.value, int) else limit.value
        if limit.field in _TAGS:
            value = named(limit.field, str(limit.value), lang, limit.refused)
        text.append(f"{name} {value}")
        text.append(f"  ← “{limit.words}” ({kind}, {limit.confidence:.2f})", "dim")
    return text


def named(field: str, tag: str, lang: Lang, refused: bool = False) -> str:
    """The name of a technology or a way to pay, with what says that it is not wanted."""
    name = _TAGS[field][tag].in_language(lang)
    return say(lang, f"不要{name}", f"not {name}") if refused else name


def _nodes(nodes: Sequence[UnderstoodBody], lang: Lang) -> Text:
    text = Text()
    for node in nodes:
        if text:
            text.append("\n")
        text.append(f"{node.code} {node.name if lang == 'zh' else node.name_en}")
        source = say(lang, "给定", "given") if node.given else f"{node.confidence:.2f}"
        words = f"“{node.words}”" if node.words else say(lang, "按语义", "by meaning")
        text.append(f"  ← {words} ({source})", "dim")
    return text or Text(say(lang, "未提及", "not mentioned"), "dim")


def _offers(found: Sequence[MatchBody], lang: Lang) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("#", justify="right", width=2)
    table.add_column(say(lang, "名称 / 服务商", "Name / provider"), ratio=5)
    table.add_column(say(lang, "得分", "Score"), justify="right", width=6, no_wrap=True)
    table.add_column(say(lang, "价格·周期", "Price, time"), width=15)
    table.add_column(say(lang, "为什么", "Why"), ratio=8)
    for place, one in enumerate(found):
        name = [Wrapped(one.name, "bold")]
        if one.provider:
            name.append(Wrapped(one.provider.name, "dim"))
        if one.demonstration:
            name.append(Wrapped(say(lang, "演示数据", "demonstration"), "dim italic"))
        why = reason_grid(one)
        if place < len(found) - 1:
            why.add_row("", "")
        score = f"{one.score:.3f}"
        if one.grade is not None:
            score += f"\n{GRADES[one.grade].in_language(lang)}"
        table.add_row(str(one.rank), Group(*name), score, _price(one, lang), why)
    return table


def reason_grid(one: MatchBody | LeadBody) -> Table:
    """Reasons, misfits and unknowns, each with its mark."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(ratio=1)
    for reasons, mark, style in (
        (one.reasons[:_MAX_REASONS], "✓", "green"),
        (one.misfits, "✗", "red"),
        (one.unknowns, "?", "yellow"),
    ):
        for reason in reasons:
            grid.add_row(Text(mark, style), Wrapped(reason.text, style))
    return grid


def _price(one: MatchBody, lang: Lang) -> Group:
    parts = [_package(package, lang) for package in standing(one.packages)[:2]]
    if one.kind is Kind.CASE:
        if one.cost_cny is not None:
            parts.append(money(one.cost_cny, lang))
        if one.duration_days is not None:
            parts.append(say(lang, f"{one.duration_days}天", f"{one.duration_days} days"))
    return Group(*(Wrapped(part, "") for part in parts if part))


def _package(package: Package, lang: Lang) -> str:
    price = ""
    if package.price_model in _WORDS and not package.price_cny:
        price = _WORDS[package.price_model].in_language(lang)
    elif package.price_cny is not None:
        price = money(package.price_cny, lang)
        if package.price_to_cny is not None:
            price = f"{price}-{money(package.price_to_cny, lang)}"
        if package.price_model in _PRICE_MODELS:
            price += _PRICE_MODELS[package.price_model].in_language(lang)
        if (unit := sold_as(package).unit) and package.price_model is not PriceModel.PER_USER_MONTH:
            price += f"/{unit.in_language(lang)}"
        price += say(lang, "起", "+") if package.price_from else ""
    elif package.price_text:
        price = package.price_text
    days = package.deploy_days
    if days is None:
        return price
    return f"{price} " * bool(price) + say(lang, f"{days}天", f"{days} days")


def money(amount: int, lang: Lang) -> str:
    """An amount in CNY, in 万 where Chinese readers expect it."""
    if lang == "zh" and amount >= 10_000:
        return f"{amount / 10_000:.4f}".rstrip("0").rstrip(".") + "万"
    return f"{amount:,}元" if lang == "zh" else f"¥{amount:,}"


def resolution_table(title: Bilingual, found: Sequence[Resolution], tree: Tree) -> RenderableType:
    """Nodes that a label may mean, surest first."""
    if not found:
        return Text(f"{title}: 未能识别 / nothing found", "yellow")
    table = plain_table("代码", "名称", "name", "置信度", "依据", title=str(title))
    for one in found:
        name = tree[one.code].name
        matched = f"{one.matched} ({one.by})"
        table.add_row(one.code, name.zh, name.en, f"{one.confidence:.2f}", matched)
    return table


def record_table(records: Sequence[Stored]) -> Table:
    """Records with id, name, owner and status."""
    table = plain_table("编号 id", "名称 name", "服务商 / 城市", "状态")
    for stored in records:
        record: Any = stored.record
        provider = getattr(record, "provider", None)
        owner = provider.name if provider else getattr(record, "city", None) or ""
        table.add_row(stored.id, record.name, owner, stored.status)
    return table


def generation_table(found: Sequence[GenerationInfo]) -> Table:
    """Generations, the current one marked."""
    table = plain_table("", "编号 id", "序号 sequence", "建立于 built", "供给 offers", "需求 needs")
    for info in found:
        mark = "→" if info.current else ""
        row = (info.sequence, info.built_at, info.offers, info.needs)
        table.add_row(mark, info.id, *map(str, row))
    return table


def import_summary(report: ImportReport, shown: int) -> Iterator[RenderableType]:
    """What became of the rows of each sheet, then the first ``shown`` issues, errors first."""
    table = plain_table("文件 file", "表 sheet", "类型", "新增", "更新", "未变", "拒绝")
    for sheet in report.sheets:
        place = (sheet.file, sheet.sheet or "")
        if sheet.skipped is not None:
            table.add_row(*place, Text(f"跳过 skipped: {sheet.skipped}", "yellow"))
        for kind, counts in sheet.counts.items():
            figures = (counts.created, counts.updated, counts.unchanged, counts.rejected)
            table.add_row(*place, kind, *map(str, figures))
        if sheet.named_providers:
            table.add_row(*place, "provider（仅被列名 only named）", str(sheet.named_providers))
    yield table
    issues = [*report.errors, *report.warnings]
    for issue in issues[:shown]:
        where = " ".join(
            str(part)
            for part in (issue.file, issue.sheet, issue.row and f"#{issue.row}", issue.column)
            if part
        )
        style = "red" if issue.severity == "error" else "yellow"
        mark = "✗" if issue.severity == "error" else "!"
        said = f"{mark} {where}: {issue.message}"
        if issue.value:
            said += f"  [{issue.value[:60]}]"
        yield Text(said, style)
    if len(issues) > shown:
        yield Text(f"… 另有 {len(issues) - shown} 处，见 --report / more with --report", "dim")
    if report.dry_run:
        yield Text("试运行：没有保存 / dry run: nothing was kept", "bold")
