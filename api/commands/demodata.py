"""The command that makes load data: demo-data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from api.terminal import counted, err, out
from catalog.errors import Bilingual

MOST = 10_000_000
_NEED_ALL = "方案、服务商与案例合计 / solutions, providers and cases together"


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("demo-data")(demo_data)


def demo_data(
    target: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="写到哪个目录 / directory to write to")
    ],
    offers: Annotated[int, typer.Option(min=1, max=MOST, help=_NEED_ALL)] = 1_000,
    needs: Annotated[int, typer.Option(min=0, max=MOST, help="需求条数 / needs")] = 1_000,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31, help="种子：同一种子同一数据 / same seed, same data")
    ] = 1,
) -> None:
    """生成虚构的压力测试数据，可直接导入 / invented load data, ready to import."""
    from catalog.taxonomy import Taxonomy
    from matcher.demodata.files import write_demo_data
    from matcher.demodata.records import DemoData

    started = time.perf_counter()
    made_by = {"offers": offers, "needs": needs, "seed": seed}
    with counted(Bilingual("生成数据", "making the data")) as progress:
        data = DemoData(Taxonomy.shipped(), offers, needs, seed)
        written = write_demo_data(target, data, made_by, progress)
    seconds = time.perf_counter() - started
    for kind, count in written.records.items():
        out().print(f"{kind:<11}{count:>10,}")
    total = sum(written.records.values())
    err().print(
        f"{len(written.files)} 个文件 files, {written.bytes / 1e6:.1f} MB, {seconds:.1f} s, "
        f"{total / seconds:,.0f}/s → {target}",
        soft_wrap=True,
    )
    err().print(f'导入 / to import: qingzhun import "{target}"/*', soft_wrap=True)
