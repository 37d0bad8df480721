"""Text for a terminal: letters that it can show, labelled facts and plain tables."""

import unicodedata
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

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


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What an interval is drawn with in text."""

    mean: str
    bar: str
    left: str
    right: str


UNICODE_MARKS = Marks(
    mean="\N{BLACK CIRCLE}",
    bar="\N{BOX DRAWINGS LIGHT HORIZONTAL}",
    left="\N{BLACK LEFT-POINTING SMALL TRIANGLE}",
    right="\N{BLACK RIGHT-POINTING SMALL TRIANGLE}",
)
ASCII_MARKS = Marks(mean="o", bar="-", left="<", right=">")


def visible(text: str, ascii_only: bool = False) -> str:
    """Replace what is no visible character, so that names cannot steer the terminal.

    Examples:
        >>> visible("\\x1b[31mred"), visible("café −1", ascii_only=True)
        ('�[31mred', 'cafe -1')
    """
    shown = "".join(
        letter if letter.isprintable() else "\ufffd" for letter in text.replace("\n", " ")
    )
    if not ascii_only:
        return shown
    plain = "".join(_ASCII.get(letter, letter) for letter in shown)
    parts = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode("ascii")


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


def print_plainly(renderable: RenderableType) -> str:
    """Print something into a string, 100 columns wide and without colours."""
    console = Console(width=100, no_color=True, highlight=False)
    with console.capture() as text:
        console.print(renderable)
    return text.get()
