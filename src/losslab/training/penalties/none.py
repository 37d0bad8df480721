"""No penalty."""

from torch import Tensor

from losslab.training.kernel_math import Array
from losslab.training.penalty import Number, Penalty


def compute_value(weights: Tensor, alpha: Number) -> Tensor:
    """Return zero."""
    return weights.new_zeros(())


def apply_proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    """Leave the weights as they are."""


def none_kernel(
    weights: Array,
    state: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Leave the weights as they are."""


SPEC = Penalty(
    name="none",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=none_kernel,
    alphas=(0.0,),
    formula="0",
    summary="weights cost nothing",
    reference="-",
)
