"""The L1 penalty (lasso): few weights."""

from torch import Tensor

from losslab.training.penalty import (
    Number,
    Penalty,
    PenaltyKernel,
    apply_elastic_net_step,
    elastic_net_kernel,
)


def value(weights: Tensor, alpha: Number) -> Tensor:
    r"""The sum of magnitudes.

    Formula:
        .. math:: \alpha \sum_i |w_i|
    """
    return alpha * weights.abs().sum()


def proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Take every weight towards zero by the same pull, and stop there (soft threshold).

    Formula:
        .. math:: w_i \leftarrow \mathrm{sign}(w_i) \max(|w_i| - s_i \alpha, 0)
    """
    apply_elastic_net_step(weights, step_sizes, alpha, 0.0)


SPEC = Penalty(
    name="l1",
    value=value,
    proximal_step=proximal_step,
    kernel=PenaltyKernel(elastic_net_kernel, l1_ratio=1.0),
    makes_zeros=True,
    formula=r"\alpha \sum_i |w_i|",
    summary="makes many weights exactly zero: a network that uses few of its connections",
    reference="Tibshirani (1996)",
)
