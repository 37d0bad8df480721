"""Prepared figures as files: the same data gives the same bytes."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from losslab.core.files import write_bytes
from losslab.plots.spec import Figure
from losslab.plots.theme import FONT, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

WIDE, SLIM = 8.4, 4.2  # inches: a page, and a telephone
DOTS_PER_INCH = 150


def to_figure(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> "Canvas":
    """Draw what ``figure`` prepared on a matplotlib figure of its own, outside pyplot."""
    with own_settings():
        return _drawn(figure, data, theme, width)


def to_svg(figure: Figure, data: Any, theme: Theme = LIGHT, width: float = WIDE) -> str:
    """Draw what ``figure`` prepared as one SVG document, its letters as outlines."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with own_settings():
        canvas = _drawn(figure, data, theme, width)
        # Not savefig, which draws everything twice, the first time for nothing.
        drawn: Any = FigureCanvasSVG(canvas)
        drawn.print_svg(buffer, metadata={"Date": None, "Creator": None, "Type": None})
    return buffer.getvalue()


def recolored(drawing: str, theme: Theme) -> str:
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
    with own_settings():
        canvas = _drawn(figure, data, theme, width)
        canvas.set_dpi(DOTS_PER_INCH)
        drawn: Any = canvas.canvas
        drawn.print_png(buffer, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())


def _drawn(figure: Figure, data: Any, theme: Theme, width: float) -> "Canvas":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(
        figsize=(width, figure.height(data, width)), facecolor=theme.paper, layout="constrained"
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
def own_settings() -> Iterator[None]:
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
