"""Focal loss: cross-entropy that weights correctly classified rows less."""

import math
from collections.abc import MutableSequence, Sequence
from dataclasses import replace

from torch import Tensor
from torch.nn.functional import logsigmoid

from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, REALS, UNIT
from losslab.losses import rowmath
from losslab.losses.spec import Loss


def focal(prediction: Tensor, target: Tensor, *, gamma: float) -> Tensor:
    r"""Weight cross-entropy by the ``gamma``-th power of the wrong class's probability.

    Formula:
        .. math:: \ell(z, y) = -(1 - q)^\gamma \log q, \quad q = \sigma((2 y - 1) z)

    Shape:
        prediction ``(...)``, target ``(...)`` of 0 and 1 -> loss ``(...)``

    Elicits:
        no named functional; its sign is that of the more frequent class

    References:
        Lin, Goyal, Girshick, He and Dollár, "Focal loss for dense object detection" (2017).

    Examples:
        >>> import torch
        >>> focal(torch.tensor([0.0, 4.0]), torch.tensor([1.0, 1.0]), gamma=2.0)
        tensor([1.7329e-01, 5.8716e-06])
    """
    return _compute_from_margin((2 * target - 1) * prediction, gamma)


def focal_by_class(prediction: Tensor, target: Tensor, *, gamma: float) -> Tensor:
    r"""Weight the cross-entropy of class scores by the probability of all other classes.

    Formula:
        .. math:: \ell(z, y) = -(1 - q_y)^\gamma \log q_y, \quad
            q_y = \frac{e^{z_y}}{\sum_k e^{z_k}}

    Shape:
        prediction ``(..., K)``, target ``(...)`` of class indices -> loss ``(...)``

    Elicits:
        no named functional; its largest score is that of the most frequent class

    References:
        Lin, Goyal, Girshick, He and Dollár, "Focal loss for dense object detection" (2017).

    Examples:
        >>> import torch
        >>> focal_by_class(torch.tensor([[0.0, 0.0], [4.0, 0.0]]), torch.tensor([0, 0]), gamma=2.0)
        tensor([1.7329e-01, 5.8716e-06])
    """
    # q_y = sigmoid(z_y - logsumexp of the others): the binary case. The largest of the others is
    # subtracted first, so that large scores do not cancel.
    chosen = target.unsqueeze(-1)
    others = prediction.scatter(-1, chosen, -math.inf)
    largest = others.detach().amax(-1, keepdim=True)
    lead = (prediction.gather(-1, chosen) - largest).squeeze(-1)
    return _compute_from_margin(lead - (others - largest).exp().sum(-1).log(), gamma)


def _compute_from_margin(margin: Tensor, gamma: float) -> Tensor:
    # By logarithms: 1 - q rounds to 0, where its power has no gradient.
    return -(gamma * logsigmoid(-margin)).exp() * logsigmoid(margin)


def kernel(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    gamma, outputs = params[0], len(prediction)
    value = 0.0
    for k in range(outputs):
        side = 2.0 * target[k] - 1.0
        margin = side * prediction[k]
        cost, right = rowmath.softplus(-margin), rowmath.sigmoid(margin)
        focus = rowmath.exp(-gamma * rowmath.softplus(margin))
        value += focus * cost
        in_margin = -focus * (gamma * right * cost + rowmath.sigmoid(-margin))
        gradient[k] = side * in_margin / outputs
    return value / outputs


def kernel_by_class(
    prediction: Sequence[float],
    target: Sequence[float],
    gradient: MutableSequence[float],
    params: Sequence[float],
) -> float:
    """Compute the value of one row; fill ``gradient`` with d value / d prediction."""
    gamma, outputs, true = params[0], len(prediction), int(target[0])
    largest = prediction[1] if true == 0 else prediction[0]
    for k in range(outputs):
        if k != true:
            largest = max(largest, prediction[k])
    total = 0.0
    for k in range(outputs):
        gradient[k] = rowmath.exp(prediction[k] - largest) if k != true else 0.0
        total += gradient[k]
    margin = prediction[true] - largest - rowmath.log(total)
    cost, right = rowmath.softplus(-margin), rowmath.sigmoid(margin)
    focus = rowmath.exp(-gamma * rowmath.softplus(margin))
    in_margin = -focus * (gamma * right * cost + rowmath.sigmoid(-margin))
    for k in range(outputs):
        gradient[k] *= -in_margin / total
    gradient[true] = in_margin
    return focus * cost


_BINARY = Loss(
    name="focal",
    tasks=("binary", "multiclass"),
    fn=focal,
    kernel=kernel,
    prediction=Domain(kinds=(Kind.SCORES,), within=REALS),
    target=Domain(kinds=(Kind.PROBABILITY,), within=UNIT, points=(0.0, 1.0)),
    over_outputs="mean",
    inverse_link="sigmoid",
    minimum=0.0,
    gradient_bound=1.1289832185680478,  # for gamma = 2, at a margin of -2.79
    params={"gamma": 2.0},
    param_ranges={"gamma": NON_NEGATIVE},
    formula=r"\ell(z, y) = -(1 - q)^\gamma \log q, \quad q = \sigma((2 y - 1) z)",
    reference="Lin, Goyal, Girshick, He and Dollár (2017)",
    summary="Cross-entropy that weights rows less that are classified correctly, the more so the "
    "larger gamma.",
    use_when="one class is rare and the many easy rows of the other drown it, as in detection",
    avoid_when="honest probabilities are wanted: its sigmoid or softmax is too unsure of itself; "
    "or labels are often wrong: it dwells on them",
    classic_mistake="compared with cross-entropy by the value of the loss: the weights make it "
    "smaller at the same predictions, so a lower number says nothing",
    see_also=("bce_with_logits", "cross_entropy", "hinge"),
)

SPEC = replace(
    _BINARY,
    by_class=replace(
        _BINARY,
        tasks=("multiclass",),
        fn=focal_by_class,
        kernel=kernel_by_class,
        prediction=Domain(kinds=(Kind.SCORES,), within=REALS, over_outputs=True),
        target=Domain(kinds=(Kind.CLASS_INDEX,), within=NON_NEGATIVE, integer=True),
        over_outputs="joint",
        inverse_link="softmax",
        formula=r"\ell(z, y) = -(1 - q_y)^\gamma \log q_y, \quad "
        r"q_y = \frac{e^{z_y}}{\sum_k e^{z_k}}",
    ),
)
