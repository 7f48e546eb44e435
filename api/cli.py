"""The command line: ``qingzhun``. Commands stand in `api.commands`; this is their root.

Heavy parts (engine, web framework, model conversion) are imported by the command that needs them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from api.commands import (
    bulk,
    clauses,
    demand,
    demodata,
    encoder,
    indexing,
    leads,
    lexicon,
    limits,
    matching,
    records,
    relevance,
    serving,
    told,
)
from api.settings import VERSION, Settings
from api.terminal import STOPPED, exit_code, say_error, say_refused, say_stopped
from api.usage import usage_in_chinese
from api.validation import field_of
from catalog.errors import Bilingual, CatalogError
from matcher.errors import MatcherError

# One match is a few products of a matrix with a vector: a second thread costs more than it gives.
# Read by BLAS when numpy is first imported, which is later than here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class BilingualGroup(TyperGroup):
    """Commands whose errors are one message in Chinese and English, without a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Parse the arguments and run; wrong usage is told in both languages, exit code 2."""
        run = partial(
            super().main, args, prog_name, complete_var, False, windows_expand_args, **extra
        )
        if not standalone_mode:
            return run()
        try:
            code = run()
        except Abort:
            sys.exit(1)
        except TyperException as error:
            text = error.format_message()
            if text:  # without one the help was printed, because nothing was asked
                say_error(
                    Bilingual(f"命令用法有误：{usage_in_chinese(text)}", text),
                    Bilingual("用法见 qingzhun --help", "see qingzhun --help"),
                )
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a known error ends it with exit code 2 (bad input) or 1, Ctrl-C with 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            say_stopped(ctx.invoked_subcommand or "")
            raise typer.Exit(STOPPED) from stop
        except (CatalogError, MatcherError) as error:
            say_error(error.message, error.hint)
            raise typer.Exit(exit_code(error)) from error
        except ValidationError as error:
            say_refused(error.errors())
            raise typer.Exit(2) from error
        except (TyperException, Exit, Abort, BrokenPipeError):
            raise
        except OSError as error:
            text = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
            say_error(
                Bilingual(f"无法读写：{text}", f"cannot read or write: {text}"),
                Bilingual("请检查路径、权限与磁盘空间", "check path, permissions and disk space"),
            )
            raise typer.Exit(1) from error
        except Exception as error:
            if getattr(ctx.obj, "log_level", "") == "debug":
                raise
            text = type(error).__name__
            say_error(
                Bilingual(f"程序内部错误：{text}", f"internal error: {text}"),
                Bilingual(
                    "设 QINGZHUN_LOG_LEVEL=debug 重试可看到出错位置",
                    "set QINGZHUN_LOG_LEVEL=debug and try again to see where",
                ),
            )
            raise typer.Exit(1) from error


app = typer.Typer(
    name="qingzhun",
    cls=BilingualGroup,
    help="轻准：把中小制造企业的需求与“小快轻准”方案匹配起来。\n\n"
    "Match the needs of small manufacturers with fitting digital solutions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qingzhun {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="数据目录 / data directory (default: QINGZHUN_DATA or ./data)"),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="版本 / the version"),
    ] = False,
) -> None:
    """Read the settings that every command gets."""
    try:
        settings = Settings()
    except ValidationError as error:
        say_refused(
            [
                {**one, "loc": (f"QINGZHUN_{field_of(one['loc']).upper()}",)}
                for one in error.errors()
            ]
        )
        raise typer.Exit(2) from error
    context.obj = settings.model_copy(update={"data": data}) if data else settings


records.register(app)
indexing.register(app)
matching.register(app)
bulk.register(app)
demand.register(app)
leads.register(app)
encoder.register(app)
limits.register(app)
clauses.register(app)
told.register(app)
lexicon.register(app)
relevance.register(app)
serving.register(app)
demodata.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    app(args=arguments, prog_name="qingzhun")


if __name__ == "__main__":
    main()
