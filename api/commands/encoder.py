"""Commands on the encoder: what it learns of needs and offers, and how it is rounded to bytes."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from api.settings import Settings
from api.terminal import counted, err, out
from catalog.errors import Bilingual


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command(name="tune-encoder")(tune_encoder)
    app.command(name="tune-quantization")(tune_quantization)


def tune_encoder(
    context: typer.Context,
    write: Annotated[
        bool,
        typer.Option("--write", help="把改动写入软件包 / write the changes into the package"),
    ] = False,
) -> None:
    """教编码器哪些供给回应哪些需求（约一小时）/ teach the encoder what answers which need (1 hour)."""
    from api.measures import encoder_table
    from matcher.measure.adapt import SEEDS, averaged, figures, fit_changes
    from matcher.measure.adapt_network import AdaptedNetwork
    from matcher.measure.pairs import shipped_pairs
    from matcher.model.adaptation import adapted, ship_changes
    from matcher.model.convert import bert_model
    from matcher.model.fetch import cached_model, published_weights
    from matcher.model.tokens import TokenReader
    from matcher.model.weights import Weights

    settings: Settings = context.obj
    reader = TokenReader(cached_model(settings.model_cache_directory))

    def network(weights: Weights) -> AdaptedNetwork:
        return AdaptedNetwork(bert_model(weights), reader)

    published = published_weights(settings.model_wheel, lambda text: err().print(text))
    learned, apart = shipped_pairs()
    runs = []
    for seed in SEEDS:
        with counted(Bilingual(f"学习 {seed}", f"learning {seed}")) as progress:
            runs.append(fit_changes(network(published), learned, seed, progress))
    changes = averaged(runs)
    before, after = (
        asdict(figures(network(one), apart)) for one in (published, adapted(published, changes))
    )
    out().print(encoder_table(before, after))
    if write:
        err().print(f"已写入 / written: {ship_changes(changes).name}")


def tune_quantization(
    context: typer.Context,
    write: Annotated[
        bool,
        typer.Option("--write", help="把刻度写入软件包 / write the scales into the package"),
    ] = False,
) -> None:
    """量出编码器按字节计算的刻度（约两分钟）/ measure scales for products of bytes (2 minutes)."""
    from api.measures import likeness_table
    from matcher.measure.activations import TEXTS, likeness, measured_scales, sampled
    from matcher.measure.pairs import shipped_pairs
    from matcher.model.adaptation import adapted, shipped_changes
    from matcher.model.fetch import cached_model, published_weights
    from matcher.model.quantization import ship_scales
    from matcher.model.tokens import TokenReader

    settings: Settings = context.obj
    reader = TokenReader(cached_model(settings.model_cache_directory))
    published = published_weights(settings.model_wheel, lambda text: err().print(text))
    weights = adapted(published, shipped_changes())
    learned, apart = (
        sampled(part, size)
        for part, size in zip(shipped_pairs(), (TEXTS, TEXTS // 10), strict=True)
    )
    with counted(Bilingual("读例句", "reading examples")) as progress:
        scales = measured_scales(weights, reader, learned, partial(progress, "measure"))
    out().print(likeness_table(likeness(weights, scales, reader, apart)))
    if write:
        err().print(f"已写入 / written: {ship_scales(scales).name}")
