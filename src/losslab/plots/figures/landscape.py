"""The loss on a plane through the space of weights, with the paths of optimizers over it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.result import LandscapeResult, Path, Surface
from losslab.plots.landscape.contour_surface import (
    ContourSurface,
    Descent,
    DrawnPath,
    choose_levels,
    draw_path,
    mix_band_colors,
)
from losslab.plots.landscape.panels import (
    PanelLayout,
    PanelLegend,
    add_panel_legend,
    lay_out_panels,
    style_panel,
    thin_points,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

MARKED = 25  # points of a path


@dataclass(frozen=True, kw_only=True, eq=False)
class LandscapePicture:
    """All surfaces of a survey, and what a caption says of them.

    ``apart`` is the most by which the plane's loss differs from the true one along any path.
    ``steps_an_epoch`` is 0 on plain functions.
    """

    name: str
    quantity: str
    n_rows: int
    plane: str
    explained: tuple[tuple[float, ...], ...]
    apart: float
    steps_an_epoch: int
    alike: bool
    grounds: tuple[ContourSurface, ...]


def prepare(survey: LandscapeResult) -> LandscapePicture:
    """Choose levels for each surface, and the points that get marks."""
    ways = [path for surface in survey.surfaces for path in surface.paths]
    return LandscapePicture(
        name=survey.name,
        quantity=survey.quantity,
        n_rows=survey.n_rows,
        plane=survey.plane,
        explained=tuple(surface.explained for surface in survey.surfaces),
        apart=max(float(_gap(path)) for path in ways),
        steps_an_epoch=survey.steps_an_epoch,
        alike=not survey.plane,
        grounds=tuple(_ground(surface) for surface in survey.surfaces),
    )


def _gap(path: Path) -> float:
    """The most by which the plane's loss differs from the true one along a path."""
    gaps = np.abs(path.on_plane - path.loss)
    return float(np.nanmax(np.where(np.isfinite(gaps), gaps, np.nan)))


def _ground(surface: Surface) -> ContourSurface:
    return ContourSurface(
        title=surface.title,
        axes=surface.axes,
        x=surface.x,
        y=surface.y,
        values=surface.values,
        levels=choose_levels(surface.values),
        minima=surface.minima,
        descents=tuple(
            Descent(
                label=path.label,
                description=path.description,
                places=path.places,
                loss=path.loss,
                steps=path.steps,
                marked=tuple(thin_points(len(path.loss), MARKED)),
                diverged=path.outcome == "diverges",
            )
            for path in surface.paths
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """A drawn surface with what moves on it, and the words inside."""

    moving: tuple[DrawnPath, ...]
    words: "Text"


def draw(data: LandscapePicture, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw one panel for each surface."""
    draw_surfaces(data, ax, theme)


def draw_surfaces(
    data: LandscapePicture, ax: "Axes", theme: Theme = LIGHT, *, animated: bool = False
) -> tuple[Panel, ...]:
    """Draw as ``draw`` does, and give what can move; ``animated`` leaves that to an animation."""
    ax.set_axis_off()
    stand = _stand(data, _figure_width(ax))
    panels = []
    for number, (ground, place) in enumerate(zip(data.grounds, stand.places(), strict=True)):
        panel = ax.inset_axes(place)
        _draw_ground(panel, ground, theme)
        outermost = number % stand.columns == 0
        named = outermost or not data.alike
        style_panel(panel, theme, (ground.axes[0], ground.axes[1] if named else ""))
        panel.grid(visible=False)
        panel.set_box_aspect(1)
        last = (number + 1) % stand.columns == 0 or number + 1 == len(data.grounds)
        if last or not data.alike:
            _add_scale(panel, ground, data.quantity, theme)
        if not outermost and data.alike:
            panel.tick_params(labelleft=False)
        panels.append(
            Panel(
                moving=tuple(
                    draw_path(panel, index, ground, theme, animated)
                    for index in reversed(range(len(ground.descents)))
                ),
                words=panel.text(
                    0.03, 0.03, "", transform=panel.transAxes, va="bottom", size=8,
                    color=theme.foreground, family=FONT, zorder=9, animated=animated,
                    parse_math=False,
                    bbox={
                        "facecolor": theme.background, "edgecolor": "none", "alpha": 0.8, "pad": 2,
                    },
                ),
            )
        )  # fmt: skip
        add_panel_legend(panel, stand.keys[number], stand, theme, _more(ground, theme))
    return tuple(panels)


def _figure_width(ax: "Axes") -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes stand in a figure"
    return float(figure.get_figwidth())


def _stand(data: LandscapePicture, width: float) -> PanelLayout:
    return lay_out_panels([_key(ground) for ground in data.grounds], width, data.alike)


def _key(ground: ContourSurface) -> PanelLegend:
    told = [f"{descent.label}: {descent.description}" for descent in ground.descents]
    start = f"start, {format_number(float(ground.descents[0].loss[0]))}"
    least = ["lowest points" if len(ground.minima) > 1 else "lowest point"] if ground.minima else []
    return PanelLegend(title=ground.title, entries=(*told, start, *least))


def _more(ground: ContourSurface, theme: Theme) -> list[tuple[Any, str]]:
    """The handles of the key's last lines."""
    from matplotlib.lines import Line2D

    ring = Line2D([], [], linestyle="none", **_ring(theme, 7))
    star = Line2D([], [], linestyle="none", **_star(theme, 8))
    return [(ring, "start"), *([(star, "lowest")] if ground.minima else [])]


def _ring(theme: Theme, size: float) -> dict[str, Any]:
    return {
        "marker": "o", "markersize": size, "markerfacecolor": "none",
        "markeredgecolor": theme.foreground, "markeredgewidth": 1.6,
    }  # fmt: skip


def _star(theme: Theme, size: float) -> dict[str, Any]:
    return {
        "marker": "*", "markersize": size, "markerfacecolor": theme.background,
        "markeredgecolor": theme.foreground, "markeredgewidth": 1.0,
    }  # fmt: skip


def _draw_ground(ax: "Axes", ground: ContourSurface, theme: Theme) -> None:
    colors = mix_band_colors(theme, len(ground.levels) + 1)
    shown = np.ma.masked_invalid(ground.values)
    ax.contourf(
        ground.x, ground.y, shown, levels=ground.levels, colors=colors.tolist(), extend="both",
        zorder=0,
    )  # fmt: skip
    ax.contour(
        ground.x, ground.y, shown, levels=ground.levels, colors=[theme.muted], linewidths=0.5,
        linestyles="solid", zorder=0.5,
    )  # fmt: skip
    ax.set(xlim=(ground.x[0], ground.x[-1]), ylim=(ground.y[0], ground.y[-1]))
    for x, y in ground.minima:
        ax.plot([x], [y], linestyle="none", zorder=2.5, **_star(theme, 10))
    x, y = ground.descents[0].places[0]
    ax.plot([x], [y], linestyle="none", zorder=6, **_ring(theme, 10))


def _add_scale(ax: "Axes", ground: ContourSurface, quantity: str, theme: Theme) -> None:
    """Show beside a panel which band stands for which loss."""
    from matplotlib.colors import ListedColormap

    count = len(ground.levels)
    scale = ax.inset_axes((1.03, 0.0, 0.045, 1.0))
    colors = ListedColormap(mix_band_colors(theme, count + 1).tolist())
    scale.imshow(
        np.arange(count + 1)[:, np.newaxis], cmap=colors, aspect="auto", origin="lower",
        extent=(0, 1, -1, count),
    )  # fmt: skip
    named = list(range(0, count, max(1, count // 5)))
    scale.set_xticks([])
    scale.set_yticks(named, [format_number(ground.levels[at]) for at in named])
    scale.yaxis.tick_right()
    scale.tick_params(
        length=0, labelsize=8, labelcolor=theme.secondary, labelfontfamily=FONT, pad=3
    )
    scale.yaxis.set_label_position("right")
    scale.set_ylabel(quantity, color=theme.secondary, size=8, family=FONT)
    scale.yaxis.label.set_parse_math(False)
    for spine in scale.spines.values():
        spine.set_color(theme.muted)
        spine.set_linewidth(0.5)


def write_alt(data: LandscapePicture) -> str:
    """Say what every path did."""
    told = " ".join(
        f"{ground.title}: {'; '.join(f'{one.label} {one.description}' for one in ground.descents)}."
        for ground in data.grounds
    )
    return f"The {data.quantity} as contours, with the paths of optimizers from one start. {told}"


def write_caption(data: LandscapePicture) -> str:
    """Say what contours and marks are, and how far to trust the plane."""
    marks = (
        "Ring: the common start. Small marks: points of a path, filled with the colour of their "
        "{} loss. Large mark: its end; a cross where it was lost."
    )
    if not data.plane:
        return (
            f"Contours: {data.quantity}, at equal factors above its lowest value where it spans "
            f"decades. {marks.format('own')} Every panel has its own learning rates. Arrived: less "
            "than 0.1 % of the start's height above the minimum is left."
        )
    laid = {
        "pca": "Plane: the first two principal components of all points of the paths, through the "
        f"best end; it holds {_shares(data)} of their variance.",
        "random": "Plane: two random directions around the best end, each unit's weights as long "
        f"as at the end (Li and others, 2018); it holds {_shares(data)} of the paths' variance.",
    }[data.plane]
    return (
        f"Contours: {data.quantity} over N = {format_count(data.n_rows, 'row')} on a plane "
        f"through the space of weights. {laid} The contour under a path is not the loss along the "
        f"path, which leaves the plane: they differ by up to "
        f"{format_number(data.apart)}. {marks.format('true')}"
    )


def _shares(data: LandscapePicture) -> str:
    shares = [f"{100 * sum(own):.3g} %" for own in data.explained]
    return shares[0] if len(shares) == 1 else f"{', '.join(shares[:-1])} and {shares[-1]}"


def compute_height(data: LandscapePicture, width: float) -> float:
    """Give each row of panels room for its keys above and its axis below."""
    return _stand(data, width).height


SPEC = Figure(
    name="landscape",
    title="The way down",
    summary="The loss on a plane, with the paths of optimizers, each point in its true colour.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
