"""The loss on a plane through the space of weights, with the paths of optimizers over it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from losslab.experiment.formatting import format_count, format_number
from losslab.experiment.landscape.result import LandscapeResult, Path
from losslab.plots.landscape.contour_surface import (
    ContourSurface,
    DrawnPath,
    choose_levels,
    draw_path,
    mix_band_colors,
)
from losslab.plots.landscape.panels import PanelLayout, PanelLegend, add_panels, lay_out_panels
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, Axes, Theme, get_figure_width

if TYPE_CHECKING:
    from matplotlib.text import Text


@dataclass(frozen=True, kw_only=True, eq=False)
class LandscapePicture:
    """All surfaces of a landscape.

    Attributes:
        quantity: what the height is.
        n_rows: the number of rows that the loss is a mean over; 0 for a plain function.
        plane: how the plane was chosen; empty for a plain function.
        max_gap: the largest difference of the plane's loss from the true one along any path.
        steps_per_epoch: 0 for a plain function.
        contours: one for each panel.
    """

    quantity: str
    n_rows: int
    plane: str
    max_gap: float
    steps_per_epoch: int
    contours: tuple[ContourSurface, ...]

    def lay_out(self, width: float) -> PanelLayout:
        """Arrange the panels in a figure of this width."""
        legends = [_make_legend(one) for one in self.contours]
        return lay_out_panels(legends, width, alike=not self.plane)

    @property
    def paths(self) -> list[Path]:
        """The paths on all surfaces."""
        return [path for one in self.contours for path in one.surface.paths]


def _make_legend(contours: ContourSurface) -> PanelLegend:
    surface = contours.surface
    paths = [f"{path.label}: {path.description}" for path in surface.paths]
    start = f"start, {format_number(float(surface.paths[0].loss[0]))}"
    minima = ["lowest points" if len(surface.minima) > 1 else "lowest point"]
    entries = (*paths, start, *(minima if surface.minima else []))
    return PanelLegend(title=surface.title, entries=entries)


def prepare(result: LandscapeResult) -> LandscapePicture:
    """Choose contour levels for each surface."""
    gaps = [abs(path.on_plane - path.loss) for surface in result.surfaces for path in surface.paths]
    return LandscapePicture(
        quantity=result.quantity,
        n_rows=result.n_rows,
        plane=result.plane,
        max_gap=max(float(gap[np.isfinite(gap)].max(initial=0.0)) for gap in gaps),
        steps_per_epoch=result.steps_an_epoch,
        contours=tuple(
            ContourSurface(surface=surface, levels=choose_levels(surface.values))
            for surface in result.surfaces
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """A drawn surface with its paths, and a text for an animation to fill in."""

    paths: tuple[DrawnPath, ...]
    text: "Text"


def draw(data: LandscapePicture, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw one panel per surface."""
    draw_surfaces(data, ax, theme)


def draw_surfaces(
    data: LandscapePicture, ax: Axes, theme: Theme = LIGHT, *, animated: bool = False
) -> tuple[Panel, ...]:
    """Draw one panel per surface, and return what an animation can move."""
    layout = data.lay_out(get_figure_width(ax))
    panels = []
    for number, (contours, panel) in enumerate(
        zip(data.contours, add_panels(ax, layout), strict=True)
    ):
        _draw_contours(panel, contours, theme)
        layout.style_panel(number, panel, contours.surface.axes, theme)
        panel.grid(visible=False)
        panel.set_box_aspect(1)
        is_last = (number + 1) % layout.columns == 0 or number + 1 == len(data.contours)
        if is_last or not layout.alike:
            _add_color_scale(panel, contours, data.quantity, theme)
        paths = tuple(
            draw_path(panel, index, contours, theme, animated)
            for index in reversed(range(len(contours.surface.paths)))
        )
        box = {"facecolor": theme.background, "edgecolor": "none", "alpha": 0.8, "pad": 2}
        text = panel.text(
            0.03, 0.03, "", transform=panel.transAxes, va="bottom", size=8,
            color=theme.foreground, family=FONT, zorder=9, animated=animated, parse_math=False,
            bbox=box,
        )  # fmt: skip
        panels.append(Panel(paths=paths, text=text))
        layout.add_legend(number, panel, theme, _make_marker_handles(contours, theme))
    return tuple(panels)


def _draw_contours(ax: Axes, contours: ContourSurface, theme: Theme) -> None:
    surface = contours.surface
    colors = mix_band_colors(theme, len(contours.levels) + 1)
    values = np.ma.masked_invalid(surface.values)
    ax.contourf(
        surface.x, surface.y, values, levels=contours.levels, colors=colors.tolist(),
        extend="both", zorder=0,
    )  # fmt: skip
    ax.contour(
        surface.x, surface.y, values, levels=contours.levels, colors=[theme.muted],
        linewidths=0.5, linestyles="solid", zorder=0.5,
    )  # fmt: skip
    ax.set(xlim=(surface.x[0], surface.x[-1]), ylim=(surface.y[0], surface.y[-1]))
    for x, y in surface.minima:
        ax.plot([x], [y], zorder=2.5, **_style_minimum(theme, 10))
    x, y = surface.paths[0].places[0]
    ax.plot([x], [y], zorder=6, **_style_start(theme, 10))


def _make_marker_handles(contours: ContourSurface, theme: Theme) -> list[Any]:
    """Make the handles of the last lines of the legend."""
    from matplotlib.lines import Line2D

    start = Line2D([], [], **_style_start(theme, 7))
    minimum = Line2D([], [], **_style_minimum(theme, 8))
    return [start, minimum] if contours.surface.minima else [start]


def _style_start(theme: Theme, size: float) -> dict[str, Any]:
    return {
        "linestyle": "none", "marker": "o", "markersize": size, "markerfacecolor": "none",
        "markeredgecolor": theme.foreground, "markeredgewidth": 1.6,
    }  # fmt: skip


def _style_minimum(theme: Theme, size: float) -> dict[str, Any]:
    return {
        "linestyle": "none", "marker": "*", "markersize": size,
        "markerfacecolor": theme.background, "markeredgecolor": theme.foreground,
        "markeredgewidth": 1.0,
    }  # fmt: skip


def _add_color_scale(ax: Axes, contours: ContourSurface, quantity: str, theme: Theme) -> None:
    """Show beside a panel which band stands for which loss."""
    from matplotlib.colors import ListedColormap

    levels = contours.levels
    scale = ax.inset_axes((1.03, 0.0, 0.045, 1.0))
    colors = ListedColormap(mix_band_colors(theme, len(levels) + 1).tolist())
    scale.imshow(
        np.arange(len(levels) + 1)[:, np.newaxis], cmap=colors, aspect="auto", origin="lower",
        extent=(0, 1, -1, len(levels)),
    )  # fmt: skip
    ticks = list(range(0, len(levels), max(1, len(levels) // 5)))
    scale.set_xticks([])
    scale.set_yticks(ticks, [format_number(levels[at]) for at in ticks])
    scale.yaxis.tick_right()
    scale.tick_params(
        length=0, labelsize=8, labelcolor=theme.secondary, labelfontfamily=FONT, pad=3
    )
    scale.yaxis.set_label_position("right")
    scale.set_ylabel(quantity, color=theme.secondary, size=8, family=FONT, parse_math=False)
    for spine in scale.spines.values():
        spine.set_color(theme.muted)
        spine.set_linewidth(0.5)


def write_alt(data: LandscapePicture) -> str:
    """Describe what every path did."""
    surfaces = " ".join(
        f"{one.surface.title}: "
        f"{'; '.join(f'{path.label} {path.description}' for path in one.surface.paths)}."
        for one in data.contours
    )
    return f"Contours: {data.quantity}, with paths of optimizers from one start. {surfaces}"


def write_caption(data: LandscapePicture) -> str:
    """Explain contours and markers, and how far to trust the plane."""
    markers = (
        "Ring: the common start. Small markers: points of a path, in the color of their {} loss. "
        "Large marker: its end; a cross where it diverged."
    )
    if not data.plane:
        return (
            f"Contours: {data.quantity}, at equal factors above its lowest value where it spans "
            f"decades. {markers.format('own')} Every panel has its own learning rates. Arrived: "
            "less than 0.1 % of the start's height above the minimum is left."
        )
    plane = {
        "pca": "Plane: the first two principal components of all points of the paths, through the "
        f"best end; it holds {_format_shares(data)} of their variance.",
        "random": "Plane: two random directions around the best end, filter-normalised to each "
        f"unit's weights there (Li et al., 2018); it holds {_format_shares(data)} of the paths' "
        "variance.",
    }[data.plane]
    return (
        f"Contours: {data.quantity} over N = {format_count(data.n_rows, 'row')} on a plane "
        f"through the space of weights. {plane} The contour under a path is not the loss along the "
        f"path, which leaves the plane: they differ by up to {format_number(data.max_gap)}. "
        f"{markers.format('true')}"
    )


def _format_shares(data: LandscapePicture) -> str:
    shares = [f"{100 * sum(one.surface.explained):.3g} %" for one in data.contours]
    return shares[0] if len(shares) == 1 else f"{', '.join(shares[:-1])} and {shares[-1]}"


def compute_height(data: LandscapePicture, width: float) -> float:
    """Add up the rows of panels with their legends and axes."""
    return data.lay_out(width).height


SPEC = Figure(
    name="landscape",
    title="Loss landscape",
    summary="The loss on a plane, with the paths of optimizers, each point in its true color.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
