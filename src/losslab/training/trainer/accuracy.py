"""The accuracy that fits a criterion: by argmax, by threshold, by sign, or none."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.core.errors import LosslabError
from losslab.losses.spec import Loss
from losslab.training.trainer.criterion_check import find_class_axis


def compute_accuracy(
    criterion: Callable[..., Any], contract: Loss | None, prediction: Tensor, target: Tensor
) -> float | None:
    """Compute the share of correct rows, where targets are classes; None where they are values.

    - class indices and one output per class: the argmax
    - one-hot rows: the argmax of both; for a loss of distributions also rows in which one class has
      more than half of the probability
    - 0/1 or -1/1 targets and one output: the side of the boundary, which is 0 for scores and
      halfway between the two targets for probabilities and values
    - anything else, such as values or several labels per row: None

    A row with a NaN output is wrong. The argmax over a single column, always 0, is never used.

    Examples:
        >>> z, target = torch.tensor([[2.0], [-1.0]]), torch.tensor([[1.0], [1.0]])
        >>> compute_accuracy(torch.nn.BCEWithLogitsLoss(), None, z, target)
        0.5
    """
    if prediction.numel() == target.numel() == len(prediction):
        return _compute_by_threshold(criterion, contract, prediction.flatten(), target.flatten())
    axis = find_class_axis(criterion, prediction)
    if prediction.ndim == target.ndim + 1 and not target.is_floating_point():
        counted = target != getattr(criterion, "ignore_index", None)
        correct = (prediction.argmax(axis) == target) & ~prediction.isnan().any(axis)
        return _average(correct[counted])
    if (
        prediction.shape == target.shape
        and prediction.ndim == 2
        and _is_one_class_per_row(contract, target)
    ):
        correct = prediction.argmax(1) == target.argmax(1)
        return _average(correct & ~prediction.isnan().any(1))
    return None


def _compute_by_threshold(
    criterion: Callable[..., Any], contract: Loss | None, prediction: Tensor, target: Tensor
) -> float | None:
    labels = _find_labels(contract, target)
    boundary = labels and _find_boundary(criterion, contract, prediction, labels)
    if labels is None or boundary is None:
        return None
    correct = (prediction > boundary) == (target == labels[1])
    return _average(correct & ~prediction.isnan())


def _find_labels(contract: Loss | None, target: Tensor) -> tuple[float, float] | None:
    """Find the labels of the two classes; None where the target has others."""
    signs = contract is not None and contract.target.kinds == (Kind.SIGNS,)
    for labels in ((-1.0, 1.0),) if signs else ((0.0, 1.0), (-1.0, 1.0)):
        if bool(((target == labels[0]) | (target == labels[1])).all()):
            return labels
    return None


def _find_boundary(
    criterion: Callable[..., Any],
    contract: Loss | None,
    prediction: Tensor,
    labels: tuple[float, float],
) -> float | None:
    halfway = (labels[0] + labels[1]) / 2
    if contract is not None:
        known: dict[tuple[Kind, ...], float | None] = {(Kind.LOG_RATE,): None, (Kind.SCORES,): 0.0}
        return known.get(contract.prediction.kinds, halfway)
    # For an unknown criterion: where both classes have the same loss.
    candidates = (halfway, 0.0)
    return next(
        (at for at in candidates if _is_indifferent(criterion, prediction, at, labels)), None
    )


def _is_indifferent(
    criterion: Callable[..., Any], prediction: Tensor, boundary: float, labels: tuple[float, float]
) -> bool:
    """Return whether a criterion has the same loss for both labels at ``boundary``."""
    shape = (2, 1)
    at = prediction.new_full(shape, boundary)
    try:
        low, high = (torch.as_tensor(criterion(at, at.new_full(shape, label))) for label in labels)
    except (LosslabError, RuntimeError, ValueError, TypeError, IndexError):
        return False  # it has row weights or other targets, so that no boundary is known
    return low.shape == high.shape and bool(torch.isclose(low, high, rtol=1e-4).all())


def _is_one_class_per_row(contract: Loss | None, target: Tensor) -> bool:
    """Return whether each row names one class."""
    is_one_hot = ((target == 0) | (target == 1)).all() & (target.sum(1) == 1).all()
    # Cross-entropy takes a distribution in place of class indices too.
    takes_distributions = contract is not None and (
        contract.target.sums_to_one or contract.target.integer
    )
    return bool(is_one_hot) or (takes_distributions and bool((target.amax(1) > 0.5).all()))


def _average(correct: Tensor) -> float | None:
    return float(correct.double().mean()) if correct.numel() else None
