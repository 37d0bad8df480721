"""Negative log-likelihood of log-probabilities."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, Interval
from losslab.losses.spec import Loss


def nll(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Take the negative log-probability of the true class.

    Formula:
        .. math:: \ell(\log p, y) = -\log p_y

    Shape:
        prediction ``(..., K)``, target ``(...)`` of class indices -> loss ``(...)``

    Elicits:
        the log-probabilities of the classes

    References:
        Fisher, "On the mathematical foundations of theoretical statistics" (1922).

    Examples:
        >>> import torch
        >>> nll(torch.tensor([[0.25, 0.75]]).log(), torch.tensor([1]))
        tensor([0.2877])
    """
    return -prediction.gather(-1, target.unsqueeze(-1)).squeeze(-1)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    for k in range(len(prediction)):
        gradient[k] = 0.0
    true = int(target[0])
    gradient[true] = -1.0
    return -prediction[true]


SPEC = Loss(
    name="nll",
    tasks=("binary", "multiclass"),
    fn=nll,
    kernel=kernel,
    prediction=Domain(
        kinds=(Kind.LOG_PROBABILITY,),
        within=Interval(high=0.0),
        over_outputs=True,
        sums_to_one=True,
    ),
    target=Domain(kinds=(Kind.CLASS_INDEX,), within=NON_NEGATIVE, integer=True),
    over_outputs="joint",
    elicits="log-probabilities",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    finite_on=Interval(high=0.0),
    same_as={
        "binary": ("cross_entropy", "kl_div"),
        "multiclass": ("cross_entropy", "kl_div"),
    },
    torch_class="torch.nn.NLLLoss",
    formula=r"\ell(\log p, y) = -\log p_y",
    reference="Fisher (1922)",
    summary="Negative log-likelihood of the true class, read from log-probabilities.",
    use_when="a model already ends in log_softmax, or its log-probabilities are needed elsewhere",
    avoid_when="the model gives raw scores: cross_entropy is log_softmax and nll in one",
    classic_mistake="anything but log-probabilities before it, such as softmax or ReLU: the loss "
    "only turns a sign, so it falls without bound, or to -1, while nothing is learned",
    see_also=("cross_entropy", "kl_div", "bce"),
)
