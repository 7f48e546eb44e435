"""The command that fits what reads budgets and times."""

from __future__ import annotations

from typing import Annotated

import typer

from api.terminal import counted, err, out
from catalog.errors import Bilingual


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(name="tune-limits")(tune_limits)


def tune_limits(
    write: Annotated[
        bool,
        typer.Option("--write", help="把权重写入软件包 / write the weights into the package"),
    ] = False,
) -> None:
    """拟合读预算与期限的权重，并交叉验证 / fit what reads budgets and times, cross-validated."""
    from api.measures import limits_table
    from matcher.limits.fit import cross_validated, fit, limit_examples, measures, ship

    examples = limit_examples()
    with counted(Bilingual("拟合", "fitting")) as progress:
        progress("validate", 0, 2)
        rows = measures(examples, cross_validated(examples))
        progress("fit", 1, 2)
        weights = fit(examples)
        progress("fit", 2, 2)
    out().print(limits_table(rows))
    if write:
        err().print(f"已写入 / written: {ship(weights).name}")
