"""Commands that answer: match, resolve."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api import assembly
from api.language import of_need
from api.settings import Settings
from api.terminal import Json, busy, out
from catalog.errors import Bilingual, InvalidRecord

Texts = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (match, resolve):
        app.command()(command)


def match(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="需求原话 / the need in its own words")
    ],
    sector: Annotated[
        Texts, typer.Option(help="行业代码或名称，可重复 / sector code or name, repeatable")
    ] = None,
    function: Annotated[
        Texts, typer.Option(help="功能代码，可重复 / function code, repeatable")
    ] = None,
    scenario: Annotated[
        Texts, typer.Option(help="场景代码或名称，可重复 / scenario code or name, repeatable")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="首年预算：20万 或 200000 / first year's budget")
    ] = None,
    days: Annotated[
        str | None, typer.Option(help="期限：90 或 三个月 / days until it must work")
    ] = None,
    size: Annotated[str | None, typer.Option(help="micro | small | medium | large")] = None,
    level: Annotated[str | None, typer.Option(help="目标等级 1-4 / the level to reach")] = None,
    technology: Annotated[
        Texts,
        typer.Option(help="想用的技术，可重复 / technology to use, repeatable: AI, RFID, cloud …"),
    ] = None,
    without: Annotated[
        Texts, typer.Option(help="不要的技术，可重复 / technology not to use, repeatable")
    ] = None,
    payment: Annotated[
        Texts,
        typer.Option(
            help="付费方式，可重复 / way to pay, repeatable: "
            "one_off | yearly | monthly | subscription | free | shared_savings"
        ),
    ] = None,
    city: Annotated[
        str | None, typer.Option(help="城市：用其目录与别名 / use this city's listings")
    ] = None,
    must: Annotated[
        Texts,
        typer.Option(
            help="硬性条件，可重复 / hard limit, repeatable: "
            "budget | days | size | sector | scenario | city | level | technology | without | "
            "payment"
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="每类几条，1-100 / how many of each kind")] = 10,
    kind: Annotated[
        Texts, typer.Option(help="solution | provider | case，可重复 / repeatable")
    ] = None,
    ignore: Annotated[
        Texts,
        typer.Option(
            help="不要从文字里读取，可重复 / do not read from the words: "
            "budget | days | size | level | technology | payment | aside"
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            help="理由的语言，默认随需求 / language of the reasons: zh | en, or the need's"
        ),
    ] = None,
    no_record: Annotated[
        bool,
        typer.Option("--no-record", help="只是试试，不记入未满足需求 / only try, record nothing"),
    ] = False,
    as_json: Json = False,
) -> None:
    """匹配一条需求 / match a need: ranked solutions, providers and cases with reasons."""
    from api.schemas import MatchRequest

    given = {
        "sectors": sector,
        "scenarios": scenario,
        "functions": function,
        "budget_cny": budget,
        "deploy_days": days,
        "size": size,
        "target_level": level,
        "technologies": technology,
        "refused_technologies": without,
        "payments": payment,
        "city": city,
        "must": must,
        "kinds": kind,
        "ignore": ignore,
    }
    known = {name: value for name, value in given.items() if value}
    request = MatchRequest.model_validate({"text": text, "limit": limit, "lang": lang, **known})
    settings: Settings = context.obj
    response = answer(settings, request, record=not no_record)
    if as_json:
        typer.echo(response.model_dump_json())
        return
    from api.tables import match_report

    console = out()
    told = request.lang or of_need(response.understanding.lang, text)
    for part in match_report(response, told):
        console.print(part)


def answer(settings: Settings, request: Any, record: bool = False) -> Any:
    """The answer to one request, from the current generation of the data directory.

    With ``record`` a need that nothing serves is kept as an unmet one.
    """
    from api.adapters import match_query, match_response
    from api.recording import record_unserved

    with assembly.opened_store(settings) as store, busy(Bilingual("匹配", "matching")):
        record = record and not store.read_only
        engine = assembly.shipped_engine()
        taxonomy = assembly.served_taxonomy(store)
        matcher = engine.open(store, settings.data, engine.load_encoder(settings), taxonomy)
        query = match_query(request)
        found = matcher.match(query)
        if record:
            record_unserved(store, query, found)
        lang = request.lang or of_need(found.understanding.lang, request.text)
        return match_response(found, lang, taxonomy, engine.render, record)


def resolve(
    context: typer.Context,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="行业或场景的叫法 / a free label")],
    facet: Annotated[
        str | None, typer.Option(help="sector | scenario，默认两者 / default: both")
    ] = None,
    city: Annotated[
        str | None, typer.Option(help="按这个城市的叫法 / as this city uses the name")
    ] = None,
) -> None:
    """标签对应哪些分类 / what a free label means in the taxonomies."""
    from api.tables import resolution_table

    if facet not in (None, "sector", "scenario"):
        raise InvalidRecord(
            Bilingual(f"没有分类 {facet}", f"there is no facet {facet}"),
            Bilingual("可用：sector、scenario", "use sector or scenario"),
            field="facet",
        )
    with assembly.opened_store(context.obj) as store:
        taxonomy = assembly.served_taxonomy(store)
    console = out()
    if facet != "scenario":
        found = taxonomy.resolve_sector(label, city)
        console.print(resolution_table(Bilingual("行业", "sectors"), found, taxonomy.sectors))
        problem = taxonomy.sector_code_problem(label)
        if problem is not None:
            console.print(f"⚠ {problem}", soft_wrap=True)
    if facet != "sector":
        found = taxonomy.resolve_scenario(label, city=city)
        console.print(resolution_table(Bilingual("场景", "scenarios"), found, taxonomy.scenarios))
        problem = taxonomy.scenario_code_problem(label)
        if problem is not None:
            console.print(f"⚠ {problem}", soft_wrap=True)
