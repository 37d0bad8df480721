"""A path in a terminal: a line for each alpha, the choice in words last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from losslab.experiment.amounts import counted
from losslab.experiment.path.findings import PathFindings
from losslab.plots.words import duration
from losslab.report.letters import visible
from losslab.report.path_columns import CHOSEN, PathColumn, path_columns
from losslab.report.path_words import heading, reading, remarks, verdict

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

WIDEST, GAP = 100, 2


@dataclass(frozen=True, kw_only=True)
class PathTable:
    """What ``rich.console.Console.print`` shows of a path, in at most 100 columns.

    Args:
        findings: what was found.
        written: the files that were written, by what they hold.
    """

    findings: PathFindings
    written: Mapping[str, str] = field(default_factory=dict)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        plain, found = options.ascii_only, self.findings
        narrow = options.update(width=min(options.max_width, WIDEST))
        yield from console.render(Text(visible(heading(found), plain), style="bold"), narrow)
        yield from console.render(Text(visible(reading(found), plain)), narrow)
        yield from console.render(Text(""), narrow)
        columns = fitting(path_columns(found), narrow.max_width)
        yield from console.render(_table(columns, plain), narrow)
        yield from console.render(Text(""), narrow)
        lines = [Text(visible(f"- {line}", plain)) for line in remarks(found)]
        for line in [*lines, Text("")] if lines else []:
            yield from console.render(line, narrow)
        yield from console.render(Text(visible(verdict(found), plain), style="bold"), narrow)
        yield from console.render(Text(visible(self._traces(), plain), style="dim"), narrow)

    def _traces(self) -> str:
        parts = [f"{what}: {path}" for what, path in self.written.items()]
        runs = counted(self.findings.runs, "run")
        return "; ".join([*parts, f"{runs} trained", duration(self.findings.seconds)])


def fitting(columns: Sequence[PathColumn], width: int) -> list[PathColumn]:
    """Leave out columns, the least needed first, until the others fit."""
    kept = list(columns)
    while len(kept) > 1 and sum(map(_width, kept)) + GAP * (len(kept) - 1) > width:
        kept.remove(min(kept, key=lambda column: column.needed))
    return kept


def _width(column: PathColumn) -> int:
    lines = [line for text in (column.title, *column.cells) for line in text.split("\n")]
    return max(map(cell_len, lines))


def _table(columns: Sequence[PathColumn], plain: bool) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, collapse_padding=True)
    for column in columns:
        title = Text("\n".join(visible(line, plain) for line in column.title.split("\n")))
        table.add_column(title, justify="right" if column.right else "left", no_wrap=True)
    for row in zip(*(column.cells for column in columns), strict=True):
        style = "bold green" if row[-1] == CHOSEN else ""
        table.add_row(*(Text(visible(cell, plain), style=style) for cell in row))
    return table
