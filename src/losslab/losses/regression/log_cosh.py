"""Log-cosh loss: a smooth variant of the Huber loss."""

import math
from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def log_cosh(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Take the logarithm of the hyperbolic cosine of the error.

    Formula:
        .. math:: \ell(p, y) = \log \cosh (p - y)

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the point where the hyperbolic tangents of the errors average to zero

    References:
        Green, "Bayesian reconstructions from emission tomography data using a modified EM
        algorithm" (1990).

    Examples:
        >>> import torch
        >>> log_cosh(torch.tensor([1.0, 1e4]), torch.tensor([0.0, 0.0]))
        tensor([4.3378e-01, 9.9993e+03])
    """
    # cosh overflows from 90 on in float32; for large a, log(cosh(a)) = a + log((1 + e^-2a) / 2).
    # Near zero that cancels, and log(1 + 2 sinh(a/2)^2) is precise.
    size = (prediction - target).abs()
    near = (2 * (size.clamp(max=1) / 2).sinh().square()).log1p()
    far = size + (-2 * size).exp().log1p() - math.log(2)
    return near.where(size < 1, far)


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
        size = abs(error)
        decay = -rowmath.expm1(-2.0 * size)
        if size < 1.0:
            growth = rowmath.expm1(size)  # cosh(a) - 1 = (e^a - 1)^2 / (2 e^a)
            value += rowmath.log1p(0.5 * growth * growth / (1.0 + growth))
        else:
            value += size + rowmath.log1p(-0.5 * decay)  # log((1 + e^-2a) / 2)
        tanh = decay / (2.0 - decay)  # of size
        gradient[k] = (tanh if error > 0.0 else -tanh) / outputs
    return value / outputs


SPEC = Loss(
    name="log_cosh",
    tasks=("regression",),
    fn=log_cosh,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.VALUE,), within=REALS),
    target=Domain(kinds=(Kind.VALUE,), within=REALS),
    over_outputs="mean",
    elicits="tanh location",
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    formula=r"\ell(p, y) = \log \cosh (p - y)",
    reference="Green (1990)",
    summary="Half the squared error near zero, the absolute error less log 2 far away, and smooth "
    "in every derivative.",
    use_when="outliers are expected and the optimizer, or a second derivative, wants a loss "
    "without corners",
    avoid_when="targets are not scaled: its bend sits at errors of about 1 and can't be moved",
    classic_mistake="written as log(cosh(p - y)): in float32 cosh overflows for errors of 90 and "
    "more, and the loss is infinite where it should be 89.3",
    see_also=("huber", "smooth_l1", "mse"),
)
