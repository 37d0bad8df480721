"""Decoupled weight decay: all weights shrink by the same share, whatever their gradients."""

from torch import Tensor

from losslab.training.kernel_math import Array
from losslab.training.penalty import Number, Penalty, apply_elastic_net_step


def compute_value(weights: Tensor, alpha: Number) -> Tensor:
    r"""Return half the sum of squares, which weight decay minimizes with SGD only.

    Formula:
        .. math:: \frac{\alpha}{2} \sum_i w_i^2
    """
    return alpha / 2.0 * weights.square().sum()


def apply_proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Shrink all weights in place by the same share; with SGD it is the L2 penalty.

    Formula:
        .. math:: w_i \leftarrow \frac{w_i}{1 + \eta \alpha}

        For a small rate this is :math:`(1 - \eta \alpha) w_i`, which overshoots for a large one.
    """
    apply_elastic_net_step(weights, lr, 0.0, alpha)


def weight_decay_kernel(
    weights: Array,
    state: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Step as ``apply_proximal_step`` does, in the compiled engine."""
    real = weights.dtype.type
    keep = real(1.0) + real(lr) * real(penalty[0])
    flat = weights.reshape(-1)
    for i in range(len(flat)):
        flat[i] /= keep


SPEC = Penalty(
    name="weight_decay",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=weight_decay_kernel,
    formula=r"\frac{\alpha}{2} \sum_i w_i^2",
    summary="shrinks all weights by the same share, as AdamW does, but never the biases",
    reference="Loshchilov and Hutter (2019)",
)
