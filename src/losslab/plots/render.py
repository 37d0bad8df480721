"""Prepared figures as files: equal data gives equal bytes."""

import hashlib
import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losslab.core.cache import cache_bytes
from losslab.core.errors import OptionError
from losslab.core.files import write_bytes
from losslab.core.hashing import to_canonical_json
from losslab.core.json_values import to_json_value
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, Theme, wrap_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure


WIDE, SLIM = 8.4, 4.2  # inches: a page, and a phone
DPI = 150


def to_figure(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> "MplFigure":
    """Draw what ``figure`` prepared on a new matplotlib figure, outside pyplot."""
    with use_plot_settings():
        fig = make_figure(width, figure.compute_height(data, width), theme, layout="constrained")
        figure.draw(data, fig.add_subplot(), theme)
        freeze_layout(fig)
        return fig


def to_svg(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> str:
    """Draw what ``figure`` prepared as an SVG document, with its text as outlines."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with use_plot_settings():
        # Not savefig, which draws everything twice, the first time for nothing.
        canvas: Any = FigureCanvasSVG(to_figure(figure, data, theme, width))
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Type": None})
    return buffer.getvalue()


def to_png(
    path: str | os.PathLike[str],
    figure: Figure,
    data: Any,
    theme: Theme = LIGHT,
    width: float = WIDE,
) -> None:
    """Draw what ``figure`` prepared into a PNG file, atomically."""
    buffer = io.BytesIO()
    with use_plot_settings():
        fig = to_figure(figure, data, theme, width)
        fig.set_dpi(DPI)
        canvas: Any = fig.canvas
        canvas.print_png(buffer, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())


def recolor_svg(svg: str, theme: Theme) -> str:
    """Replace a light drawing's colors by those of another theme; faster than drawing again."""
    colors = dict(zip(LIGHT.colors, theme.colors, strict=True))
    return re.sub("|".join(map(re.escape, colors)), lambda found: colors[found[0]], svg)


def make_figure(width: float, height: float, theme: Theme, **settings: Any) -> "MplFigure":
    """Create a matplotlib figure of this size in inches, with an Agg canvas of its own."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    fig = MplFigure(figsize=(width, height), facecolor=theme.background, **settings)
    FigureCanvasAgg(fig)
    return fig


def freeze_layout(fig: "MplFigure") -> None:
    """Lay a figure out once and for all, not again whenever it is drawn."""
    layout = fig.get_layout_engine()
    assert layout is not None, "the figure was made with one"
    layout.execute(fig)
    fig.set_layout_engine("none")


@contextmanager
def use_plot_settings() -> Iterator[None]:
    """Draw with matplotlib's defaults, whatever the user's matplotlibrc or notebook says."""
    import matplotlib

    settings: Any = {
        name: value
        for name, value in matplotlib.rcParamsDefault.items()
        if not name.startswith(("backend", "interactive", "toolbar", "webagg"))
    }
    settings |= {"svg.hashsalt": "losslab", "svg.fonttype": "path", "font.family": [FONT]}
    with matplotlib.rc_context(settings):
        yield


MAX_CACHED = 128  # drawings, of about 100 kB each


def draw_cached_svg(figure: Figure, data: Any, width: float) -> str:
    """Draw what ``figure`` prepared in light colors, unless the same was drawn before."""
    content = to_canonical_json(to_json_value(data, non_finite=str))
    return cache_bytes(
        "drawings",
        ".svg",
        f"{_hash_drawing_code()} {figure.name} {width!r} {content}".encode(),
        lambda: to_svg(figure, data, LIGHT, width).encode(),
        max_files=MAX_CACHED,
    ).decode()


@cache
def _hash_drawing_code() -> str:
    """Hash the code that draws."""
    digest = hashlib.blake2b(version("matplotlib").encode(), digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_hash_drawing_code()  # on import, since this process draws with the code as it is now


SUFFIXES = (".png", ".svg")
TITLE = 0.3  # inches above a panel
HEADING = 0.4
LINE, LINE_LENGTH = 0.16, 145  # of the text below: inches and characters
CREATOR = "losslab"

# A title, and a figure with what it prepared.
Panel = tuple[str, Figure, Any]


def check_picture(path: str | os.PathLike[str], option: str) -> None:
    """Refuse a file name that is neither PNG nor SVG.

    Examples:
        >>> check_picture("path.png", "out")
    """
    name = Path(path)
    if name.suffix.lower() not in SUFFIXES:
        raise OptionError(
            f"needed a file name ending in {' or '.join(SUFFIXES)} for --{option}",
            got=repr(name.name),
            fix=f"--{option} {name.with_suffix('.png').name if name.stem else 'picture.png'}",
        )


def write_panels(
    path: str | os.PathLike[str],
    heading: str,
    panels: Sequence[Panel],
    text: str,
    theme: Theme = LIGHT,
) -> None:
    """Write panels as PNG or SVG, by the file name, atomically."""
    check_picture(path, "out")
    kind = Path(path).suffix.lower().removeprefix(".")
    metadata: dict[str, Any] = {"Software": CREATOR}
    if kind == "svg":
        metadata = {"Date": None, "Creator": CREATOR, "Type": None}
    buffer = io.BytesIO()
    with use_plot_settings():
        fig = draw_panels(heading, panels, text, theme)
        fig.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    write_bytes(path, buffer.getvalue())


def draw_panels(
    heading: str, panels: Sequence[Panel], text: str, theme: Theme = LIGHT
) -> "MplFigure":
    """Draw figures below one another, each with its title, on one matplotlib figure.

    Args:
        heading: what they are about.
        panels: titles, and figures with what they prepared.
        text: how to read them, written below them.
        theme: light or dark.
    """
    heights = [figure.compute_height(data, WIDE) + TITLE for _, figure, data in panels]
    lines = wrap_text(text, LINE_LENGTH, 6)
    below = LINE * (1 + lines.count("\n")) + 0.1
    left: dict[str, Any] = {"x": 0.01, "ha": "left", "family": FONT}
    with use_plot_settings():
        fig = make_figure(WIDE, sum(heights) + HEADING + below, theme, layout="constrained")
        layout: Any = fig.get_layout_engine()
        layout.set(h_pad=0.08, hspace=0.03)
        title = fig.suptitle(wrap_text(heading, 90), color=theme.foreground, size=12, **left)
        title.set_parse_math(False)
        fig.supxlabel(lines, color=theme.secondary, size=8, **left).set_parse_math(False)
        axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for (name, figure, data), ax in zip(panels, axes, strict=True):
            figure.draw(data, ax, theme)
            ax.set_title(name, loc="left", color=theme.foreground, size=10, family=FONT, pad=8)
    return fig
