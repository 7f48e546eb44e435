"""The command on needs that nothing served: unmet."""

from __future__ import annotations

from typing import Annotated

import typer

from api.assembly import opened_store, served_taxonomy
from api.terminal import Json, out
from catalog.errors import Bilingual, InvalidRecord


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(unmet)


def unmet(
    context: typer.Context,
    city: Annotated[str | None, typer.Option(help="只看这个城市 / only this city")] = None,
    sector: Annotated[
        str | None, typer.Option(help="行业代码，含下级 / sector code, its subtree counts")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="场景代码，含下级 / scenario code, its subtree counts")
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="按行业与场景计数 / counts by sector and scenario")
    ] = False,
    cause: Annotated[
        str | None,
        typer.Option(help="只看这种原因 / only this cause: nothing | scarce | not_digital"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多几条 / how many")] = 50,
    cursor: Annotated[
        str | None, typer.Option(help="上一页给出的游标 / cursor of the page before")
    ] = None,
    as_json: Json = False,
) -> None:
    """没有方案能满足的需求 / needs that nothing served: what to ask providers to develop."""
    from api import tables_unmet
    from api.adapters import subtree
    from api.adapters_unmet import summary_body, unmet_body
    from catalog import unmet as needs

    if cause not in (None, *needs.CAUSES):
        raise InvalidRecord(
            Bilingual(f"没有这种原因：{cause}", f"there is no cause {cause}"),
            Bilingual(f"可用：{'、'.join(needs.CAUSES)}", f"use {', '.join(needs.CAUSES)}"),
            field="cause",
        )
    with opened_store(context.obj) as store:
        taxonomy = served_taxonomy(store)
        nodes = (
            subtree(taxonomy.sectors, sector, "sector"),
            subtree(taxonomy.scenarios, scenario, "scenario"),
        )
        if summary:
            counted = summary_body(needs.summary(store, city, *nodes), taxonomy)
        else:
            found = needs.list_unmet(store, city, *nodes, cursor, limit, cause)
            page = unmet_body(found, taxonomy)
    if as_json:
        typer.echo((counted if summary else page).model_dump_json())
    elif summary:
        out().print(tables_unmet.summary_table(counted))
        for line in tables_unmet.gap_lines(counted.total, counted.not_digital):
            out().print(line, soft_wrap=True)
    else:
        out().print(tables_unmet.unmet_table(page))
        if page.next_cursor:
            out().print(f"下一页 / next page: --cursor {page.next_cursor}", soft_wrap=True)
