"""The command line: one command per file; errors become one clear message and an exit code."""

import atexit
import gc
import os
import shlex
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import losslab
from losslab.cli import compare, data, doctor, landscape, losses, penalty, runs
from losslab.core.errors import LosslabError

BAD_INPUT = 2
INTERRUPTED = 130  # as a shell reports a command that Ctrl-C ended


class _InterruptedError(Exception):
    """Ctrl-C during the command of this name, carried past Typer, which would say "Aborted!"."""


class _Commands(TyperGroup):
    """All commands, which may be interrupted."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _InterruptedError(ctx.invoked_subcommand) from None


app = typer.Typer(
    name="losslab",
    cls=_Commands,
    help="Find the right loss: compare losses, heads and optimizers on your table.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"losslab {losslab.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


app.command("compare")(compare.command)
app.command("penalty")(penalty.command)
app.command("landscape")(landscape.command)
app.command("losses")(losses.command)
app.command("data")(data.command)
app.command("doctor", context_settings=doctor.SETTINGS)(doctor.command)
app.add_typer(runs.app)


def main() -> None:
    """Run a command; exit 0 if fine, 1 for findings or failed runs, 2 for bad usage or input."""
    # Imports make a million objects that stay; looking through them again and again takes half a
    # second of a command.
    gc.set_threshold(50_000, 20, 100)
    atexit.register(_leave_memory_to_the_system)
    try:
        app()
    except LosslabError as error:
        _exit(f"error: {error}", BAD_INPUT)
    except _InterruptedError as stopped:
        again = f": finished runs are kept; to go on: {shlex.join(['losslab', *sys.argv[1:]])}"
        _exit(f"stopped{again if stopped.args == ('compare',) else ''}", INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe, such as head, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if os.environ.get("LOSSLAB_TRACEBACK"):
            raise
        _exit(
            f"error: losslab failed in a way it should not: {type(error).__name__}: {error}\n"
            "  fix: LOSSLAB_TRACEBACK=1 shows where; please report it",
            BAD_INPUT,
        )


def _leave_memory_to_the_system() -> None:
    """Not search a million objects for cycles once more, which takes a second, to free it all."""
    gc.disable()
    gc.freeze()


def _exit(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
