"""Softplus: positive values, close to the identity for large outputs."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor
from torch.nn import functional

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE
from losslab.losses import rowmath
from losslab.objectives.spec import Head

# PyTorch returns z from here on, with an error below 3e-9.
LINEAR_BEYOND = 20.0


def softplus(z: Tensor) -> Tensor:
    r"""Apply a smooth ReLU to each output.

    Formula:
        .. math:: p = \log(1 + e^{z})

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> softplus(torch.tensor([-1e4, 0.0, 1e4]))
        tensor([0.0000e+00, 6.9315e-01, 1.0000e+04])
    """
    return functional.softplus(z)


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = z[k] if z[k] > LINEAR_BEYOND else rowmath.softplus(z[k])


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Multiply ``gradient`` by d p / d z = sigmoid(z)."""
    for k in range(len(z)):
        if z[k] <= LINEAR_BEYOND:
            gradient[k] *= rowmath.sigmoid(z[k])


SPEC = Head(
    name="softplus",
    fn=softplus,
    forward=forward,
    backward=backward,
    emits=(Kind.VALUE,),
    reaches=NON_NEGATIVE,
    summary="values above zero, almost unchanged where they are large",
    torch_class="torch.nn.Softplus()",
)
