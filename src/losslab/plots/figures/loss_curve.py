"""Losses and their gradients along the margin, the residual or the probability."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from losslab.core.errors import OptionError
from losslab.losses.curve import Curve, group_coinciding
from losslab.plots.function_pairs import (
    Function,
    FunctionPair,
    compute_pairs_height,
    describe_cut_functions,
    draw_pairs,
    make_function_pair,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme
from losslab.plots.wording import join_sentences


@dataclass(frozen=True, kw_only=True)
class LossCurves:
    """One pair of panels for each axis that losses are evaluated along."""

    pairs: tuple[FunctionPair, ...]


def prepare(curves: Iterable[Curve]) -> LossCurves:
    """Group curves by their axis, and merge those that coincide into one line.

    Args:
        curves: from ``losslab.losses.curve.compute_curves`` for each loss.

    Examples:
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
            "needed at least one curve of a loss to draw",
            got="none",
            fix="compute_curves(LOSSES['mse'])",
        )
    return LossCurves(
        pairs=tuple(
            make_function_pair(
                "loss per row",
                axis,
                shared[0].span,
                [_make_function(group) for group in group_coinciding(shared)],
            )
            for axis, shared in by_axis.items()
        )
    )


def _make_function(group: tuple[Curve, ...]) -> Function:
    names = [f"{curve.loss} ({curve.case})" if curve.case else curve.loss for curve in group]
    return Function(
        label=", ".join(dict.fromkeys(names)),
        x=tuple(group[0].x.tolist()),
        value=tuple(group[0].value.tolist()),
        gradient=tuple(group[0].gradient.tolist()),
    )


def draw(data: LossCurves, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw value and gradient side by side, one row per axis."""
    draw_pairs(data.pairs, ax, theme)


def write_alt(data: LossCurves) -> str:
    """Describe each loss at the start, in the middle and at the end."""
    functions = "; ".join(
        f"{one.label} along {pair.axis}: {_describe_function(one)}"
        for pair in data.pairs
        for one in pair.functions
    )
    return f"Losses per row and their gradients. {functions}."


def _describe_function(one: Function) -> str:
    places = (0, len(one.x) // 2, -1)
    values = ", ".join(f"{one.value[place]:.3g} at {one.x[place]:.3g}" for place in places)
    gradients = [gradient for gradient in one.gradient if np.isfinite(gradient)]
    if not gradients:
        return f"{values}, no gradient"
    return f"{values}, gradient from {min(gradients):.3g} to {max(gradients):.3g}"


def write_caption(data: LossCurves) -> str:
    """Explain the panels, merged lines, and lines that leave the figure."""
    merged = [one.label for pair in data.pairs for one in pair.functions if ", " in one.label]
    return join_sentences(
        "The loss of one row and its gradient, which training follows: where the gradient is 0, "
        "the row no longer changes the weights.",
        f"Identical, so drawn as one line: {'; '.join(merged)}." if merged else "",
        describe_cut_functions(data.pairs),
    )


def compute_height(data: LossCurves, width: float) -> float:
    """Add up the heights of all pairs of panels."""
    return compute_pairs_height(data.pairs, width)


SPEC = Figure(
    name="loss_curve",
    title="Losses and gradients",
    summary="Value and gradient of losses against margin, residual or probability.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
