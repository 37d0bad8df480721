"""``losslab runs``: list, export and verify what the store holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from losslab.cli.options import AsJson, print_json

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(
    name="runs",
    help="Show the store of finished runs: list, export, verify.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

StoreFile = Annotated[Path, typer.Option("--store", metavar="FILE", help="The store of runs.")]
DEFAULT_STORE = Path("losslab-runs.sqlite")


@app.command("list")
def list_runs(
    store: StoreFile = DEFAULT_STORE,
    limit: Annotated[int, typer.Option(min=1, help="Show the newest N runs.", metavar="N")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest runs, oldest of them first."""
    from losslab.experiment.store import count, read_stored, summarize

    total = count(store)
    runs = [summarize(stored) for stored in read_stored(store, newest=limit, curves=False)]
    if as_json:
        print_json({"store": str(store), "total": total, "runs": runs})
    elif runs:
        _print_table(_make_table(runs))
    summary = f"{len(runs)} of {total} runs in {store}"
    more = f"; all of them with --limit {total}" if len(runs) < total else ""
    typer.echo(f"{summary}{more}", err=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write, ending in .csv or .parquet.")],
    store: StoreFile = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Write all runs as a table, one row per run, to a CSV or Parquet file."""
    from losslab.experiment.store import export as export_store

    runs = export_store(store, file)
    if as_json:
        print_json({"store": str(store), "file": str(file), "runs": runs})
    typer.echo(f"wrote {runs} runs to {file}", err=True)


@app.command()
def verify(store: StoreFile = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Check the store from end to end without changing it; exit with 1 if it is damaged."""
    from losslab.experiment.store import verify as verify_store

    report = verify_store(store)
    found = f"{report.runs} runs and {report.curves} curves in {store}"
    if as_json:
        print_json(
            {
                "store": str(store),
                "runs": report.runs,
                "curves": report.curves,
                "ok": report.ok,
                "problems": list(report.problems),
            }
        )
    elif report.ok:
        typer.echo(f"{found}: no problems found")
    else:
        typer.echo("\n".join(report.problems))
    if not report.ok:
        typer.echo(f"{found}, {len(report.problems)} problems; keep a copy of the file", err=True)
        raise typer.Exit(1)


def _print_table(table: "Table") -> None:
    import sys

    from rich.console import Console

    # A pipe or a file has no width of its own; there a row should stay on one line.
    width = None if sys.stdout.isatty() else 200
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def _make_table(runs: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table("committed", "data", "loss", "head", "optimizer", box=None, pad_edge=False)
    for name in ("lr", "hidden", "split", "best epoch"):
        table.add_column(name, justify="right")
    table.add_column("metrics")
    table.add_column("diverged")
    for run in runs:
        table.add_row(*_format_run(run))
    return table


def _format_run(run: dict[str, Any]) -> list[str]:
    numbers = (run["repeat"], run["fold"])
    diverged = run["diverged_at"]
    main_metrics = list(run["metrics"].items())[:3]
    return [
        run["committed"][:19].replace("T", " "),
        _format_text(run["data"]),
        _format_loss(run),
        _format_text(run["head"]),
        _format_text(run["optimizer"]),
        _format_text(run["lr"]),
        _format_text(run["hidden"]),
        "" if None in numbers else f"{_format_text(numbers[0])}/{_format_text(numbers[1])}",
        _format_text(run["best_epoch"]),
        "  ".join(
            f"{_format_text(name)} {_format_text(value) or '-'}" for name, value in main_metrics
        ),
        "" if diverged is None else f"at epoch {_format_text(diverged)}",
    ]


def _format_loss(run: dict[str, Any]) -> str:
    if run["stands_for"]:
        return f"({_format_text(run['stands_for'])})"
    params = run["loss_params"]
    pairs = params.items() if isinstance(params, dict) else ()
    settings = ", ".join(f"{_format_text(name)}={_format_text(value)}" for name, value in pairs)
    wrong = " (wrong on purpose)" if run["unchecked"] else ""
    return f"{_format_text(run['loss'])}{f'({settings})' if settings else ''}{wrong}"


def _format_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.4g}"
        case list():
            return ",".join(_format_text(item) for item in value)
    # Names come from files; a terminal must not act on what they hold.
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
