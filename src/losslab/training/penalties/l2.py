"""The L2 penalty (ridge, Tikhonov): small weights."""

from torch import Tensor

from losslab.training.penalty import (
    Number,
    Penalty,
    apply_elastic_net_step,
    elastic_net_kernel,
)


def compute_value(weights: Tensor, alpha: Number) -> Tensor:
    r"""Return half the sum of squared weights.

    Formula:
        .. math:: \frac{\alpha}{2} \sum_i w_i^2
    """
    return alpha / 2.0 * weights.square().sum()


def apply_proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Shrink weights in place, by a share that grows with the step size.

    Formula:
        .. math:: w_i \leftarrow \frac{w_i}{1 + s_i \alpha}
    """
    apply_elastic_net_step(weights, step_sizes, 0.0, alpha)


SPEC = Penalty(
    name="l2",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=elastic_net_kernel,
    l1_ratio=0.0,
    formula=r"\frac{\alpha}{2} \sum_i w_i^2",
    summary="keeps all weights small, none of them zero: smoother functions",
    reference="Hoerl and Kennard (1970); Krogh and Hertz (1992) for networks",
)
