"""A landscape in a terminal: a line for each path, and how to read the picture."""

from collections.abc import Iterator, Mapping
from functools import partial

from rich.table import Table
from rich.text import Text

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.result import LandscapeResult
from losslab.plots.figures import landscape
from losslab.plots.wording import format_seconds
from losslab.report.terminal import (
    Column,
    TerminalReport,
    format_footer,
    lay_out_columns,
    list_notes,
)


def write_heading(result: LandscapeResult) -> str:
    """Name the table and the network, or the function and its start."""
    if not result.n_rows:
        return f"{result.name}: {result.settings['steps']} steps from {result.settings['start']}"
    hidden = result.settings["hidden"]
    units = hidden.replace(", ", "-")
    network = "a linear model" if hidden == "none" else f"a network of {units} hidden units"
    return f"{result.name}: {network} trained on {format_count(result.n_rows, 'row')}"


def write_caption(result: LandscapeResult) -> str:
    """Explain how to read the picture."""
    return landscape.write_caption(landscape.prepare(result))


def make_columns(result: LandscapeResult) -> tuple[Column, ...]:
    """Make the columns, with a line for each path."""
    paths = [path for surface in result.surfaces for path in surface.paths]
    titles = [surface.title for surface in result.surfaces for path in surface.paths]
    outcomes = [path.outcome if path.outcome == "descends" else path.description for path in paths]
    numbers = {
        "start": [path.loss[0] for path in paths],
        "end": [path.loss[-1] for path in paths],
        "lowest": [path.loss.min() for path in paths],
    }
    if result.n_rows:
        numbers["gap to plane"] = [abs(path.on_plane - path.loss).max() for path in paths]
    cells = {
        "loss" if result.n_rows else "steps": titles,
        "path": [path.label for path in paths],
        **{
            title: [format_number(float(value)) for value in values]
            for title, values in numbers.items()
        },
        "what happens": outcomes,
    }
    return tuple(
        Column(key=title, title=title, cells=tuple(texts), right=title in numbers)
        for title, texts in cells.items()
    )


def write_notes(result: LandscapeResult) -> Iterator[str]:
    """Give the table's notes, and name the paths that diverged."""
    yield from result.notes
    diverged = [
        f"{path.label} on {surface.title}" if result.n_rows else path.label
        for surface in result.surfaces
        for path in surface.paths
        if path.outcome == "diverges"
    ]
    if diverged:
        yield f"Diverged, and drawn up to there: {'; '.join(diverged)}. A smaller --lr would help."


def format_landscape(result: LandscapeResult, written: Mapping[str, str]) -> TerminalReport:
    """Format a landscape for a terminal; ``written`` are the files by what they hold."""
    return TerminalReport(lay_out=partial(_lay_out, result, written))


def _lay_out(
    result: LandscapeResult, written: Mapping[str, str], width: int, ascii_only: bool
) -> Iterator[Text | Table]:
    yield Text(write_heading(result), style="bold")
    yield Text("")
    yield lay_out_columns(column.make_printable(ascii_only) for column in make_columns(result))
    yield Text("")
    yield from list_notes(write_notes(result))
    yield Text(write_caption(result))
    yield format_footer(written, format_seconds(result.seconds))
