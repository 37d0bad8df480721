"""The descent as an animation: paths grow over the landscape, each with its true loss."""

import os
from collections.abc import Iterator
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
from losslab.plots.render import WIDE, make_figure, use_plot_settings
from losslab.plots.theme import FONT, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist

MAX_FRAMES = 60
DPI = 100
FOOTER = 0.35  # inches


def write_descent_animation(
    path: str | os.PathLike[str],
    data: LandscapePicture,
    frame_ms: float = 200,
    theme: Theme = LIGHT,
) -> None:
    """Write the descent as GIF or WebP, with a description beside it.

    Args:
        path: a file name ending in .gif or .webp.
        data: what the landscape's figure prepared.
        frame_ms: the duration of a frame.
        theme: light or dark.
    """
    height = compute_height(data, WIDE) + FOOTER
    with use_plot_settings():
        fig = make_figure(WIDE, height, theme, dpi=DPI)
        ax = fig.add_axes((0, FOOTER / height, 1, 1 - FOOTER / height))
        panels = draw_surfaces(data, ax, theme, animated=True)
        footer = fig.text(
            0.5, 0.1 / height, "", ha="center", va="bottom", size=10, color=theme.foreground,
            family=FONT, animated=True,
        )  # fmt: skip
    last = max(int(path.steps[-1]) for path in data.paths)

    def update(step: int) -> "Iterator[Artist]":
        footer.set_text(_format_step(min(step, last), last, data.steps_per_epoch))
        yield footer
        for panel in panels:
            yield from _move_paths(panel, step)

    write_animation(path, fig, choose_frames(data), update, frame_ms=frame_ms, alt=write_alt(data))


def choose_frames(data: LandscapePicture) -> list[int]:
    """Choose the steps to show, early ones closer together; divergence shows after the last one."""
    steps = np.unique(np.concatenate([path.steps for path in data.paths]))
    if any(path.outcome == "diverges" for path in data.paths):
        steps = np.append(steps, steps[-1] + 1)
    if len(steps) > MAX_FRAMES:
        spaced = np.geomspace(1, len(steps), MAX_FRAMES) - 1
        steps = steps[np.unique(np.round(spaced).astype(int))]
    return [int(step) for step in steps]


def _format_step(step: int, last: int, steps_per_epoch: int) -> str:
    text = f"step {step:,} of {last:,}"
    if not steps_per_epoch:
        return text
    return f"{text}, epoch {step / steps_per_epoch:.3g} of {last / steps_per_epoch:.3g}"


def _move_paths(panel: Panel, step: int) -> "Iterator[Artist]":
    lines = []
    for drawn in reversed(panel.paths):
        loss = drawn.show_until(step)
        lines.append(
            f"{drawn.path.label}: {format_number(loss) if np.isfinite(loss) else 'diverged'}"
        )
    panel.text.set_text("\n".join(lines))
    for drawn in panel.paths:
        yield from drawn.artists
    yield panel.text
