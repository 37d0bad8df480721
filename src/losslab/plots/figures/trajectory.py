"""The true loss against the number of steps, for every path over a landscape."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from losslab.experiment.formatting import format_count
from losslab.experiment.landscape.result import LandscapeResult, Surface
from losslab.plots.landscape.panels import (
    PanelLayout,
    PanelLegend,
    add_panel_legend,
    get_path_style,
    lay_out_panels,
    style_panel,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

DECADES = 30.0  # the largest loss by the smallest from which on the axis is logarithmic
FEWEST = 1e-5  # of the start's: what lies below is as good as nothing
MARKED = 9
RATIO = 0.7


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """The true loss ``(T,)`` of a path after ``steps`` ``(T,)``."""

    label: str
    steps: NDArray[np.int64]
    loss: Array
    diverged: bool
    description: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """The paths on one surface, on one scale."""

    title: str
    tracks: tuple[Track, ...]
    logarithmic: bool
    view: tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """All paths of a survey; ``above`` says whether losses are counted from the lowest point."""

    quantity: str
    n_rows: int
    above: bool
    alike: bool
    courses: tuple[Course, ...]


def prepare(survey: LandscapeResult) -> Trajectories:
    """Count losses from the minimum where it is known, and choose the scale of each panel."""
    above = all(surface.minima for surface in survey.surfaces)
    courses = [_course(surface, survey.lowest if above else 0.0) for surface in survey.surfaces]
    alike = not survey.plane
    if alike:
        low = min(course.view[0] for course in courses)
        high = max(course.view[1] for course in courses)
        logarithmic = low > 0 and high / low > DECADES
        courses = [
            Course(
                title=course.title, tracks=course.tracks, logarithmic=logarithmic, view=(low, high)
            )
            for course in courses
        ]
    return Trajectories(
        quantity=survey.quantity,
        n_rows=survey.n_rows,
        above=above,
        alike=alike,
        courses=tuple(courses),
    )


def _course(surface: Surface, floor: float) -> Course:
    tracks = tuple(
        Track(
            label=path.label,
            steps=path.steps,
            loss=path.loss - floor,
            diverged=path.outcome == "diverges",
            description=path.description,
        )
        for path in surface.paths
    )
    start = float(tracks[0].loss[0])
    every = np.concatenate([track.loss for track in tracks])
    # What has diverged may leave the picture, but not squash the others.
    high = min(float(every.max()), start + 9 * abs(start))
    low = float(every.min())
    shown = every[every > FEWEST * abs(start)]
    if low >= 0 and len(shown) and high / shown.min() > DECADES:
        return Course(
            title=surface.title,
            tracks=tracks,
            logarithmic=True,
            view=(float(shown.min()) / 1.5, high * 1.5),
        )
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return Course(
        title=surface.title, tracks=tracks, logarithmic=False, view=(low - room, high + room)
    )


def draw(data: Trajectories, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw one panel for each surface."""
    ax.set_axis_off()
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes stand in a figure"
    stand = _stand(data, float(figure.get_figwidth()))
    for number, (course, place) in enumerate(zip(data.courses, stand.places(), strict=True)):
        panel = ax.inset_axes(place)
        outermost = number % stand.columns == 0
        _draw_course(panel, course, theme)
        label = f"{data.quantity}{' above its minimum' if data.above else ''}"
        style_panel(panel, theme, ("step", label if outermost or not data.alike else ""))
        if data.alike and not outermost:
            panel.tick_params(labelleft=False)
        add_panel_legend(panel, stand.keys[number], stand, theme)


def _stand(data: Trajectories, width: float) -> PanelLayout:
    keys = [
        PanelLegend(title=course.title, entries=tuple(track.label for track in course.tracks))
        for course in data.courses
    ]
    return lay_out_panels(keys, width, data.alike, RATIO)


def _draw_course(ax: "Axes", course: Course, theme: Theme) -> None:
    if course.logarithmic:
        ax.set_yscale("log")
    ax.set_ylim(*course.view)
    last = max(int(track.steps[-1]) for track in course.tracks)
    ax.set_xlim(0, 1.03 * max(last, 1))
    for index, track in reversed(list(enumerate(course.tracks))):
        look = get_path_style(theme, index)
        ax.plot(
            track.steps, track.loss, color=look.color, linestyle=look.dash, linewidth=1.6,
            marker=look.marker, markersize=5, markevery=_marked(len(track.steps)),
            markeredgecolor=theme.background, markeredgewidth=0.6,
        )  # fmt: skip
        if track.diverged:
            ax.plot(
                track.steps[-1:], np.minimum(track.loss[-1:], course.view[1]), "x", clip_on=False,
                color=look.color, markersize=8, markeredgewidth=2, zorder=5,
            )  # fmt: skip


def _marked(count: int) -> list[int]:
    return sorted({round(place) for place in np.linspace(0, count - 1, MARKED).tolist()})


def write_alt(data: Trajectories) -> str:
    """Say what every path did."""
    told = " ".join(
        f"{course.title}: {'; '.join(f'{one.label} {one.description}' for one in course.tracks)}."
        for course in data.courses
    )
    return f"The {data.quantity} against the number of steps, one line for each path. {told}"


def write_caption(data: Trajectories) -> str:
    """Say what the lines are."""
    rows = f", a mean over N = {format_count(data.n_rows, 'row')}" if data.n_rows else ""
    log = " The axis is logarithmic." if any(course.logarithmic for course in data.courses) else ""
    lost = any(track.diverged for course in data.courses for track in course.tracks)
    cross = " Cross: lost from there on." if lost else ""
    return (
        f"Line: the {data.quantity} at the weights themselves, not on the plane{rows}.{log}{cross}"
        if data.n_rows
        else f"Line: {data.quantity} at the point itself.{log}{cross}"
    )


def compute_height(data: Trajectories, width: float) -> float:
    """Give each row of panels room for its keys above and its axis below."""
    return _stand(data, width).height


SPEC = Figure(
    name="trajectory",
    title="The loss along the way",
    summary="The true loss against steps, one line for each path over a landscape.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
