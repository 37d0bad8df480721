"""Counts as floats, unscaled."""

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE
from losslab.objectives.spec import Codec


def counts(labels: Tensor, codec: Codec) -> Tensor:
    """Convert counts to floats; standardized counts could be negative.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> counts(torch.tensor([0, 12]), SPEC)
        tensor([[ 0.],
                [12.]], dtype=torch.float64)
    """
    return labels.double().unsqueeze(-1)


SPEC = Codec(
    name="counts",
    encode_as=counts,
    emits=(Kind.VALUE,),
    within=NON_NEGATIVE,
    reads="values",
    summary="the count itself in one float column",
)
