"""The command line: ``qingzhun``. Commands stand in `api.commands`; this is their root.

Heavy parts (engine, web framework, model conversion) are imported by the command that needs them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.commands import indexing, matching, records, serving
from api.settings import VERSION, Settings
from api.terminal import exit_code, say_error, say_refused
from catalog.errors import Bilingual, CatalogError
from matcher.errors import MatcherError


class BilingualGroup(TyperGroup):
    """Commands whose errors are one message in Chinese and English, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a known error ends it with exit code 2 (bad input) or 1."""
        from pydantic import ValidationError

        try:
            return super().invoke(ctx)
        except (CatalogError, MatcherError) as error:
            say_error(error.message, error.hint)
            raise typer.Exit(exit_code(error)) from error
        except ValidationError as error:
            say_refused(error.errors())
            raise typer.Exit(2) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            text = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
            say_error(
                Bilingual(f"无法读写：{text}", f"cannot read or write: {text}"),
                Bilingual("请检查路径、权限与磁盘空间", "check path, permissions and disk space"),
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
    settings = Settings()
    context.obj = settings.model_copy(update={"data": data}) if data else settings


records.register(app)
indexing.register(app)
matching.register(app)
serving.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    app(args=arguments, prog_name="qingzhun")
    sys.exit(0)
