"""A progress bar for each epoch, on the terminal's error stream."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar(Protocol):
    """What shows how far training is."""

    def start(self, epoch: int) -> None:
        """Begin an epoch, counted from 1."""

    def advance(self, loss: float) -> None:
        """Note one more batch, and the mean loss of the epoch so far."""


class NoProgress:
    """Show nothing."""

    def start(self, epoch: int) -> None:
        """Begin an epoch."""

    def advance(self, loss: float) -> None:
        """Note one more batch."""


class EpochBar:
    """One line: the epoch, a bar over its batches, and its mean loss so far."""

    def __init__(self, progress: Progress, epochs: int, n_batches: int | None, word: str) -> None:
        self.progress, self.epochs, self.n_batches = progress, epochs, n_batches
        self.task = progress.add_task("", total=n_batches, epoch="", loss="")
        self.word, self.loss = word, ""

    def start(self, epoch: int) -> None:
        """Begin an epoch, counted from 1; the last epoch's loss stays until the first batch."""
        text = f"{self.word} {epoch}/{self.epochs}"
        self.progress.reset(self.task, total=self.n_batches, epoch=text, loss=self.loss)

    def advance(self, loss: float) -> None:
        """Note one more batch, and the mean loss of the epoch so far."""
        self.loss = f"loss {loss:.4g}"
        self.progress.update(self.task, advance=1, loss=self.loss)


@contextmanager
def show_progress(
    epochs: int,
    n_batches: int | None,
    show: bool,
    console: Console | None = None,
    word: str = "epoch",
) -> Iterator[Bar]:
    """Show a bar while training goes on; nothing where no person looks.

    Lines written to the standard output meanwhile stay there: above the bar if that is the same
    terminal, in their file or notebook cell if not.
    """
    console = console or Console(stderr=True)
    if not show or not _is_watched(console):
        yield NoProgress()
        return
    columns = (
        TextColumn("{task.fields[epoch]}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, redirect_stdout=sys.stdout.isatty()) as progress:
        yield EpochBar(progress, epochs, n_batches, word)


def _is_watched(console: Console) -> bool:
    if console.is_jupyter:
        # Without it, every refresh of a bar would only ask to install it.
        return find_spec("ipywidgets") is not None
    return console.is_terminal
