"""One-hot rows: probability one for the true class."""

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.objectives.codec import Codec


def one_hot(labels: Tensor, codec: Codec) -> Tensor:
    """Turn class codes into rows with a single one.

    Shape
        labels ``(N,)`` -> target ``(N, K)``
    Example
        >>> from dataclasses import replace
        >>> one_hot(torch.tensor([0, 2]), replace(SPEC, n_classes=3))
        tensor([[1., 0., 0.],
                [0., 0., 1.]], dtype=torch.float64)
    """
    classes = torch.arange(codec.n_classes or 2, device=labels.device)
    return (labels.unsqueeze(-1) == classes).double()


SPEC = Codec(
    name="one_hot",
    encode_as=one_hot,
    emits=(Kind.PROBABILITY, Kind.VALUE),
    reads="classes",
    per_class=True,
    midpoint=0.5,
    summary="one column per class, 1.0 in the true one",
)
