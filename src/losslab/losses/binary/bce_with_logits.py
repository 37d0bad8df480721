"""Binary cross-entropy on the log-odds."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor
from torch.nn.functional import logsigmoid

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, UNIT
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def bce_with_logits(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Score log-odds by the Bernoulli likelihood.

    Formula:
        .. math:: \ell(z, y) = \log(1 + e^{z}) - y z

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the log-odds of the mean of the target

    References:
        Cox, "The regression analysis of binary sequences" (1958).

    Examples:
        >>> import torch
        >>> bce_with_logits(torch.tensor([0.0, 1e4]), torch.tensor([1.0, 1.0]))
        tensor([0.6931, 0.0000])
    """
    # log(1 + e^z) - y z = (1 - y) z + log(1 + e^-z), where the last term is -log(sigmoid(z)).
    return (1 - target) * prediction - logsigmoid(prediction)


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
        # log(1 + e^z) - y z = (1 - y) z + log(1 + e^-z), so that large scores do not cancel.
        value += (1.0 - target[k]) * prediction[k] + rowmath.softplus(-prediction[k])
        gradient[k] = (rowmath.sigmoid(prediction[k]) - target[k]) / outputs
    return value / outputs


SPEC = Loss(
    name="bce_with_logits",
    tasks=("binary",),
    fn=bce_with_logits,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS),
    target=Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
    over_outputs="mean",
    elicits="log-odds",
    inverse_link="sigmoid",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    same_as={"binary": ("bce",)},
    torch_class="torch.nn.BCEWithLogitsLoss",
    formula=r"\ell(z, y) = \log(1 + e^{z}) - y z",
    reference="Cox (1958)",
    summary="Logistic loss: negative log-likelihood of 0/1 targets, computed safely from the raw "
    "score.",
    use_when="two classes and a need for honest probabilities; the first choice for binary targets",
    avoid_when="labels are often wrong: a confident mistake costs without bound",
    classic_mistake="a sigmoid before it: probabilities between 0 and 1 are then read as log-odds, "
    "and no prediction can go below 0.50 or above 0.73",
    see_also=("bce", "focal", "cross_entropy", "hinge"),
)
