"""A surface with the paths over it, ready to be drawn: contours, colours, and what can move."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from losslab.plots.landscape.panels import get_path_style
from losslab.plots.theme import Style, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.lines import Line2D

Array = NDArray[np.float64]

LEVELS = 13
# From how many times the lowest level on the highest one is so far that levels grow by a factor.
DECADE = 10.0
LOW = 0.01  # the share of the plane below the lowest contour
DEPTH = 0.55  # how much colour the highest band has


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """A path: places ``(T, 2)``, true losses ``(T,)``, steps ``(T,)``, which points get marks."""

    label: str
    description: str
    places: Array
    loss: Array
    steps: NDArray[np.int64]
    marked: tuple[int, ...]
    diverged: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class ContourSurface:
    """One surface: ``values[j, i]`` at ``x[i], y[j]``, the contours' levels, and the paths."""

    title: str
    axes: tuple[str, str]
    x: Array
    y: Array
    values: Array
    levels: tuple[float, ...]
    minima: tuple[tuple[float, float], ...]
    descents: tuple[Descent, ...]


def choose_levels(values: Array) -> tuple[float, ...]:
    """Choose where contours lie: at equal factors above the lowest value if it spans decades.

    >>> [float(round(level, 3)) for level in choose_levels(np.array([0.0, 1.0, 10.0, 1000.0]))][:2]
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
    """Colours of ``count`` bands of loss, the lowest like paper: ``(count, 3)`` from 0 to 1."""
    from matplotlib.colors import to_rgb

    paper, deep = np.array(to_rgb(theme.background)), np.array(to_rgb(theme.series[0]))
    shares = np.linspace(0.0, DEPTH, count)[:, np.newaxis]
    mixed: Array = paper + shares * (deep - paper)
    return mixed


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnPath:
    """What moves in an animation: one path's line, marks and end.

    ``colors`` are those of its marks, ``edge`` that of its end, and ``seen`` is its last point in
    the picture.
    """

    descent: Descent
    look: Style
    edge: str
    colors: Array
    seen: int
    line: "Line2D"
    marks: "PathCollection"
    end: "Line2D"

    def show(self, step: int) -> float:
        """Show the path up to a step, and give its true loss there."""
        reached = int(np.searchsorted(self.descent.steps, step, side="right"))
        lost = self.descent.diverged and step > self.descent.steps[-1]
        marked = [at for at in self.descent.marked if at < reached]
        self.line.set_data(*self.shown[:reached].T)
        self.marks.set_offsets(self.descent.places[marked])
        self.marks.set_facecolor(self.colors[: len(marked)].tolist())
        self._end_at(self.seen if lost else reached - 1, lost)
        return float("inf") if lost else float(self.descent.loss[reached - 1])

    def show_all(self) -> None:
        """Show the whole path."""
        lost = self.descent.diverged
        self.line.set_data(*self.shown.T)
        self._end_at(self.seen if lost else len(self.descent.loss) - 1, lost)

    def _end_at(self, place: int, lost: bool) -> None:
        """A large mark, or a cross where the path is lost."""
        self.end.set_data(*self.descent.places[place : place + 1].T)
        self.end.set_marker("x" if lost else self.look.marker)
        self.end.set_markeredgecolor(self.look.color if lost else self.edge)
        self.end.set_markeredgewidth(2.2 if lost else 1.0)

    @property
    def shown(self) -> Array:
        """Its places; what is lost swings through the picture from outside, and is left out."""
        count = self.seen + 2 if self.descent.diverged else None
        return self.descent.places[:count]

    @property
    def artists(self) -> tuple["Artist", ...]:
        """What has to be drawn again."""
        return self.line, self.marks, self.end


def draw_path(
    ax: "Axes", index: int, ground: ContourSurface, theme: Theme, animated: bool
) -> DrawnPath:
    """Draw one path: its line, marks in the colours of their true loss, and its end."""
    from matplotlib.patheffects import withStroke

    descent, look = ground.descents[index], get_path_style(theme, index)
    colors = mix_band_colors(theme, len(ground.levels) + 1)
    marked = list(descent.marked)
    own = colors[np.digitize(descent.loss[marked], ground.levels)]
    # A halo, so that the line stands out from any band.
    (line,) = ax.plot(
        [], [], color=look.color, linestyle=look.dash, linewidth=1.4, zorder=3,
        animated=animated, path_effects=[withStroke(linewidth=3, foreground=theme.background)],
    )  # fmt: skip
    marks = ax.scatter(
        descent.places[marked, 0], descent.places[marked, 1], s=16, marker=look.marker,
        facecolors=own.tolist(), edgecolors=look.color, linewidths=0.9, zorder=4, animated=animated,
    )  # fmt: skip
    (end,) = ax.plot(
        [], [], marker=look.marker, markersize=9, markerfacecolor=look.color, zorder=5,
        linestyle="none", animated=animated,
    )  # fmt: skip
    moving = DrawnPath(
        descent=descent,
        look=look,
        edge=theme.background,
        colors=own,
        seen=_last_in_view(descent, ground),
        line=line,
        marks=marks,
        end=end,
    )
    moving.show_all()
    return moving


def _last_in_view(descent: Descent, ground: ContourSurface) -> int:
    x, y = descent.places.T
    inside = (x >= ground.x[0]) & (x <= ground.x[-1]) & (y >= ground.y[0]) & (y <= ground.y[-1])
    return int(np.flatnonzero(inside)[-1]) if inside.any() else 0
