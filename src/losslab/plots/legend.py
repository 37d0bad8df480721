"""Legends of figures, and the markers of candidates that are wrong on purpose."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from losslab.plots.theme import FONT, NARROW, Axes, Style, Theme, is_narrow, wrap_text
from losslab.plots.wording import WRONG

if TYPE_CHECKING:
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D


CROSS_SIZE = 0.55  # as a share of the marker's width
CROSS_WIDTH = 1.1
LARGER = 2.0  # points, in a legend, where markers are small
SMALLEST = 3.0  # points

# Characters that fit beside a wide figure, across a narrow one, and in half of that.
BESIDE, ACROSS, HALF = 24, 40, 17
LINE = 0.19  # inches
AXIS = 0.6  # inches, below the axes


def cross_wrong_marks(
    ax: Axes, x: Sequence[float], y: Sequence[float], style: Style, widths: Sequence[float]
) -> None:  # fmt: skip
    """Draw crosses into markers of these widths in points, if the style is a crossed one."""
    if not style.crossed:
        return
    areas = [max(SMALLEST, CROSS_SIZE * width) ** 2 for width in widths]
    ax.scatter(
        x, y, s=areas, marker="x", color=style.color, linewidths=CROSS_WIDTH, zorder=4,
        gid=WRONG,
    )  # fmt: skip


def describe_crossed_marks(labels: Sequence[str]) -> str:
    """Explain the crosses in a caption; empty if there are none."""
    return f"Hollow with a cross: {WRONG} ({', '.join(labels)})." if labels else ""


def make_legend_handle(style: Style) -> "Line2D | tuple[Line2D, ...]":
    """Return the line with its marker that stands for a candidate in a legend."""
    from matplotlib.lines import Line2D

    size = 5 + (LARGER if style.crossed else 0)
    line = Line2D(
        [], [], color=style.color, marker=style.marker, linestyle=style.dash, markersize=size,
        markerfacecolor=style.fill,
    )  # fmt: skip
    if not style.crossed:
        return line
    cross = Line2D(
        [], [], color=style.color, marker="x", linestyle="none", markersize=CROSS_SIZE * size,
        markeredgewidth=CROSS_WIDTH,
    )  # fmt: skip
    return line, cross


def write_legend(
    ax: Axes, handles: Sequence[Any], labels: Iterable[str], theme: Theme, **settings: Any
) -> "Legend":
    """Add a legend without a frame, in which any text may be a label.

    Args:
        ax: the axes.
        handles: what stands before each label.
        labels: wrapped texts.
        theme: its colors.
        settings: of matplotlib's legend; ``fontsize`` is 8 by default.
    """
    size = settings.pop("fontsize", 8)
    numbers = [str(number) for number in range(len(handles))]
    legend = ax.legend(handles, numbers, frameon=False, **settings)
    # Set afterwards: matplotlib would leave out a label that starts with "_", and read dollar
    # signs as mathematics.
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        text.set(text=label, color=theme.foreground, size=size, family=FONT)
    return legend


def add_legend(ax: Axes, entries: Sequence[tuple[Style, str]], theme: Theme) -> None:
    """Name the candidates beside ``ax``, or above it in a narrow figure."""
    labels = [label for _, label in entries]
    place: dict[str, Any]
    if is_narrow(ax):
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.03), "ncols": _count_columns(labels)}
        labels = [wrap_text(label, ACROSS, 1) for label in labels]
    else:
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02), "fontsize": 9}
        labels = [wrap_text(label, BESIDE) for label in labels]
    write_legend(
        ax, [make_legend_handle(style) for style, _ in entries], labels, theme, handlelength=2.2,
        borderaxespad=0, borderpad=0, columnspacing=1, **place,
    )  # fmt: skip


def compute_legend_height(labels: Sequence[str], narrow: bool) -> float:
    """Compute the height in inches of the legend of these candidates."""
    if narrow:
        return LINE * math.ceil(len(labels) / _count_columns(labels)) + 0.1
    return LINE * sum(1 + wrap_text(label, BESIDE).count("\n") for label in labels) + 0.1


def add_legend_height(labels: Sequence[str], width: float, wide: float, slim: float) -> float:
    """Compute the height of a figure of one panel with its legend.

    Args:
        labels: the legend's.
        width: of the figure, in inches like all of these.
        wide: the least height of a wide figure, whose legend stands beside the panel.
        slim: the height of a narrow figure without the legend above it.
    """
    if width < NARROW:
        return slim + compute_legend_height(labels, narrow=True)
    return max(wide, AXIS + compute_legend_height(labels, narrow=False))


def _count_columns(labels: Sequence[str]) -> int:
    return 2 if max(map(len, labels), default=0) <= HALF else 1
