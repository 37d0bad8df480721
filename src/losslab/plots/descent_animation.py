"""The descent as an animation: paths grow over the landscape, each with its true loss."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from losslab.experiment.formatting import format_number
from losslab.plots.animation import write_animation
from losslab.plots.figures.landscape import (
    LandscapePicture,
    Panel,
    compute_height,
    draw_surfaces,
    write_alt,
)
from losslab.plots.render import WIDE, use_plot_settings
from losslab.plots.theme import FONT, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as Canvas
    from matplotlib.text import Text

MOST_FRAMES = 60
DPI = 100
STAMP = 0.35  # inches


def write_descent_animation(
    path: str | os.PathLike[str],
    data: LandscapePicture,
    frame_ms: float = 200,
    theme: Theme = LIGHT,
) -> None:
    """Write the descent as GIF or WebP, its description beside it.

    Args:
        path: a file name ending in .gif or .webp.
        data: what the landscape's figure prepared.
        frame_ms: how long a frame stands.
        theme: light or dark.
    """
    with use_plot_settings():
        canvas, panels, stamp = _draw_start(data, theme)
    steps = choose_frames(data)
    last = max(int(one.steps[-1]) for ground in data.grounds for one in ground.descents)

    def update(step: int) -> "list[Artist]":
        stamp.set_text(_format_step(step, last, data.steps_an_epoch))
        return [stamp, *(artist for panel in panels for artist in _move_paths(panel, step))]

    write_animation(path, canvas, steps, update, frame_ms=frame_ms, alt=write_alt(data))


def choose_frames(data: LandscapePicture) -> list[int]:
    """The steps to show, early ones closer together; the last one first shows what was lost."""
    every = np.unique(
        np.concatenate([one.steps for ground in data.grounds for one in ground.descents])
    )
    last = int(every[-1])
    if any(one.diverged for ground in data.grounds for one in ground.descents):
        every = np.append(every, last + 1)
    if len(every) <= MOST_FRAMES:
        return [int(step) for step in every]
    spaced = np.geomspace(1, len(every), MOST_FRAMES) - 1
    return [int(every[place]) for place in np.unique(np.round(spaced).astype(int))]


def _draw_start(data: LandscapePicture, theme: Theme) -> "tuple[Canvas, Sequence[Panel], Text]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    tall = compute_height(data, WIDE) + STAMP
    canvas = Canvas(figsize=(WIDE, tall), dpi=DPI, facecolor=theme.background)
    FigureCanvasAgg(canvas)
    ax = canvas.add_axes((0, STAMP / tall, 1, 1 - STAMP / tall))
    panels = draw_surfaces(data, ax, theme, animated=True)
    stamp = canvas.text(
        0.5, 0.1 / tall, "", ha="center", va="bottom", size=10, color=theme.foreground, family=FONT,
        animated=True,
    )  # fmt: skip
    return canvas, panels, stamp


def _format_step(step: int, last: int, pace: int) -> str:
    shown = min(step, last)
    if not pace:
        return f"step {shown:,} of {last:,}"
    return f"step {shown:,} of {last:,}, epoch {shown / pace:.3g} of {last / pace:.3g}"


def _move_paths(panel: Panel, step: int) -> "list[Artist]":
    told = []
    for moving in reversed(panel.moving):
        loss = moving.show(step)
        told.append(
            f"{moving.descent.label}: {format_number(loss) if np.isfinite(loss) else 'lost'}"
        )
    panel.words.set_text("\n".join(told))
    return [*(artist for moving in panel.moving for artist in moving.artists), panel.words]
