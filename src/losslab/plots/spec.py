"""What a figure promises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from losslab.plots.theme import Axes, Theme


class Draw(Protocol):
    """Put prepared data on axes; what was drawn there before stays."""

    def __call__(self, data: Any, ax: Axes, theme: Theme = ...) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A kind of figure.

    Attributes:
        name: its name in the catalog.
        title: its heading on a page.
        summary: one sentence on what it shows.
        prepare: turns results into frozen, plain data, which a web page could draw too.
        draw: draws the data on matplotlib axes.
        write_alt: describes the data to a reader who cannot see the figure.
        write_caption: explains how to read the figure.
        compute_height: the height in inches that the figure needs at a width.
    """

    name: str
    title: str
    summary: str
    prepare: Callable[..., Any]
    draw: Draw
    write_alt: Callable[[Any], str]
    write_caption: Callable[[Any], str]
    compute_height: Callable[[Any, float], float]
