"""Text for a terminal: printable characters, tables, and reports of limited width."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderResult

# What losslab itself writes; letters of the user's names fall back to a question mark.
_ASCII = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LEFTWARDS ARROW}": "<-",
    "\N{PLUS-MINUS SIGN}": "+-",
}


def make_printable(text: str, ascii_only: bool = False) -> str:
    """Replace unprintable characters, so that names cannot control the terminal.

    Examples:
        >>> make_printable("\\x1b[31mred"), make_printable("café −1", ascii_only=True)
        ('�[31mred', 'cafe -1')
    """
    printable = "".join(
        letter if letter.isprintable() else "\ufffd" for letter in text.replace("\n", " ")
    )
    if not ascii_only:
        return printable
    decomposed = unicodedata.normalize("NFKD", "".join(_ASCII.get(one, one) for one in printable))
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    return letters.encode("ascii", "replace").decode("ascii")


NAME, LABEL, ASIDE = "bold cyan", "bold", "dim"
LABEL_WIDTH = 17
WIDEST, GAP = 100, 2


def make_fact_table(*facts: tuple[str, str]) -> Table:
    """Make a table of labels and texts; empty texts are left out."""
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(width=LABEL_WIDTH, style=LABEL)
    table.add_column(ratio=1, overflow="fold")
    for label, text in facts:
        if text:
            table.add_row(label, Text(text))
    return table


def make_table(*headings: str) -> Table:
    """Make a table without rules whose last column takes the remaining width."""
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style=LABEL)
    for heading in headings:
        table.add_column(heading, ratio=1 if heading == headings[-1] else None)
    return table


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of text, as a terminal and a notebook show it.

    Args:
        key: unique in the table.
        title: of one or more lines.
        cells: one text per row, of one or more lines.
        right: whether the text is aligned to the right.
        priority: columns of low priority make room first; None for columns that never do.
        narrow: the width to which the column shrinks to make room; 0 drops it.
        max_width: lines are broken at this width.
        grow_to: the width up to which the column takes what the others leave.
    """

    key: str
    title: str
    cells: tuple[str, ...]
    right: bool = True
    priority: int | None = None
    narrow: int = 0
    max_width: int = WIDEST
    grow_to: int = 0

    @property
    def width(self) -> int:
        """The width of the longest line, at most ``max_width``."""
        lines = [line for text in (self.title, *self.cells) for line in text.split("\n")]
        return min(max(map(cell_len, lines)), self.max_width)

    def make_printable(self, ascii_only: bool) -> "Column":
        """Replace unprintable characters in the title and the cells."""
        title, *cells = (
            "\n".join(make_printable(line, ascii_only) for line in text.split("\n"))
            for text in (self.title, *self.cells)
        )
        return replace(self, title=title, cells=tuple(cells))


def fit_columns(columns: Sequence[Column], width: int) -> dict[str, int]:
    """Choose the columns for a width, and the width of each by its key."""

    def count_spare() -> int:
        return width - sum(widths.values()) - GAP * (len(widths) - 1)

    widths = {column.key: column.width for column in columns}
    ranked = [(column.priority, column) for column in columns if column.priority is not None]
    for _, column in sorted(ranked, key=lambda pair: pair[0]):
        if count_spare() >= 0:
            break
        if column.narrow:
            widths[column.key] = min(column.width, column.narrow)
        else:
            del widths[column.key]
    for column in columns:
        if column.key in widths:
            growth = max(column.width, column.grow_to) - widths[column.key]
            widths[column.key] += max(0, min(growth, count_spare()))
    return widths


def lay_out_columns(
    columns: Iterable[Column],
    widths: Mapping[str, int] | None = None,
    style: Callable[[Column, int], str] = lambda column, row: "",
) -> Table:
    """Make a table of columns.

    Args:
        columns: with printable texts.
        widths: of the columns to show; by default, all are shown and rich fits them.
        style: returns the style of a cell by its column and row.
    """
    shown = [column for column in columns if widths is None or column.key in widths]
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, collapse_padding=True)
    for column in shown:
        table.add_column(
            Text(column.title),
            justify="right" if column.right else "left",
            width=None if widths is None else widths[column.key],
            overflow="fold",
        )
    for row, cells in enumerate(zip(*(column.cells for column in shown), strict=True)):
        table.add_row(
            *(Text(cell, style(column, row)) for column, cell in zip(shown, cells, strict=True))
        )
    return table


def list_notes(notes: Iterable[str]) -> Iterator[Text]:
    """Make a list item of each note."""
    for note in notes:
        yield Text(f"- {note}")


def format_footer(files: Mapping[str, str | None], *parts: str) -> Text:
    """Format the last line: the files by what they hold, and what was done."""
    written = [f"{what}: {path}" for what, path in files.items() if path]
    return Text("; ".join([*written, *parts]), style=ASIDE)


@dataclass(frozen=True, kw_only=True)
class TerminalReport:
    """A report to print with ``rich.console.Console.print``.

    It takes at most 100 columns, and keeps to ASCII where the terminal's encoding asks for it.

    Args:
        lay_out: returns the parts of the report for a width, and for ASCII only or not; their
            texts need not be printable, but their tables do.
    """

    lay_out: Callable[[int, bool], Iterable[Text | Table]]

    def __rich_console__(self, console: Console, options: "ConsoleOptions") -> "RenderResult":
        narrow = options.update(width=min(options.max_width, WIDEST))
        for part in self.lay_out(narrow.max_width, options.ascii_only):
            if isinstance(part, Text):
                part.plain = make_printable(part.plain, options.ascii_only)
            yield from console.render(part, narrow)


def render_text(renderable: RenderableType) -> str:
    """Render as plain text of at most 100 columns, without colors."""
    console = Console(width=WIDEST, no_color=True, highlight=False)
    with console.capture() as text:
        console.print(renderable)
    return text.get()
