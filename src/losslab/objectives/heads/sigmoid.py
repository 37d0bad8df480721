"""Sigmoid: an independent probability for each output."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT
from losslab.losses import rowmath
from losslab.objectives.spec import Head


def sigmoid(z: Tensor) -> Tensor:
    r"""Turn each output from log-odds into a probability.

    Formula:
        .. math:: p = \frac{1}{1 + e^{-z}}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> sigmoid(torch.tensor([0.0, 1e4]))
        tensor([0.5000, 1.0000])
    """
    return z.sigmoid()


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = rowmath.sigmoid(z[k])


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Multiply ``gradient`` by d p / d z = p (1 - p)."""
    for k in range(len(prediction)):
        gradient[k] *= prediction[k] * (1.0 - prediction[k])


SPEC = Head(
    name="sigmoid",
    fn=sigmoid,
    forward=forward,
    backward=backward,
    emits=(Kind.PROBABILITY,),
    reaches=UNIT,
    summary="a probability for each output on its own",
    torch_class="torch.nn.Sigmoid()",
)
