"""``losslab losses``: the catalogue of losses, one loss's page, its code."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from losslab.losses.spec import Loss

_WIDEST_PAGE = 100


def command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Losses to show in full.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="Only this task: binary, multiclass, regression or count."
        ),
    ] = None,
    source: Annotated[
        bool, typer.Option("--source", help="Print the loss's code for one row.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result to stdout as JSON.")] = (
        False
    ),
) -> None:
    """List the losses, or explain those named: formula, contract, when to use, code."""
    from losslab.report.losses_page import chosen

    if source and not names:
        _refuse_source_of_nothing()
    losses = chosen(names or (), task)
    if as_json:
        _print_json(losses, task, source)
    elif source:
        typer.echo("\n\n\n".join(_source(loss) for loss in losses))
    elif names:
        _print_pages(losses, task)
    else:
        _print_catalogue(losses, task)


def _print_catalogue(losses: "list[Loss]", task: str | None) -> None:
    from losslab.report.losses_page import catalogue

    _console().print(catalogue(losses, task))


def _print_pages(losses: "list[Loss]", task: str | None) -> None:
    from losslab.report.losses_page import page

    console = _console()
    for number, loss in enumerate(losses):
        if number:
            console.rule(characters="-")
        console.print(page(loss, task, ascii_only=console.options.ascii_only))


def _print_json(losses: "list[Loss]", task: str | None, source: bool) -> None:
    from losslab.report.losses_json import to_dict

    shown: list[dict[str, Any]] = [
        {**to_dict(loss, task), **({"source": _source(loss)} if source else {})} for loss in losses
    ]
    typer.echo(json.dumps({"losses": shown}, indent=2, allow_nan=False))


def _source(loss: "Loss") -> str:
    import inspect

    assert loss.kernel is not None, "every loss of the catalogue has a row kernel"
    return inspect.getsource(loss.kernel).rstrip()


def _console() -> "Console":
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    console.width = min(console.width, _WIDEST_PAGE) if sys.stdout.isatty() else 80
    return console


def _refuse_source_of_nothing() -> None:
    from losslab.core.errors import OptionError

    raise OptionError(
        "--source needs the name of a loss", got="none", fix="losslab losses mse --source"
    )
