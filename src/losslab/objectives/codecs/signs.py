"""Signs: -1 for the first class, 1 for the second."""

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import Interval
from losslab.objectives.spec import Codec


def signs(labels: Tensor, codec: Codec) -> Tensor:
    """Encode two classes as one column of signs.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> signs(torch.tensor([0, 1]), SPEC)
        tensor([[-1.],
                [ 1.]], dtype=torch.float64)
    """
    return 2.0 * labels.double().unsqueeze(-1) - 1.0


SPEC = Codec(
    name="signs",
    encode_as=signs,
    emits=(Kind.SIGNS,),
    within=Interval(-1.0, 1.0),
    reads="classes",
    midpoint=0.0,
    summary="-1.0 or 1.0 in one column",
)
