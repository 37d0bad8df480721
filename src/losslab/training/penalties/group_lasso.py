"""The group lasso on input features: few features."""

from torch import Tensor

from losslab.training.penalty import Kernel, Number, Penalty, shrink_groups


def by_feature(weights: Tensor, alpha: Number) -> Tensor:
    r"""The lengths of the features' weights, not squared; weights ``(inputs, outputs)``.

    Formula
        .. math:: \alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}
    """
    lengths: Tensor = weights.norm(dim=-1)
    return alpha * lengths.sum()


def shrink(weights: Tensor, sizes: Number, lr: Number, alpha: Number) -> None:
    """Shrink all weights of a feature as one; see ``shrink_groups``."""
    shrink_groups(weights, sizes, alpha)


SPEC = Penalty(
    name="group_lasso",
    value=by_feature,
    shrink=shrink,
    kernel=Kernel("grouped"),
    on="the first layer",
    makes_zeros=True,
    formula=r"\alpha \sum_f \sqrt{\textstyle\sum_k w_{fk}^2}",
    summary="drops whole input features: all first-layer weights of one are zero, or none",
    reference="Yuan and Lin (2006); Scardapane and others (2017) for networks",
)
