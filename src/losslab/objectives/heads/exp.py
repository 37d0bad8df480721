"""Exponential: positive values from their logarithms."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor, nn

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE
from losslab.losses import rowmath
from losslab.objectives.spec import Head


class Exponential(nn.Module):
    """Apply the exponential function."""

    def forward(self, z: Tensor) -> Tensor:
        """Return e to the power of each output."""
        return z.exp()


def exp(z: Tensor) -> Tensor:
    r"""Apply the exponential function to each output.

    Formula:
        .. math:: p = e^{z}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> exp(torch.tensor([-1e4, 0.0, 1.0]))
        tensor([0.0000, 1.0000, 2.7183])
    """
    return z.exp()


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = rowmath.exp(z[k])


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Multiply ``gradient`` by d p / d z = p."""
    for k in range(len(prediction)):
        gradient[k] *= prediction[k]


SPEC = Head(
    name="exp",
    fn=exp,
    forward=forward,
    backward=backward,
    emits=(Kind.VALUE,),
    reaches=NON_NEGATIVE,
    summary="values above zero, from their logarithm",
    torch_class="Exponential()",
    defined=Exponential,
)
