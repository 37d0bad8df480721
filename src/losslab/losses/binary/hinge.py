"""Hinge loss on signs."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, Interval
from losslab.losses.spec import Loss


def hinge(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Penalize scores that are not on the correct side of zero by a margin of one.

    Formula:
        .. math:: \ell(z, y) = \max(0,\; 1 - y z), \quad y \in \{-1, 1\}

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the sign of the more frequent class

    References:
        Cortes and Vapnik, "Support-vector networks" (1995).

    Examples:
        >>> import torch
        >>> hinge(torch.tensor([2.0, 0.5, -1.0]), torch.tensor([1.0, 1.0, 1.0]))
        tensor([0.0000, 0.5000, 2.0000])
    """
    return (1 - target * prediction).clamp(min=0)


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
        shortfall = 1.0 - target[k] * prediction[k]
        value += max(shortfall, 0.0)
        # PyTorch's clamp passes the gradient at the kink.
        gradient[k] = -target[k] / outputs if shortfall >= 0.0 else 0.0
    return value / outputs


SPEC = Loss(
    name="hinge",
    tasks=("binary",),
    fn=hinge,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS),
    target=Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0)),
    over_outputs="mean",
    elicits="majority sign",
    proper=False,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    formula=r"\ell(z, y) = \max(0,\; 1 - y z)",
    reference="Cortes and Vapnik (1995)",
    summary="Margin loss: rows that are right by a margin of one no longer count.",
    use_when="only the decision matters and rows near the boundary should decide it",
    avoid_when="probabilities are wanted: its scores are margins, not log-odds",
    classic_mistake="0/1 labels: for label 0 the loss is the constant 1 and its gradient zero, so "
    "one class is never learned",
    see_also=("squared_hinge", "multi_margin", "bce_with_logits"),
)
