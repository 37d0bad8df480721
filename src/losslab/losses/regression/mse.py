"""Mean squared error; on probabilities, the Brier score."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS
from losslab.losses.spec import Loss


def mse(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Square the error.

    Formula:
        .. math:: \ell(p, y) = (p - y)^2

    Shape:
        prediction ``(...)``, target ``(...)`` -> loss ``(...)``

    Elicits:
        the mean of the target

    References:
        Gauss, "Theoria combinationis observationum" (1823); on probabilities: Brier,
        "Verification of forecasts expressed in terms of probability" (1950).

    Examples:
        >>> import torch
        >>> mse(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
        tensor([0., 4.])
    """
    return (prediction - target).square()


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
        value += error * error
        gradient[k] = 2.0 * error / outputs
    return value / outputs


SPEC = Loss(
    name="mse",
    tasks=("binary", "multiclass", "regression", "count"),
    fn=mse,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.VALUE, Kind.PROBABILITY), within=REALS),
    target=Domain(kinds=(Kind.VALUE, Kind.PROBABILITY), within=REALS),
    over_outputs="mean",
    elicits="mean",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=float("inf"),
    torch_class="torch.nn.MSELoss",
    formula=r"\ell(p, y) = (p - y)^2",
    reference="Gauss (1823); on probabilities: Brier (1950)",
    summary="Squared error: the mean of the target, with large errors counting most.",
    use_when="regression with noise of similar size everywhere; as the Brier score, classification "
    "where probabilities matter and a confident mistake should cost a bounded amount",
    avoid_when="a few targets are far off (one error of 10 weighs as much as a hundred of 1)",
    classic_mistake="a prediction of shape (N, 1) against a target of shape (N,) broadcasts to "
    "N x N in plain PyTorch, and every row then learns the mean of all targets",
    see_also=("l1", "huber", "bce_with_logits"),
)
