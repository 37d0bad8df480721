"""Boundaries as a small picture of their own, one or many after another."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from losslab.core.errors import OptionError
from losslab.plots.animation import copy_pixels, write_animation
from losslab.plots.boundary.surface import Boundary
from losslab.plots.figures import boundary
from losslab.plots.render import use_plot_settings
from losslab.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as Canvas
    from PIL.Image import Image

INCHES, DPI = (6.0, 5.0), 100


def draw_boundary_image(data: Boundary, theme: Theme = LIGHT, ticks: bool = True) -> "Image":
    """Draw one boundary in 600 x 500 pixels."""
    with use_plot_settings():
        canvas, _ = _draw_boundary(data, theme, ticks)
        canvas.canvas.draw()
        return copy_pixels(canvas)


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
        frames: the prepared boundaries; their titles say what changes.
        theme: light or dark.
        ticks: whether the axes have numbers.
        frame_ms: how long a frame stands.
        hold_ms: how long the last frame stands, if that is longer.

    Raises:
        OptionError: if there are no frames, or they are not over the same rows.
        WriteError: if a file cannot be written.
    """
    _check_frames(frames)
    # Scores have no natural end: what is sure in one frame must not look sure in all.
    sure = max(float(data.lead.max()) for data in frames)
    frames = [replace(data, sure=sure) for data in frames]
    with use_plot_settings():
        canvas, parts = _draw_boundary(frames[0], theme, ticks)
    for artist in parts.all:
        artist.set_animated(True)

    def update(data: Boundary) -> "Iterable[Artist]":
        boundary.update_parts(parts, data, theme)
        return parts.all

    write_animation(path, canvas, frames, update, frame_ms, hold_ms, _describe_frames(frames))


def _draw_boundary(data: Boundary, theme: Theme, ticks: bool) -> "tuple[Canvas, boundary.Parts]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=INCHES, dpi=DPI, facecolor=theme.background, layout="constrained")
    FigureCanvasAgg(canvas)
    ax = canvas.add_subplot()
    parts = boundary.draw_parts(data, ax, theme)
    if not ticks:
        ax.set(xticks=[], yticks=[])
    # Once: a layout that moved from frame to frame would shake.
    layout = canvas.get_layout_engine()
    assert layout is not None, "asked for above"
    layout.execute(canvas)
    canvas.set_layout_engine("none")
    return canvas, parts


def _check_frames(frames: Sequence[Boundary]) -> None:
    if not len(frames):
        raise OptionError("needed at least one boundary", got="none", fix="prepare(model, rows)")
    first = frames[0]
    for number, data in enumerate(frames, start=1):
        same = (data.view, data.classes, data.kind) == (first.view, first.classes, first.kind)
        if not same or data.points.tobytes() != first.points.tobytes():
            raise OptionError(
                "needed boundaries over the same rows, with the same classes and kind of answer",
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
