"""Commands on records: import, list, show, retire, restore, export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.assembly import LOCAL_OPERATOR, opened_store, served_taxonomy
from api.settings import Settings
from api.terminal import Json, busy, counted, harmless, out
from catalog.errors import Bilingual, InvalidRecord, UnreadableFile
from catalog.records import Kind
from catalog.stored import HistoryEntry, Stored

Identity = Annotated[str, typer.Argument(metavar="ID", help="记录编号 / id of the record")]
_SHOWN_ISSUES = 20


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command("import")(import_)
    app.command("list")(list_)
    for command in (show, retire, restore, export):
        app.command()(command)


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help=".xlsx .csv .jsonl 文件 / files")
    ],
    city: Annotated[
        str | None, typer.Option(help="发布目录的城市 / the city that lists these solutions")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只报告，不保存 / report, keep nothing")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.xlsx", help="把报告写成表格 / write the report")
    ] = None,
    no_build: Annotated[
        bool, typer.Option("--no-build", help="不建立索引 / do not build a generation")
    ] = False,
) -> None:
    """导入目录文件 / import catalogue files, then build a generation."""
    from api.commands.indexing import build_if_needed
    from api.tables import import_summary
    from catalog.files import check_ending
    from catalog.importing import import_files

    if report is not None:
        check_ending(report, ".xlsx")
    settings: Settings = context.obj
    with opened_store(settings) as store:
        with counted(Bilingual("导入", "importing")) as progress:
            result = import_files(
                store,
                served_taxonomy(store),
                files,
                by=LOCAL_OPERATOR,
                city=city,
                dry_run=dry_run,
                progress=lambda done, total: progress("records", done, total),
            )
        console = out()
        for part in import_summary(result, _SHOWN_ISSUES):
            console.print(part)
        if report is not None:
            from catalog.report import write_report_xlsx

            write_report_xlsx(result, report)
            console.print(f"报告 / report: {report}", soft_wrap=True)
        if result.nothing_read:
            raise _nothing_read()
        if not (dry_run or no_build):
            build_if_needed(settings, store)


def list_(
    context: typer.Context,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help=" | ".join(kind.value for kind in Kind))
    ],
    status: Annotated[str, typer.Option(help="active | retired | all")] = "active",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多几条 / how many")] = 50,
    cursor: Annotated[
        str | None, typer.Option(help="上一页给出的游标 / cursor of the page before")
    ] = None,
    as_json: Json = False,
) -> None:
    """列出记录 / list records of a kind."""
    from api.tables import record_table
    from catalog.store import RecordFilter

    if status not in ("active", "retired", "all"):
        raise InvalidRecord(
            Bilingual(f"没有状态 {status}", f"there is no status {status}"),
            Bilingual("可用：active、retired、all", "use active, retired or all"),
            field="status",
        )
    where = RecordFilter(status=None if status == "all" else status)
    with opened_store(context.obj) as store:
        page = store.page(_kind(kind), where, cursor, limit)
    if as_json:
        body = {
            "records": [_as_json(stored) for stored in page.records],
            "next_cursor": page.next_cursor,
        }
        typer.echo(json.dumps(body, ensure_ascii=False))
        return
    console = out()
    console.print(record_table(page.records))
    if page.next_cursor:
        console.print(f"下一页 / next page: --cursor {page.next_cursor}", soft_wrap=True)


def show(
    context: typer.Context,
    record_id: Identity,
    history: Annotated[
        bool, typer.Option("--history", help="连同变更历史 / with every change")
    ] = False,
) -> None:
    """显示一条记录 / show one record as JSON."""
    with opened_store(context.obj) as store:
        body = _as_json(store.get(record_id))
        if history:
            body["history"] = [_entry(entry) for entry in store.history(record_id)]
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2))


def retire(context: typer.Context, record_id: Identity) -> None:
    """停用一条记录 / take a record out of every answer."""
    _set(context.obj, record_id, "retire")


def restore(context: typer.Context, record_id: Identity) -> None:
    """恢复一条停用的记录 / bring a retired record back."""
    _set(context.obj, record_id, "restore")


def export(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="要写的 .xlsx，或一类记录的 .csv / what to write")
    ],
    kind: Annotated[
        list[str] | None, typer.Option(help="只导出这类，可重复 / only this kind, repeatable")
    ] = None,
) -> None:
    """导出为表格，可再次导入 / write records to a workbook or CSV that imports again."""
    from catalog.exporting import exported
    from catalog.report import check_export, write_records

    kinds = list(dict.fromkeys(_kind(one) for one in kind or ())) or list(Kind)
    check_export(file, kinds)
    with opened_store(context.obj) as store, busy(Bilingual("导出", "exporting")):
        records = exported(store, kinds)
        write_records(records, file, kinds)
    out().print(f"{len(records)} 条记录 / records → {file}", soft_wrap=True)


def _nothing_read() -> UnreadableFile:
    return UnreadableFile(
        Bilingual("没有一张表可以导入", "no sheet of any file could be imported"),
        Bilingual(
            "请看各表的跳过原因；表头如：产品名称、服务商名称、价格（万元）",
            "see why each was skipped; headers such as product name, provider name, price (10k CNY)",
        ),
        field="file",
    )


def _set(settings: Settings, record_id: str, action: str) -> None:
    with opened_store(settings) as store:
        with store.writing(LOCAL_OPERATOR) as writer:
            change = getattr(writer, action)(record_id)
        name = store.get(record_id).record.name
    typer.echo(harmless(f"{change.action}: {record_id} {name}"))


def _kind(text: str) -> Kind:
    """The kind named in the singular or the plural."""
    singular = text.strip().lower().removesuffix("s")
    if singular not in set(Kind):
        names = ", ".join(kind.value for kind in Kind)
        raise InvalidRecord(
            Bilingual(f"没有这种记录：{text}", f"there is no such kind: {text}"),
            Bilingual(f"可用：{names}", f"use one of: {names}"),
            field="kind",
        )
    return Kind(singular)


def _as_json(stored: Stored) -> dict[str, Any]:
    from api.adapters import stored_body

    body: dict[str, Any] = stored_body(stored).model_dump(
        mode="json", exclude={"action", "warnings"}
    )
    return body


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    from api.adapters import history_entry_body

    body: dict[str, Any] = history_entry_body(entry).model_dump(mode="json")
    return body
