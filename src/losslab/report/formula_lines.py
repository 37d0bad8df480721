"""A formula in a terminal, broken where its terms end if it is too long for a line."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from losslab.report.formula import plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_INDENT = 4
# Spaces where a line may end: before a condition or another equation, or else before a sign.
_BREAKS = re.compile(r"(?<=\S)  +(?=\S)|(?<=\S) (?=[-+=·*] )")


@dataclass(frozen=True, kw_only=True)
class FormulaLines:
    """What ``rich.console.Console.print`` shows of a formula in LaTeX."""

    latex: str
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        written = plain(self.latex, ascii_only=self.ascii_only)
        yield Text("\n".join(broken(line, options.max_width) for line in written.split("\n")))


def broken(line: str, width: int) -> str:
    """Break a line of a formula between its terms, outside of brackets as long as that will do.

    Example
        >>> print(broken("loss(z, y) = log(1 + exp(z)) - y z", 28))
        loss(z, y) = log(1 + exp(z))
            - y z
        >>> print(broken("x = (a + b)^2  if a > b", 16))
        x = (a + b)^2
            if a > b
    """
    if len(line) <= width:
        return line
    text = line.lstrip()
    start = len(line) - len(text)
    places = [found for found in _BREAKS.finditer(line) if found.start() <= width]
    best = min(places, key=_badness, default=None)
    # What the lines below begin under is not worth keeping where it leaves no room.
    if start > _INDENT and (best is None or len(best[0]) == 1):
        return broken(" " * _INDENT + text, width)
    if best is None:
        return line
    rest = " " * (min(start, _INDENT) + _INDENT) + line[best.end() :]
    return f"{line[: best.start()]}\n{broken(rest, width)}"


def _badness(place: re.Match[str]) -> tuple[bool, int, bool, int]:
    """Best at a wide gap, then outside of brackets, then at another sign than equality, late."""
    before, after = place.string[: place.start()], place.string[place.end() :]
    opened = before.count("(") - before.count(")") + before.count("|") % 2
    return len(place[0]) == 1, opened, after.startswith("="), -place.start()
