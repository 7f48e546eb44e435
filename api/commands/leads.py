"""The command on the other side of the match: leads."""

from __future__ import annotations

from typing import Annotated

import typer

from api import assembly
from api.settings import Settings
from api.terminal import Json, busy, out
from catalog.errors import Bilingual


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(leads)


def leads(
    context: typer.Context,
    offer: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="方案或服务商的编号，见 list / id of a solution or a provider, see list",
        ),
    ],
    sector: Annotated[
        str | None, typer.Option(help="行业代码，含下级 / sector code, its subtree counts")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="场景代码，含下级 / scenario code, its subtree counts")
    ] = None,
    city: Annotated[str | None, typer.Option(help="只看这个城市 / only this city")] = None,
    budget_from: Annotated[
        str | None,
        typer.Option(help="预算不低于：20万 或 200000 / budget of at least; untold budgets stay"),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="这天起有更新的需求 / changed since: 2026-05-20")
    ] = None,
    limit: Annotated[int, typer.Option(help="几条，1-100 / how many")] = 10,
    no_demonstration: Annotated[
        bool,
        typer.Option("--no-demonstration", help="不看演示数据 / leave demonstration needs out"),
    ] = False,
    lang: Annotated[str, typer.Option(help="理由的语言 / language of the reasons: zh | en")] = "zh",
    as_json: Json = False,
) -> None:
    """方案或服务商能服务的需求 / leads: the stored needs that an offer could serve, with reasons."""
    from api.adapters_leads import lead_query, leads_response
    from api.schemas_leads import LeadsRequest
    from api.tables_leads import leads_report
    from matcher.leads.leads import check

    given = {
        "sector": sector,
        "scenario": scenario,
        "city": city,
        "budget_from": budget_from,
        "since": since,
    }
    known = {name: value for name, value in given.items() if value is not None}
    asked = LeadsRequest.model_validate(
        {"limit": limit, "lang": lang, "demonstration": not no_demonstration, **known}
    )
    settings: Settings = context.obj
    language = asked.lang or "zh"
    with assembly.opened_store(settings) as store, busy(Bilingual("找商机", "finding leads")):
        engine = assembly.shipped_engine()
        taxonomy = assembly.served_taxonomy(store)
        query = lead_query(offer, asked, taxonomy)
        # An id that has no leads is told before the model is loaded.
        check(query, store.get(offer))
        matcher = engine.open(store, settings.data, engine.load_encoder(settings), taxonomy)
        answer = matcher.leads(query)
        response = leads_response(offer, answer, language, taxonomy, engine.render_lead)
    if as_json:
        typer.echo(response.model_dump_json())
        return
    console = out()
    for part in leads_report(response, language):
        console.print(part)
