"""A progress bar for each epoch, on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class EpochBar:
    """One line: the epoch, a bar over its batches, and its mean loss so far.

    Args:
        progress: the display; None shows nothing.
        epochs: the number of epochs.
        n_batches: the number of batches per epoch, if known.
        word: the word for an epoch.
    """

    def __init__(
        self, progress: Progress | None, epochs: int, n_batches: int | None, word: str
    ) -> None:
        self.progress, self.epochs, self.n_batches, self.word = progress, epochs, n_batches, word
        self.loss = ""
        if progress is not None:
            self.task = progress.add_task("", total=n_batches, epoch="", loss="")

    def start(self, epoch: int) -> None:
        """Begin an epoch, counted from 1; the last epoch's loss stays until the first batch."""
        if self.progress is not None:
            text = f"{self.word} {epoch}/{self.epochs}"
            self.progress.reset(self.task, total=self.n_batches, epoch=text, loss=self.loss)

    def advance(self, loss: float) -> None:
        """Advance by one batch, and show the mean loss of the epoch so far."""
        if self.progress is not None:
            self.loss = f"loss {loss:.4g}"
            self.progress.update(self.task, advance=1, loss=self.loss)


@contextmanager
def show_progress(
    epochs: int,
    n_batches: int | None,
    show: bool,
    console: Console | None = None,
    word: str = "epoch",
) -> Iterator[EpochBar]:
    """Show a bar during training, on a terminal or in a notebook only.

    Lines written to standard output meanwhile stay there: above the bar if that is the same
    terminal, in their file or notebook cell if not.
    """
    console = console or Console(stderr=True)
    # Without ipywidgets, each refresh in a notebook would only ask to install it.
    is_watched = find_spec("ipywidgets") is not None if console.is_jupyter else console.is_terminal
    if not show or not is_watched:
        yield EpochBar(None, epochs, n_batches, word)
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
