"""Several figures below one another in one picture file."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losslab.core.errors import OptionError
from losslab.core.files import write_bytes
from losslab.plots.lettering import folded
from losslab.plots.render import DOTS_PER_INCH, WIDE, own_settings
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

SUFFIXES = (".png", ".svg")
TITLE = 0.3  # inches above a panel
HEADING = 0.4
LINE, LETTERS = 0.16, 145  # of the text below: inches a line takes, and letters that it holds
MAKER = "losslab"

# A title, and a figure with what it prepared.
Panel = tuple[str, Figure, Any]


def check_picture(path: str | os.PathLike[str], option: str) -> None:
    """Refuse a file name that says neither PNG nor SVG.

    >>> check_picture("path.png", "out")
    """
    name = Path(path)
    if name.suffix.lower() not in SUFFIXES:
        raise OptionError(
            f"needed a file name ending in {' or '.join(SUFFIXES)} for --{option}",
            got=repr(name.name),
            fix=f"--{option} {name.with_suffix('.png').name if name.stem else 'picture.png'}",
        )


def to_panels(heading: str, panels: Sequence[Panel], text: str, theme: Theme = LIGHT) -> "Canvas":
    """Draw figures below one another, each with its title, on one matplotlib figure.

    Args:
        heading: what they are about.
        panels: titles, and figures with what they prepared.
        text: how to read them, below them all.
        theme: light or dark.
    """
    with own_settings():
        return _drawn(heading, panels, text, theme)


def write_panels(
    path: str | os.PathLike[str],
    heading: str,
    panels: Sequence[Panel],
    text: str,
    theme: Theme = LIGHT,
) -> None:
    """Write the panels as PNG or SVG, by the file name, whole or not at all."""
    check_picture(path, "out")
    kind = Path(path).suffix.lower().removeprefix(".")
    own: dict[str, Any] = {"Software": MAKER}
    if kind == "svg":
        own = {"Date": None, "Creator": MAKER, "Type": None}
    buffer = io.BytesIO()
    with own_settings():
        canvas = _drawn(heading, panels, text, theme)
        canvas.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=own)
    write_bytes(path, buffer.getvalue())


def _drawn(heading: str, panels: Sequence[Panel], text: str, theme: Theme) -> "Canvas":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    heights = [figure.height(data, WIDE) + TITLE for _, figure, data in panels]
    lines = folded(text, LETTERS, 6)
    below = LINE * (1 + lines.count("\n")) + 0.1
    canvas = Canvas(
        figsize=(WIDE, sum(heights) + HEADING + below), facecolor=theme.paper, layout="constrained"
    )
    FigureCanvasAgg(canvas)
    layout: Any = canvas.get_layout_engine()
    layout.set(h_pad=0.08, hspace=0.03)
    canvas.suptitle(
        folded(heading, 90), x=0.01, ha="left", color=theme.ink, size=12, family=FONT
    ).set_parse_math(False)
    canvas.supxlabel(
        lines, x=0.01, ha="left", color=theme.soft, size=8, family=FONT
    ).set_parse_math(False)
    axes = canvas.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for (title, figure, data), ax in zip(panels, axes, strict=True):
        figure.draw(data, ax, theme)
        ax.set_title(title, loc="left", color=theme.ink, size=10, family=FONT, pad=8)
    return canvas
