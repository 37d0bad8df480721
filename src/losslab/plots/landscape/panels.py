"""Panels of descents: how a path looks in each, its key above, and where the panels stand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from losslab.plots.legend import make_legend_handle
from losslab.plots.theme import DASHES, FONT, NARROW, Style, Theme, get_style, style_axes, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Place = tuple[float, float, float, float]

# Inches: left of the panels and on both sides, between panels that differ and that are alike, and
# below a row.
LEFT, BESIDE, BETWEEN, ALIKE, BELOW = 0.75, 1.6, 1.5, 0.3, 0.55
LINE, TITLE, ABOVE = 0.16, 0.22, 0.1
LETTER, HANDLE = 0.066, 0.45
MOST_COLUMNS, MOST_ALIKE = 2, 3
LARGEST = 4.2


@dataclass(frozen=True, kw_only=True)
class PanelLegend:
    """What stands above a panel: what it shows, and what each path is called and did."""

    title: str
    entries: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PanelLayout:
    """Where panels stand in a picture of some width, in inches.

    Args:
        keys: one for each panel.
        width: of the whole picture.
        alike: whether all panels show the same part of the same axes.
        ratio: the height of a panel by its width.
    """

    keys: tuple[PanelLegend, ...]
    width: float
    alike: bool
    ratio: float = 1.0

    @property
    def columns(self) -> int:
        """How many panels stand side by side."""
        most = MOST_ALIKE if self.alike else MOST_COLUMNS
        return 1 if self.width < NARROW else min(len(self.keys), most)

    @property
    def gap(self) -> float:
        """How far apart they stand."""
        return ALIKE if self.alike else BETWEEN

    @property
    def side(self) -> float:
        """The width of a panel."""
        free = self.width - BESIDE - (self.columns - 1) * self.gap
        return min(free / self.columns, LARGEST)

    def wrap(self, text: str) -> str:
        """Fold a text to the width of a panel's key."""
        return wrap_text(text, int((self.side - HANDLE) / LETTER), 4)

    @property
    def _above(self) -> list[float]:
        """The height of the keys of each row."""
        heights = [
            ABOVE + TITLE + LINE * sum(1 + self.wrap(own).count("\n") for own in key.entries)
            for key in self.keys
        ]
        starts = range(0, len(heights), self.columns)
        return [max(heights[first : first + self.columns]) for first in starts]

    @property
    def height(self) -> float:
        """The height of the whole picture."""
        return sum(self._above) + len(self._above) * (self.side * self.ratio + BELOW)

    def places(self) -> list[Place]:
        """Where each panel stands, as shares of the axes that hold them with all their words."""
        tall, above = self.side * self.ratio, self._above
        across = self.columns * self.side + (self.columns - 1) * self.gap
        left = LEFT + (self.width - BESIDE - across) / 2
        places = []
        for number in range(len(self.keys)):
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


def lay_out_panels(
    keys: Sequence[PanelLegend], width: float, alike: bool, ratio: float = 1.0
) -> PanelLayout:
    """Arrange panels with these keys.

    >>> two = [PanelLegend(title=title, entries=("sgd",)) for title in ("mse", "bce")]
    >>> lay_out_panels(two, 8.4, alike=False).columns, lay_out_panels(two, 4.2, alike=False).columns
    (2, 1)
    """
    return PanelLayout(keys=tuple(keys), width=width, alike=alike, ratio=ratio)


def get_path_style(theme: Theme, index: int) -> Style:
    """How path number ``index`` looks; its dash differs from its neighbours' too."""
    return replace(get_style(theme, index), dash=DASHES[index % len(DASHES)])


def style_panel(ax: "Axes", theme: Theme, axes: tuple[str, str]) -> None:
    """Give a panel the theme's look and name its axes."""
    style_axes(ax, theme, grid="both")
    for axis, scale in (("x", ax.get_xscale()), ("y", ax.get_yscale())):
        if scale == "linear":
            ax.locator_params(axis=axis, nbins=5)  # type: ignore[arg-type]
    letters = 34
    ax.set_xlabel(wrap_text(axes[0], letters))
    ax.set_ylabel(wrap_text(axes[1], letters))
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_parse_math(False)


def add_panel_legend(
    ax: "Axes",
    key: PanelLegend,
    stand: PanelLayout,
    theme: Theme,
    more: Sequence[tuple[Any, str]] = (),
) -> None:
    """Put a panel's key above it; ``more`` are handles and labels beside the paths'."""
    marks = [
        make_legend_handle(get_path_style(theme, index), 5)
        for index in range(len(key.entries) - len(more))
    ]
    handles = [*marks, *(handle for handle, _ in more)]
    legend = ax.legend(
        handles,
        [str(number) for number in range(len(handles))],
        title=stand.wrap(key.title),
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        frameon=False,
        handlelength=2.6,
        borderaxespad=0,
        borderpad=0.2,
        labelspacing=0.25,
    )
    title = legend.get_title()
    title.set(color=theme.foreground, size=10, family=FONT, weight="bold", parse_math=False)
    # Set afterwards, as names could be read as mathematics or as "leave this out".
    for text, label in zip(legend.get_texts(), key.entries, strict=True):
        text.set_parse_math(False)
        text.set(text=stand.wrap(label), color=theme.foreground, size=8, family=FONT)


def thin_points(count: int, most: int) -> list[int]:
    """At most ``most`` of ``count`` places, among them first and last, early ones more often.

    >>> thin_points(5, 9), thin_points(1000, 6)
    ([0, 1, 2, 3, 4], [0, 1, 5, 31, 177, 999])
    """
    if count <= most:
        return list(range(count))
    ratio = (count - 1) ** (1 / (most - 2))
    return sorted({0, *(math.floor(ratio**power + 1e-9) for power in range(most - 1)), count - 1})
