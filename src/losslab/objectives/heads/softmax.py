"""Softmax: probabilities of exclusive classes."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT
from losslab.losses import rowmath
from losslab.objectives.spec import Head


def softmax(z: Tensor) -> Tensor:
    r"""Divide the exponentials of each row by their sum.

    Formula:
        .. math:: p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``, summing to one over ``K``

    Examples:
        >>> import torch
        >>> softmax(torch.tensor([0.0, 0.0]))
        tensor([0.5000, 0.5000])
    """
    return z.softmax(-1)


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    largest = z[0]
    for k in range(1, len(z)):
        largest = max(largest, z[k])
    total = 0.0
    for k in range(len(z)):
        prediction[k] = rowmath.exp(z[k] - largest)
        total += prediction[k]
    for k in range(len(z)):
        prediction[k] /= total


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Apply d p_k / d z_j = p_k (1[k = j] - p_j)."""
    shared = 0.0
    for k in range(len(prediction)):
        shared += gradient[k] * prediction[k]
    for k in range(len(prediction)):
        gradient[k] = prediction[k] * (gradient[k] - shared)


SPEC = Head(
    name="softmax",
    fn=softmax,
    forward=forward,
    backward=backward,
    emits=(Kind.PROBABILITY,),
    reaches=UNIT,
    sums_to_one=True,
    min_width=2,
    summary="probabilities of classes that exclude each other",
    torch_class="torch.nn.Softmax(-1)",
)
