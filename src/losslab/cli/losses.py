"""``losslab losses``: the catalogue of losses, one loss's page, several overlaid, their code."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from losslab.cli.options import AsJson, print_json
from losslab.core.errors import OptionError

if TYPE_CHECKING:
    from rich.console import Console

    from losslab.losses.spec import Loss

_SLIMMEST_PAGE, _WIDEST_PAGE = 40, 100


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="One loss to show in full, or several to draw together."
        ),
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
    as_json: AsJson = False,
) -> None:
    """List the losses, explain one (formula, curves, contract, use), or draw several together."""
    from losslab.report.losses.catalogue import select_losses

    if source and not names:
        raise OptionError(
            "needed the name of a loss for --source", got="none", fix="losslab losses mse --source"
        )
    losses = select_losses(names or (), task)
    if as_json:
        _print_json(losses, task, named=bool(names), source=source)
    elif source:
        typer.echo("\n\n\n".join(_format_source(loss, task) for loss in losses))
    else:
        _print(losses, task, named=len(names or ()))


def _print(losses: "list[Loss]", task: str | None, *, named: int) -> None:
    from losslab.report.losses.catalogue import render_catalogue
    from losslab.report.losses.page import render_overlay, render_page

    console = _open_console()
    # The fonts of old Windows consoles have no Braille.
    ascii_only = console.options.ascii_only or console.legacy_windows
    if not named:
        console.print(render_catalogue(losses, task))
    elif len(losses) == 1:
        console.print(render_page(losses[0], task, ascii_only=ascii_only))
    else:
        console.print(render_overlay(losses, task, ascii_only=ascii_only))


def _print_json(losses: "list[Loss]", task: str | None, *, named: bool, source: bool) -> None:
    from losslab.losses.curve import compute_curves
    from losslab.report.losses.json_page import curve_to_dict, to_dict

    pages: list[dict[str, Any]] = []
    for loss in losses:
        page = to_dict(loss, task)
        if named:
            page["curves"] = [curve_to_dict(curve) for curve in compute_curves(loss)]
        if source:
            page["source"] = _format_source(loss, task)
        pages.append(page)
    print_json({"losses": pages})


def _format_source(loss: "Loss", task: str | None) -> str:
    from losslab.report.losses.page import get_source

    return get_source(loss, task)


def _open_console() -> "Console":
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    # rich reads COLUMNS itself, terminal or not.
    asked = os.environ.get("COLUMNS", "").isdecimal()
    known = asked or sys.stdout.isatty()
    console.width = min(max(console.width, _SLIMMEST_PAGE), _WIDEST_PAGE) if known else 80
    return console
