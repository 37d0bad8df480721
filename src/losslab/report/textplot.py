"""An interval drawn with letters, on a scale that all rows share."""

import math

from losslab.report.letters import Marks


def text_plot(
    span: tuple[float, float, float], view: tuple[float, float], width: int, marks: Marks
) -> str:
    """Draw (low, mean, high) on ``width`` letters; a mean outside the view is an arrow at its edge.

    >>> from losslab.report.letters import ASCII_MARKS
    >>> text_plot((0.2, 0.5, 0.8), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
    '  ---o---  '
    >>> text_plot((-2.0, -1.0, 0.0), view=(0.0, 1.0), width=11, marks=ASCII_MARKS)
    '<          '
    """
    low, mean, high = span
    if not math.isfinite(mean):
        return " " * width
    if mean < view[0]:
        return marks.left.ljust(width)
    if mean > view[1]:
        return marks.right.rjust(width)
    cells = [" "] * width
    if math.isfinite(low) and math.isfinite(high):
        for place in range(_cell(low, view, width), _cell(high, view, width) + 1):
            cells[place] = marks.bar
    cells[_cell(mean, view, width)] = marks.mean
    return "".join(cells)


def _cell(value: float, view: tuple[float, float], width: int) -> int:
    share = (value - view[0]) / (view[1] - view[0])
    return round(min(max(share, 0.0), 1.0) * (width - 1))
