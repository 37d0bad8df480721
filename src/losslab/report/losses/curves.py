"""Curves of losses as a picture in text: value and gradient, side by side."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from rich.text import Text

from losslab.losses.curve import Curve, group_coinciding
from losslab.plots.scale import choose_curve_view
from losslab.report.losses.canvas import ASCII, BRAILLE, Canvas, GlyphSet, place_labels

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


BOX_STYLE, TITLE_STYLE = "dim", "bold"
_COLORS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_TICK_STEPS, _INTERVALS = (1.0, 2.0, 2.5, 5.0, 10.0), 4
_GAP, _NARROW, _MAX_WIDTH = 3, 64, 49


@dataclass(frozen=True, kw_only=True)
class Box:
    """The characters of curves and of the axes around them."""

    glyphs: GlyphSet
    side: str
    tick: str
    corner: str
    floor: str
    foot: str
    zero: str


_BOXES = {
    False: Box(glyphs=BRAILLE, side="│", tick="┤", corner="└", floor="─", foot="┴", zero="┈"),
    True: Box(glyphs=ASCII, side="|", tick="+", corner="+", floor="-", foot="+", zero=" "),
}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A picture as text of one width.

    Args:
        lines: the text.
        key: the capital letters in it, with the names they stand for.
        hidden: the names of curves that are covered by others.
    """

    lines: tuple[Text, ...]
    key: dict[str, str]
    hidden: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CurvePicture:
    """A rich renderable of curves that share an axis.

    Value and gradient are side by side, or stacked in a narrow terminal. Curves that coincide are
    one curve, with all their names.

    Attributes:
        curves: what to draw.
        by_loss: label curves by loss rather than by case.
        height: of each plot, in lines.
        ascii_only: use no character beyond ASCII.
    """

    curves: tuple[Curve, ...]
    by_loss: bool = True
    height: int = 9
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        narrow = options.max_width < _NARROW
        width = options.max_width if narrow else min((options.max_width - _GAP) // 2, _MAX_WIDTH)
        value, gradient = self._draw("value", width), self._draw("gradient", width)
        yield from _explain(value, gradient)
        if narrow:
            yield from (*value.lines, Text(), *gradient.lines)
        else:
            for left, right in zip(value.lines, gradient.lines, strict=True):
                yield Text.assemble(left, " " * _GAP, right)

    def _draw(self, quantity: Literal["value", "gradient"], total_width: int) -> Panel:
        """Draw the curves of one quantity with their axes."""
        box, axis, span = _BOXES[self.ascii_only], self.curves[0].axis, self.curves[0].span
        groups = group_coinciding(self.curves)
        low, high = choose_curve_view([getattr(group[0], quantity) for group in groups])
        ticks = _choose_ticks(low, high)
        labels = [f"{tick:g}" for tick in ticks]
        margin = max(map(len, labels))
        width = total_width - margin - 1
        canvas = Canvas(x=span, y=(low, high), width=width, height=self.height, glyphs=box.glyphs)
        names = [", ".join(map(self._name_curve, group)) for group in groups]
        dots = [canvas.rasterize(group[0].x, getattr(group[0], quantity)) for group in groups]
        rows, key, hidden = _draw_curves(canvas, names, dots, box.zero)
        tick_rows = dict(zip(_find_rows(canvas, ticks), labels, strict=True))
        body = [
            Text.assemble(
                (
                    f"{tick_rows.get(at, ''):>{margin}}{box.tick if at in tick_rows else box.side}",
                    BOX_STYLE,
                ),
                row,
            )
            for at, row in enumerate(rows)
        ]
        floor, marks = _draw_floor(box, span, width)
        lines = (
            Text(quantity.center(width).rjust(total_width), style=TITLE_STYLE),
            *body,
            Text(floor.rjust(total_width), style=BOX_STYLE),
            Text(marks.rjust(total_width), style=BOX_STYLE),
            Text(axis.center(width).rjust(total_width)),
        )
        return Panel(lines=lines, key=key, hidden=hidden)

    def _name_curve(self, curve: Curve) -> str:
        if not self.by_loss:
            return curve.case
        return f"{curve.loss} ({curve.case})" if curve.case else curve.loss


def _draw_curves(
    canvas: Canvas, names: Sequence[str], dots: Sequence[np.ndarray], zero_mark: str
) -> tuple[list[Text], dict[str, str], tuple[str, ...]]:
    """Draw colored curves with their labels; return rows, key and hidden names of a ``Panel``."""
    cells = [canvas.find_cells(curve) for curve in dots]
    colors = [_COLORS[number % len(_COLORS)] for number in range(len(names))]
    grid = np.array([list(row) for row in canvas.render(np.logical_or.reduce(dots))])
    styles = np.full(grid.shape, BOX_STYLE, dtype=object)
    zero = np.zeros(grid.shape, dtype=bool)
    if canvas.y[0] < 0.0 < canvas.y[1]:
        zero[_find_rows(canvas, [0.0])] = True
    zero &= ~np.logical_or.reduce(cells)
    grid[zero] = zero_mark
    # The first curve is on top.
    for color, crossed in reversed(list(zip(colors, cells, strict=True))):
        styles[crossed] = color
    key, hidden = {}, []
    for name, color, label in zip(names, colors, place_labels(names, cells, zero), strict=True):
        if label is None:
            hidden.append(name)
            continue
        grid[label.slice_around(0)] = list(label.text)
        styles[label.slice_around(0)] = f"bold {color}"
        if label.text != name:
            key[label.text] = name
    rows = [Text.assemble(*zip(*row, strict=True)) for row in zip(grid, styles, strict=True)]
    return rows, key, tuple(hidden)


def _find_rows(canvas: Canvas, values: Sequence[float]) -> list[int]:
    """Find the row of characters of each value."""
    return [int(row) // canvas.glyphs.down for row in canvas.find_rows(np.array(values))]


def _draw_floor(box: Box, span: tuple[float, float], width: int) -> tuple[str, str]:
    """Draw the horizontal axis and its tick labels: both ends and the middle."""
    low, high = span
    ends = f"{low:g}", f"{(low + high) / 2:g}", f"{high:g}"
    columns = (0, width // 2, width - 1)
    starts = (0, width // 2 - len(ends[1]) // 2, width - len(ends[2]))
    floor, marks = [box.floor] * width, [" "] * width
    for column, start, label in zip(columns, starts, ends, strict=True):
        floor[column] = box.foot
        marks[start : start + len(label)] = label
    return box.corner + "".join(floor), "".join(marks)


def _choose_ticks(low: float, high: float) -> list[float]:
    """Choose round numbers from ``low`` to ``high``."""
    least = (high - low) / _INTERVALS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in _TICK_STEPS if factor * power >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]


def _explain(value: Panel, gradient: Panel) -> Iterator[Text]:
    """Explain the capital letters, and list the hidden curves."""
    for letter, name in sorted({**value.key, **gradient.key}.items()):
        yield Text(f"{letter} marks {_format_name(name)}")
    for title, panel in (("value", value), ("gradient", gradient)):
        for name in filter(None, panel.hidden):
            yield Text(f"under other curves in {title}: {_format_name(name)}")


def _format_name(name: str) -> str:
    first, comma, last = name.rpartition(", ")
    return f"{first} and {last}, which are one curve" if comma else last
