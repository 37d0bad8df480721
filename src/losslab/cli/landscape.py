"""``losslab landscape``: the surface of a loss, and the paths that optimizers take down it."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from losslab.cli.options import (
    AsJson,
    Decimal,
    Drop,
    Features,
    Impute,
    Seed,
    Separator,
    Target,
    Task,
    option,
)

PICTURE = Path("losslab-landscape.png")
# Typer copies these before it adds to them.
BOTH, AUTO = ["sgd,adam"], ["auto"]


def command(
    data: Annotated[
        str,
        typer.Argument(
            help="A data set's name, a CSV or Parquet file, or a plain function: rosenbrock, "
            "himmelblau, saddle, valley.",
            metavar="DATA",
        ),
    ],
    target: Target = None,
    drop: Drop = None,
    features: Features = None,
    task: Task = None,
    impute: Impute = False,
    decimal: Decimal = ".",
    separator: Separator = None,
    loss: Annotated[
        list[str] | None,
        option("Losses, or module:function; the task's usual one by default.", "A,B"),
    ] = None,
    optimizer: Annotated[
        list[str], option("Optimizers, with settings as in 'sgd(momentum=0.9)'.", "A,B")
    ] = BOTH,
    lr: Annotated[
        list[str], option("Learning rates; auto suits each optimizer.", "auto|A,B")
    ] = AUTO,
    hidden: Annotated[str, option("Hidden widths, or none for a linear model.", "64,64")] = "64,64",
    activation: Annotated[str, option("The function between layers.", "NAME")] = "relu",
    epochs: Annotated[
        int | None, option("Passes over the rows, 30 by default; or steps on a function.", "N")
    ] = None,
    batch_size: Annotated[int, option("Rows per step.", "N")] = 32,
    seed: Seed = 0,
    plane: Annotated[
        str, option("pca, which follows the paths, or random, around the best end.", "NAME")
    ] = "pca",
    resolution: Annotated[
        int | None, option("Points along each axis, 3 to 301; 51 by default.", "N")
    ] = None,
    out: Annotated[Path, option("Where to write the figures, as .png or .svg.", "FILE")] = PICTURE,
    csv: Annotated[Path | None, option("Write the paths, a line per point.", "FILE")] = None,
    gif: Annotated[Path | None, option("Write the descent, as .gif or .webp.", "FILE")] = None,
    frame_ms: Annotated[float, option("How long each frame of it stands.", "MS")] = 200,
    as_json: AsJson = False,
) -> None:
    """Show the surface of a loss, and the paths that optimizers take down it."""
    options = dict(locals())
    options.pop("as_json")
    source = options.pop("data")
    from rich.console import Console

    from losslab.report.compare.progress import ConsoleMonitor
    from losslab.report.landscape.landscape import landscape
    from losslab.report.landscape.table import LandscapeTable

    monitor = ConsoleMonitor(Console(stderr=True))
    found = landscape(source, **options, monitor=monitor)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), allow_nan=False))
    else:
        # What was said aloud before the start is not said twice.
        notes = tuple(note for note in found.survey.notes if note not in monitor.notes)
        survey = replace(found.survey, notes=notes)
        Console(file=sys.stdout).print(LandscapeTable(survey=survey, written=found.written))
