"""The learning rates of a fleet, and how many steps each of its models has made."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from losslab.training.rates import learning_rates
from losslab.training.run import Run


@dataclass(frozen=True)
class Pace:
    """One epoch of ``M`` models, on the device.

    Args:
        lr: the learning rate of every step, ``(T, M, 1)``.
        count: steps made at the end of every step, ``(T, M, 1)`` in float64.
        made: the same before it, in int64.
    """

    lr: Tensor
    count: Tensor
    made: Tensor


def pace(runs: Sequence[Run], rows: Sequence[int], epoch: int, like: Tensor) -> Pace:
    """Plan an epoch; what it says of steps at which a model rests means nothing.

    Args:
        runs: the fleet's.
        rows: how many training rows each has.
        epoch: counted from 0.
        like: a tensor whose dtype and device are taken.
    """
    each = [learning_rates(run, epoch, n) for run, n in zip(runs, rows, strict=True)]
    own = np.array([len(rates) for rates in each])
    longest = int(own.max())
    lr = np.zeros((longest, len(runs), 1))
    for m, rates in enumerate(each):
        lr[: len(rates), m, 0] = rates
    made = epoch * own[:, np.newaxis] + np.arange(longest)[:, np.newaxis, np.newaxis]
    return Pace(
        lr=torch.from_numpy(lr).to(like),
        count=torch.from_numpy(made + 1.0).to(like.device),
        made=torch.from_numpy(made).to(like.device),
    )
