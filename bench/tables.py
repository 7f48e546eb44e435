"""Results as markdown, written between the markers of a document and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table; the first column is words, the others are numbers."""
    lines = [
        f"| {' | '.join(head)} |",
        f"| --- |{' --: |' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)


def number(value: float | None, digits: int = 1) -> str:
    """A number with few digits (one more below 1); a dash where there is none."""
    if value is None or value != value:
        return "–"
    if value and abs(value) < 10 ** (1 - digits):
        return f"{value:.{digits + 1}f}"
    return f"{value:,.{digits}f}" if abs(value) < 1_000 else f"{value:,.0f}"


def write_between(path: Path, text: str) -> None:
    """Replace what stands between the markers of ``path`` by ``text``.

    Raises:
        ValueError: the markers are not there, each once and in order.
    """
    whole = path.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        raise ValueError(f"{path} must hold {BEGIN} and then {END}, each once")
    new = path.with_suffix(".new")
    new.write_text(f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}", encoding="utf-8")
    new.replace(path)
