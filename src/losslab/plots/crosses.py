"""Marks of pairings that are wrong on purpose: hollow, with a cross in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from losslab.plots.theme import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

SHARE = 0.55  # of the mark's width
THICKNESS = 1.1
LARGER = 2.0  # points, in a key, where marks are small
SMALLEST = 3.0  # points


def cross_marks(
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


def key_mark(look: Style, size: float) -> "Line2D | tuple[Line2D, ...]":
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


def about_crosses(labels: Sequence[str]) -> str:
    """Explain the crosses in a caption; empty if there are none."""
    return f"Hollow with a cross in it: wrong on purpose ({', '.join(labels)})." if labels else ""
