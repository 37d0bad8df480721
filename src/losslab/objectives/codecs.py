"""Target encodings: how the values of a table's target become what a loss reads."""

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS, UNIT, Interval
from losslab.objectives.spec import Codec


def class_index(labels: Tensor, codec: Codec) -> Tensor:
    """Convert class codes to int64.

    Shape:
        labels ``(N,)`` -> target ``(N,)``

    Examples:
        >>> import torch
        >>> class_index(torch.tensor([0, 2]), CLASS_INDEX)
        tensor([0, 2])
    """
    return labels.long()


CLASS_INDEX = Codec(
    name="class_index",
    encode_as=class_index,
    emits=(Kind.CLASS_INDEX,),
    within=NON_NEGATIVE,
    reads="classes",
    per_class=True,
    summary="the number of the class, 0 to K - 1",
)


def zero_one(labels: Tensor, codec: Codec) -> Tensor:
    """Encode two classes as one float column.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> zero_one(torch.tensor([0, 1]), ZERO_ONE)
        tensor([[0.],
                [1.]], dtype=torch.float64)
    """
    return labels.double().unsqueeze(-1)


ZERO_ONE = Codec(
    name="zero_one",
    encode_as=zero_one,
    emits=(Kind.PROBABILITY, Kind.VALUE),
    within=UNIT,
    reads="classes",
    midpoint=0.5,
    summary="0.0 or 1.0 in one column",
)


def signs(labels: Tensor, codec: Codec) -> Tensor:
    """Encode two classes as one column of signs.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> signs(torch.tensor([0, 1]), SIGNS)
        tensor([[-1.],
                [ 1.]], dtype=torch.float64)
    """
    return 2.0 * labels.double().unsqueeze(-1) - 1.0


SIGNS = Codec(
    name="signs",
    encode_as=signs,
    emits=(Kind.SIGNS,),
    within=Interval(-1.0, 1.0),
    reads="classes",
    midpoint=0.0,
    summary="-1.0 or 1.0 in one column",
)


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
        >>> three = replace(ONE_HOT, n_classes=3)
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


ONE_HOT = Codec(
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


def standardized(labels: Tensor, codec: Codec) -> Tensor:
    r"""Center and scale values by the mean and standard deviation of the training rows.

    Formula:
        .. math:: t = \frac{y - \mu}{\sigma}

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import numpy as np
        >>> import torch
        >>> codec = STANDARDIZED.fit(np.array([10.0, 30.0]))
        >>> standardized(torch.tensor([20.0, 40.0]), codec)
        tensor([[0.],
                [2.]], dtype=torch.float64)
    """
    return ((labels.double() - codec.location) / codec.scale).unsqueeze(-1)


STANDARDIZED = Codec(
    name="standardized",
    encode_as=standardized,
    emits=(Kind.VALUE,),
    within=REALS,
    reads="values",
    fits_scale=True,
    summary="the value, standardised on training rows",
)


def counts(labels: Tensor, codec: Codec) -> Tensor:
    """Convert counts to floats; standardized counts could be negative.

    Shape:
        labels ``(N,)`` -> target ``(N, 1)``

    Examples:
        >>> import torch
        >>> counts(torch.tensor([0, 12]), COUNTS)
        tensor([[ 0.],
                [12.]], dtype=torch.float64)
    """
    return labels.double().unsqueeze(-1)


COUNTS = Codec(
    name="counts",
    encode_as=counts,
    emits=(Kind.VALUE,),
    within=NON_NEGATIVE,
    reads="values",
    summary="the count itself in one float column",
)
