"""Curves of losses as a picture in text: what a row costs, and beside it the gradient."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from losslab.losses.curve import Curve, Numbers, find_coinciding
from losslab.plots.scale import view_of
from losslab.report.losses.canvas import (
    ASCII,
    BRAILLE,
    Dots,
    Frame,
    Grain,
    cells,
    letters,
    places,
    trace,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


FRAME, TITLE = "dim", "bold"
_STEPS, _INTERVALS = (1.0, 2.0, 2.5, 5.0, 10.0), 4


@dataclass(frozen=True, kw_only=True)
class Strokes:
    """What curves and the frame are drawn with."""

    grain: Grain
    side: str
    tick: str
    corner: str
    floor: str
    foot: str
    zero: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve: its points, its colour, and its name where there are several."""

    name: str
    style: str
    x: Numbers
    y: Numbers


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Text of one width, a line each.

    Args:
        lines: the text.
        key: the capital letters in it, with the names they stand for.
        hidden: the names of curves that run under others all along.
    """

    lines: tuple[Text, ...]
    key: dict[str, str]
    hidden: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What surrounds the curves: a title, the name and ends of the axis below, and the size."""

    title: str
    axis: str
    span: tuple[float, float]
    width: int
    height: int
    strokes: Strokes


def draw(lines: Sequence[Line], setting: Setting) -> Panel:
    """Draw curves over a common axis."""
    low, high = view_of([line.y for line in lines])
    ticks = _ticks(low, high)
    marked = [f"{tick:g}" for tick in ticks]
    margin = max(map(len, marked))
    width = setting.width - margin - 1
    frame = Frame(x=setting.span, y=(low, high), width=width, height=setting.height)
    strokes = setting.strokes
    at_row = dict(zip(_rows(ticks, frame, strokes), marked, strict=True))
    inside, key, hidden = _inside(lines, frame, strokes)
    body = []
    for row, drawn in enumerate(inside):
        side = strokes.tick if row in at_row else strokes.side
        body.append(Text.assemble((f"{at_row.get(row, ''):>{margin}}{side}", FRAME), drawn))
    heading = Text(setting.title.center(width).rjust(setting.width), style=TITLE)
    return Panel(lines=(heading, *body, *_below(setting, width)), key=key, hidden=hidden)


def _inside(
    lines: Sequence[Line], frame: Frame, strokes: Strokes
) -> tuple[list[Text], dict[str, str], tuple[str, ...]]:
    dots = [trace(line.x, line.y, frame, strokes.grain) for line in lines]
    crossed = [cells(drawn, strokes.grain) for drawn in dots]
    grid = np.array([list(row) for row in letters(np.logical_or.reduce(dots), strokes.grain)])
    styles = np.full(grid.shape, FRAME, dtype=object)
    zero = _zero(frame, strokes) & ~np.logical_or.reduce(crossed)
    grid[zero] = strokes.zero
    # The first curve lies on top.
    for line, letters_crossed in reversed(list(zip(lines, crossed, strict=True))):
        styles[letters_crossed] = line.style
    found = places([line.name for line in lines], crossed, zero)
    key, hidden = {}, []
    for line, place in zip(lines, found, strict=True):
        if place is None:
            hidden.append(line.name)
            continue
        grid[place.around(0)], styles[place.around(0)] = list(place.text), f"bold {line.style}"
        if place.text != line.name:
            key[place.text] = line.name
    rows = [Text.assemble(*zip(*row, strict=True)) for row in zip(grid, styles, strict=True)]
    return rows, key, tuple(hidden)


def _zero(frame: Frame, strokes: Strokes) -> Dots:
    """The letters of the line at zero, where it runs between the edges."""
    line = np.zeros((frame.height, frame.width), dtype=bool)
    if frame.y[0] < 0.0 < frame.y[1]:
        line[_rows([0.0], frame, strokes)] = True
    return line


def _rows(values: Sequence[float], frame: Frame, strokes: Strokes) -> list[int]:
    depths = frame.depths(np.array(values), strokes.grain)
    return [int(depth) // strokes.grain.down for depth in depths]


def _below(setting: Setting, width: int) -> list[Text]:
    """The floor of the frame, its ticks at both ends and in the middle, and what they measure."""
    strokes, middle = setting.strokes, width // 2
    floor = [strokes.floor] * width
    for column in (0, middle, width - 1):
        floor[column] = strokes.foot
    low, high = setting.span
    ends = f"{low:g}", f"{(low + high) / 2:g}", f"{high:g}"
    marks = [" "] * width
    for label, start in zip(
        ends, (0, middle - len(ends[1]) // 2, width - len(ends[2])), strict=True
    ):
        marks[start : start + len(label)] = label
    return [
        Text((strokes.corner + "".join(floor)).rjust(setting.width), style=FRAME),
        Text("".join(marks).rjust(setting.width), style=FRAME),
        Text(setting.axis.center(width).rjust(setting.width)),
    ]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``."""
    least = (high - low) / _INTERVALS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in _STEPS if factor * power >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]


_GAP, _NARROW, _WIDEST = 3, 64, 49
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")

_UNICODE = Strokes(grain=BRAILLE, side="│", tick="┤", corner="└", floor="─", foot="┴", zero="┈")
_ASCII = Strokes(grain=ASCII, side="|", tick="+", corner="+", floor="-", foot="+", zero=" ")


@dataclass(frozen=True, kw_only=True)
class CurvePicture:
    """What ``rich.console.Console.print`` shows of curves that share an axis.

    Value and gradient stand side by side, or one above the other in a narrow terminal. Each curve
    has the name of its loss beside it, or its case where all are of one loss; curves that lie on
    each other are one, with all their names.
    """

    curves: tuple[Curve, ...]
    by_loss: bool = True
    height: int = 9
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        whole = options.max_width
        width = whole if whole < _NARROW else min((whole - _GAP) // 2, _WIDEST)
        value, gradient = (self._panel(title, width) for title in ("value", "gradient"))
        yield from _key(value, gradient)
        if whole < _NARROW:
            yield from (*value.lines, Text(), *gradient.lines)
        else:
            for left, right in zip(value.lines, gradient.lines, strict=True):
                yield Text.assemble(left, " " * _GAP, right)

    def _panel(self, title: str, width: int) -> Panel:
        first = self.curves[0]
        setting = Setting(
            title=title,
            axis=first.axis,
            span=first.span,
            width=width,
            height=self.height,
            strokes=_ASCII if self.ascii_only else _UNICODE,
        )
        return draw(_lines(self.curves, title, by_loss=self.by_loss), setting)


def _lines(curves: Sequence[Curve], quantity: str, *, by_loss: bool) -> list[Line]:
    return [
        Line(
            name=", ".join(_name(curve, by_loss=by_loss) for curve in group),
            style=_COLOURS[number % len(_COLOURS)],
            x=group[0].x,
            y=group[0].value if quantity == "value" else group[0].gradient,
        )
        for number, group in enumerate(find_coinciding(curves))
    ]


def _name(curve: Curve, *, by_loss: bool) -> str:
    if not by_loss:
        return curve.case
    return f"{curve.loss} ({curve.case})" if curve.case else curve.loss


def _key(value: Panel, gradient: Panel) -> Iterator[Text]:
    """What the letters stand for, and which curves can't be seen."""
    for letter, name in sorted({**value.key, **gradient.key}.items()):
        yield Text(f"{letter} marks {_spoken(name)}")
    for title, panel in (("value", value), ("gradient", gradient)):
        for name in filter(None, panel.hidden):
            yield Text(f"under other curves in {title}: {_spoken(name)}")


def _spoken(name: str) -> str:
    first, found, last = name.rpartition(", ")
    return f"{first} and {last}, which are one curve" if found else last
