"""Functions of one number: values in one panel, gradients in another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from losslab.plots.legend import add_legend, compute_legend_height
from losslab.plots.scale import View, choose_curve_view, pad_view
from losslab.plots.theme import NARROW, Axes, Theme, get_style, is_narrow, style_axes, wrap_text

Rectangle = tuple[float, float, float, float]

PANEL, SLIM_PANEL, BETWEEN = 2.4, 1.7, 0.75  # inches
APART = 0.15  # of the width, between panels side by side
PADDING = 0.06  # of the view, above and below the curves
MARKERS = 6  # per line


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function, evaluated on a grid.

    Attributes:
        label: its name in the legend.
        x: the grid.
        value: the function there.
        gradient: its derivative there.
    """

    label: str
    x: tuple[float, ...]
    value: tuple[float, ...]
    gradient: tuple[float, ...]

    def leaves(self, pair: "FunctionPair") -> bool:
        """Whether value or gradient leave the limits that a pair of panels shows."""
        return any(
            value < low or value > high
            for values, (low, high) in (
                (self.value, pair.value_view),
                (self.gradient, pair.gradient_view),
            )
            for value in values
        )


@dataclass(frozen=True, kw_only=True)
class FunctionPair:
    """Two panels: the values of functions of one variable, and their gradients.

    Attributes:
        heading: what the values are.
        axis: what the variable is.
        functions: the lines, the first on top.
        span: the limits of the variable.
        value_view: the limits of the first panel.
        gradient_view: the limits of the second panel.
    """

    heading: str
    axis: str
    functions: tuple[Function, ...]
    span: View
    value_view: View
    gradient_view: View

    def compute_legend_height(self, narrow: bool) -> float:
        """Compute the height of the legend in inches."""
        return compute_legend_height([one.label for one in self.functions], narrow)


def make_function_pair(
    heading: str, axis: str, span: View, functions: Sequence[Function]
) -> FunctionPair:
    """Choose limits at which a curve that shoots up does not flatten the others."""
    values = choose_curve_view([np.array(one.value) for one in functions])
    gradients = choose_curve_view([np.array(one.gradient) for one in functions])
    return FunctionPair(
        heading=heading,
        axis=axis,
        functions=tuple(functions),
        span=span,
        value_view=pad_view(values, PADDING),
        gradient_view=pad_view(gradients, PADDING),
    )


def describe_cut_functions(pairs: Sequence[FunctionPair]) -> str:
    """Name the functions that leave the scale, in a caption; empty if there are none."""
    labels = [one.label for pair in pairs for one in pair.functions if one.leaves(pair)]
    return f"Continues off the scale: {', '.join(labels)}." if labels else ""


def draw_pairs(pairs: Sequence[FunctionPair], ax: Axes, theme: Theme) -> None:
    """Draw each pair side by side; one below the other in a narrow figure."""
    ax.set_axis_off()
    narrow = is_narrow(ax)
    for pair, (left, right) in zip(pairs, _place_panels(pairs, narrow), strict=True):
        value, gradient = ax.inset_axes(left), ax.inset_axes(right)
        curves = [(one.x, one.value) for one in pair.functions]
        _draw_panel(value, curves, pair, pair.heading, pair.value_view, theme)
        curves = [(one.x, one.gradient) for one in pair.functions]
        _draw_panel(gradient, curves, pair, "gradient", pair.gradient_view, theme)
        entries = [(get_style(theme, at), one.label) for at, one in enumerate(pair.functions)]
        add_legend(value if narrow else gradient, entries, theme)


def _draw_panel(  # noqa: PLR0913
    ax: Axes,
    curves: Sequence[tuple[tuple[float, ...], tuple[float, ...]]],
    pair: FunctionPair,
    label: str,
    view: View,
    theme: Theme,
) -> None:
    style_axes(ax, theme, grid="y")
    for index, (x, y) in reversed(list(enumerate(curves))):  # the first lies on top
        style = get_style(theme, index)
        step = max(1, len(x) // MARKERS)
        first = (index * step // max(1, len(curves)) + step // 2) % step
        ax.plot(
            x, y, color=style.color, linestyle=style.dash, linewidth=1.7, marker=style.marker,
            markersize=5, markevery=(first, step),
        )  # fmt: skip
    ax.axhline(0, color=theme.muted, linewidth=0.8, zorder=1)
    ax.set_xlim(*pair.span)
    ax.set_ylim(*view)
    ax.set_xlabel(wrap_text(pair.axis, 44))
    ax.set_ylabel(wrap_text(label, 30))


def _place_panels(pairs: Sequence[FunctionPair], narrow: bool) -> list[tuple[Rectangle, Rectangle]]:
    """Stack the pairs from the top, as shares of the axes."""
    heights = _compute_heights(pairs, narrow)
    top = total = sum(heights) + BETWEEN * (len(pairs) - 1)
    across = 1.0 if narrow else (1.0 - APART) / 2
    tall = SLIM_PANEL if narrow else PANEL
    places = []
    for number, (pair, height) in enumerate(zip(pairs, heights, strict=True)):
        # The legend stands above the first panel; the figure has room above its first one.
        above = pair.compute_legend_height(narrow) if narrow and number else 0.0
        upper = top - above - tall
        lower = top - height if narrow else upper
        places.append(
            (
                (0.0, upper / total, across, tall / total),
                (1.0 - across, lower / total, across, tall / total),
            )
        )
        top -= height + BETWEEN
    return places


def _compute_heights(pairs: Sequence[FunctionPair], narrow: bool) -> list[float]:
    if not narrow:
        return [max(PANEL, pair.compute_legend_height(narrow) - BETWEEN) for pair in pairs]
    legends = [pair.compute_legend_height(narrow) if at else 0.0 for at, pair in enumerate(pairs)]
    return [2 * SLIM_PANEL + BETWEEN + legend for legend in legends]


def compute_pairs_height(pairs: Sequence[FunctionPair], width: float) -> float:
    """Compute the height of all pairs in inches."""
    narrow = width < NARROW
    legend = pairs[0].compute_legend_height(narrow) if narrow else 0.0
    return sum(_compute_heights(pairs, narrow)) + BETWEEN * (len(pairs) - 1) + 0.7 + legend
