"""The L2 penalty (ridge, Tikhonov): small weights."""

from torch import Tensor

from losslab.training.penalty import (
    Number,
    Penalty,
    PenaltyKernel,
    apply_elastic_net_step,
    elastic_net_kernel,
)


def value(weights: Tensor, alpha: Number) -> Tensor:
    r"""Half the sum of squares.

    Formula:
        .. math:: \frac{\alpha}{2} \sum_i w_i^2
    """
    return alpha / 2.0 * weights.square().sum()


def proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Shrink every weight by a share that grows with its step size.

    Formula:
        .. math:: w_i \leftarrow \frac{w_i}{1 + s_i \alpha}
    """
    apply_elastic_net_step(weights, step_sizes, 0.0, alpha)


SPEC = Penalty(
    name="l2",
    value=value,
    proximal_step=proximal_step,
    kernel=PenaltyKernel(elastic_net_kernel, l1_ratio=0.0),
    formula=r"\frac{\alpha}{2} \sum_i w_i^2",
    summary="keeps all weights small, none of them zero: smoother functions",
    reference="Hoerl and Kennard (1970); Krogh and Hertz (1992) for networks",
)
