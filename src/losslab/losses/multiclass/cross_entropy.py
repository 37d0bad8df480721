"""Cross-entropy of class scores."""

from collections.abc import MutableSequence, Sequence

from torch import Tensor

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def cross_entropy(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Score one unnormalized log-probability per class by the likelihood of the true class.

    Formula:
        .. math:: \ell(z, y) = \log \sum_{k} e^{z_k} - z_y

    Shape:
        prediction ``(..., K)``, target ``(...)`` of class indices -> loss ``(...)``

    Elicits:
        the log-probabilities of the classes, up to a constant

    References:
        Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).

    Examples:
        >>> import torch
        >>> cross_entropy(torch.tensor([[0.0, 0.0], [9.0, 0.0]]), torch.tensor([0, 1]))
        tensor([0.6931, 9.0001])
    """
    return -prediction.log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    outputs = len(prediction)
    # Subtract the largest score, so that no exponential overflows.
    largest = prediction[0]
    for k in range(1, outputs):
        largest = max(largest, prediction[k])
    total = 0.0
    for k in range(outputs):
        gradient[k] = rowmath.exp(prediction[k] - largest)
        total += gradient[k]
    for k in range(outputs):
        gradient[k] /= total
    true = int(target[0])
    gradient[true] -= 1.0
    return rowmath.log(total) - (prediction[true] - largest)


SPEC = Loss(
    name="cross_entropy",
    tasks=("binary", "multiclass"),
    fn=cross_entropy,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS, over_outputs=True),
    target=Domain(kinds=(Kind.CLASS_INDEX,), within=NON_NEGATIVE, integer=True),
    over_outputs="joint",
    elicits="log-probabilities",
    inverse_link="softmax",
    proper=True,
    convex=True,
    minimum=0.0,
    gradient_bound=1.0,
    same_as={"binary": ("nll", "kl_div"), "multiclass": ("nll", "kl_div")},
    torch_class="torch.nn.CrossEntropyLoss",
    formula=r"\ell(z, y) = \log \sum_k e^{z_k} - z_y",
    reference="Bridle (1990)",
    summary="Negative log-likelihood of the true class, computed safely from one raw score per "
    "class.",
    use_when="classes that exclude each other; the first choice for three or more",
    avoid_when="labels are often wrong, or a row may have several labels at once",
    classic_mistake="a softmax before it: the loss takes its own softmax, so with K classes it can "
    "no longer fall below log(1 + (K - 1) / e) and training stalls",
    see_also=("nll", "kl_div", "bce_with_logits", "focal"),
)
