"""Multiclass hinge loss: the score of the true class should exceed all others by a margin."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, POSITIVE, REALS, Choice
from losslab.losses.spec import Loss


def multi_margin(prediction: Tensor, target: Tensor, *, p: float, margin: float) -> Tensor:
    r"""Penalize each class whose score is within the margin of the true class's score.

    Formula:
        .. math:: \ell(z, y) = \frac{1}{K} \sum_{k \neq y} \max(0,\; \text{margin} - z_y + z_k)^p

    Shape:
        prediction ``(..., K)``, target ``(...)`` of class indices -> loss ``(...)``

    Elicits:
        no named functional

    References:
        Weston and Watkins, "Support vector machines for multi-class pattern recognition" (1999).

    Examples:
        >>> import torch
        >>> multi_margin(torch.tensor([[2.0, 0.0, 1.5]]), torch.tensor([0]), p=1, margin=1.0)
        tensor([0.1667])
    """
    chosen = target.unsqueeze(-1)
    # relu rather than clamp: the gradient at the kink is 0, as in PyTorch.
    shortfalls = (margin - prediction.gather(-1, chosen) + prediction).relu() ** p
    return shortfalls.scatter(-1, chosen, 0.0).sum(-1) / prediction.shape[-1]


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    squared, margin = params[0] == 2.0, params[1]
    outputs, true = len(prediction), int(target[0])
    value, total = 0.0, 0.0
    for k in range(outputs):
        gradient[k] = 0.0
        if k != true:
            shortfall = max(margin - prediction[true] + prediction[k], 0.0)
            value += shortfall * shortfall if squared else shortfall
            if shortfall > 0.0:
                gradient[k] = (2.0 * shortfall if squared else 1.0) / outputs
                total += gradient[k]
    gradient[true] = -total
    return value / outputs


SPEC = Loss(
    name="multi_margin",
    tasks=("binary", "multiclass"),
    fn=multi_margin,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS, over_outputs=True),
    target=Domain(kinds=(Kind.CLASS_INDEX,), within=NON_NEGATIVE, integer=True),
    over_outputs="joint",
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    torch_class="torch.nn.MultiMarginLoss",
    params={"p": 1.0, "margin": 1.0},
    param_ranges={"p": Choice((1.0, 2.0)), "margin": POSITIVE},
    formula=r"\ell(z, y) = \frac{1}{K} \sum_{k \neq y} \max(0,\; \text{margin} - z_y + z_k)^p",
    reference="Weston and Watkins (1999)",
    summary="Hinge loss for several classes: only rivals within a margin of the true class count.",
    use_when="only the decision matters and rows that are clearly right should be left alone",
    avoid_when="probabilities are wanted, or classes overlap so much that often none has more than "
    "half the rows: the largest score need not then be the most frequent class's",
    classic_mistake="a softmax before it: probabilities differ by less than the margin of 1, so "
    "no row is ever right enough",
    see_also=("hinge", "cross_entropy"),
)
