"""Commands that serve: serve, and demo for the first start."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Annotated

import typer

from api import assembly
from api.settings import Settings
from api.terminal import counted, err, out, say_error
from catalog.errors import Bilingual
from catalog.store import Store

DEMO_NEED = "换模慢，设备老停机查不出原因，预算二十万以内，三个月见效"


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command()(serve)
    app.command()(demo)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="监听地址 / address to listen on")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="监听端口 / port to listen on")
    ] = None,
) -> None:
    """启动 HTTP 接口 / serve the HTTP API."""
    err().print("正在启动… / starting …")
    import uvicorn

    from api.app import create_app

    settings: Settings = context.obj
    host, port = host or settings.host, port or settings.port
    _check_free(host, port)
    # A store that cannot be used is told here as everywhere, not by a traceback of the server.
    assembly.open_store(settings).close()
    level = settings.log_level.upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("faiss").setLevel(logging.WARNING)
    err().print(f"接口与文档 / API and its documentation: http://{host}:{port}/docs")
    # Our own access log names the route template; uvicorn's would name ids and queries.
    uvicorn.run(create_app(settings), host=host, port=port, access_log=False, log_config=None)


def _check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before the model is loaded for it."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = error.strerror or str(error)
        say_error(
            Bilingual(
                f"不能在 {host}:{port} 监听（{reason}）",
                f"cannot listen on {host}:{port}: {reason}",
            ),
            Bilingual(
                "换一个端口（--port）或地址（--host），或停掉占用它的程序",
                "choose another --port or --host, or stop what uses it",
            ),
        )
        raise typer.Exit(1) from error


def demo(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="示例文件 / the sample files")
    ],
) -> None:
    """首次运行：空库时导入示例，建立索引，打印一次匹配 / first start with the samples."""
    from api.commands.indexing import build_if_needed
    from api.commands.matching import answer
    from api.schemas import MatchRequest
    from api.tables import match_report

    settings: Settings = context.obj
    with assembly.opened_store(settings) as store:
        if store.sequence() == 0:
            _import_samples(store, files)
        build_if_needed(settings, store)
    console = out()
    console.print(f"\n示例需求 / sample need: “{DEMO_NEED}”\n", soft_wrap=True)
    request = MatchRequest(text=DEMO_NEED, budget_cny=200_000, deploy_days=90, limit=3)
    for part in match_report(answer(settings, request), "zh"):
        console.print(part)


def _import_samples(store: Store, files: list[Path]) -> None:
    from catalog.importing import import_files

    with counted(Bilingual("导入示例", "importing the samples")) as progress:
        report = import_files(
            store,
            assembly.served_taxonomy(store),
            files,
            by=assembly.LOCAL_OPERATOR,
            progress=lambda done, total: progress("records", done, total),
        )
    total = report.total()
    err().print(f"示例 / samples: {total.created} 新增 created, {total.rejected} 拒绝 rejected")
