"""AdamW: Adam with decoupled weight decay."""

from functools import partial

import torch

from losslab.training.kernel_math import Array
from losslab.training.optimizer import (
    RANGES,
    FleetState,
    Optimizer,
    compute_moment_step_sizes,
    moments_kernel,
    moments_step_size_kernel,
    step_by_moments,
    step_model_by_model,
)


def adamw(fleet: FleetState) -> None:
    r"""Decay the weights, then step as Adam does.

    Formula:
        .. math:: w \leftarrow (1 - \eta \lambda) w - \eta\,
            \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
    References:
        Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
    """
    if fleet.is_set("weight_decay"):
        fleet.weights.mul_(1 - fleet.lr * fleet.settings["weight_decay"])
    step_by_moments(fleet, fleet.gradient)


def adamw_kernel(
    weights: Array,
    gradient: Array,
    state: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Step as ``adamw`` does, in the compiled engine."""
    keep = weights.dtype.type(1.0 - lr * settings[3])
    for i in range(len(weights)):
        weights[i] *= keep
    no_decay = weights.dtype.type(0.0)
    moments_kernel(weights, gradient, state, settings, lr, count, first, no_decay)


SPEC = Optimizer(
    name="adamw",
    torch_type=torch.optim.AdamW,
    update=adamw,
    fused=partial(step_model_by_model, kernel=torch._fused_adamw_),
    kernel=adamw_kernel,
    step_sizes=compute_moment_step_sizes,
    step_size_kernel=moments_step_size_kernel,
    torch_state=(None, "exp_avg_sq"),
    n_state=2,
    settings={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
    ranges=RANGES,
    learning_rates=(0.0003, 0.001, 0.003, 0.01, 0.03),
    summary="Adam whose weight decay shrinks every weight alike",
    reference="Loshchilov and Hutter (2019)",
)
