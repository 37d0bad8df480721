"""Normalize: vectors of length one."""

import math
from collections.abc import MutableSequence, Sequence

from torch import Tensor, nn
from torch.nn import functional

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.objectives.spec import Head

SHORTEST = 1e-12  # as in PyTorch; shorter vectors are divided by this


class Normalize(nn.Module):
    """Scale every row to length one."""

    def forward(self, z: Tensor) -> Tensor:
        """Divide each row by its length."""
        return nn.functional.normalize(z, dim=-1)


def normalize(z: Tensor) -> Tensor:
    r"""Divide each row by its length.

    Formula:
        .. math:: p = \frac{z}{\max(|z|, 10^{-12})}

    Shape:
        z ``(..., K)`` -> prediction ``(..., K)``, of length one over ``K``

    Examples:
        >>> import torch
        >>> normalize(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    return functional.normalize(z, dim=-1, eps=SHORTEST)


def forward(z: Sequence[float], prediction: MutableSequence[float]) -> None:
    """Fill ``prediction`` for one row."""
    squares = 0.0
    for k in range(len(z)):
        squares += z[k] * z[k]
    length = max(math.sqrt(squares), 1e-12)
    for k in range(len(z)):
        prediction[k] = z[k] / length


def backward(
    z: Sequence[float], prediction: Sequence[float], gradient: MutableSequence[float]
) -> None:
    """Apply d p_k / d z_j = (1[k = j] - p_k p_j) / |z|."""
    squares, along = 0.0, 0.0
    for k in range(len(z)):
        squares += z[k] * z[k]
        along += gradient[k] * prediction[k]
    length = math.sqrt(squares)
    if length < 1e-12:  # shorter vectors are only scaled
        along, length = 0.0, 1e-12
    for k in range(len(z)):
        gradient[k] = (gradient[k] - along * prediction[k]) / length


SPEC = Head(
    name="normalize",
    fn=normalize,
    forward=forward,
    backward=backward,
    emits=(Kind.UNIT_VECTOR,),
    reaches=Interval(-1.0, 1.0),
    min_width=2,
    summary="a vector of length one, of which only the direction counts",
    torch_class="Normalize()",
    defined=Normalize,
)
