"""Identity: the output of the last layer."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import REALS
from losslab.objectives.spec import Head


def identity(z: Tensor) -> Tensor:
    r"""Return the output: a score, a value or the logarithm of a rate.

    Formula:
        .. math:: p = z

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> identity(torch.tensor([-2.0, 3.0]))
        tensor([-2.,  3.])
    """
    return z


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = z[k]


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Leave ``gradient`` unchanged: d p / d z = 1."""


SPEC = Head(
    name="identity",
    fn=identity,
    forward=forward,
    backward=backward,
    emits=(Kind.SCORES, Kind.VALUE, Kind.LOG_RATE),
    reaches=REALS,
    summary="raw scores or values",
    torch_class="torch.nn.Identity()",
)
