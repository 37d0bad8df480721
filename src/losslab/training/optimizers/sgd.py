"""Stochastic gradient descent with momentum, classical or Nesterov."""

from collections.abc import Mapping

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, UNIT, Interval
from losslab.training.kernel_math import Array, fma
from losslab.training.optimizer import FleetState, Optimizer


def sgd(fleet: FleetState) -> None:
    r"""Step along the gradient, or along its decaying sum with momentum.

    Formula:
        .. math:: v \leftarrow \mu v + g, \quad w \leftarrow w - \eta\, (g + \mu v \text{ or } v)
    References:
        Polyak (1964); Nesterov (1983); Sutskever, Martens, Dahl and Hinton (2013).
    """
    direction = fleet.apply_weight_decay()
    if fleet.is_set("momentum"):
        momentum, nesterov = fleet.settings["momentum"], fleet.settings["nesterov"]
        (velocity,) = fleet.state
        velocity.mul_(momentum).add_(direction)
        if fleet.is_set("nesterov"):
            direction.addcmul_(momentum, velocity)
            torch.where(nesterov > 0, direction, velocity, out=direction)
        else:
            direction = velocity
    fleet.weights.addcmul_(direction, fleet.lr, value=-1)


def compute_step_sizes(
    state: tuple[Tensor | None, ...], settings: Mapping[str, Tensor], lr: Tensor, count: Tensor
) -> Tensor:
    r"""Compute the step of each weight per unit of a steady gradient, once momentum is built up.

    Formula:
        .. math:: s = \frac{\eta}{1 - \mu}
    """
    return lr / (1 - settings["momentum"])


def sgd_kernel(
    weights: Array,
    gradient: Array,
    state: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Step as ``sgd`` does, in the compiled engine."""
    real = weights.dtype.type
    rate, momentum, decay = real(lr), real(settings[0]), real(settings[2])
    ahead = settings[1] > 0.0
    velocity = state[0, first : first + len(weights)]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        v = fma(momentum, velocity[i], g)
        velocity[i] = v
        weights[i] = fma(-rate, fma(momentum, v, g) if ahead else v, weights[i])


def sgd_step_size_kernel(
    compute_step_sizes: Array, state: Array, settings: Array, lr: float, count: int, first: int
) -> None:
    """Fill in the step sizes of ``compute_step_sizes``, in the compiled engine."""
    size = compute_step_sizes.dtype.type(lr / (1.0 - settings[0]))
    for i in range(len(compute_step_sizes)):
        compute_step_sizes[i] = size


SPEC = Optimizer(
    name="sgd",
    torch_type=torch.optim.SGD,
    update=sgd,
    kernel=sgd_kernel,
    step_sizes=compute_step_sizes,
    step_size_kernel=sgd_step_size_kernel,
    torch_state=(None,),
    n_state=1,
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
