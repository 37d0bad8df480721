"""Running moments of the gradient, as Adam and its kin keep them."""

from collections.abc import Callable, Mapping

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
    scratch = torch.mul(gradient, gradient, out=fleet.scratch)
    square.mul_(beta2).addcmul_(scratch, 1 - beta2)
    torch.sqrt(square, out=scratch)
    scratch.div_(_correction(beta2, fleet.count).sqrt()).add_(fleet.settings["eps"])
    torch.div(mean, scratch, out=scratch)
    step_size = fleet.lr / _correction(beta1, fleet.count)
    fleet.weights.addcmul_(scratch, step_size, value=-1)


def sizes_by_moments(
    slots: tuple[Tensor, ...], settings: Mapping[str, Tensor], lr: Tensor, count: Tensor
) -> Tensor:
    r"""How far a unit of a steady gradient moves each number.

    Formula
        .. math:: s = \frac{\eta}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
    """
    scale = slots[1].sqrt().div_(_correction(settings["beta2"], count).to(slots[1].dtype).sqrt())
    return lr / scale.add_(settings["eps"])


def step_model_by_model(fleet: Fleet, kernel: Callable[..., None]) -> None:
    """Step by one of PyTorch's fused kernels, which takes one set of settings at a time.

    It makes one pass over a model's numbers instead of ten, and its square root, unlike that of
    whole tensors, does not slow down tenfold where averages have become tiny.
    """
    rates, counts = fleet.lr.flatten().tolist(), fleet.count.flatten().unbind()
    for lr, count, settings, model in zip(rates, counts, fleet.chosen, fleet.models, strict=True):
        weights, gradient, mean, square = model
        kernel(
            [weights],
            [gradient],
            [mean],
            [square],
            [],
            [count],
            lr=lr,
            **settings,
            amsgrad=False,
            maximize=False,
        )


def _correction(beta: Tensor | float, count: Tensor) -> Tensor:
    """``1 - beta^t``, in float64 since it starts close to zero."""
    if isinstance(beta, Tensor):
        return (1 - beta.double() ** count).to(beta.dtype)
    return 1.0 - beta**count
