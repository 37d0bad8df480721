"""A loss surface with the paths over it: contour levels, colors, and lines that can move."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from losslab.experiment.landscape.result import Path, Surface
from losslab.plots.landscape.panels import get_path_style, thin_points
from losslab.plots.theme import Axes, Style, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.collections import PathCollection
    from matplotlib.lines import Line2D

Array = NDArray[np.float64]

LEVELS = 13
# The highest level by the lowest from which on levels grow by equal factors.
DECADE = 10.0
LOW = 0.01  # the share of the plane below the lowest contour
DEPTH = 0.55  # the share of color in the highest band
MARKERS = 25  # per path


@dataclass(frozen=True, kw_only=True, eq=False)
class ContourSurface:
    """A surface with the levels of its contours."""

    surface: Surface
    levels: tuple[float, ...]


def choose_levels(values: Array) -> tuple[float, ...]:
    """Choose contour levels: at equal factors above the lowest value if it spans decades.

    Examples:
        >>> levels = choose_levels(np.array([0.0, 1.0, 10.0, 1000.0]))
        >>> [float(round(level, 3)) for level in levels[:2]]
        [0.03, 0.071]
        >>> choose_levels(np.array([2.0, 2.0]))
        (1.5, 2.5)
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return (0.0, 1.0)
    floor, top = float(known.min()), float(known.max())
    if top - floor <= 1e-9 * max(abs(top), abs(floor)) or top == floor:
        return (floor - 0.5, floor + 0.5)
    low = float(np.quantile(known, LOW)) - floor
    if low > 0 and (top - floor) / low >= DECADE:
        return tuple((floor + np.geomspace(low, top - floor, LEVELS)).tolist())
    return tuple(np.linspace(floor, top, LEVELS + 2)[1:-1].tolist())


def mix_band_colors(theme: Theme, count: int) -> Array:
    """Mix the colors of ``count`` bands of loss, the lowest the background: ``(count, 3)``."""
    from matplotlib.colors import to_rgb

    background, deep = np.array(to_rgb(theme.background)), np.array(to_rgb(theme.series[0]))
    shares = np.linspace(0.0, DEPTH, count)[:, np.newaxis]
    mixed: Array = background + shares * (deep - background)
    return mixed


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnPath:
    """A path on a surface, which an animation can move.

    Attributes:
        path: its data.
        style: its look.
        edge: the color around its end.
        marked: the points with markers.
        colors: those of the markers.
        last_visible: its last point in the figure.
        line: its line.
        marks: its markers.
        end: the large marker at its end.
    """

    path: Path
    style: Style
    edge: str
    marked: tuple[int, ...]
    colors: Array
    last_visible: int
    line: "Line2D"
    marks: "PathCollection"
    end: "Line2D"

    def show_until(self, step: int) -> float:
        """Show the path up to a step, and return its true loss there."""
        reached = int(np.searchsorted(self.path.steps, step, side="right"))
        lost = self.diverges and step > self.path.steps[-1]
        marked = [at for at in self.marked if at < reached]
        self.line.set_data(*self._visible_places[:reached].T)
        self.marks.set_offsets(self.path.places[marked])
        self.marks.set_facecolor(self.colors[: len(marked)].tolist())
        self._move_end(self.last_visible if lost else reached - 1, lost)
        return float("inf") if lost else float(self.path.loss[reached - 1])

    def show_all(self) -> None:
        """Show the whole path."""
        self.line.set_data(*self._visible_places.T)
        last = self.last_visible if self.diverges else len(self.path.loss) - 1
        self._move_end(last, self.diverges)

    def _move_end(self, place: int, lost: bool) -> None:
        """Move the large marker, a cross where the path diverged."""
        self.end.set_data(*self.path.places[place : place + 1].T)
        self.end.set_marker("x" if lost else self.style.marker)
        self.end.set_markeredgecolor(self.style.color if lost else self.edge)
        self.end.set_markeredgewidth(2.2 if lost else 1.0)

    @property
    def diverges(self) -> bool:
        """Whether the path ends in divergence."""
        return self.path.outcome == "diverges"

    @property
    def _visible_places(self) -> Array:
        """All places; of a path that diverges, up to the first one outside for good."""
        return self.path.places[: self.last_visible + 2 if self.diverges else None]

    @property
    def artists(self) -> tuple["Artist", ...]:
        """What has to be drawn again when the path moves."""
        return self.line, self.marks, self.end


def draw_path(
    ax: Axes, index: int, contours: ContourSurface, theme: Theme, animated: bool
) -> DrawnPath:
    """Draw one path: its line, markers in the colors of their true loss, and its end."""
    from matplotlib.patheffects import withStroke

    path, style = contours.surface.paths[index], get_path_style(theme, index)
    marked = thin_points(len(path.loss), MARKERS)
    bands = np.digitize(path.loss[marked], contours.levels)
    colors = mix_band_colors(theme, len(contours.levels) + 1)[bands]
    # A halo, so that the line stands out from any band.
    (line,) = ax.plot(
        [], [], color=style.color, linestyle=style.dash, linewidth=1.4, zorder=3,
        animated=animated, path_effects=[withStroke(linewidth=3, foreground=theme.background)],
    )  # fmt: skip
    marks = ax.scatter(
        path.places[marked, 0], path.places[marked, 1], s=16, marker=style.marker,
        facecolors=colors.tolist(), edgecolors=style.color, linewidths=0.9, zorder=4,
        animated=animated,
    )  # fmt: skip
    (end,) = ax.plot(
        [], [], marker=style.marker, markersize=9, markerfacecolor=style.color, zorder=5,
        linestyle="none", animated=animated,
    )  # fmt: skip
    drawn = DrawnPath(
        path=path,
        style=style,
        edge=theme.background,
        marked=tuple(marked),
        colors=colors,
        last_visible=_find_last_visible(path, contours.surface),
        line=line,
        marks=marks,
        end=end,
    )
    drawn.show_all()
    return drawn


def _find_last_visible(path: Path, surface: Surface) -> int:
    low = np.array([surface.x[0], surface.y[0]])
    high = np.array([surface.x[-1], surface.y[-1]])
    inside = ((path.places >= low) & (path.places <= high)).all(axis=1)
    return int(np.flatnonzero(inside)[-1]) if inside.any() else 0
