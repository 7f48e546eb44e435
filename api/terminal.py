"""The terminal: where results and remarks go, plain tables, progress, errors in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from api.language import Lang
from catalog.errors import NOTHING, Bilingual, CatalogError
from matcher.errors import MatcherError

if TYPE_CHECKING:
    from api.assembly import BuildProgress

Json = Annotated[bool, typer.Option("--json", help="只输出 JSON / print only JSON")]
"""The option of every command that can print its result as JSON."""
BAD_INPUT = frozenset(
    [
        "invalid_record",
        "unknown_record",
        "record_conflict",
        "unreadable_file",
        "unknown_node",
        "invalid_need",
        "invalid_judgments",
    ]
)
"""Codes of errors that the caller can cure by asking otherwise: exit code 2, the others 1."""
_STEPS = {
    "offers": Bilingual("编码方案", "encoding offers"),
    "needs": Bilingual("编码需求", "encoding needs"),
    "lexical": Bilingual("建立词索引", "building the word index"),
    "write": Bilingual("写入", "writing"),
    "match": Bilingual("匹配需求", "matching needs"),
    "measure": Bilingual("量例句", "measuring examples"),
}


def out() -> Console:
    """Where results go; wide enough for a table when it is no terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=100)


def err() -> Console:
    """Where progress and errors go, so that standard output stays a result."""
    return Console(stderr=True, highlight=False)


def say(lang: Lang, zh: str, en: str) -> str:
    """``zh`` or ``en``, as ``lang`` asks."""
    return zh if lang == "zh" else en


def plain_table(*headers: str, title: str | None = None) -> Table:
    """A table without rows yet, of columns with these headers that fold what is too long."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def exit_code(error: CatalogError | MatcherError) -> int:
    """2 for bad input, 1 for the rest."""
    unknown_generation = error.code == "no_generation" and error.field == "generation"
    return 2 if error.code in BAD_INPUT or unknown_generation else 1


def say_error(message: Bilingual, hint: Bilingual = NOTHING) -> None:
    """One message and its hint, Chinese and English."""
    console = err()
    console.print(Text.assemble(("错误：", "bold red"), message.zh), soft_wrap=True)
    console.print(Text.assemble(("error: ", "bold red"), message.en), soft_wrap=True)
    if hint.zh:
        console.print(Text(f"→ {hint.zh}", "dim"), soft_wrap=True)
        console.print(Text(f"→ {hint.en}", "dim"), soft_wrap=True)


def say_refused(errors: Sequence[Any]) -> None:
    """The fields that pydantic refused, each with the reason."""
    from api.validation import field_of, said

    found = [(field_of(one["loc"]), said(one)) for one in errors]
    say_error(
        Bilingual(
            "；".join(f"{field}：{text.zh}" for field, text in found),
            "; ".join(f"{field}: {text.en}" for field, text in found),
        ),
        Bilingual("写法见 --help", "see --help"),
    )


@contextmanager
def busy(what: Bilingual) -> Iterator[None]:
    """A spinner while the block runs."""
    with _progress() as progress:
        progress.add_task(str(what), total=None)
        yield


@contextmanager
def counted(what: Bilingual) -> Iterator[BuildProgress]:
    """A bar for each step that is reported while the block runs."""
    with _progress() as progress:
        tasks = {"": progress.add_task(str(what), total=None)}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(str(_STEPS.get(step, step)), total=total or 1)
            progress.update(tasks[step], completed=done if total else 1, total=total or 1)

        yield report


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}"),
        TimeElapsedColumn(),
        console=err(),
        transient=True,
    )
