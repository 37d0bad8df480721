"""Class indices, unchanged."""

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE
from losslab.objectives.spec import Codec


def class_index(labels: Tensor, codec: Codec) -> Tensor:
    """Convert class codes to int64.

    Shape:
        labels ``(N,)`` -> target ``(N,)``

    Examples:
        >>> import torch
        >>> class_index(torch.tensor([0, 2]), SPEC)
        tensor([0, 2])
    """
    return labels.long()


SPEC = Codec(
    name="class_index",
    encode_as=class_index,
    emits=(Kind.CLASS_INDEX,),
    within=NON_NEGATIVE,
    reads="classes",
    per_class=True,
    summary="the number of the class, 0 to K - 1",
)
