"""Commands that fit what tells clauses: what a need sets aside, what of a long message is the need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from api.terminal import counted, err, out
from catalog.errors import Bilingual

E = TypeVar("E")
W = TypeVar("W")
Rows = Sequence[dict[str, Any]]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command(name="tune-clauses")(tune_clauses)
    app.command(name="tune-stories")(tune_stories)


def tune_clauses(
    write: Annotated[
        bool,
        typer.Option("--write", help="把权重写入软件包 / write the weights into the package"),
    ] = False,
) -> None:
    """拟合“哪些话不当需求”的权重，逐位作者交叉验证 / fit what tells clauses set aside, each author apart."""
    from api.measures import clauses_table
    from matcher.understanding.clause_fit import clause_examples, fit, measures, ship

    _tune(clause_examples(), measures, fit, clauses_table, ship if write else None)


def tune_stories(
    write: Annotated[
        bool,
        typer.Option("--write", help="把权重写入软件包 / write the weights into the package"),
    ] = False,
) -> None:
    """拟合“长文里哪些话是需求”的权重，逐位作者交叉验证 / fit what tells the need of a long text."""
    from api.measures import stories_table
    from matcher.understanding.story_fit import fit, measures, ship, story_examples

    _tune(story_examples(), measures, fit, stories_table, ship if write else None)


def _tune(
    examples: Sequence[E],
    measures: Callable[[Sequence[E]], Rows],
    fit: Callable[[Sequence[E]], W],
    table: Callable[[Rows], Table],
    ship: Callable[[W], Path] | None,
) -> None:
    """Show how each author of ``examples`` is told by the others', and ship what all of them give."""
    with counted(Bilingual("拟合", "fitting")) as progress:
        progress("validate", 0, 2)
        rows = measures(examples)
        progress("fit", 1, 2)
        weights = fit(examples)
        progress("fit", 2, 2)
    out().print(table(rows))
    if ship is not None:
        err().print(f"已写入 / written: {ship(weights).name}")
