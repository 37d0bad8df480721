"""Poisson loss: the likelihood of counts, given the logarithm of the rate."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS, Interval
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def poisson_nll(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Score the logarithm of a rate by the Poisson likelihood, without the constant log(y!).

    Formula:
        .. math:: \ell(z, y) = e^{z} - y z

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the logarithm of the mean of the target

    References:
        Nelder and Wedderburn, "Generalized linear models" (1972).

    Examples:
        >>> import torch
        >>> poisson_nll(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 3.0]))
        tensor([ 1.0000, -0.2817])
    """
    return prediction.exp() - target * prediction


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
        rate = rowmath.exp(prediction[k])
        value += rate - target[k] * prediction[k]
        gradient[k] = (rate - target[k]) / outputs
    return value / outputs


SPEC = Loss(
    name="poisson_nll",
    tasks=("count",),
    fn=poisson_nll,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.LOG_RATE,), within=REALS),
    target=Domain(kinds=(Kind.VALUE,), within=NON_NEGATIVE, whole=True),
    over_outputs="mean",
    elicits="log-mean",
    inverse_link="exp",
    convex=True,
    minimum=float("-inf"),
    gradient_bound=float("inf"),
    finite_on=Interval(high=88.0),  # exp overflows float32 from there on
    torch_class="torch.nn.PoissonNLLLoss",
    formula=r"\ell(z, y) = e^{z} - y z",
    reference="Nelder and Wedderburn (1972)",
    summary="Negative log-likelihood of counts whose spread grows with their mean; it predicts the "
    "log of the rate.",
    use_when="the target counts events: visits, claims, defects; or any target that can't be "
    "negative and varies in proportion to its size",
    avoid_when="counts vary far more than their mean, or have many more zeros than a rate "
    "explains; or features have far outliers: the exponential turns a log rate that was "
    "extrapolated into an enormous count",
    classic_mistake="reading the output as the count: it is the logarithm, so predict exp(z); and "
    "an exp or softplus at the end of the model, whose result is then exponentiated again",
    see_also=("mse", "l1"),
)
