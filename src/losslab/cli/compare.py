"""``losslab compare``: train every fitting loss on the same splits and recommend one."""

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

STORE = Path("losslab-runs.sqlite")
REPORT = Path("losslab-report.html")
# Typer copies these before it adds to them.
ADAM, AUTO, NONE, WIDTHS, RELU, ROWS = ["adam"], ["auto"], ["none"], ["64,64"], ["relu"], ["32"]


def command(
    data: Source,
    target: Target = None,
    drop: Drop = None,
    features: Features = None,
    task: Task = None,
    groups: Groups = None,
    impute: Impute = False,
    decimal: Decimal = ".",
    separator: Separator = None,
    loss: Annotated[
        list[str] | None, option("Losses, or module:function; all that fit by default.", "A,B")
    ] = None,
    head: Annotated[
        list[str] | None, option("Output heads; the usual ones by default.", "A,B")
    ] = None,
    optimizer: Annotated[
        list[str], option("Optimizers, with settings as in 'sgd(momentum=0.9)'.", "A,B")
    ] = ADAM,
    lr: Annotated[
        list[str], option("Learning rates, or auto: chosen per split.", "auto|A,B")
    ] = AUTO,
    penalty: Annotated[
        list[str], option("What weights cost: none, l1, l2, elastic_net, ...", "A,B")
    ] = NONE,
    alpha: Annotated[
        list[str], option("Strengths of the penalties, or auto: chosen per split.", "auto|A,B")
    ] = AUTO,
    hidden: Annotated[
        list[str], option("Hidden widths, or none; repeat it to compare several.", "64,64")
    ] = WIDTHS,
    activation: Annotated[list[str], option("Activations.", "A,B")] = RELU,
    batch_size: Annotated[list[str], option("Rows per step.", "N,...")] = ROWS,
    epochs: Annotated[int, option("Passes over the training rows; the best is kept.", "N")] = 50,
    splits: Annotated[int, option("Folds per repeat.", "N")] = 5,
    repeats: Annotated[int, option("How often to fold again.", "N")] = 2,
    seed: Seed = 0,
    metric: Annotated[
        str | None, option("What to rank by; by the task by default.", "NAME")
    ] = None,
    rope: Annotated[
        float | None,
        option("Differences up to this do not matter; 0.01, or 1 % of the spread.", "X"),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference/--no-reference", help="Show simple models beside.")
    ] = True,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Admit wrong pairings, marked as such.")
    ] = False,
    budget: Annotated[str | None, option("Cut the training to this long.", "90s|2m|1h")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make a comparison that looks too large.")
    ] = False,
    store: Annotated[Path, option("Where finished runs are kept.", "FILE")] = STORE,
    report: Annotated[Path, option("Where to write the report.", "FILE")] = REPORT,
    code: Annotated[
        Path | None, option("Write the recommended set-up as a PyTorch script.", "FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train every fitting loss on the same splits and recommend one."""
    options = dict(locals())
    options.pop("as_json")
    source = options.pop("data")
    from rich.console import Console

    from losslab.report.compare.compare import compare
    from losslab.report.compare.progress import ConsoleMonitor
    from losslab.report.compare.table import terminal_report

    monitor = ConsoleMonitor(Console(stderr=True))
    try:
        found = compare(source, **options, monitor=monitor)
    finally:
        monitor.stop()
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, allow_nan=False))
    else:
        # What was said aloud before the start is not said twice.
        notes = tuple(note for note in found.findings.notes if note not in monitor.notes)
        findings = replace(found.findings, notes=notes)
        Console(file=sys.stdout).print(terminal_report(findings, found.report))
    if found.recommendation is None:
        raise typer.Exit(1)
