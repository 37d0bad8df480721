"""Stochastic gradient descent, with momentum and Nesterov's variant."""

from collections.abc import Mapping

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, UNIT, Interval
from losslab.training.optimizer import Fleet, Optimizer


def sgd(fleet: Fleet) -> None:
    r"""Step along the gradient, or along its decaying sum.

    Formula
        .. math:: v \leftarrow \mu v + g, \quad w \leftarrow w - \eta\, (g + \mu v \text{ or } v)
    Reference
        Polyak (1964); Nesterov (1983); Sutskever, Martens, Dahl and Hinton (2013).
    """
    direction = fleet.decayed_gradient()
    if fleet.uses("momentum"):
        momentum, nesterov = fleet.settings["momentum"], fleet.settings["nesterov"]
        (velocity,) = fleet.slots
        velocity.mul_(momentum).add_(direction)
        if fleet.uses("nesterov"):
            direction.addcmul_(momentum, velocity)
            torch.where(nesterov > 0, direction, velocity, out=direction)
        else:
            direction = velocity
    fleet.weights.addcmul_(direction, fleet.lr, value=-1)


def sizes(
    slots: tuple[Tensor | None, ...], settings: Mapping[str, Tensor], lr: Tensor, count: Tensor
) -> Tensor:
    r"""How far a unit of a steady gradient moves each number once the momentum is built up.

    Formula
        .. math:: s = \frac{\eta}{1 - \mu}
    """
    return lr / (1 - settings["momentum"])


SPEC = Optimizer(
    name="sgd",
    build=torch.optim.SGD,
    update=sgd,
    sizes=sizes,
    state=(None,),
    slots=1,
    settings={"momentum": 0.0, "nesterov": 0.0, "weight_decay": 0.0},
    ranges={
        "momentum": Interval(0.0, 1.0, open_high=True),
        "nesterov": UNIT,
        "weight_decay": NON_NEGATIVE,
    },
    needs={"nesterov": "momentum"},
    learning_rates=(0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    summary="plain steps along the gradient; one learning rate for all weights",
    reference="Robbins and Monro (1951); Polyak (1964); Nesterov (1983)",
)
