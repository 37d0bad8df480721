"""The true loss against the number of steps, for every path over a landscape."""

from dataclasses import dataclass, replace

import numpy as np

from losslab.experiment.formatting import format_count
from losslab.experiment.landscape.result import LandscapeResult, Path, Surface
from losslab.plots.landscape.panels import (
    PanelLayout,
    PanelLegend,
    add_panels,
    get_path_style,
    lay_out_panels,
)
from losslab.plots.scale import View, pad_view
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme, get_figure_width
from losslab.plots.wording import join_sentences

DECADES = 30.0  # the largest loss by the smallest from which on the axis is logarithmic
SMALLEST = 1e-5  # of the start's: what lies below is as good as nothing
MARKERS = 9
RATIO = 0.7


@dataclass(frozen=True, kw_only=True, eq=False)
class LossPanel:
    """The paths on one surface.

    Attributes:
        title: the surface's.
        paths: with the losses to draw.
        logarithmic: whether the axis of losses is.
        view: its limits.
    """

    title: str
    paths: tuple[Path, ...]
    logarithmic: bool
    view: View


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """All paths of a landscape.

    Attributes:
        quantity: what is drawn.
        n_rows: the number of rows that it is a mean over; 0 for a plain function.
        above_minimum: whether losses are counted from the lowest point.
        alike: whether the panels share their axis of losses.
        panels: one for each surface.
    """

    quantity: str
    n_rows: int
    above_minimum: bool
    alike: bool
    panels: tuple[LossPanel, ...]

    def lay_out(self, width: float) -> PanelLayout:
        """Arrange the panels in a figure of this width."""
        legends = [
            PanelLegend(title=panel.title, entries=tuple(path.label for path in panel.paths))
            for panel in self.panels
        ]
        return lay_out_panels(legends, width, self.alike, RATIO)


def prepare(result: LandscapeResult) -> Trajectories:
    """Count losses from the minimum if it is known, and choose the scale of each panel."""
    above_minimum = all(surface.minima for surface in result.surfaces)
    floor = result.lowest if above_minimum else 0.0
    panels = [_make_panel(surface, floor) for surface in result.surfaces]
    if not result.plane:
        low = min(panel.view[0] for panel in panels)
        high = max(panel.view[1] for panel in panels)
        logarithmic = low > 0 and high / low > DECADES
        panels = [replace(panel, logarithmic=logarithmic, view=(low, high)) for panel in panels]
    return Trajectories(
        quantity=result.quantity,
        n_rows=result.n_rows,
        above_minimum=above_minimum,
        alike=not result.plane,
        panels=tuple(panels),
    )


def _make_panel(surface: Surface, floor: float) -> LossPanel:
    paths = tuple(replace(path, loss=path.loss - floor) for path in surface.paths)
    start = float(paths[0].loss[0])
    losses = np.concatenate([path.loss for path in paths])
    # A path that diverged may leave the figure, but not squash the others.
    low, high = float(losses.min()), min(float(losses.max()), start + 9 * abs(start))
    positive = losses[losses > SMALLEST * abs(start)]
    logarithmic = bool(low >= 0 and len(positive) and high / positive.min() > DECADES)
    if logarithmic:
        view = float(positive.min()) / 1.5, high * 1.5
    elif high > low:
        view = pad_view((low, high), 0.05)
    else:
        padding = 0.05 * abs(high) or 1.0
        view = low - padding, high + padding
    return LossPanel(title=surface.title, paths=paths, logarithmic=logarithmic, view=view)


def draw(data: Trajectories, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw one panel per surface."""
    layout = data.lay_out(get_figure_width(ax))
    label = f"{data.quantity}{' above its minimum' if data.above_minimum else ''}"
    for number, (panel, axes) in enumerate(zip(data.panels, add_panels(ax, layout), strict=True)):
        _draw_paths(axes, panel, theme)
        layout.style_panel(number, axes, ("step", label), theme)
        layout.add_legend(number, axes, theme)


def _draw_paths(ax: Axes, panel: LossPanel, theme: Theme) -> None:
    if panel.logarithmic:
        ax.set_yscale("log")
    ax.set_ylim(*panel.view)
    last = max(int(path.steps[-1]) for path in panel.paths)
    ax.set_xlim(0, 1.03 * max(last, 1))
    for index, path in reversed(list(enumerate(panel.paths))):
        style = get_path_style(theme, index)
        places = np.linspace(0, len(path.steps) - 1, MARKERS).tolist()
        ax.plot(
            path.steps, path.loss, color=style.color, linestyle=style.dash, linewidth=1.6,
            marker=style.marker, markersize=5, markevery=sorted({round(at) for at in places}),
            markeredgecolor=theme.background, markeredgewidth=0.6,
        )  # fmt: skip
        if path.outcome == "diverges":
            ax.plot(
                path.steps[-1:], np.minimum(path.loss[-1:], panel.view[1]), "x", clip_on=False,
                color=style.color, markersize=8, markeredgewidth=2, zorder=5,
            )  # fmt: skip


def write_alt(data: Trajectories) -> str:
    """Describe what every path did."""
    panels = " ".join(
        f"{panel.title}: {'; '.join(f'{path.label} {path.description}' for path in panel.paths)}."
        for panel in data.panels
    )
    return f"Line plot: {data.quantity} against the number of steps, one line per path. {panels}"


def write_caption(data: Trajectories) -> str:
    """Explain the lines."""
    diverged = any(path.outcome == "diverges" for panel in data.panels for path in panel.paths)
    logarithmic = any(panel.logarithmic for panel in data.panels)
    return join_sentences(
        f"Line: the {data.quantity} at the weights themselves, not on the plane, a mean over "
        f"N = {format_count(data.n_rows, 'row')}."
        if data.n_rows
        else f"Line: {data.quantity} at the point itself.",
        "The axis is logarithmic." if logarithmic else "",
        "Cross: diverged." if diverged else "",
    )


def compute_height(data: Trajectories, width: float) -> float:
    """Add up the rows of panels with their legends and axes."""
    return data.lay_out(width).height


SPEC = Figure(
    name="trajectory",
    title="Loss along the paths",
    summary="The true loss against steps, one line per path over a landscape.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
