"""Squared hinge loss on signs."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, Interval
from losslab.losses.spec import Loss


def squared_hinge(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Square the shortfall of a score from the correct side of zero by a margin of one.

    Formula:
        .. math:: \ell(z, y) = \max(0,\; 1 - y z)^2, \quad y \in \{-1, 1\}

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the mean of the signs, 2 P(y = 1) - 1

    References:
        Mangasarian and Musicant, "Lagrangian support vector machines" (2001).

    Examples:
        >>> import torch
        >>> squared_hinge(torch.tensor([2.0, 0.5, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
        tensor([0.0000, 0.2500, 4.0000])
    """
    return (1 - target * prediction).clamp(min=0).square()


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    outputs = len(prediction)
    value = 0.0
    for k in range(outputs):
        shortfall = max(1.0 - target[k] * prediction[k], 0.0)
        value += shortfall * shortfall
        gradient[k] = -2.0 * target[k] * shortfall / outputs
    return value / outputs


SPEC = Loss(
    name="squared_hinge",
    tasks=("binary",),
    fn=squared_hinge,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS),
    target=Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0)),
    over_outputs="mean",
    elicits="mean",
    convex=True,
    minimum=0.0,
    gradient_bound=float("inf"),
    formula=r"\ell(z, y) = \max(0,\; 1 - y z)^2",
    reference="Mangasarian and Musicant (2001)",
    summary="Margin loss without a corner: rows right by a margin of one no longer count, gross "
    "mistakes count most.",
    use_when="only the decision matters, labels are clean, and the optimizer should see a gradient "
    "that fades towards the margin",
    avoid_when="labels are often wrong: a mistake at a distance of 10 weighs 121 times one at 0",
    classic_mistake="0/1 labels: for label 0 the loss is the constant 1 and its gradient zero, so "
    "one class is never learned",
    see_also=("hinge", "bce_with_logits"),
)
