"""The command over many needs: match-all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import assembly
from api.settings import Settings
from api.terminal import busy, counted, out
from catalog.errors import Bilingual, InvalidRecord
from catalog.records import OFFER_KINDS, Kind

if TYPE_CHECKING:
    from catalog.store import RecordFilter, Store
    from catalog.taxonomy import Taxonomy
    from catalog.tree import Tree
    from matcher.bulk.job import BulkDone, NeedSource
    from matcher.types import Constraint

_FILTERS = ("city", "sector", "scenario", "enterprise")
_MOST = 100


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("match-all")(match_all)


def match_all(
    context: typer.Context,
    needs: Annotated[
        list[str],
        typer.Option(
            metavar="FILE|QUERY",
            help="需求文件，可重复；或库中需求：all，或 city=宁波,sector=C34,scenario=S3-1 / "
            "files of needs, repeatable, or stored needs",
        ),
    ],
    out_: Annotated[
        Path, typer.Option("--out", metavar="OUT", help="写入 .parquet 或 .xlsx / output file")
    ],
    limit: Annotated[
        int, typer.Option(min=1, max=_MOST, help="每类几条，1-100 / how many of each kind")
    ] = 10,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="solution | provider | case，可重复 / repeatable"),
    ] = None,
    city: Annotated[
        str | None,
        typer.Option(
            help="没写城市的需求用这个城市的目录与别名 / this city's listings for needs without a city"
        ),
    ] = None,
    must: Annotated[
        list[str] | None,
        typer.Option(
            help="硬性条件，可重复；需求给了值才算 / hard limit, repeatable, for needs that give its value: "
            "city | budget | days | size | sector | scenario | level"
        ),
    ] = None,
    no_record: Annotated[
        bool,
        typer.Option("--no-record", help="库中需求不记入未满足需求 / record no unmet stored needs"),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="进程数，默认每核一个 / processes, one a core")
    ] = None,
    lang: Annotated[str, typer.Option(help="用语 / language of the words: zh | en")] = "zh",
) -> None:
    """批量匹配：一批需求的前几名写成一张表 / match many needs, write their lists to one table."""
    from matcher.bulk.job import BulkOptions
    from matcher.bulk.job import match_all as run

    settings: Settings = context.obj
    kinds = tuple(_kind(one) for one in kind or ("solution", "provider", "case"))
    options = BulkOptions(
        tuple(dict.fromkeys(kinds)), limit, city, _lang(lang), _musts(must or ()), not no_record
    )
    with assembly.opened_store(settings) as store:
        taxonomy = assembly.served_taxonomy(store)
        with busy(Bilingual("读取需求", "reading needs")):
            source = _source(needs, store, taxonomy, city)
        encoder = assembly.load_encoder(settings)
        with counted(Bilingual("匹配", "matching")) as progress:
            done = run(
                store,
                settings.data,
                settings.database_url,
                encoder,
                taxonomy,
                source,
                out_,
                options,
                workers or _cores(),
                progress,
            )
    _say(done, source.skipped, out_, taxonomy)


def _source(texts: Sequence[str], store: Store, taxonomy: Taxonomy, city: str | None) -> NeedSource:
    """The needs that ``--needs`` names: files, or a query over stored ones."""
    from matcher.bulk.job import needs_in_files, stored_needs

    paths = [Path(text) for text in texts]
    if len(texts) > 1 or paths[0].suffix or paths[0].is_file():
        return needs_in_files(paths, taxonomy, city)
    return stored_needs(store, _filter(texts[0], taxonomy))


def _filter(text: str, taxonomy: Taxonomy) -> RecordFilter:
    """The filter that a query such as ``city=宁波,sector=C34`` describes; ``all`` leaves all open."""
    from catalog.store import RecordFilter

    found: dict[str, str] = {}
    for pair in text.replace("，", ",").split(",") if text != "all" else ():
        name, _, value = (one.strip() for one in pair.partition("="))
        if name not in _FILTERS or not value or name in found:
            raise InvalidRecord(
                Bilingual(f"看不懂的需求范围：{text}", f"no file and no query of needs: {text}"),
                Bilingual(
                    "文件：.xlsx .csv .jsonl；库中需求：all，或 city= sector= scenario= enterprise=",
                    "name a .xlsx, .csv or .jsonl file, or all, or city=, sector=, scenario=, enterprise=",
                ),
                field="needs",
            )
        found[name] = value
    return RecordFilter(
        city=found.get("city"),
        enterprise_id=found.get("enterprise"),
        sectors=_subtree(taxonomy.sectors, found.get("sector"), "sector"),
        scenarios=_subtree(taxonomy.scenarios, found.get("scenario"), "scenario"),
    )


def _subtree(tree: Tree, code: str | None, field: str) -> frozenset[str]:
    from api.adapters import subtree

    return subtree(tree, code, field)


def _kind(text: str) -> Kind:
    try:
        kind = Kind(text.strip().lower().removesuffix("s"))
    except ValueError:
        kind = Kind.NEED
    if kind not in OFFER_KINDS:
        raise InvalidRecord(
            Bilingual(f"不能匹配这一类：{text}", f"no such kind of offer: {text}"),
            Bilingual("可用：solution、provider、case", "use solution, provider or case"),
            field="kind",
        )
    return kind


def _musts(texts: Sequence[str]) -> tuple[Constraint, ...]:
    from matcher.types import Constraint

    usual = set(Constraint) - {Constraint.TECHNOLOGY, Constraint.WITHOUT}
    for text in texts:
        if text not in usual:
            names = ", ".join(sorted(usual))
            raise InvalidRecord(
                Bilingual(f"没有这种硬性条件：{text}", f"there is no hard limit {text}"),
                Bilingual(f"可用：{names}", f"use one of: {names}"),
                field="must",
            )
    return tuple(sorted(map(Constraint, set(texts))))


def _lang(text: str) -> str:
    if text not in ("zh", "en"):
        raise InvalidRecord(
            Bilingual(f"没有这种语言：{text}", f"there is no language {text}"),
            Bilingual("可用：zh、en", "use zh or en"),
            field="lang",
        )
    return text


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _say(done: BulkDone, skipped: Sequence[str], path: Path, taxonomy: Taxonomy) -> None:
    from api.tables_unmet import gap_lines, gap_table
    from matcher.bulk.lists import Status

    console = out()
    for one in skipped:
        console.print(f"未读取 / not read: {one}", soft_wrap=True)
    for status, words in (
        (Status.MATCHED, Bilingual("已匹配", "matched")),
        (Status.UNSERVED, Bilingual("没有合适方案", "nothing suitable")),
        (Status.SCARCE, Bilingual("只有沾边的", "scarce: what is there only touches it")),
        (Status.EXCLUDED, Bilingual("硬性条件下没有结果", "nothing meets the hard limits")),
        (Status.REFUSED, Bilingual("无法读取，原因见表", "not readable, the table says why")),
    ):
        if done.statuses[status]:
            console.print(f"{words}: {done.statuses[status]}", soft_wrap=True)
    if done.gaps:
        console.print(gap_table(done.gaps, taxonomy))
    if done.gaps or done.not_digital:
        for line in gap_lines(sum(done.gaps.values()), done.not_digital):
            console.print(line, soft_wrap=True)
    console.print(f"{done.rows} 行 / rows → {path}", soft_wrap=True)
