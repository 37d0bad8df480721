"""Huber loss: squared for small errors, absolute for large ones."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import POSITIVE, REALS
from losslab.losses.spec import Loss


def huber(prediction: Tensor, target: Tensor, *, delta: float) -> Tensor:
    r"""Square errors up to ``delta``; larger errors count linearly.

    Formula:
        .. math:: \ell(p, y) = \begin{cases} \frac{1}{2} (p - y)^2 & |p - y| \leq \delta \\
            \delta\, (|p - y| - \frac{1}{2} \delta) & \text{otherwise} \end{cases}

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the point where the errors, clipped at ``delta``, average to zero

    References:
        Huber, "Robust estimation of a location parameter" (1964).

    Examples:
        >>> import torch
        >>> huber(torch.tensor([0.5, 4.0]), torch.tensor([0.0, 0.0]), delta=1.0)
        tensor([0.1250, 3.5000])
    """
    size = (prediction - target).abs()
    # Clip before squaring: the square of a huge error has no finite gradient.
    inner = size.clamp(max=delta)
    return 0.5 * inner.square() + delta * (size - inner)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    delta, outputs = params[0], len(prediction)
    value = 0.0
    for k in range(outputs):
        error = prediction[k] - target[k]
        if abs(error) <= delta:
            value += 0.5 * error * error
            gradient[k] = error / outputs
        else:
            value += delta * (abs(error) - 0.5 * delta)
            gradient[k] = (delta if error > 0.0 else -delta) / outputs
    return value / outputs


SPEC = Loss(
    name="huber",
    tasks=("regression",),
    fn=huber,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.VALUE,), within=REALS),
    target=Domain(kinds=(Kind.VALUE,), within=REALS),
    over_outputs="mean",
    elicits="Huber location",
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    same_as={"regression": ("smooth_l1",)},
    torch_class="torch.nn.HuberLoss",
    params={"delta": 1.0},
    param_ranges={"delta": POSITIVE},
    formula=r"\ell(p, y) = \begin{cases} \frac{1}{2} (p - y)^2 & |p - y| \leq \delta \\ "
    r"\delta\, (|p - y| - \frac{1}{2} \delta) & \text{otherwise} \end{cases}",
    reference="Huber (1964)",
    summary="Half the squared error up to delta, a straight line beyond: near the mean, yet "
    "outliers pull no harder than delta.",
    use_when="regression where most targets are clean and a few are far off",
    avoid_when="the far targets are the ones that matter, or delta can't be set in the target's "
    "own scale: with every error below delta it is half the squared error",
    classic_mistake="delta left at 1 on raw targets: where errors are in thousands it is the "
    "absolute error, where they are in thousandths the squared one",
    see_also=("smooth_l1", "log_cosh", "mse", "l1"),
)
