"""The command line of a public function, made from its signature and its docstring."""

import inspect
import json
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from losslab.core.options import Parameter, list_parameters

if TYPE_CHECKING:
    from rich.console import RenderableType

AsJson = Annotated[bool, typer.Option("--json", help="Write the results to stdout as JSON.")]


def print_json(value: Any, indent: int | None = 2) -> None:
    """Write a value to stdout as strict JSON."""
    typer.echo(json.dumps(value, indent=indent, allow_nan=False))


class Result(Protocol):
    """What a public function returns."""

    @property
    def succeeded(self) -> bool:
        """Whether there is anything to go by."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""

    def render(self, without: Collection[str]) -> "RenderableType":
        """Return what a terminal shows, without notes that were shown before."""


def make_command(
    function: Callable[..., Result], data: str, indent: int | None = 2
) -> Callable[..., None]:
    """Make the command of a public function.

    It has the function's options, with their descriptions and defaults, and ``--json``; it ends
    with exit status 1 if there is no result to go by.

    Args:
        function: which takes a table and options.
        data: what the table may be, for the help.
        indent: of the JSON; None for one line, where there are large arrays.
    """

    def command(data: str, as_json: bool, **options: Any) -> None:
        from rich.console import Console

        from losslab.report.compare.progress import ConsoleMonitor

        monitor = ConsoleMonitor(Console(stderr=True))
        try:
            found = function(data, **options, monitor=monitor)
        finally:
            monitor.stop()
        if as_json:
            print_json(found.to_dict(), indent)
        else:
            Console(file=sys.stdout).print(found.render(without=monitor.notes))
        if not found.succeeded:
            raise typer.Exit(1)

    options = {name: _make_option(one) for name, one in list_parameters(function).items()}
    source = Annotated[str, typer.Argument(help=data, metavar="DATA")]
    parameters = [
        inspect.Parameter("data", inspect.Parameter.KEYWORD_ONLY, annotation=source),
        *options.values(),
        inspect.Parameter(
            "as_json", inspect.Parameter.KEYWORD_ONLY, annotation=AsJson, default=False
        ),
    ]
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    command.__doc__ = (inspect.getdoc(function) or "").partition("\n")[0]
    return command


def _make_option(parameter: Parameter) -> inspect.Parameter:
    option = parameter.option
    text = parameter.description.replace("``", "")
    names = []
    default: Any
    kind: Any
    if option.metavar is None:
        kind, default = bool, parameter.default
        names = [] if default else [parameter.flag]  # no --no-impute
    else:
        texts = option.write(
            parameter.default if option.command_default is None else option.command_default
        )
        kind = list[str] if option.repeatable else str
        default = (texts or None) if option.repeatable else (texts[0] if texts else None)
    declared = typer.Option(*names, help=text[:1].upper() + text[1:], metavar=option.metavar)
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[kind if default is not None else kind | None, declared],
        default=default,
    )
