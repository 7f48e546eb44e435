"""Tables of the commands on relevance: measures, changes against a baseline, tuning, ablations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.terminal import plain_table

if TYPE_CHECKING:
    from matcher.measure.ablate import Row
    from matcher.measure.activations import Likeness
    from matcher.measure.baseline import Comparison

CHANGES_SHOWN = 20


def evaluation_table(results: Sequence[dict[str, Any]]) -> Table:
    """Measures by mode, language and signal, with intervals where the rows have them."""
    table = plain_table(
        "mode", "lang", "signal", "n", "nDCG@10", "95 %", "MRR@10", "recall@10", "P@1"
    )
    for row in results:
        figures = [f"{row[name]:.4f}" for name in ("ndcg10", "mrr10", "recall10", "p1")]
        bounds = f"{row['ndcg10_low']:.3f}–{row['ndcg10_high']:.3f}" if "ndcg10_low" in row else ""
        style = "bold" if row["signal"] == "final" else None
        labels = (row["mode"], row["lang"], row["signal"], str(row["n"]))
        table.add_row(*labels, figures[0], bounds, *figures[1:], style=style)
    return table


def understanding_table(figures: Mapping[str, Any]) -> Table:
    """What was understood from the text alone, and the answer's nDCG@10 by tag."""
    table = plain_table("理解 understanding", "n", "", "标签 tag", "n", "nDCG@10")
    shares = [(name, one) for name, one in figures.items() if name != "tags"]
    tags = list(figures["tags"].items())
    for place in range(max(len(shares), len(tags))):
        cells: list[str] = []
        for found in (shares, tags):
            name, one = found[place] if place < len(found) else ("", None)
            figure = next(value for key, value in one.items() if key != "n") if one else 0.0
            cells += [name, str(one["n"]), f"{figure:.3f}"] if one else ["", "", ""]
        table.add_row(*cells)
    return table


def comparison_report(comparison: Comparison) -> Iterator[RenderableType]:
    """The needs that changed most, then the mean differences with their intervals."""
    table = plain_table("need", "text", "mode", "before", "after", "")
    for one in comparison.changes[:CHANGES_SHOWN]:
        gained = one.after - one.before
        figures = (f"{one.before:.3f}", f"{one.after:.3f}", f"{gained:+.3f}")
        style = "green" if gained > 0 else "red"
        table.add_row(one.need, one.text, one.mode, *figures, style=style)
    yield table
    hidden = len(comparison.changes) - CHANGES_SHOWN
    if hidden > 0:
        yield Text(f"… 另有 {hidden} 条变化，见 --json / {hidden} more with --json", "dim")
    table = plain_table("mode", "signal", "n", "difference", "95 %")
    for (mode, signal), change in comparison.differences.items():
        bounds = f"{change.low:+.4f} … {change.high:+.4f}"
        table.add_row(mode, signal, str(change.n), f"{change.mean:+.4f}", bounds)
    yield table


def tuning_table(figures: Sequence[Mapping[str, Any]]) -> Table:
    """nDCG@10 of the answer before and after, by part, folder and mode."""
    table = plain_table("part", "folder", "mode", "n", "before", "after")
    for row in figures:
        labels = (row["part"], row["folder"], row["mode"], str(row["n"]))
        table.add_row(*labels, f"{row['before']:.4f}", f"{row['after']:.4f}")
    return table


def limits_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Budgets and times read from the example sentences, by who wrote them."""
    table = plain_table("source", "field", "told", "read exactly", "exact", "untold", "read")
    for row in rows:
        figures = (
            row["told"],
            row["read"],
            f"{row['exact']:.3f}",
            row["untold"],
            row["untold_read"],
        )
        table.add_row(row["source"], row["field"], *map(str, figures))
    return table


def clauses_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """How well the clauses of each author are told by weights fitted to the others."""
    table = plain_table("author", "clauses", "set aside", "precision", "recall")
    for row in rows:
        shares = (f"{row['precision']:.3f}", f"{row['recall']:.3f}")
        table.add_row(row["author"], str(row["clauses"]), str(row["aside"]), *shares)
    return table


def stories_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What is kept of the long messages of each author by weights fitted to the others."""
    table = plain_table("author", "stories", "need kept", "trade kept", "background kept")
    for row in rows:
        shares = (f"{row[kind]:.3f}" for kind in ("need", "trade", "background"))
        table.add_row(row["author"], str(row["stories"]), *shares)
    return table


def encoder_table(before: Mapping[str, float], after: Mapping[str, float]) -> Table:
    """How well needs and offers that were kept apart are told before and after learning."""
    table = plain_table("kept apart", "before", "after")
    for name, share in after.items():
        table.add_row(name, f"{before[name]:.3f}", f"{share:.3f}")
    return table


def likeness_table(found: Likeness) -> Table:
    """What rounding to bytes costs: cosines of the vectors of texts that were kept apart."""
    table = plain_table("cosine", "n", "least", "median")
    table.add_row("float32 ~ bytes", str(found.n), f"{found.least:.4f}", f"{found.median:.4f}")
    table.add_row("alone ~ in a batch", str(found.n), f"{found.alone:.6f}", "")
    return table


def ablation_tables(rows: Sequence[Row]) -> Iterator[RenderableType]:
    """One table a folder: every variant in every mode."""
    for folder, modes, grid in _grids(rows):
        table = plain_table("", "variant", *modes, title=folder)
        for (kind, name), cells in grid.items():
            table.add_row(kind, name, *(_cell(cells[mode]) for mode in modes))
        yield table


def ablation_markdown(rows: Sequence[Row]) -> str:
    """The same tables in Markdown, for docs/relevance.md."""
    parts = []
    for folder, modes, grid in _grids(rows):
        lines = [f"| {folder} | | {' | '.join(modes)} |", "|---|---" + "|---" * len(modes) + "|"]
        for (kind, name), cells in grid.items():
            row = " | ".join(_cell(cells[mode]) for mode in modes)
            lines.append(f"| {kind} | {name} | {row} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _grids(
    rows: Sequence[Row],
) -> Iterator[tuple[str, list[str], dict[tuple[str, str], dict[str, Row]]]]:
    for folder in dict.fromkeys(row.folder for row in rows):
        here = [row for row in rows if row.folder == folder]
        grid: dict[tuple[str, str], dict[str, Row]] = {}
        for row in here:
            grid.setdefault((row.kind, row.variant), {})[row.mode] = row
        yield f"{folder} ({here[0].n})", list(dict.fromkeys(row.mode for row in here)), grid


def _cell(row: Row) -> str:
    if row.kind == "as it is":
        return f"{row.ndcg10:.3f}"
    # Adding zero takes the sign off a negative one.
    mean, low, high = (round(one, 3) + 0.0 for one in (row.difference, row.low, row.high))
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
