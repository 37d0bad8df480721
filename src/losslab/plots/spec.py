"""What a figure promises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from losslab.plots.theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Draw(Protocol):
    """Put prepared data on axes; what was drawn there before stays."""

    def __call__(self, data: Any, ax: "Axes", theme: Theme = ...) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A kind of picture.

    ``prepare(...)`` takes what the figure is about and gives frozen, plain data, which a web page
    could draw too; ``draw(data, ax, theme)`` puts it on matplotlib axes. ``alt(data)`` says in a
    sentence what a person who cannot see the picture should know, and ``caption(data)`` how to
    read it. ``height(data, width)`` is the height in inches that the figure needs at a width.
    """

    name: str
    title: str
    summary: str
    prepare: Callable[..., Any]
    draw: Draw
    alt: Callable[[Any], str]
    caption: Callable[[Any], str]
    height: Callable[[Any, float], float]
