"""Panels of paths: how a path looks in each, the legend above, and where the panels stand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from losslab.plots.legend import make_legend_handle, write_legend
from losslab.plots.theme import (
    DASHES,
    FONT,
    NARROW,
    Axes,
    Style,
    Theme,
    get_style,
    style_axes,
    wrap_text,
)

Rectangle = tuple[float, float, float, float]

# Inches: left of the panels and on both sides, between panels with different and with the same
# axes, and below a row.
LEFT, BESIDE, BETWEEN, BETWEEN_ALIKE, BELOW = 0.75, 1.6, 1.5, 0.3, 0.55
LINE, TITLE, ABOVE = 0.16, 0.22, 0.1
LETTER, HANDLE = 0.066, 0.45
MAX_COLUMNS, MAX_COLUMNS_ALIKE = 2, 3
MAX_SIDE = 4.2
LABEL = 34  # characters in a line of an axis label


@dataclass(frozen=True, kw_only=True)
class PanelLegend:
    """The text above a panel: a title, and an entry for each path or marker."""

    title: str
    entries: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PanelLayout:
    """Where panels stand in a figure, in inches.

    Args:
        legends: one per panel.
        width: of the whole figure.
        alike: whether all panels show the same part of the same axes.
        ratio: the height of a panel by its width.
    """

    legends: tuple[PanelLegend, ...]
    width: float
    alike: bool
    ratio: float = 1.0

    @property
    def columns(self) -> int:
        """The number of panels side by side."""
        most = MAX_COLUMNS_ALIKE if self.alike else MAX_COLUMNS
        return 1 if self.width < NARROW else min(len(self.legends), most)

    @property
    def gap(self) -> float:
        """The distance between panels."""
        return BETWEEN_ALIKE if self.alike else BETWEEN

    @property
    def side(self) -> float:
        """The width of a panel."""
        free = self.width - BESIDE - (self.columns - 1) * self.gap
        return min(free / self.columns, MAX_SIDE)

    @property
    def height(self) -> float:
        """The height of the whole figure."""
        above = self._legend_heights
        return sum(above) + len(above) * (self.side * self.ratio + BELOW)

    @property
    def _legend_heights(self) -> list[float]:
        """The height of the legends of each row."""
        heights = [
            ABOVE + TITLE + LINE * sum(1 + self._wrap(entry).count("\n") for entry in one.entries)
            for one in self.legends
        ]
        starts = range(0, len(heights), self.columns)
        return [max(heights[first : first + self.columns]) for first in starts]

    def _wrap(self, text: str) -> str:
        """Wrap a text to the width of a panel's legend."""
        return wrap_text(text, int((self.side - HANDLE) / LETTER), 4)

    def place_panels(self) -> list[Rectangle]:
        """Place each panel, as shares of the axes that hold them with all their text."""
        tall, above = self.side * self.ratio, self._legend_heights
        across = self.columns * self.side + (self.columns - 1) * self.gap
        left = LEFT + (self.width - BESIDE - across) / 2
        places = []
        for number in range(len(self.legends)):
            row, column = divmod(number, self.columns)
            down = sum(above[: row + 1]) + row * (tall + BELOW) + tall
            places.append(
                (
                    (left + column * (self.side + self.gap)) / self.width,
                    1 - down / self.height,
                    self.side / self.width,
                    tall / self.height,
                )
            )
        return places

    def style_panel(self, number: int, ax: Axes, labels: tuple[str, str], theme: Theme) -> None:
        """Apply the theme to a panel and label its axes; alike panels share the left axis."""
        style_axes(ax, theme, grid="both")
        if ax.get_xscale() == "linear":
            ax.locator_params(axis="x", nbins=5)
        if ax.get_yscale() == "linear":
            ax.locator_params(axis="y", nbins=5)
        ax.set_xlabel(wrap_text(labels[0], LABEL))
        if self.alike and number % self.columns:
            ax.tick_params(labelleft=False)
        else:
            ax.set_ylabel(wrap_text(labels[1], LABEL))

    def add_legend(
        self, number: int, ax: Axes, theme: Theme, more_handles: Sequence[Any] = ()
    ) -> None:
        """Put a panel's legend above it; ``more_handles`` follow those of the paths."""
        legend = self.legends[number]
        paths = range(len(legend.entries) - len(more_handles))
        handles = [make_legend_handle(get_path_style(theme, index)) for index in paths]
        drawn = write_legend(
            ax, [*handles, *more_handles], map(self._wrap, legend.entries), theme,
            title=self._wrap(legend.title), alignment="left", loc="lower left",
            bbox_to_anchor=(0, 1.01), handlelength=2.6, borderaxespad=0, borderpad=0.2,
            labelspacing=0.25,
        )  # fmt: skip
        drawn.get_title().set(
            color=theme.foreground, size=10, family=FONT, weight="bold", parse_math=False
        )


def lay_out_panels(
    legends: Sequence[PanelLegend], width: float, alike: bool, ratio: float = 1.0
) -> PanelLayout:
    """Arrange panels with these legends.

    Examples:
        >>> two = [PanelLegend(title=title, entries=("sgd",)) for title in ("mse", "bce")]
        >>> [lay_out_panels(two, width, alike=False).columns for width in (8.4, 4.2)]
        [2, 1]
    """
    return PanelLayout(legends=tuple(legends), width=width, alike=alike, ratio=ratio)


def add_panels(ax: Axes, layout: PanelLayout) -> list[Axes]:
    """Replace axes by panels."""
    ax.set_axis_off()
    return [ax.inset_axes(place) for place in layout.place_panels()]


def get_path_style(theme: Theme, index: int) -> Style:
    """Return the style of path number ``index``; its dash differs from its neighbors' too."""
    return replace(get_style(theme, index), dash=DASHES[index % len(DASHES)])


def thin_points(count: int, most: int) -> list[int]:
    """Choose at most ``most`` of ``count`` places: first, last, and early ones more often.

    Examples:
        >>> thin_points(5, 9), thin_points(1000, 6)
        ([0, 1, 2, 3, 4], [0, 1, 5, 31, 177, 999])
    """
    if count <= most:
        return list(range(count))
    ratio = (count - 1) ** (1 / (most - 2))
    return sorted({0, *(math.floor(ratio**power + 1e-9) for power in range(most - 1)), count - 1})
