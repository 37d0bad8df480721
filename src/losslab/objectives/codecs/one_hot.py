"""One-hot encoding with optional label smoothing."""

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT, Interval
from losslab.objectives.spec import Codec


def one_hot(labels: Tensor, codec: Codec) -> Tensor:
    r"""Encode class codes one-hot, with ``smoothing`` of each one shared by all classes.

    Formula:
        .. math:: t_k = (1 - s)\, 1[k = y] + \frac{s}{K}

    Shape:
        labels ``(N,)`` -> target ``(N, K)``

    References:
        Szegedy and others, "Rethinking the Inception architecture for computer vision" (2016).

    Examples:
        >>> from dataclasses import replace
        >>> three = replace(SPEC, n_classes=3)
        >>> one_hot(torch.tensor([0, 2]), three)
        tensor([[1., 0., 0.],
                [0., 0., 1.]], dtype=torch.float64)
        >>> one_hot(torch.tensor([0]), three.bind(smoothing=0.3))
        tensor([[0.8000, 0.1000, 0.1000]], dtype=torch.float64)
    """
    n_classes = codec.n_classes or 2
    classes = torch.arange(n_classes, device=labels.device)
    hard = (labels.unsqueeze(-1) == classes).double()
    smoothing = codec.params["smoothing"]
    return (1.0 - smoothing) * hard + smoothing / n_classes


SPEC = Codec(
    name="one_hot",
    encode_as=one_hot,
    emits=(Kind.PROBABILITY, Kind.VALUE, Kind.UNIT_VECTOR),
    within=UNIT,
    reads="classes",
    per_class=True,
    midpoint=0.5,
    params={"smoothing": 0.0},
    param_ranges={"smoothing": Interval(0.0, 1.0, open_high=True)},
    summary="one column per class, 1.0 in the true one",
)
