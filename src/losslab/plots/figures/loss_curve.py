"""What a row costs, and how fast that changes, along the margin, the residual or the like."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from losslab.core.errors import OptionError
from losslab.losses.curve import Curve, group_coinciding
from losslab.plots.function_pairs import (
    Function,
    FunctionPair,
    compute_pairs_height,
    draw_pairs,
    make_function_pair,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, kw_only=True)
class LossCurves:
    """One pair of panels for each axis that losses are followed along."""

    pairs: tuple[FunctionPair, ...]


def prepare(curves: Iterable[Curve]) -> LossCurves:
    """Put curves of losses with the same axis together, and those that coincide in one line.

    Args:
        curves: what ``losslab.losses.curve.compute_curves`` gives for each loss.

    Example
        >>> from losslab.losses.catalog import LOSSES
        >>> from losslab.losses.curve import compute_curves
        >>> data = prepare([*compute_curves(LOSSES["mse"]), *compute_curves(LOSSES["l1"])])
        >>> [function.label for function in data.pairs[0].functions]
        ['mse', 'l1']
    """
    by_axis: dict[str, list[Curve]] = {}
    for curve in curves:
        by_axis.setdefault(curve.axis, []).append(curve)
    if not by_axis:
        raise OptionError(
            "needed at least one curve of a loss to draw", got="none", fix="curves(LOSSES['mse'])"
        )
    return LossCurves(
        pairs=tuple(
            make_function_pair(
                "loss of a row",
                axis,
                shared[0].span,
                [_function(group) for group in group_coinciding(shared)],
            )
            for axis, shared in by_axis.items()
        )
    )


def _function(group: tuple[Curve, ...]) -> Function:
    names = [f"{curve.loss} ({curve.case})" if curve.case else curve.loss for curve in group]
    return Function(
        label=", ".join(dict.fromkeys(names)),
        x=tuple(group[0].x.tolist()),
        value=tuple(group[0].value.tolist()),
        gradient=tuple(group[0].gradient.tolist()),
    )


def draw(data: LossCurves, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw value and gradient beside each other, a row for each axis."""
    draw_pairs(data.pairs, ax, theme)


def write_alt(data: LossCurves) -> str:
    """Say where each loss starts, passes the middle and ends."""
    told = "; ".join(
        f"{one.label} along {pair.axis}: {_told(one)}"
        for pair in data.pairs
        for one in pair.functions
    )
    return f"Losses of a row and their gradients. {told}."


def _told(one: Function) -> str:
    places = (0, len(one.x) // 2, -1)
    values = ", ".join(f"{one.value[place]:.3g} at {one.x[place]:.3g}" for place in places)
    gradients = [gradient for gradient in one.gradient if np.isfinite(gradient)]
    if not gradients:
        return f"{values}, no gradient"
    return f"{values}, gradient from {min(gradients):.3g} to {max(gradients):.3g}"


def write_caption(data: LossCurves) -> str:
    """Say what the panels show, which lines are several losses, and which leave the picture."""
    left = [one.label for pair in data.pairs for one in pair.functions if _leaves(one, pair)]
    joint = [one.label for pair in data.pairs for one in pair.functions if ", " in one.label]
    parts = [
        "What one row costs, and the gradient of that cost, which is what training follows: where "
        "it is 0, the row no longer moves the weights.",
        f"On one line, because they are the same: {'; '.join(joint)}." if joint else "",
        f"Goes on off the scale: {', '.join(left)}." if left else "",
    ]
    return " ".join(part for part in parts if part)


def _leaves(one: Function, pair: FunctionPair) -> bool:
    return any(
        value < low or value > high
        for values, (low, high) in (
            (one.value, pair.value_view),
            (one.gradient, pair.gradient_view),
        )
        for value in values
    )


def compute_height(data: LossCurves, width: float) -> float:
    """Give room for every pair of panels and, where it is narrow, for the keys above them."""
    return compute_pairs_height(data.pairs, width)


SPEC = Figure(
    name="loss_curve",
    title="What a row costs",
    summary="Value and gradient of losses against margin, residual or probability, overlaid.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
