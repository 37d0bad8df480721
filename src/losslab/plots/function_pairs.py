"""Functions of one number: their values in one panel, their gradients in another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.plots.legend import add_legend, compute_legend_height
from losslab.plots.scale import choose_curve_view
from losslab.plots.theme import NARROW, Theme, get_style, is_narrow, style_axes, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Place = tuple[float, float, float, float]

PANEL, SLIM_PANEL, BETWEEN = 2.4, 1.7, 0.75  # inches
APART = 0.15  # of the width, between panels that stand side by side
ROOM = 0.06  # of the view, above and below the curves
MARKS = 6  # on each line


@dataclass(frozen=True, kw_only=True)
class Function:
    """One line: where it was followed, its value and gradient there."""

    label: str
    x: tuple[float, ...]
    value: tuple[float, ...]
    gradient: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class FunctionPair:
    """Functions of the same variable, and the parts of the scales to show.

    ``heading`` says what the values are, as ``axis`` does for what runs along ``x``.
    """

    heading: str
    axis: str
    functions: tuple[Function, ...]
    span: tuple[float, float]
    value_view: tuple[float, float]
    gradient_view: tuple[float, float]


def make_function_pair(
    heading: str, axis: str, span: tuple[float, float], functions: Sequence[Function]
) -> FunctionPair:
    """Choose the views, in which a curve that shoots up does not flatten the others."""
    return FunctionPair(
        heading=heading,
        axis=axis,
        functions=tuple(functions),
        span=span,
        value_view=_opened(choose_curve_view([np.array(one.value) for one in functions])),
        gradient_view=_opened(choose_curve_view([np.array(one.gradient) for one in functions])),
    )


def _opened(view: tuple[float, float]) -> tuple[float, float]:
    room = ROOM * (view[1] - view[0])
    return view[0] - room, view[1] + room


def draw_pairs(pairs: Sequence[FunctionPair], ax: "Axes", theme: Theme) -> None:
    """Draw a row of two panels for each pair; where it is narrow, one above the other."""
    ax.set_axis_off()
    narrow = is_narrow(ax)
    for pair, (left, right) in zip(pairs, _places(pairs, narrow), strict=True):
        value, gradient = ax.inset_axes(left), ax.inset_axes(right)
        _draw_panel(value, pair, "value", pair.value_view, theme)
        _draw_panel(gradient, pair, "gradient", pair.gradient_view, theme)
        labels = [(get_style(theme, index), one.label) for index, one in enumerate(pair.functions)]
        add_legend(value if narrow else gradient, labels, theme)


def _draw_panel(
    ax: "Axes", pair: FunctionPair, quantity: str, view: tuple[float, float], theme: Theme
) -> None:
    style_axes(ax, theme, grid="y")
    # The first function lies on top.
    for index, one in reversed(list(enumerate(pair.functions))):
        look = get_style(theme, index)
        step = max(1, len(one.x) // MARKS)
        first = (index * step // max(1, len(pair.functions)) + step // 2) % step
        ax.plot(
            one.x, one.value if quantity == "value" else one.gradient, color=look.color,
            linestyle=look.dash, linewidth=1.7, marker=look.marker, markersize=5,
            markevery=(first, step),
        )  # fmt: skip
    ax.axhline(0, color=theme.muted, linewidth=0.8, zorder=1)
    ax.set_xlim(*pair.span)
    ax.set_ylim(*view)
    ax.set_xlabel(wrap_text(pair.axis, 44))
    ax.set_ylabel(wrap_text(pair.heading if quantity == "value" else "gradient", 30))


def _places(pairs: Sequence[FunctionPair], narrow: bool) -> list[tuple[Place, Place]]:
    """Stack the pairs from the top, as shares of the axes."""
    total = sum(_heights(pairs, narrow)) + BETWEEN * (len(pairs) - 1)
    places, top = [], total
    for number, (pair, tall) in enumerate(zip(pairs, _heights(pairs, narrow), strict=True)):
        if narrow:
            # The key stands above the first panel; above the picture's first, there is room.
            key = compute_legend_height(_labels(pair), narrow=True) if number else 0.0
            upper, lower = top - key - SLIM_PANEL, top - tall
            left = (0.0, upper / total, 1.0, SLIM_PANEL / total)
            right = (0.0, lower / total, 1.0, SLIM_PANEL / total)
        else:
            across = (1.0 - APART) / 2
            left = (0.0, (top - PANEL) / total, across, PANEL / total)
            right = (1.0 - across, (top - PANEL) / total, across, PANEL / total)
        places.append((left, right))
        top -= tall + BETWEEN
    return places


def _heights(pairs: Sequence[FunctionPair], narrow: bool) -> list[float]:
    if not narrow:
        keys = [compute_legend_height(_labels(pair), narrow=False) - BETWEEN for pair in pairs]
        return [max(PANEL, key) for key in keys]
    keys = [
        compute_legend_height(_labels(pair), narrow=True) if n else 0.0
        for n, pair in enumerate(pairs)
    ]
    return [2 * SLIM_PANEL + BETWEEN + key for key in keys]


def _labels(pair: FunctionPair) -> list[str]:
    return [one.label for one in pair.functions]


def compute_pairs_height(pairs: Sequence[FunctionPair], width: float) -> float:
    """Give the height in inches that these pairs need."""
    narrow = width < NARROW
    key = compute_legend_height(_labels(pairs[0]), narrow=True) if narrow else 0.0
    return sum(_heights(pairs, narrow)) + BETWEEN * (len(pairs) - 1) + 0.7 + key
