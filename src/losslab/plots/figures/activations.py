"""Activation functions and output heads: their values, and the gradients that gradients pass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from losslab.core.errors import OptionError
from losslab.objectives.catalog import HEADS
from losslab.objectives.spec import Head
from losslab.plots.function_pairs import (
    Function,
    FunctionPair,
    compute_pairs_height,
    draw_pairs,
    make_function_pair,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Theme
from losslab.training.catalog import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPAN, POINTS = (-4.0, 4.0), 161
# What stands beside z where a head reads several outputs; a vector needs some length.
BESIDE = {"normalize": 1.0}


@dataclass(frozen=True, kw_only=True)
class Activations:
    """A pair of panels for activation functions and one for heads, where there are any.

    ``beside`` says which heads read another output too, and what it is there.
    """

    pairs: tuple[FunctionPair, ...]
    beside: tuple[tuple[str, float], ...]


def prepare(
    activations: Sequence[str] = tuple(ACTIVATIONS), heads: Sequence[str] = tuple(HEADS)
) -> Activations:
    """Follow functions between layers, and those after the last layer, along their input.

    Args:
        activations: names of activation functions; all by default.
        heads: names of heads; all by default. Of a head that reads several outputs, the second of
            two is followed while the first stays at 0, or at 1 for normalize.

    Example
        >>> (pair,) = prepare(["relu"], []).pairs
        >>> pair.functions[0].value[0], pair.functions[0].value[-1]
        (0.0, 4.0)
    """
    between = [_function(name, ACTIVATIONS[name].fn) for name in activations]
    after = [_function(name, _along(HEADS[name])) for name in heads]
    rows = [
        make_function_pair(heading, f"z, the output of {where}", SPAN, functions)
        for heading, where, functions in (
            ("activation", "a hidden layer", between),
            ("head's output", "the last layer", after),
        )
        if functions
    ]
    if not rows:
        raise OptionError(
            "needed at least one activation or head to draw", got="none", fix="prepare(['relu'])"
        )
    return Activations(
        pairs=tuple(rows),
        beside=tuple((name, _other(HEADS[name])) for name in heads if _reads_a_row(HEADS[name])),
    )


def _function(name: str, fn: Callable[[Tensor], Tensor]) -> Function:
    z = torch.from_numpy(np.linspace(*SPAN, POINTS))  # unlike torch's, with 0 in it
    with torch.enable_grad():
        z.requires_grad_()
        value = fn(z)
        (gradient,) = torch.autograd.grad(value.sum(), z)
    return Function(
        label=name,
        x=tuple(z.detach().tolist()),
        value=tuple((value.detach().numpy() + 0.0).tolist()),  # no -0.0
        gradient=tuple((gradient.numpy() + 0.0).tolist()),
    )


def _along(head: Head) -> Callable[[Tensor], Tensor]:
    if not _reads_a_row(head):
        return head.fn
    return lambda z: head.fn(torch.stack((torch.full_like(z, _other(head)), z), -1))[..., -1]


def _reads_a_row(head: Head) -> bool:
    return head.min_width > 1


def _other(head: Head) -> float:
    return BESIDE.get(head.name, 0.0)


def draw(data: Activations, ax: "Axes", theme: Theme = LIGHT) -> None:
    """Draw value and gradient beside each other, activations above heads."""
    draw_pairs(data.pairs, ax, theme)


def write_alt(data: Activations) -> str:
    """Say between which values and gradients each function lies."""
    told = "; ".join(
        f"{pair.heading} {one.label}: {_range(one.value)}, gradient {_range(one.gradient)}"
        for pair in data.pairs
        for one in pair.functions
    )
    return f"Functions of z from {SPAN[0]:g} to {SPAN[1]:g}. {told}."


def _range(values: Sequence[float]) -> str:
    least, most = float(np.min(values)), float(np.max(values))
    return f"always {least:.3g}" if least == most else f"from {least:.3g} to {most:.3g}"


def write_caption(data: Activations) -> str:
    """Say what the gradients mean, and what heads over several outputs read besides."""
    parts = [
        "Gradients on their way back are multiplied by the gradient: where it is near 0, little of "
        "them is left.",
    ]
    if data.beside:
        named = ", ".join(f"{value:g} for {name}" for name, value in data.beside)
        parts.append(f"Heads over several outputs: z is one of two, the other is {named}.")
    gone = [one.label for pair in data.pairs for one in pair.functions if _leaves(one, pair)]
    if gone:
        parts.append(f"Goes on off the scale: {', '.join(gone)}.")
    return " ".join(parts)


def _leaves(one: Function, pair: FunctionPair) -> bool:
    inside = min(one.value) >= pair.value_view[0] and max(one.value) <= pair.value_view[1]
    return not inside or max(one.gradient) > pair.gradient_view[1]


def compute_height(data: Activations, width: float) -> float:
    """Give room for every pair of panels and, where it is narrow, for the keys above them."""
    return compute_pairs_height(data.pairs, width)


SPEC = Figure(
    name="activations",
    title="What layers pass on",
    summary="Value and gradient of activation functions and of output heads.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
