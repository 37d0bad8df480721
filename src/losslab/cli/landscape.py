"""``losslab landscape``: the surface of a loss, and the paths that optimizers take down it."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

PICTURE = Path("losslab-landscape.png")
# Typer copies these before it adds to them.
BOTH, AUTO = ["sgd,adam"], ["auto"]


def _option(text: str, metavar: str | None = None) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=text, metavar=metavar)
    return option


def command(
    data: Annotated[
        str,
        typer.Argument(
            help="A data set's name, a CSV or Parquet file, or a plain function: rosenbrock, "
            "himmelblau, saddle, valley.",
            metavar="DATA",
        ),
    ],
    target: Annotated[str | None, _option("The column to predict.", "COL")] = None,
    drop: Annotated[list[str] | None, _option("Columns to leave out.", "COL,...")] = None,
    features: Annotated[list[str] | None, _option("Columns to keep.", "COL,...")] = None,
    task: Annotated[
        str | None,
        _option("binary, multiclass, regression or count; inferred by default.", "TASK"),
    ] = None,
    impute: Annotated[
        bool, typer.Option("--impute", help="Fill in missing features instead of refusing.")
    ] = False,
    decimal: Annotated[str, _option("The decimal mark of a CSV file.", "CHAR")] = ".",
    separator: Annotated[
        str | None, _option("What separates the fields of a CSV file.", "CHAR")
    ] = None,
    loss: Annotated[
        list[str] | None,
        _option("Losses, or module:function; the task's usual one by default.", "A,B"),
    ] = None,
    optimizer: Annotated[
        list[str], _option("Optimizers, with settings as in 'sgd(momentum=0.9)'.", "A,B")
    ] = BOTH,
    lr: Annotated[
        list[str], _option("Learning rates; auto suits each optimizer.", "auto|A,B")
    ] = AUTO,
    hidden: Annotated[
        str, _option("Hidden widths, or none for a linear model.", "64,64")
    ] = "64,64",
    activation: Annotated[str, _option("The function between layers.", "NAME")] = "relu",
    epochs: Annotated[
        int | None, _option("Passes over the rows, 30 by default; or steps on a function.", "N")
    ] = None,
    batch_size: Annotated[int, _option("Rows per step.", "N")] = 32,
    seed: Annotated[int, _option("What all randomness derives from.", "N")] = 0,
    plane: Annotated[
        str, _option("pca, which follows the paths, or random, around the best end.", "NAME")
    ] = "pca",
    resolution: Annotated[
        int | None, _option("Points along each axis, 3 to 301; 51 by default.", "N")
    ] = None,
    out: Annotated[Path, _option("Where to write the figures, as .png or .svg.", "FILE")] = PICTURE,
    csv: Annotated[Path | None, _option("Write the paths, a line per point.", "FILE")] = None,
    gif: Annotated[Path | None, _option("Write the descent, as .gif or .webp.", "FILE")] = None,
    frame_ms: Annotated[float, _option("How long each frame of it stands.", "MS")] = 200,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the results to stdout as JSON.")
    ] = False,
) -> None:
    """Show the surface of a loss, and the paths that optimizers take down it."""
    options = dict(locals())
    options.pop("as_json")
    source = options.pop("data")
    from rich.console import Console

    from losslab.report.landscape import landscape
    from losslab.report.landscape_table import LandscapeTable
    from losslab.report.progress import ConsoleMonitor

    monitor = ConsoleMonitor(Console(stderr=True))
    found = landscape(source, **options, monitor=monitor)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), allow_nan=False))
    else:
        # What was said aloud before the start is not said twice.
        notes = tuple(note for note in found.survey.notes if note not in monitor.said)
        survey = replace(found.survey, notes=notes)
        Console(file=sys.stdout).print(LandscapeTable(survey=survey, written=found.written))
