"""Unmet needs and added words as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from api.schemas_taxonomy import NodeBody
from api.schemas_unmet import LexiconBody, UnmetNeedsBody, UnmetSummaryBody
from api.terminal import plain_table
from catalog.columns import RowIssue

_NONE = "没有这样的未满足需求 / no such unmet need is recorded"


def unmet_table(page: UnmetNeedsBody) -> Table:
    """Needs that nothing served, newest first."""
    table = plain_table(
        "日期 at", "城市 city", "需求 need", "行业 sector", "场景 scenario", "原因 reason"
    )
    for need in page.needs:
        table.add_row(
            f"{need.at:%Y-%m-%d}",
            need.city or "",
            Text(need.text),
            _names(need.sectors),
            _names(need.scenarios),
            need.reason,
        )
    if not page.needs:
        table.caption, table.caption_justify = _NONE, "left"
    return table


def summary_table(found: UnmetSummaryBody) -> Table:
    """Counts by division and scenario, the most wanted first."""
    table = plain_table("次数", "行业 sector", "场景 scenario", "最近 latest")
    for cell in found.cells:
        sector, scenario = _name(cell.sector), _name(cell.scenario)
        table.add_row(str(cell.count), sector, scenario, f"{cell.latest:%Y-%m-%d}")
    table.caption = f"共 {found.total} 条需求 / {found.total} needs" if found.cells else _NONE
    table.caption_justify = "left"
    return table


def lexicon_table(page: LexiconBody) -> Table:
    """Added words with what they mean and whose they are."""
    table = plain_table("编号 id", "词 term", "类型 kind", "代码 codes", "城市 city", "备注 note")
    for one in page.terms:
        whose = one.city or "通用 all"
        table.add_row(
            str(one.id), Text(one.term), one.kind, ";".join(one.codes), whose, Text(one.note)
        )
    return table


def lexicon_issues(issues: Sequence[RowIssue]) -> Iterator[Text]:
    """What is wrong with a file of words, a line for each cell."""
    for issue in issues:
        where = f"#{issue.row} {issue.column or ''}".rstrip()
        right = f"  → {issue.expected}" if issue.expected.zh else ""
        value = f"  [{issue.value[:60]}]" if issue.value else ""
        yield Text(f"✗ {issue.file} {where}: {issue.message}{value}{right}", "red")


def _names(nodes: Sequence[NodeBody]) -> str:
    return "\n".join(_name(node) for node in nodes)


def _name(node: NodeBody | None) -> str:
    return f"{node.code} {node.name}" if node else "未说明 / not told"
