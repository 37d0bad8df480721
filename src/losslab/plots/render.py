"""Prepared figures as files: the same data gives the same bytes."""

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
    from matplotlib.figure import Figure as Canvas


WIDE, SLIM = 8.4, 4.2  # inches: a page, and a telephone
DPI = 150


def to_figure(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> "Canvas":
    """Draw what ``figure`` prepared on a matplotlib figure of its own, outside pyplot."""
    with use_plot_settings():
        return _draw_figure(figure, data, theme, width)


def to_svg(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> str:
    """Draw what ``figure`` prepared as one SVG document, its letters as outlines."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with use_plot_settings():
        canvas = _draw_figure(figure, data, theme, width)
        # Not savefig, which draws everything twice, the first time for nothing.
        drawn: Any = FigureCanvasSVG(canvas)
        drawn.print_svg(buffer, metadata={"Date": None, "Creator": None, "Type": None})
    return buffer.getvalue()


def recolor_svg(drawing: str, theme: Theme) -> str:
    """Give a light SVG drawing the colours of another theme, much sooner than by drawing again."""
    roles = dict(zip(LIGHT.colors, theme.colors, strict=True))
    return re.sub("|".join(map(re.escape, roles)), lambda found: roles[found[0]], drawing)


def to_png(
    path: str | os.PathLike[str],
    figure: Figure,
    data: Any,
    theme: Theme = LIGHT,
    width: float = WIDE,
) -> None:
    """Draw what ``figure`` prepared into a PNG file, written whole or not at all."""
    buffer = io.BytesIO()
    with use_plot_settings():
        canvas = _draw_figure(figure, data, theme, width)
        canvas.set_dpi(DPI)
        drawn: Any = canvas.canvas
        drawn.print_png(buffer, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())


def _draw_figure(figure: Figure, data: Any, theme: Theme, width: float) -> "Canvas":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(
        figsize=(width, figure.compute_height(data, width)),
        facecolor=theme.background,
        layout="constrained",
    )
    FigureCanvasAgg(canvas)
    figure.draw(data, canvas.add_subplot(), theme)
    # Once and for all, and not again whenever it is drawn.
    layout = canvas.get_layout_engine()
    assert layout is not None, "asked for above"
    layout.execute(canvas)
    canvas.set_layout_engine("none")
    return canvas


@contextmanager
def use_plot_settings() -> Iterator[None]:
    """Draw with matplotlib's defaults, whatever the user's matplotlibrc or notebook says."""
    import matplotlib

    own = {
        name: value
        for name, value in matplotlib.rcParamsDefault.items()
        if not name.startswith(("backend", "interactive", "toolbar", "webagg"))
    }
    own |= {"svg.hashsalt": "losslab", "svg.fonttype": "path", "font.family": [FONT]}
    with matplotlib.rc_context(own):
        yield


MAX_CACHED = 128  # drawings, of about 100 kB each


def draw_cached_svg(figure: Figure, data: Any, width: float) -> str:
    """Draw what ``figure`` prepared in light colours, unless the same was drawn before."""
    shown = to_canonical_json(to_json_value(data, non_finite=str))
    return cache_bytes(
        "drawings",
        ".svg",
        f"{_hash_drawing_code()} {figure.name} {width!r} {shown}".encode(),
        lambda: to_svg(figure, data, LIGHT, width).encode(),
        max_files=MAX_CACHED,
    ).decode()


@cache
def _hash_drawing_code() -> str:
    """A hash of all that draws."""
    digest = hashlib.blake2b(version("matplotlib").encode(), digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_hash_drawing_code()  # at once: what is edited from here on is not what this process draws by


SUFFIXES = (".png", ".svg")
TITLE = 0.3  # inches above a panel
HEADING = 0.4
LINE, LETTERS = 0.16, 145  # of the text below: inches a line takes, and letters that it holds
CREATOR = "losslab"

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


def draw_panels(heading: str, panels: Sequence[Panel], text: str, theme: Theme = LIGHT) -> "Canvas":
    """Draw figures below one another, each with its title, on one matplotlib figure.

    Args:
        heading: what they are about.
        panels: titles, and figures with what they prepared.
        text: how to read them, below them all.
        theme: light or dark.
    """
    with use_plot_settings():
        return _draw_panels(heading, panels, text, theme)


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
    own: dict[str, Any] = {"Software": CREATOR}
    if kind == "svg":
        own = {"Date": None, "Creator": CREATOR, "Type": None}
    buffer = io.BytesIO()
    with use_plot_settings():
        canvas = _draw_panels(heading, panels, text, theme)
        canvas.savefig(buffer, format=kind, dpi=DPI, metadata=own)
    write_bytes(path, buffer.getvalue())


def _draw_panels(heading: str, panels: Sequence[Panel], text: str, theme: Theme) -> "Canvas":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    heights = [figure.compute_height(data, WIDE) + TITLE for _, figure, data in panels]
    lines = wrap_text(text, LETTERS, 6)
    below = LINE * (1 + lines.count("\n")) + 0.1
    canvas = Canvas(
        figsize=(WIDE, sum(heights) + HEADING + below),
        facecolor=theme.background,
        layout="constrained",
    )
    FigureCanvasAgg(canvas)
    layout: Any = canvas.get_layout_engine()
    layout.set(h_pad=0.08, hspace=0.03)
    canvas.suptitle(
        wrap_text(heading, 90), x=0.01, ha="left", color=theme.foreground, size=12, family=FONT
    ).set_parse_math(False)
    canvas.supxlabel(
        lines, x=0.01, ha="left", color=theme.secondary, size=8, family=FONT
    ).set_parse_math(False)
    axes = canvas.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for (title, figure, data), ax in zip(panels, axes, strict=True):
        figure.draw(data, ax, theme)
        ax.set_title(title, loc="left", color=theme.foreground, size=10, family=FONT, pad=8)
    return canvas
