"""Unmet needs and added words as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from api.schemas_taxonomy import NodeBody
from api.schemas_unmet import LexiconBody, UnmetNeedsBody, UnmetSummaryBody
from api.terminal import plain_table
from catalog.columns import RowIssue
from catalog.errors import Bilingual
from catalog.taxonomy import Taxonomy

CAUSES = {
    "not_digital": Bilingual("非数字化", "not digital"),
    "nothing": Bilingual("目录里没有", "nothing"),
    "scarce": Bilingual("只有沾边的", "scarce"),
}

_NONE = "没有这样的未满足需求 / no such unmet need is recorded"


def unmet_table(page: UnmetNeedsBody) -> Table:
    """Needs that nothing served, newest first."""
    table = plain_table(
        "日期 at", "城市 city", "需求 need", "行业 sector", "场景 scenario", "原因 cause"
    )
    for need in page.needs:
        table.add_row(
            f"{need.at:%Y-%m-%d}",
            need.city or "",
            Text(need.text),
            _names(need.sectors),
            _names(need.scenarios),
            f"{CAUSES[need.cause].zh} / {need.reason}",
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


def gap_table(gaps: Mapping[tuple[str | None, str | None], int], taxonomy: Taxonomy) -> Table:
    """For how many needs nothing is made, by division and scenario, the most frequent first."""
    table = plain_table("次数", "行业 sector", "场景 scenario")
    for (sector, scenario), count in sorted(gaps.items(), key=lambda one: (-one[1], str(one[0]))):
        names = (
            f"{code} {tree[code].name.zh}" if code else _name(None)
            for code, tree in ((sector, taxonomy.sectors), (scenario, taxonomy.scenarios))
        )
        table.add_row(str(count), *names)
    return table


def gap_lines(total: int, not_digital: int) -> Iterator[str]:
    """For how many needs nothing is made, and how many no digital offer serves."""
    yield f"目录里没有专门方案：{total} 条需求 / the catalogue has nothing for {total} needs"
    if not_digital:
        yield (
            f"不是数字化方案能解决的，另计：{not_digital} 条 / "
            f"that no digital offer serves, counted apart: {not_digital}"
        )


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
