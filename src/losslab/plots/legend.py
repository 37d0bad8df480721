"""The key of a picture, and the marks of pairings that are wrong on purpose."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from losslab.plots.theme import FONT, Style, Theme, is_narrow, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


SHARE = 0.55  # of the mark's width
THICKNESS = 1.1
LARGER = 2.0  # points, in a key, where marks are small
SMALLEST = 3.0  # points


def cross_wrong_marks(
    ax: "Axes", x: Sequence[float], y: Sequence[float], look: Style, widths: Sequence[float]
) -> None:  # fmt: skip
    """Put a cross into marks of these widths in points, if ``look`` has one."""
    if not look.crossed:
        return
    areas = [max(SMALLEST, SHARE * width) ** 2 for width in widths]
    ax.scatter(
        x, y, s=areas, marker="x", color=look.color, linewidths=THICKNESS, zorder=4,
        gid="wrong on purpose",
    )  # fmt: skip


def make_legend_handle(look: Style, size: float) -> "Line2D | tuple[Line2D, ...]":
    """Give what stands for a candidate in a key: its line with its mark."""
    from matplotlib.lines import Line2D

    size += LARGER if look.crossed else 0
    mark = Line2D(
        [], [], color=look.color, marker=look.marker, linestyle=look.dash, markersize=size,
        markerfacecolor=look.fill,
    )  # fmt: skip
    if not look.crossed:
        return mark
    cross = Line2D(
        [], [], color=look.color, marker="x", linestyle="none", markersize=SHARE * size,
        markeredgewidth=THICKNESS,
    )  # fmt: skip
    return mark, cross


def describe_crossed_marks(labels: Sequence[str]) -> str:
    """Explain the crosses in a caption; empty if there are none."""
    return f"Hollow with a cross in it: wrong on purpose ({', '.join(labels)})." if labels else ""


# Letters that fit beside a wide picture, across a narrow one, and in half of that.
BESIDE, ACROSS, HALF = 24, 40, 17
LINE = 0.19  # inches


def add_legend(ax: "Axes", labels: Sequence[tuple[Style, str]], theme: Theme) -> None:
    """Name the candidates, given as look and label, beside ``ax``; above it where it is narrow."""
    handles = [make_legend_handle(look, 5) for look, _ in labels]
    narrow = is_narrow(ax)
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02)}
    if narrow:
        columns = _count_columns([label for _, label in labels])
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.03), "ncols": columns}
    legend = ax.legend(
        handles,
        [str(number) for number, _ in enumerate(labels)],
        frameon=False,
        handlelength=2.2,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1,
        **place,
    )
    # Set afterwards, because matplotlib would leave out a label that starts with "_", and would
    # read dollar signs as mathematics.
    for text, (_, label) in zip(legend.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        name = wrap_text(label, ACROSS, 1) if narrow else wrap_text(label, BESIDE)
        text.set(text=name, color=theme.foreground, size=8 if narrow else 9, family=FONT)


def compute_legend_height(labels: Sequence[str], narrow: bool) -> float:
    """Give the height in inches that the key of these candidates takes."""
    if narrow:
        return LINE * math.ceil(len(labels) / _count_columns(labels)) + 0.1
    return LINE * sum(1 + wrap_text(label, BESIDE).count("\n") for label in labels) + 0.1


def _count_columns(labels: Sequence[str]) -> int:
    return 2 if max(map(len, labels), default=0) <= HALF else 1
