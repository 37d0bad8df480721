"""Adam: steps scaled by running averages of the gradient and its square."""

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


def adam(fleet: FleetState) -> None:
    r"""Step by the bias-corrected mean of the gradient over the root of its mean square.

    Formula:
        .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
            v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
            w \leftarrow w - \eta\,
            \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}
    References:
        Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
    """
    step_by_moments(fleet, fleet.apply_weight_decay())


def adam_kernel(
    weights: Array,
    gradient: Array,
    state: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Step as ``adam`` does, in the compiled engine."""
    decay = weights.dtype.type(settings[3])
    moments_kernel(weights, gradient, state, settings, lr, count, first, decay)


SPEC = Optimizer(
    name="adam",
    torch_type=torch.optim.Adam,
    update=adam,
    fused=partial(step_model_by_model, kernel=torch._fused_adam_),
    kernel=adam_kernel,
    step_sizes=compute_moment_step_sizes,
    step_size_kernel=moments_step_size_kernel,
    torch_state=(None, "exp_avg_sq"),
    n_state=2,
    settings={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
    ranges=RANGES,
    learning_rates=(0.0003, 0.001, 0.003, 0.01, 0.03),
    summary="adapts the step of every weight to its gradients; a good first choice",
    reference="Kingma and Ba (2015)",
)
