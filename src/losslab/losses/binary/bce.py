"""Binary cross-entropy of probabilities."""

import math
from collections.abc import MutableSequence, Sequence

from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import UNIT
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def bce(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Score probabilities by the Bernoulli likelihood.

    Logarithms are clamped at -100, as in PyTorch, so that probabilities of exactly 0 and 1 cost at
    most 100. Outside [0, 1] the loss is NaN.

    Formula:
        .. math:: \ell(p, y) = -y \log p - (1 - y) \log(1 - p)

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the mean of the target

    References:
        Good, "Rational decisions" (1952).

    Examples:
        >>> import torch
        >>> bce(torch.tensor([0.5, 1.0]), torch.tensor([1.0, 0.0]))
        tensor([  0.6931, 100.0000])
    """
    # PyTorch raises outside [0, 1], also for the NaN of a diverged model, which must not end the
    # training of the other models of a fleet.
    inside = (prediction >= 0) & (prediction <= 1)
    values = binary_cross_entropy(prediction.where(inside, 0.5), target, reduction="none")
    # ``where`` twice, so that the gradient is NaN exactly outside.
    return values.where(inside, prediction.where(~inside, 1.0) * math.nan)


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
        p = prediction[k]
        value -= target[k] * max(rowmath.log(p), -100.0)
        value -= (1.0 - target[k]) * max(rowmath.log(1.0 - p), -100.0)
        # d value / dp = (p - y) / (p (1 - p)), made finite by PyTorch's 1e-12 in float32.
        gradient[k] = (p - target[k]) / max(p * (1.0 - p), 9.999999960041972e-13) / outputs
        if not 0.0 <= p <= 1.0:
            value, gradient[k] = math.nan, math.nan
    return value / outputs


SPEC = Loss(
    name="bce",
    tasks=("binary",),
    fn=bce,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
    target=Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
    over_outputs="mean",
    elicits="mean",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=float("inf"),
    finite_on=UNIT,
    same_as={"binary": ("bce_with_logits",)},
    torch_class="torch.nn.BCELoss",
    formula=r"\ell(p, y) = -y \log p - (1 - y) \log(1 - p)",
    reference="Good (1952)",
    summary="Logistic loss of a probability: the negative log-likelihood of 0/1 targets.",
    use_when="a model already ends in probabilities and can't be changed to give raw scores",
    avoid_when="the model can give raw scores: bce_with_logits is the same loss, and learns on "
    "where a sigmoid in float32 has rounded to 0 or 1 and its gradient with it",
    classic_mistake="raw scores instead of probabilities: PyTorch raises only if one lies outside "
    "0 to 1, so a batch whose scores all lie inside trains on them unnoticed",
    see_also=("bce_with_logits", "mse", "focal"),
)
