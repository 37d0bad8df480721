"""Labelled facts and plain tables for a terminal."""

from rich.table import Table
from rich.text import Text

NAME, LABEL, ASIDE = "bold cyan", "bold", "dim"
LABEL_WIDTH = 17


def facts(*pairs: tuple[str, str]) -> Table:
    """Put each text beside its label; leave out what has no text."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=LABEL_WIDTH, style=LABEL)
    grid.add_column(ratio=1, overflow="fold")
    for label, text in pairs:
        if text:
            grid.add_row(label, Text(text))
    return grid


def bare_table(*headings: str) -> Table:
    """Make a table without lines whose last column takes what the others leave."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=LABEL)
    for heading in headings:
        table.add_column(heading, ratio=1 if heading == headings[-1] else None)
    return table
