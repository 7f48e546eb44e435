"""The command that fits what tells the clauses that set a subject aside."""

from __future__ import annotations

from typing import Annotated

import typer

from api.terminal import counted, err, out
from catalog.errors import Bilingual


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command(name="tune-clauses")(tune_clauses)


def tune_clauses(
    write: Annotated[
        bool,
        typer.Option("--write", help="把权重写入软件包 / write the weights into the package"),
    ] = False,
) -> None:
    """拟合“哪些话不当需求”的权重，逐位作者交叉验证 / fit what tells clauses set aside, each author apart."""
    from api.measures import clauses_table
    from matcher.understanding.clause_fit import clause_examples, fit, measures, ship

    examples = clause_examples()
    with counted(Bilingual("拟合", "fitting")) as progress:
        progress("validate", 0, 2)
        rows = measures(examples)
        progress("fit", 1, 2)
        weights = fit(examples)
        progress("fit", 2, 2)
    out().print(clauses_table(rows))
    if write:
        err().print(f"已写入 / written: {ship(weights).name}")
