"""Running moments of the gradient, as Adam and its kin keep them."""

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, Interval
from losslab.training.optimizer import Fleet

_SHARE = Interval(0.0, 1.0, open_high=True)
RANGES = {"beta1": _SHARE, "beta2": _SHARE, "eps": POSITIVE, "weight_decay": NON_NEGATIVE}


def step_by_moments(fleet: Fleet, gradient: Tensor) -> None:
    """Update both moments by ``gradient`` and step by their bias-corrected ratio."""
    mean, square = fleet.slots
    beta1, beta2 = fleet.settings["beta1"], fleet.settings["beta2"]
    mean.lerp_(gradient, 1 - beta1)
    square.mul_(beta2).add_((gradient * gradient).mul_(1 - beta2))
    step_size = fleet.lr / _correction(beta1, fleet.count)
    scale = square.sqrt().div_(_correction(beta2, fleet.count).sqrt()).add_(fleet.settings["eps"])
    fleet.weights.sub_(torch.div(mean, scale, out=scale).mul_(step_size))


def _correction(beta: Tensor, count: Tensor) -> Tensor:
    """``1 - beta^t``, in float64 since it starts close to zero."""
    return (1 - beta.double() ** count).to(beta.dtype)
