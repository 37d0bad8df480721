"""The L1 penalty (lasso): sparse weights."""

from torch import Tensor

from losslab.training.penalty import (
    Number,
    Penalty,
    apply_elastic_net_step,
    elastic_net_kernel,
)


def compute_value(weights: Tensor, alpha: Number) -> Tensor:
    r"""Sum the magnitudes of weights.

    Formula:
        .. math:: \alpha \sum_i |w_i|
    """
    return alpha * weights.abs().sum()


def apply_proximal_step(weights: Tensor, step_sizes: Number, lr: Number, alpha: Number) -> None:
    r"""Apply the soft threshold to weights in place.

    Formula:
        .. math:: w_i \leftarrow \mathrm{sign}(w_i) \max(|w_i| - s_i \alpha, 0)
    """
    apply_elastic_net_step(weights, step_sizes, alpha, 0.0)


SPEC = Penalty(
    name="l1",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=elastic_net_kernel,
    l1_ratio=1.0,
    makes_zeros=True,
    formula=r"\alpha \sum_i |w_i|",
    summary="makes many weights exactly zero: a network that uses few of its connections",
    reference="Tibshirani (1996)",
)
