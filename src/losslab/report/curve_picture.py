"""Curves of losses as a picture in text: what a row costs, and beside it the slope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from losslab.losses.curve import Curve, coinciding
from losslab.report.canvas import ASCII, BRAILLE
from losslab.report.curve_panel import Line, Panel, Setting, Strokes, draw

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_GAP, _NARROW, _WIDEST = 3, 64, 49
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")

_UNICODE = Strokes(grain=BRAILLE, side="│", tick="┤", corner="└", floor="─", foot="┴", zero="┈")
_ASCII = Strokes(grain=ASCII, side="|", tick="+", corner="+", floor="-", foot="+", zero=" ")


@dataclass(frozen=True, kw_only=True)
class CurvePicture:
    """What ``rich.console.Console.print`` shows of curves that share an axis.

    Value and slope stand side by side, or one above the other in a narrow terminal. Each curve has
    the name of its loss beside it, or its case where all are of one loss; curves that lie on each
    other are one, with all their names.
    """

    curves: tuple[Curve, ...]
    by_loss: bool = True
    height: int = 9
    ascii_only: bool = False

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        whole = options.max_width
        width = whole if whole < _NARROW else min((whole - _GAP) // 2, _WIDEST)
        value, slope = (self._panel(title, width) for title in ("value", "slope"))
        yield from _key(value, slope)
        if whole < _NARROW:
            yield from (*value.lines, Text(), *slope.lines)
        else:
            for left, right in zip(value.lines, slope.lines, strict=True):
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
            y=group[0].value if quantity == "value" else group[0].slope,
        )
        for number, group in enumerate(coinciding(curves))
    ]


def _name(curve: Curve, *, by_loss: bool) -> str:
    if not by_loss:
        return curve.case
    return f"{curve.loss} ({curve.case})" if curve.case else curve.loss


def _key(value: Panel, slope: Panel) -> Iterator[Text]:
    """What the letters stand for, and which curves can't be seen."""
    for letter, name in sorted({**value.key, **slope.key}.items()):
        yield Text(f"{letter} marks {_spoken(name)}")
    for title, panel in (("value", value), ("slope", slope)):
        for name in filter(None, panel.hidden):
            yield Text(f"under other curves in {title}: {_spoken(name)}")


def _spoken(name: str) -> str:
    first, found, last = name.rpartition(", ")
    return f"{first} and {last}, which are one curve" if found else last
