"""Tables on the terminal and as Markdown."""

from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.table import Table


def show(console: Console, table: Table) -> None:
    """Print a table."""
    if not table.lines:
        return
    drawn = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD)
    drawn.padding = (0, 1, 0, 0)  # so that it fits into 80 columns
    for number, heading in enumerate(table.columns):
        drawn.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for line in table.lines:
        drawn.add_row(*line)
    console.print(drawn)
    for note in table.below:
        console.print(f"  {note}", highlight=False, markup=False)
    console.print()


def render_markdown(table: Table) -> str:
    """Write a table as Markdown.

    Examples:
        >>> print(render_markdown(Table(title="Speed", columns=("", "us"), lines=[("JAX", "72")])))
        ## Speed
        <BLANKLINE>
        | | us |
        |---|---:|
        | JAX | 72 |
        <BLANKLINE>
    """
    rule = "|".join(["---", *["---:"] * (len(table.columns) - 1)])
    lines = [_render_line(table.columns), f"|{rule}|", *map(_render_line, table.lines)]
    below = [*(f"- {note}" for note in table.below), ""] if table.below else []
    return "\n".join([f"## {table.title}", "", *lines, "", *below])


def render_page(tables: Iterable[Table], facts: Mapping[str, object]) -> str:
    """Write the whole page of results."""
    about = ", ".join(f"{name} {value}" for name, value in facts.items())
    head = ["# losslab and its peers on the same work", "", f"{about}.", ""]
    return "\n".join([*head, *map(render_markdown, tables)])


def _render_line(cells: Iterable[str]) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"
