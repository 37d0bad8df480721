"""Smooth L1 loss: the absolute error, quadratic near zero."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import POSITIVE, REALS
from losslab.losses.spec import Loss


def smooth_l1(prediction: Tensor, target: Tensor, *, beta: float) -> Tensor:
    r"""Take the absolute error, made quadratic below ``beta``.

    Formula:
        .. math:: \ell(p, y) = \begin{cases} \frac{(p - y)^2}{2 \beta} & |p - y| < \beta \\
            |p - y| - \frac{1}{2} \beta & \text{otherwise} \end{cases}

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the point where the errors, clipped at ``beta``, average to zero

    References:
        Girshick, "Fast R-CNN" (2015).

    Examples:
        >>> import torch
        >>> smooth_l1(torch.tensor([0.5, 4.0]), torch.tensor([0.0, 0.0]), beta=2.0)
        tensor([0.0625, 3.0000])
    """
    size = (prediction - target).abs()
    # Clip before squaring: the square of a huge error has no finite gradient.
    inner = size.clamp(max=beta)
    return 0.5 * inner.square() / beta + (size - inner)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    beta, outputs = params[0], len(prediction)
    value = 0.0
    for k in range(outputs):
        error = prediction[k] - target[k]
        if abs(error) < beta:
            value += 0.5 * error * error / beta
            gradient[k] = error / beta / outputs
        else:
            value += abs(error) - 0.5 * beta
            gradient[k] = (1.0 if error > 0.0 else -1.0) / outputs
    return value / outputs


SPEC = Loss(
    name="smooth_l1",
    tasks=("regression",),
    fn=smooth_l1,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.VALUE,), within=REALS),
    target=Domain(kinds=(Kind.VALUE,), within=REALS),
    over_outputs="mean",
    elicits="Huber location",
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    same_as={"regression": ("huber",)},
    torch_class="torch.nn.SmoothL1Loss",
    params={"beta": 1.0},
    param_ranges={"beta": POSITIVE},
    formula=r"\ell(p, y) = \begin{cases} \frac{(p - y)^2}{2 \beta} & |p - y| < \beta \\ "
    r"|p - y| - \frac{1}{2} \beta & \text{otherwise} \end{cases}",
    reference="Girshick (2015)",
    summary="Absolute error with a rounded tip: gradients never exceed 1 and fade near the target.",
    use_when="absolute error is wanted, but training should settle instead of jumping to and fro "
    "around the target; the usual loss of box coordinates in object detection",
    avoid_when="the exact median is wanted: the rounded tip moves it towards the mean",
    classic_mistake="taken for another loss than huber: it is huber divided by delta, so with "
    "beta = delta = 1 both are the same function, and elsewhere they differ by that factor",
    see_also=("huber", "l1", "log_cosh"),
)
