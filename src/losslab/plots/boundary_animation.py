"""Boundaries as a small picture of their own, one or many after another."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from losslab.core.errors import OptionError
from losslab.plots.animation import pixels, write_animation
from losslab.plots.boundary.surface import Boundary
from losslab.plots.figures import boundary
from losslab.plots.render import own_settings
from losslab.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as Canvas
    from PIL.Image import Image

INCHES, DOTS_PER_INCH = (6.0, 5.0), 100


def boundary_image(data: Boundary, theme: Theme = LIGHT, ticks: bool = True) -> "Image":
    """Draw one boundary in 600 x 500 pixels."""
    with own_settings():
        canvas, _ = _drawn(data, theme, ticks)
        canvas.canvas.draw()
        return pixels(canvas)


def write_boundaries(  # noqa: PLR0913
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
    _check(frames)
    # Scores have no natural end: what is sure in one frame must not look sure in all.
    sure = max(float(data.lead.max()) for data in frames)
    frames = [replace(data, sure=sure) for data in frames]
    with own_settings():
        canvas, parts = _drawn(frames[0], theme, ticks)
    for artist in parts.all:
        artist.set_animated(True)

    def update(data: Boundary) -> "Iterable[Artist]":
        boundary.change(parts, data, theme)
        return parts.all

    write_animation(path, canvas, frames, update, frame_ms, hold_ms, _alt(frames))


def _drawn(data: Boundary, theme: Theme, ticks: bool) -> "tuple[Canvas, boundary.Parts]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor=theme.paper, layout="constrained")
    FigureCanvasAgg(canvas)
    ax = canvas.add_subplot()
    parts = boundary.put(data, ax, theme)
    if not ticks:
        ax.set(xticks=[], yticks=[])
    # Once: a layout that moved from frame to frame would shake.
    layout = canvas.get_layout_engine()
    assert layout is not None, "asked for above"
    layout.execute(canvas)
    canvas.set_layout_engine("none")
    return canvas, parts


def _check(frames: Sequence[Boundary]) -> None:
    if not len(frames):
        raise OptionError("needed at least one boundary", got="none", fix="prepare(model, rows)")
    first = frames[0]
    for number, data in enumerate(frames, start=1):
        same = (data.view, data.classes, data.kind) == (first.view, first.classes, first.kind)
        if not same or data.points.tobytes() != first.points.tobytes():
            raise OptionError(
                "needed boundaries over the same rows, with the same classes and kind of answer",
                got=f"others in frame {number} than in the first",
                fix="rows = rows_of(X, y), then prepare(model, rows) for each model",
            )


def _alt(frames: Sequence[Boundary]) -> str:
    first, last = frames[0], frames[-1]
    if len(frames) == 1:
        return boundary.alt(first)
    return (
        f"Animation of {len(frames)} decision boundaries, one after another.\n"
        f"First: {boundary.alt(first)}\nLast: {boundary.alt(last)}"
    )
