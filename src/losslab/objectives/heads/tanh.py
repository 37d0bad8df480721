"""Hyperbolic tangent: values from -1 to 1."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.losses import rowmath
from losslab.objectives.spec import Head


def tanh(z: Tensor) -> Tensor:
    r"""Apply the hyperbolic tangent to each output.

    Formula:
        .. math:: p = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> tanh(torch.tensor([-1e4, 0.0, 1e4]))
        tensor([-1.,  0.,  1.])
    """
    return z.tanh()


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = rowmath.tanh(z[k])


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Multiply ``gradient`` by d p / d z = 1 - p^2."""
    for k in range(len(prediction)):
        gradient[k] *= 1.0 - prediction[k] * prediction[k]


SPEC = Head(
    name="tanh",
    fn=tanh,
    forward=forward,
    backward=backward,
    emits=(Kind.VALUE,),
    reaches=Interval(-1.0, 1.0),
    summary="values from -1 to 1",
    torch_class="torch.nn.Tanh()",
)
