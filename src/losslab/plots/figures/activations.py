"""Activation functions and output heads: values and gradients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    describe_cut_functions,
    draw_pairs,
    make_function_pair,
)
from losslab.plots.spec import Figure
from losslab.plots.theme import LIGHT, Axes, Theme
from losslab.plots.wording import join_sentences
from losslab.training.catalog import ACTIVATIONS

SPAN, POINTS = (-4.0, 4.0), 161
# The other output of a head that reads several, if not 0; a vector needs a length.
OTHER_OUTPUT = {"normalize": 1.0}


@dataclass(frozen=True, kw_only=True)
class Activations:
    """A pair of panels for activation functions and one for heads.

    Attributes:
        pairs: those that have functions.
        other_outputs: heads over several outputs, with the value of the other output.
    """

    pairs: tuple[FunctionPair, ...]
    other_outputs: tuple[tuple[str, float], ...]


def prepare(
    activations: Sequence[str] = tuple(ACTIVATIONS), heads: Sequence[str] = tuple(HEADS)
) -> Activations:
    """Evaluate activation functions and heads along their input.

    Args:
        activations: names of activation functions; all by default.
        heads: names of heads; all by default. For a head over several outputs, the second of two
            varies while the first stays at 0, or at 1 for normalize.

    Examples:
        >>> (pair,) = prepare(["relu"], []).pairs
        >>> pair.functions[0].value[0], pair.functions[0].value[-1]
        (0.0, 4.0)
    """
    hidden = [_evaluate(name, ACTIVATIONS[name].fn) for name in activations]
    last = [_evaluate(name, _restrict_to_line(HEADS[name])) for name in heads]
    pairs = [
        make_function_pair(heading, f"z, the output of {layer}", SPAN, functions)
        for heading, layer, functions in (
            ("activation", "a hidden layer", hidden),
            ("head's output", "the last layer", last),
        )
        if functions
    ]
    if not pairs:
        raise OptionError(
            "needed at least one activation or head to draw", got="none", fix="prepare(['relu'])"
        )
    return Activations(
        pairs=tuple(pairs),
        other_outputs=tuple(
            (name, OTHER_OUTPUT.get(name, 0.0)) for name in heads if HEADS[name].min_width > 1
        ),
    )


def _evaluate(name: str, fn: Callable[[Tensor], Tensor]) -> Function:
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


def _restrict_to_line(head: Head) -> Callable[[Tensor], Tensor]:
    """Make a head over several outputs a function of one of them."""
    if head.min_width == 1:
        return head.fn
    other = OTHER_OUTPUT.get(head.name, 0.0)
    return lambda z: head.fn(torch.stack((torch.full_like(z, other), z), -1))[..., -1]


def draw(data: Activations, ax: Axes, theme: Theme = LIGHT) -> None:
    """Draw value and gradient side by side, activations above heads."""
    draw_pairs(data.pairs, ax, theme)


def write_alt(data: Activations) -> str:
    """Describe the range of each function and of its gradient."""
    functions = "; ".join(
        f"{pair.heading} {one.label}: {_describe_range(one.value)}, "
        f"gradient {_describe_range(one.gradient)}"
        for pair in data.pairs
        for one in pair.functions
    )
    return f"Functions of z from {SPAN[0]:g} to {SPAN[1]:g}. {functions}."


def _describe_range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"always {low:.3g}" if low == high else f"from {low:.3g} to {high:.3g}"


def write_caption(data: Activations) -> str:
    """Explain the gradients, and heads over several outputs."""
    others = ", ".join(f"{value:g} for {name}" for name, value in data.other_outputs)
    return join_sentences(
        "Backpropagation multiplies the upstream gradient by this gradient: where it is near 0, "
        "the gradient vanishes.",
        f"Heads over several outputs: z is one of two, the other is {others}." if others else "",
        describe_cut_functions(data.pairs),
    )


def compute_height(data: Activations, width: float) -> float:
    """Add up the heights of all pairs of panels."""
    return compute_pairs_height(data.pairs, width)


SPEC = Figure(
    name="activations",
    title="Activations and heads",
    summary="Value and gradient of activation functions and of output heads.",
    prepare=prepare,
    draw=draw,
    write_alt=write_alt,
    write_caption=write_caption,
    compute_height=compute_height,
)
