"""``losslab penalty``: train at every strength of a penalty, show what it does, choose one."""

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
    Groups,
    Impute,
    Seed,
    Separator,
    Source,
    Target,
    Task,
    option,
)

PICTURE = Path("losslab-penalty.png")


def command(
    data: Source,
    kind: Annotated[
        str, option("l1, l2, elastic_net, group_lasso or weight_decay.", "KIND")
    ] = "l2",
    alphas: Annotated[
        str, option("Its strengths: a range in equal ratios, or a rising list.", "LOW:HIGH:N|A,B")
    ] = "1e-4:1e2:24",
    l1_ratio: Annotated[
        float | None, option("The share of L1 in elastic_net, 0 to 1; 0.5 by default.", "X")
    ] = None,
    target: Target = None,
    drop: Drop = None,
    features: Features = None,
    classes: Annotated[
        list[str] | None, option("Classes to keep; beginnings of names will do.", "A,B")
    ] = None,
    task: Task = None,
    groups: Groups = None,
    impute: Impute = False,
    decimal: Decimal = ".",
    separator: Separator = None,
    seeds: Annotated[
        int, option("Repetitions, each with its own split and initial weights.", "N")
    ] = 5,
    test_size: Annotated[float, option("The share of the rows to hold out.", "X")] = 0.2,
    loss: Annotated[
        str | None, option("A loss, or module:function; the task's usual one by default.", "NAME")
    ] = None,
    head: Annotated[
        str | None, option("An output head; the loss's usual one by default.", "NAME")
    ] = None,
    hidden: Annotated[str, option("Hidden widths, or none for a linear model.", "64,64")] = "64",
    activation: Annotated[str, option("The function between layers.", "NAME")] = "relu",
    optimizer: Annotated[
        str, option("An optimizer, with settings as in 'sgd(momentum=0.9)'.", "NAME")
    ] = "adam",
    lr: Annotated[
        float | None, option("The learning rate; 0.01, or 0.1 for a linear model.", "X")
    ] = None,
    schedule: Annotated[
        str, option("How the learning rate changes: cosine, linear, constant, ...", "NAME")
    ] = "cosine",
    batch_size: Annotated[int, option("Rows per step.", "N")] = 32,
    epochs: Annotated[int, option("Passes over the training rows; the last counts.", "N")] = 300,
    seed: Seed = 0,
    metric: Annotated[
        str | None, option("What to choose by; by the task by default.", "NAME")
    ] = None,
    out: Annotated[Path, option("Where to write the figures, as .png or .svg.", "FILE")] = PICTURE,
    csv: Annotated[Path | None, option("Write the numbers, a line per alpha.", "FILE")] = None,
    gif: Annotated[
        Path | None,
        option("Write the moving decision boundary, as .gif or .webp; two features.", "FILE"),
    ] = None,
    frame_ms: Annotated[float, option("How long each frame of it stands.", "MS")] = 500,
    as_json: AsJson = False,
) -> None:
    """Train at every strength of a penalty, show what it does, and choose one."""
    options = dict(locals())
    options.pop("as_json")
    source = options.pop("data")
    from rich.console import Console

    from losslab.report.compare.progress import ConsoleMonitor
    from losslab.report.penalty.penalty_path import penalty_path
    from losslab.report.penalty.table import PathTable

    monitor = ConsoleMonitor(Console(stderr=True))
    try:
        path = penalty_path(source, **options, monitor=monitor)
    finally:
        monitor.stop()
    if as_json:
        typer.echo(json.dumps(path.to_dict(), indent=2, allow_nan=False))
    else:
        # What was said aloud before the start is not said twice.
        notes = tuple(note for note in path.findings.notes if note not in monitor.notes)
        findings = replace(path.findings, notes=notes)
        Console(file=sys.stdout).print(PathTable(findings=findings, written=path.written))
    if path.chosen is None:
        raise typer.Exit(1)
