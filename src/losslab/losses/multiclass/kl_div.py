"""Kullback-Leibler divergence from predicted log-probabilities to target probabilities."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor, xlogy

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import UNIT, Interval
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def kl_div(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Compare each class's target probability with its predicted log-probability.

    The values of a row's classes sum to its divergence; one alone may be negative.

    Formula:
        .. math:: \ell(\log p, y) = y (\log y - \log p)

    Shape:
        prediction ``(..., K)``, target ``(..., K)`` -> loss ``(..., K)``, summed over ``K``

    Elicits:
        the logarithms of the mean target probabilities

    References:
        Kullback and Leibler, "On information and sufficiency" (1951).

    Examples:
        >>> import torch
        >>> kl_div(torch.tensor([[0.25, 0.75]]).log(), torch.tensor([[0.5, 0.5]])).sum(-1)
        tensor([0.1438])
    """
    return xlogy(target, target) - target * prediction


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    value = 0.0
    for k in range(len(prediction)):
        chance = target[k]
        if chance != 0.0:  # y log y goes to 0 with y
            value += chance * rowmath.log(chance)
        value -= chance * prediction[k]
        gradient[k] = -chance
    return value


SPEC = Loss(
    name="kl_div",
    tasks=("binary", "multiclass"),
    fn=kl_div,
    kernel=kernel,
    prediction=Domain(
        kinds=(Kind.LOG_PROBABILITY,),
        within=Interval(high=0.0),
        over_outputs=True,
        sums_to_one=True,
    ),
    target=Domain(kinds=(Kind.PROBABILITY,), within=UNIT, over_outputs=True, sums_to_one=True),
    over_outputs="sum",
    elicits="log-probabilities",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    finite_on=Interval(high=0.0),
    same_as={
        "binary": ("cross_entropy", "nll"),
        "multiclass": ("cross_entropy", "nll"),
    },
    torch_class="torch.nn.KLDivLoss",
    formula=r"\ell(\log p, y) = \sum_k y_k (\log y_k - \log p_k)",
    reference="Kullback and Leibler (1951)",
    summary="How far predicted log-probabilities are from a whole target distribution.",
    use_when="targets are distributions: smoothed labels, votes of several people, the output of "
    "another model to be imitated",
    avoid_when="each row has one sure class: cross_entropy has the same gradients and needs no "
    "one-hot targets",
    classic_mistake="probabilities instead of log-probabilities as prediction; and in PyTorch "
    "reduction='mean', which also divides by the number of classes: 'batchmean' is the divergence",
    see_also=("cross_entropy", "nll"),
)
