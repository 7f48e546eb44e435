"""The terminal: where results and remarks go, plain tables, progress, errors in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.segment import Segment
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
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STEPS = {
    "offers": Bilingual("编码方案", "encoding offers"),
    "needs": Bilingual("编码需求", "encoding needs"),
    "lexical": Bilingual("建立词索引", "building the word index"),
    "write": Bilingual("写入", "writing"),
    "match": Bilingual("匹配需求", "matching needs"),
    "measure": Bilingual("量例句", "measuring examples"),
}
_STOPPED = {
    "match-all": Bilingual(
        "做完的部分保留在输出旁的 .parts 里，原有的输出不变；再运行同一条命令就从那里继续",
        "what is done stays beside the output in .parts, an earlier output stays as it is; "
        "the same command goes on from there",
    ),
    "build": Bilingual(
        "现用的索引不变，算好的向量已保存；再运行 qingzhun build 就从那里继续",
        "the index in use stays, vectors that are done are kept; run qingzhun build to go on",
    ),
    "import": Bilingual(
        "停在导入时什么也没有保存，再运行同一条命令；停在建索引时记录已保存，运行 qingzhun build",
        "while importing nothing was kept: run it again; while the index was being built the records "
        "were: run qingzhun build",
    ),
}
STOPPED = 130
"""Exit code of a command that Ctrl-C ended, as shells have it."""


class PlainConsole(Console):
    """A console that prints what records say as it is written: ``[erp/mes]`` is no markup of ours.

    Characters that would steer the terminal, or turn the direction of the text, are left out.
    """

    def __init__(self, **options: Any):
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """The segments of ``renderable``, those that hold text without steering characters."""
        for segment in super().render(renderable, options):
            if segment.control or not _STEERING.search(segment.text):
                yield segment
            else:
                yield Segment(harmless(segment.text), segment.style)


def harmless(text: str) -> str:
    """``text`` without the characters that steer a terminal or turn the direction of what follows."""
    return _STEERING.sub("", text)


def out() -> Console:
    """Where results go; wide enough for a table when it is no terminal."""
    console = PlainConsole()
    return console if console.is_terminal else PlainConsole(width=100)


def err() -> Console:
    """Where progress and errors go, so that standard output stays a result."""
    return PlainConsole(stderr=True)


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


def say_stopped(command: str) -> None:
    """That Ctrl-C ended ``command``, what of it was kept and how to go on."""
    console = err()
    console.print("\n已停下 / stopped", soft_wrap=True)
    hint = _STOPPED.get(command, NOTHING)
    for text in filter(None, (hint.zh, hint.en)):
        console.print(Text(f"→ {text}", "dim"), soft_wrap=True)


def say_refused(errors: Sequence[Any]) -> None:
    """The options (or fields) that pydantic refused, each with the reason."""
    from api.usage import option_of
    from api.validation import field_of, said

    found = [(option_of(one["loc"]) or field_of(one["loc"]), said(one)) for one in errors]
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
