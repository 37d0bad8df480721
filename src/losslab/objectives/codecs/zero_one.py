"""Zero-one encoding: the probability of the second class."""

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import UNIT
from losslab.objectives.spec import Codec


def zero_one(labels: Tensor, codec: Codec) -> Tensor:
    """Encode two classes as one float column.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> zero_one(torch.tensor([0, 1]), SPEC)
        tensor([[0.],
                [1.]], dtype=torch.float64)
    """
    return labels.double().unsqueeze(-1)


SPEC = Codec(
    name="zero_one",
    encode_as=zero_one,
    emits=(Kind.PROBABILITY, Kind.VALUE),
    within=UNIT,
    reads="classes",
    midpoint=0.5,
    summary="0.0 or 1.0 in one column",
)
