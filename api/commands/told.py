"""The command that fits what tells whether a need tells a trade."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import assembly
from api.settings import Settings
from api.terminal import counted, err, out
from catalog.errors import Bilingual


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(name="tune-told")(tune_told)


def tune_told(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="评判数据目录 / a judged folder")
    ],
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="把词与权重写入软件包 / write words and weights into the package"
        ),
    ] = False,
) -> None:
    """拟合“说没说自己的行业”，十折交叉验证 / fit whether a need tells its trade, in ten folds."""
    from catalog.taxonomy import Taxonomy
    from matcher.measure import told as fitting
    from matcher.measure.evaluate import opened_bench

    settings: Settings = context.obj
    taxonomy = Taxonomy.shipped()
    written = [fitting.ship_words(fitting.fit_words(taxonomy))] if write else []
    with counted(Bilingual("拟合", "fitting")) as progress:
        progress("fit", 0, 1)
        with opened_bench(directory, assembly.load_encoder(settings), taxonomy) as bench:
            evidence, told = fitting.seen(bench)
        weights, auc = fitting.fit_weights(evidence, told)
        progress("fit", 1, 1)
    out().print(f"AUC {auc:.3f} (n = {len(told)})")
    for name, weight in weights.items():
        out().print(f"{name:10} {weight:8.3f}")
    written += [fitting.ship_weights(weights)] if write else []
    for path in written:
        err().print(f"已写入 / written: {path.name}")
