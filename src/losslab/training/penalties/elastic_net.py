"""The elastic net: L1 and L2 mixed."""

from torch import Tensor

from losslab.contracts.interval import UNIT
from losslab.training.penalty import (
    Number,
    Penalty,
    apply_elastic_net_step,
    elastic_net_kernel,
)


def compute_value(weights: Tensor, alpha: Number, l1_ratio: Number) -> Tensor:
    r"""Mix the L1 and the L2 penalty.

    Formula:
        .. math:: \alpha \sum_i \left( \rho |w_i| + \frac{1 - \rho}{2} w_i^2 \right)
    """
    return alpha * (l1_ratio * weights.abs() + (1 - l1_ratio) / 2 * weights.square()).sum()


def apply_proximal_step(
    weights: Tensor, step_sizes: Number, lr: Number, alpha: Number, l1_ratio: Number
) -> None:
    r"""Apply the soft threshold to weights in place, then scale them.

    Formula:
        .. math:: w_i \leftarrow \frac{\mathrm{sign}(w_i) \max(|w_i| - s_i \alpha \rho, 0)}
            {1 + s_i \alpha (1 - \rho)}
    """
    apply_elastic_net_step(weights, step_sizes, alpha * l1_ratio, alpha * (1.0 - l1_ratio))


SPEC = Penalty(
    name="elastic_net",
    value=compute_value,
    proximal_step=apply_proximal_step,
    kernel=elastic_net_kernel,
    makes_zeros=True,
    settings={"l1_ratio": 0.5},
    ranges={"l1_ratio": UNIT},
    formula=r"\alpha \sum_i \left( \rho |w_i| + \frac{1 - \rho}{2} w_i^2 \right)",
    summary="makes zeros as l1 does, but keeps features that are alike together",
    reference="Zou and Hastie (2005)",
)
