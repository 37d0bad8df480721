"""A landscape in a terminal: a line for each path, and how to read the picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.result import LandscapeResult
from losslab.plots.figures import landscape
from losslab.plots.wording import format_seconds
from losslab.report.terminal import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


Cells = tuple[str, ...]


def heading(result: LandscapeResult) -> str:
    """Say what the surface is of."""
    if not result.n_rows:
        return f"{result.name}: {result.settings['steps']} steps from {result.settings['start']}"
    hidden = result.settings["hidden"]
    units = hidden.replace(", ", "-")
    network = "a linear model" if hidden == "none" else f"a network of {units} hidden units"
    return f"{result.name}: {network} trained on {format_count(result.n_rows, 'row')}"


def caption(result: LandscapeResult) -> str:
    """Say how to read the picture."""
    return landscape.write_caption(landscape.prepare(result))


def path_cells(result: LandscapeResult) -> Iterator[Cells]:
    """The table of paths: its titles, then a line for each."""
    network = bool(result.n_rows)
    beside: Cells = ("gap to plane",) if network else ()
    first = "loss" if network else "steps"
    yield (first, "path", "start", "end", "lowest", *beside, "what happens")
    for surface in result.surfaces:
        for path in surface.paths:
            gap = (format_number(float(abs(path.on_plane - path.loss).max())),) if network else ()
            ends = (path.loss[0], path.loss[-1], path.loss.min())
            yield (
                surface.title,
                path.label,
                *(format_number(float(value)) for value in ends),
                *gap,
                path.outcome if path.outcome == "descends" else path.description,
            )


def remarks(result: LandscapeResult) -> Iterator[str]:
    """What else a reader should be told."""
    yield from result.notes
    lost = [
        f"{path.label} on {surface.title}" if result.n_rows else path.label
        for surface in result.surfaces
        for path in surface.paths
        if path.outcome == "diverges"
    ]
    if lost:
        yield f"Diverged, and drawn up to there: {'; '.join(lost)}. A smaller --lr would help."


WIDEST = 100


@dataclass(frozen=True, kw_only=True)
class LandscapeTable:
    """What ``rich.console.Console.print`` shows of a landscape, in at most 100 columns.

    Args:
        result: what was found.
        written: the files that were written, by what they hold.
    """

    result: LandscapeResult
    written: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        plain, result = options.ascii_only, self.result
        narrow = options.update(width=min(options.max_width, WIDEST))
        parts: list[Text | Table] = [
            Text(visible(heading(result), plain), style="bold"),
            Text(""),
            _table(result, plain),
            Text(""),
            *(Text(visible(f"- {line}", plain)) for line in remarks(result)),
            Text(visible(caption(result), plain)),
            Text(visible(self._traces(), plain), style="dim"),
        ]
        for part in parts:
            yield from console.render(part, narrow)

    def _traces(self) -> str:
        parts = [f"{what}: {path}" for what, path in self.written.items()]
        return "; ".join([*parts, format_seconds(self.result.seconds)])


def _table(result: LandscapeResult, plain: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, collapse_padding=True)
    titles, *rows = path_cells(result)
    for place, title in enumerate(titles):
        number = 2 <= place < len(titles) - 1
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell, plain)) for cell in row))
    return table
