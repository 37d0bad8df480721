"""Decision boundaries as a small image or as an animation of many."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from losslab.core.errors import OptionError
from losslab.plots.animation import copy_pixels, write_animation
from losslab.plots.boundary.surface import Boundary
from losslab.plots.figures import boundary
from losslab.plots.render import freeze_layout, make_figure, use_plot_settings
from losslab.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as MplFigure
    from PIL.Image import Image

WIDTH, HEIGHT, DPI = 6.0, 5.0, 100


def draw_boundary_image(data: Boundary, theme: Theme = LIGHT, ticks: bool = True) -> "Image":
    """Draw one boundary in 600 x 500 pixels."""
    with use_plot_settings():
        fig, _ = _draw_boundary(data, theme, ticks)
        fig.canvas.draw()
        return copy_pixels(fig)


def write_boundary_animation(  # noqa: PLR0913
    path: str | os.PathLike[str],
    frames: Sequence[Boundary],
    theme: Theme = LIGHT,
    ticks: bool = True,
    frame_ms: float = 500,
    hold_ms: float = 1500,
) -> None:
    """Write boundaries over the same rows as an animation of 600 x 500 pixels.

    Args:
        path: a file name ending in .gif or .webp; a description is written beside it.
        frames: prepared boundaries; their titles say what changes.
        theme: light or dark.
        ticks: whether the axes have tick labels.
        frame_ms: the duration of a frame.
        hold_ms: the duration of the last frame, if longer.

    Raises:
        OptionError: if there are no frames, or they are not over the same rows.
        WriteError: if a file cannot be written.
    """
    _check_frames(frames)
    # Scores have no natural maximum, so all frames share one: the largest.
    max_margin = max(float(data.margin.max()) for data in frames)
    frames = [replace(data, max_margin=max_margin) for data in frames]
    with use_plot_settings():
        fig, parts = _draw_boundary(frames[0], theme, ticks)
    for artist in parts.all:
        artist.set_animated(True)

    def update(data: Boundary) -> "Iterable[Artist]":
        boundary.update_parts(parts, data, theme)
        return parts.all

    write_animation(path, fig, frames, update, frame_ms, hold_ms, _describe_frames(frames))


def _draw_boundary(data: Boundary, theme: Theme, ticks: bool) -> "tuple[MplFigure, boundary.Parts]":
    fig = make_figure(WIDTH, HEIGHT, theme, dpi=DPI, layout="constrained")
    ax = fig.add_subplot()
    parts = boundary.draw_parts(data, ax, theme)
    if not ticks:
        ax.set(xticks=[], yticks=[])
    freeze_layout(fig)  # a layout that changed from frame to frame would shake
    return fig, parts


def _check_frames(frames: Sequence[Boundary]) -> None:
    if not len(frames):
        raise OptionError("needed at least one boundary", got="none", fix="prepare(model, rows)")
    first = frames[0]
    for number, data in enumerate(frames, start=1):
        same = (data.view, data.classes, data.kind) == (first.view, first.classes, first.kind)
        if not same or data.points.tobytes() != first.points.tobytes():
            raise OptionError(
                "needed boundaries over the same rows, of the same classes and kind of prediction",
                got=f"others in frame {number} than in the first",
                fix="rows = prepare_rows(X, y), then prepare(model, rows) for each model",
            )


def _describe_frames(frames: Sequence[Boundary]) -> str:
    first, last = frames[0], frames[-1]
    if len(frames) == 1:
        return boundary.write_alt(first)
    return (
        f"Animation of {len(frames)} decision boundaries, one after another.\n"
        f"First: {boundary.write_alt(first)}\nLast: {boundary.write_alt(last)}"
    )
