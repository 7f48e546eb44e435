"""Commands on relevance: evaluate, tune, ablate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import assembly
from api.settings import Settings
from api.terminal import Json, counted, err, out
from catalog.errors import Bilingual

if TYPE_CHECKING:
    from matcher.config import Constants
    from matcher.encoder import Encoder
    from matcher.measure.tune import Groups


class Split(StrEnum):
    """A part of the needs."""

    TUNING = "tuning"
    HELD_OUT = "held_out"


_WIDE = 130
"""Characters that a table with intervals of three modes needs."""
Folders = Annotated[
    list[Path],
    typer.Argument(metavar="DIR...", help="评判数据目录，可多个 / judged folders"),
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    for command in (evaluate, tune, ablate):
        app.command()(command)


def evaluate(
    context: typer.Context,
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="含 catalog、queries、qrels 的目录 / a judged folder"),
    ],
    as_json: Json = False,
    file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="把 JSON 写入文件 / write the JSON")
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="只评这一部分 / only the needs of this part")
    ] = None,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="nDCG 的 95% 区间 / 95 % intervals of nDCG")
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="与基线逐条比较 / compare need by need with a baseline"),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="存为基线 / store as the baseline"),
    ] = None,
) -> None:
    """用评判数据衡量排序 / measure the ranking on judgments."""
    from api.measures import comparison_report, evaluation_table, understanding_table
    from catalog.taxonomy import Taxonomy
    from matcher.config import shipped_constants
    from matcher.measure import baseline as stored
    from matcher.measure import evaluate as measure
    from matcher.measure.judgments import read_judgments

    settings: Settings = context.obj
    name = stored.set_name(directory, split)
    before = stored.read_baseline(baseline, name) if baseline is not None else None
    taxonomy = Taxonomy.shipped()
    with counted(Bilingual("评估", "evaluating")) as progress:
        encoder = assembly.shipped_engine().load_encoder(settings)
        if write is None:
            report = measure.evaluate_directory(directory, encoder, taxonomy, progress, split)
        else:
            with measure.opened_bench(directory, encoder, taxonomy, progress) as bench:
                report = measure.evaluate_bench(bench, split, progress)
                bands = stored.noise_bands(bench, split, shipped_constants())
            command = " ".join(("qingzhun evaluate", directory.as_posix()))
            command += f" --split {split}" if split else ""
            stored.write_baseline(
                write,
                name,
                report,
                bands,
                shipped_constants(),
                encoder.space,
                datetime.now(UTC),
                f"{command} --write-baseline {write.as_posix()}",
            )
    if intervals:
        needs = read_judgments(directory).part(split)
        report = replace(report, results=measure.with_intervals(report, needs))
    comparison = None
    if before is not None:
        needs = read_judgments(directory).part(split)
        comparison = stored.compare(before["per_need"], report.per_need, needs)
    values = report.as_dict() | ({"baseline": comparison.as_dict()} if comparison else {})
    body = json.dumps(values, ensure_ascii=False, indent=None if as_json else 1)
    if file is not None:
        file.write_text(body + "\n", encoding="utf-8")
    if as_json:
        typer.echo(body)
        return
    console = out()
    console.print(evaluation_table(report.results))
    console.print(understanding_table(report.understanding))
    for part in comparison_report(comparison) if comparison else ():
        console.print(part)


def tune(
    context: typer.Context,
    directories: Folders,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="把常数、分类器与校准写入软件包 / write constants, classifiers and calibration into "
            "the package",
        ),
    ] = False,
) -> None:
    """在调参部分上拟合排序常数 / fit the constants of the ranking to the tuning part."""
    from api.measures import tuning_table
    from catalog.taxonomy import Taxonomy
    from matcher.config import shipped_constants
    from matcher.measure import tune as fitting
    from matcher.measure.calibrate import require_grades

    settings: Settings = context.obj
    start = shipped_constants()
    if write:
        require_grades(directories)
    with counted(Bilingual("调参", "tuning")) as progress:
        encoder = assembly.shipped_engine().load_encoder(settings)
        tuning, held_out = fitting.load_groups(directories, encoder, Taxonomy.shipped(), progress)
        found, before, after = fitting.tune(tuning, start, lambda name, value: progress(name, 1, 1))
    rows = _compared("tuning", tuning, start, found) + _compared("held_out", held_out, start, found)
    console = out()
    console.print(tuning_table(rows))
    console.print(f"目标 / objective: {before:.4f} → {after:.4f}")
    changed = {
        name: (value, getattr(found, name))
        for name, value in start.as_dict().items()
        if name in fitting.GRID and value != getattr(found, name)
    }
    for name, (old, new) in changed.items():
        console.print(f"{name}: {old} → {new}")
    if not changed:
        console.print("常数不变 / the constants stay as they are")
    if write:
        made = {
            "command": " ".join(("qingzhun tune", *map(Path.as_posix, directories), "--write")),
            "date": datetime.now(UTC).date().isoformat(),
        }
        objective = {"before": round(before, 4), "after": round(after, 4)}
        written = [
            fitting.ship_constants(found, made | {"objective": objective, "figures": rows}),
            _refit(encoder, found),
            _recalibrated(directories, encoder, found, made),
        ]
        err().print(f"已写入 / written: {', '.join(path.name for path in written)}")


def ablate(
    context: typer.Context,
    directories: Folders,
    split: Annotated[
        Split,
        typer.Option(help="哪一部分；没有分部的目录评全部 / which part, where there are parts"),
    ] = Split.HELD_OUT,
    as_json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="输出 Markdown 表格 / print Markdown tables")
    ] = False,
) -> None:
    """逐项去掉或替换排序的各部分 / take away or replace each part of the ranking in turn."""
    from api.measures import ablation_markdown, ablation_tables
    from catalog.taxonomy import Taxonomy
    from matcher.measure.ablate import ablate as measured

    settings: Settings = context.obj
    with counted(Bilingual("消融", "ablating")) as progress:
        encoder = assembly.shipped_engine().load_encoder(settings)
        rows = measured(directories, encoder, Taxonomy.shipped(), split, progress)
    if as_json:
        typer.echo(json.dumps({"results": [row.as_dict() for row in rows]}, ensure_ascii=False))
    elif markdown:
        typer.echo(ablation_markdown(rows))
    else:
        console = out()
        console.width = max(console.width, _WIDE)
        for part in ablation_tables(rows):
            console.print(part)


def _compared(
    part: str, groups: Groups, before: Constants, after: Constants
) -> list[dict[str, Any]]:
    """nDCG@10 by folder and mode with the constants before and after."""
    from matcher.measure.tune import means

    old, new = means(groups, before), means(groups, after)
    return [
        {
            "part": part,
            "folder": folder,
            "mode": mode,
            "n": len(groups[folder, mode]),
            "before": round(old[folder, mode], 4),
            "after": round(new[folder, mode], 4),
        }
        for folder, mode in groups
    ]


def _refit(encoder: Encoder, constants: Constants) -> Path:
    """Ship what is fitted to the example sentences; encoded anew only when it is out of date."""
    import tempfile

    from catalog.store import Store
    from matcher.index.fitted import fitted_for, ship

    with tempfile.TemporaryDirectory(prefix="qingzhun-tune-") as data:
        store = Store.open(Path(data))
        try:
            return ship(fitted_for(store, encoder, constants), encoder.space, constants)
        finally:
            store.close()


def _recalibrated(
    directories: list[Path], encoder: Encoder, constants: Constants, made: dict[str, Any]
) -> Path:
    """Ship the calibration of the grades for these constants, and show how it does on either part."""
    from catalog.taxonomy import Taxonomy
    from matcher.calibration import ship_calibration
    from matcher.measure.calibrate import calibrate, collect_pairs, measure
    from matcher.measure.leave_out import collect_left_out, measure_left_out, with_bounds

    taxonomy = Taxonomy.shipped()
    with counted(Bilingual("校准", "calibrating")) as progress:
        progress("pairs", 0, 4)
        tuning = collect_pairs(directories, encoder, taxonomy, held_out=False)
        progress("pairs", 1, 4)
        apart = collect_pairs(directories, encoder, taxonomy, held_out=True)
        progress("pairs", 2, 4)
        calibration = calibrate(tuning, encoder.space, constants, made)
        lacks, lacks_apart = (
            collect_left_out(directories, encoder, taxonomy, held_out, calibration)
            for held_out in (False, True)
        )
        progress("pairs", 4, 4)
    calibration = with_bounds(calibration, lacks)
    for name, pairs, left_out in (("tuning", tuning, lacks), ("held_out", apart, lacks_apart)):
        if len(pairs.none):
            told = measure(calibration, pairs) | {
                "left_out": measure_left_out(calibration, left_out)
            }
            err().print(f"{name}: {json.dumps(told, ensure_ascii=False)}")
    return ship_calibration(calibration, encoder.space)
