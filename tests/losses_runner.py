"""``losslab losses`` run in this process, and what is drawn, without trailing spaces."""

import io

import typer
from rich.console import Console
from typer.testing import CliRunner

from losslab.cli import losses as losses_command

app = typer.Typer(rich_markup_mode=None, add_completion=False)
app.command("losses")(losses_command.command)


@app.command("other")
def other() -> None:
    """Make the app one of several commands, as the real one is."""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["losses", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return lines_of(result.stdout)


def drawn(renderable, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(renderable)
    return lines_of(file.getvalue())


def lines_of(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())
