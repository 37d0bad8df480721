"""Log-softmax: log-probabilities of exclusive classes."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.losses import rowmath
from losslab.objectives.spec import Head


def log_softmax(z: Tensor) -> Tensor:
    r"""Subtract from each row the logarithm of its sum of exponentials.

    Formula:
        .. math:: p_k = z_k - \log \sum_j e^{z_j}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``, whose exponentials sum to one over ``K``

    Examples:
        >>> import torch
        >>> log_softmax(torch.tensor([0.0, 1e4]))
        tensor([-10000.,      0.])
    """
    return z.log_softmax(-1)


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    largest = z[0]
    for k in range(1, len(z)):
        largest = max(largest, z[k])
    total = 0.0
    for k in range(len(z)):
        total += rowmath.exp(z[k] - largest)
    for k in range(len(z)):
        prediction[k] = z[k] - largest - rowmath.log(total)


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Apply d p_k / d z_j = 1[k = j] - e^p_j."""
    total = 0.0
    for k in range(len(prediction)):
        total += gradient[k]
    for k in range(len(prediction)):
        gradient[k] -= rowmath.exp(prediction[k]) * total


SPEC = Head(
    name="log_softmax",
    fn=log_softmax,
    forward=forward,
    backward=backward,
    emits=(Kind.LOG_PROBABILITY,),
    reaches=Interval(high=0.0),
    sums_to_one=True,
    min_width=2,
    summary="logarithms of probabilities of classes that exclude each other",
    torch_class="torch.nn.LogSoftmax(-1)",
)
