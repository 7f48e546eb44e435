"""Commands on the words that cities add: lexicon import, lexicon list, lexicon remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.assembly import LOCAL_OPERATOR, opened_store, served_taxonomy
from api.terminal import Json, err, out

lexicon = typer.Typer(
    help="各地的叫法 / words that cities add", no_args_is_help=True, pretty_exceptions_enable=False
)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.add_typer(lexicon, name="lexicon")


@lexicon.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV: term, lang, codes, kind, city, note")
    ],
    city: Annotated[
        str | None, typer.Option(help="没写城市的行属于这个城市 / owns the rows without a city")
    ] = None,
) -> None:
    """添加叫法，下次 build 起生效 / add words, used from the next build on."""
    from api.tables_unmet import lexicon_issues
    from catalog.lexicon import import_lexicon

    data = file.read_bytes()
    with opened_store(context.obj) as store:
        taxonomy = served_taxonomy(store)
        report = import_lexicon(store, taxonomy, file.name, data, LOCAL_OPERATOR, city)
    if not report.kept:
        for line in lexicon_issues(report.issues):
            err().print(line, soft_wrap=True)
        err().print("一行也没有保存 / no row was kept", style="bold red")
        raise typer.Exit(2)
    out().print(
        f"{report.created} 新增 created, {report.updated} 更新 updated, "
        f"{report.unchanged} 未变 unchanged",
        soft_wrap=True,
    )
    if report.created or report.updated:
        err().print("运行 qingzhun build 后生效 / run qingzhun build to use them", soft_wrap=True)


@lexicon.command("list")
def list_(
    context: typer.Context,
    city: Annotated[
        str | None, typer.Option(help="这个城市的和通用的 / this city's and everybody's")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多几条 / how many")] = 50,
    cursor: Annotated[
        str | None, typer.Option(help="上一页给出的游标 / cursor of the page before")
    ] = None,
    as_json: Json = False,
) -> None:
    """列出添加的叫法 / list the added words."""
    from api.adapters_unmet import lexicon_body
    from api.tables_unmet import lexicon_table
    from catalog.lexicon import list_terms

    with opened_store(context.obj) as store:
        page = lexicon_body(
            list_terms(store, city, None, cursor, limit), served_taxonomy(store).lexicon
        )
    if as_json:
        typer.echo(page.model_dump_json())
        return
    console = out()
    console.print(lexicon_table(page))
    if page.next_cursor:
        console.print(f"下一页 / next page: --cursor {page.next_cursor}", soft_wrap=True)


@lexicon.command("remove")
def remove(
    context: typer.Context,
    identity: Annotated[
        int, typer.Argument(metavar="ID", min=1, help="编号，见 lexicon list / id, as listed")
    ],
) -> None:
    """去掉一个添加的叫法，下次 build 起生效 / take an added word out, from the next build on."""
    from catalog.lexicon import remove_term

    with opened_store(context.obj) as store:
        term = remove_term(store, identity)
    city = f"，{term.city}" if term.city else ""
    out().print(f"已去掉 removed: {term.term}（{term.kind}{city}）", soft_wrap=True)
    err().print("运行 qingzhun build 后生效 / run qingzhun build to use it", soft_wrap=True)
