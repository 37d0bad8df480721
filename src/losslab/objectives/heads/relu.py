"""ReLU: values of at least zero, clipped below."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE
from losslab.objectives.spec import Head


def relu(z: Tensor) -> Tensor:
    r"""Clip each output at zero; rows below have no gradient.

    Formula:
        .. math:: p = \max(0, z)

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``

    Examples:
        >>> import torch
        >>> relu(torch.tensor([-2.0, 3.0]))
        tensor([0., 3.])
    """
    return z.relu()


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    for k in range(len(z)):
        prediction[k] = max(z[k], 0.0)


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Multiply ``gradient`` by d p / d z: one above zero, zero elsewhere."""
    for k in range(len(z)):
        if z[k] <= 0.0:
            gradient[k] = 0.0


SPEC = Head(
    name="relu",
    fn=relu,
    forward=forward,
    backward=backward,
    emits=(Kind.VALUE,),
    reaches=NON_NEGATIVE,
    summary="values of at least zero, cut off below",
    torch_class="torch.nn.ReLU()",
)
