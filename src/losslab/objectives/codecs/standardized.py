"""Standardized values: mean 0 and standard deviation 1 on the training rows."""

from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import REALS
from losslab.objectives.spec import Codec


def standardized(labels: Tensor, codec: Codec) -> Tensor:
    r"""Center and scale values by the mean and standard deviation of the training rows.

    Formula:
        .. math:: t = \frac{y - \mu}{\sigma}

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import numpy as np
        >>> import torch
        >>> codec = SPEC.fit(np.array([10.0, 30.0]))
        >>> standardized(torch.tensor([20.0, 40.0]), codec)
        tensor([[0.],
                [2.]], dtype=torch.float64)
    """
    return ((labels.double() - codec.location) / codec.scale).unsqueeze(-1)


SPEC = Codec(
    name="standardized",
    encode_as=standardized,
    emits=(Kind.VALUE,),
    within=REALS,
    reads="values",
    fits_scale=True,
    summary="the value, standardised on training rows",
)
