"""Figures of a result: on axes of the user's, or embedded in a page in several variants."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from losslab.core.errors import OptionError
from losslab.plots.render import SLIM, WIDE, draw_cached_svg, recolor_svg, to_figure
from losslab.plots.spec import Figure
from losslab.plots.theme import DARK


def plot_figure(
    figures: Mapping[str, Figure], name: str, findings: Any, ax: Any, example: str
) -> Any:
    """Draw one of a result's figures and return it, or the axes that it was drawn on.

    Args:
        figures: those that the result has.
        name: of the figure.
        findings: what the figure prepares.
        ax: matplotlib axes; None for a matplotlib figure of its own.
        example: a figure to name in errors.
    """
    if ax is not None and not hasattr(ax, "get_figure"):
        known = ax if isinstance(ax, str) and ax in figures else example
        raise OptionError(
            "needed matplotlib axes to draw on", got=repr(ax), fix=f"plot(figure={known!r})"
        )
    figure = figures[name]
    data = figure.prepare(findings)
    if ax is None:
        return to_figure(figure, data)
    figure.draw(data, ax)
    return ax


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing as a data URL, with its size in points and the media query that selects it."""

    address: str
    media: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """A figure of the report; browsers take the first matching variant, or else ``main``."""

    name: str
    title: str
    alt: str
    caption: str
    main: Picture
    variants: tuple[Picture, ...]


def illustrate(figure: Figure, findings: Any) -> Illustration:
    """Draw a figure in light and dark colors, wide and narrow."""
    data = figure.prepare(findings)
    narrow, dark = "(max-width: 640px)", "screen and (prefers-color-scheme: dark)"
    wide, slim = (draw_cached_svg(figure, data, width) for width in (WIDE, SLIM))
    return Illustration(
        name=figure.name,
        title=figure.title,
        alt=figure.write_alt(data),
        caption=figure.write_caption(data),
        main=_embed(wide, ""),
        variants=(
            _embed(recolor_svg(slim, DARK), f"{dark} and {narrow}"),
            _embed(recolor_svg(wide, DARK), dark),
            _embed(slim, f"screen and {narrow}"),
        ),
    )


def _embed(drawing: str, media: str) -> Picture:
    # The outermost tag comes first.
    size = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawing)
    assert size is not None, "an SVG drawing has a view box"
    code = base64.b64encode(drawing.encode()).decode("ascii")
    return Picture(
        address=f"data:image/svg+xml;base64,{code}",
        media=media,
        width=round(float(size[1])),
        height=round(float(size[2])),
    )
