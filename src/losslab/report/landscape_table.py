"""A landscape in a terminal: a line for each path, and how to read the picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from losslab.experiment.landscape.survey import Survey
from losslab.plots.words import duration
from losslab.report.landscape_words import caption, heading, path_cells, remarks
from losslab.report.letters import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

WIDEST = 100


@dataclass(frozen=True, kw_only=True)
class LandscapeTable:
    """What ``rich.console.Console.print`` shows of a landscape, in at most 100 columns.

    Args:
        survey: what was found.
        written: the files that were written, by what they hold.
    """

    survey: Survey
    written: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        plain, survey = options.ascii_only, self.survey
        narrow = options.update(width=min(options.max_width, WIDEST))
        parts: list[Text | Table] = [
            Text(visible(heading(survey), plain), style="bold"),
            Text(""),
            _table(survey, plain),
            Text(""),
            *(Text(visible(f"- {line}", plain)) for line in remarks(survey)),
            Text(visible(caption(survey), plain)),
            Text(visible(self._traces(), plain), style="dim"),
        ]
        for part in parts:
            yield from console.render(part, narrow)

    def _traces(self) -> str:
        parts = [f"{what}: {path}" for what, path in self.written.items()]
        return "; ".join([*parts, duration(self.survey.seconds)])


def _table(survey: Survey, plain: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, collapse_padding=True)
    titles, *rows = path_cells(survey)
    for place, title in enumerate(titles):
        number = 2 <= place < len(titles) - 1
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell, plain)) for cell in row))
    return table
