"""RMSprop: steps scaled by a running average of the squared gradient."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, Interval
from losslab.training.kernel_math import Array, fma
from losslab.training.optimizer import FleetState, Optimizer


def rmsprop(fleet: FleetState) -> None:
    r"""Step by the gradient over the root of its running mean square.

    Formula:
        .. math:: v \leftarrow \alpha v + (1 - \alpha) g^2, \quad
            b \leftarrow \mu b + \frac{g}{\sqrt{v} + \epsilon}, \quad w \leftarrow w - \eta\, b
    References:
        Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5 (2012).
    """
    gradient = fleet.apply_weight_decay()
    square, velocity = fleet.state
    alpha = fleet.settings["alpha"]
    scratch = torch.mul(gradient, gradient, out=fleet.scratch)
    square.mul_(alpha).addcmul_(scratch, 1 - alpha)
    torch.sqrt(square, out=scratch).add_(fleet.settings["eps"])
    step = torch.div(gradient, scratch, out=scratch)
    if fleet.is_set("momentum"):
        step = velocity.mul_(fleet.settings["momentum"]).add_(step)
    fleet.weights.addcmul_(step, fleet.lr, value=-1)


def compute_step_sizes(
    state: tuple[Tensor, ...], settings: Mapping[str, Tensor], lr: Tensor, count: Tensor
) -> Tensor:
    r"""Compute the step of each weight per unit of a steady gradient, once momentum is built up.

    Formula:
        .. math:: s = \frac{\eta}{(1 - \mu)\,(\sqrt{v} + \epsilon)}
    """
    return lr / (1 - settings["momentum"]) / state[0].sqrt().add_(settings["eps"])


def rmsprop_kernel(
    weights: Array,
    gradient: Array,
    state: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Step as ``rmsprop`` does, in the compiled engine."""
    real = weights.dtype.type
    rate, alpha, eps = real(lr), real(settings[0]), real(settings[1])
    momentum, decay = real(settings[2]), real(settings[3])
    rest = real(1.0) - alpha
    last = first + len(weights)
    square, velocity = state[0, first:last], state[1, first:last]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        s = fma(rest * g, g, alpha * square[i])
        square[i] = s
        v = fma(momentum, velocity[i], g / (real(math.sqrt(s)) + eps))
        velocity[i] = v
        weights[i] = fma(-rate, v, weights[i])


def rmsprop_step_size_kernel(
    compute_step_sizes: Array, state: Array, settings: Array, lr: float, count: int, first: int
) -> None:
    """Fill in the step sizes of ``compute_step_sizes``, in the compiled engine."""
    real = compute_step_sizes.dtype.type
    rate, eps = real(lr / (1.0 - settings[2])), real(settings[1])
    square = state[0, first : first + len(compute_step_sizes)]
    for i in range(len(compute_step_sizes)):
        compute_step_sizes[i] = rate / (real(math.sqrt(square[i])) + eps)


SPEC = Optimizer(
    name="rmsprop",
    torch_type=torch.optim.RMSprop,
    update=rmsprop,
    kernel=rmsprop_kernel,
    step_sizes=compute_step_sizes,
    step_size_kernel=rmsprop_step_size_kernel,
    torch_state=("square_avg", None),
    n_state=2,
    settings={"alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "weight_decay": 0.0},
    ranges={
        "alpha": Interval(0.0, 1.0, open_high=True),
        "eps": POSITIVE,
        "momentum": Interval(0.0, 1.0, open_high=True),
        "weight_decay": NON_NEGATIVE,
    },
    learning_rates=(0.0001, 0.0003, 0.001, 0.003, 0.01),
    summary="adapts the step of every weight to the size of its gradients",
    reference="Tieleman and Hinton (2012)",
)
