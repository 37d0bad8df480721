"""Absolute error."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS
from losslab.losses.spec import Loss


def l1(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Take the absolute error.

    Formula:
        .. math:: \ell(p, y) = |p - y|

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the median of the target

    References:
        Laplace, "Mémoire sur la probabilité des causes par les évènemens" (1774).

    Examples:
        >>> import torch
        >>> l1(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor([0., 2.])
    """
    return (prediction - target).abs()


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
        error = prediction[k] - target[k]
        value += abs(error)
        # At zero the subgradient is 0, as in PyTorch.
        gradient[k] = ((error > 0.0) - (error < 0.0)) / outputs
    return value / outputs


SPEC = Loss(
    name="l1",
    tasks=("binary", "multiclass", "regression", "count"),
    fn=l1,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.VALUE, Kind.PROBABILITY), within=REALS),
    target=Domain(kinds=(Kind.VALUE, Kind.PROBABILITY), within=REALS),
    over_outputs="mean",
    elicits="median",
    proper=False,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    torch_class="torch.nn.L1Loss",
    formula=r"\ell(p, y) = |p - y|",
    reference="Laplace (1774)",
    summary="Absolute error: the median of the target, however far the outliers lie.",
    use_when="regression with outliers, or where being off by 10 is ten times as bad as by 1; "
    "classification with some wrong labels",
    avoid_when="probabilities are wanted: on 0/1 targets its optimum is 0 or 1, never between",
    classic_mistake="a one-column output against a target of shape (N,): plain PyTorch broadcasts "
    "to N x N, and every row learns the median of all targets; and accuracy by the arg-max over "
    "one column, which is always class 0",
    see_also=("huber", "smooth_l1", "mse"),
)
