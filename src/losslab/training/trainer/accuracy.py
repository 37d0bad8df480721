"""The right accuracy for a criterion: by arg-max, by threshold, by sign, or none."""

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
    """The share of right rows, where targets are classes; None where they are values.

    - class indices and one output per class: the largest output
    - one-hot rows: the largest output against the one; for a loss that reads distributions, rows
      in which one class has more than half of the probability will do
    - 0/1 or -1/1 targets and one output: which side of the boundary it is on, which is 0 for
      scores and halfway between the two targets for probabilities and values
    - anything else, such as values or several labels per row: None

    A row whose output is not a number is wrong. The arg-max over a single column, which is always
    0, is never taken.

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
        right = (prediction.argmax(axis) == target) & ~prediction.isnan().any(axis)
        return _average(right[counted])
    if (
        prediction.shape == target.shape
        and prediction.ndim == 2
        and _is_one_class_per_row(contract, target)
    ):
        right = prediction.argmax(1) == target.argmax(1)
        return _average(right & ~prediction.isnan().any(1))
    return None


def _compute_by_threshold(
    criterion: Callable[..., Any], contract: Loss | None, prediction: Tensor, target: Tensor
) -> float | None:
    labels = _find_labels(contract, target)
    if labels is None:
        return None
    boundary = _find_boundary(criterion, contract, prediction, labels)
    if boundary is None:
        return None
    right = (prediction > boundary) == (target == labels[1])
    return _average(right & ~prediction.isnan())


def _find_labels(contract: Loss | None, target: Tensor) -> tuple[float, float] | None:
    """What the two classes are called; None where the target is not one of two classes."""
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
    if contract is not None and contract.prediction.kinds == (Kind.LOG_RATE,):
        return None
    if contract is not None:
        return 0.0 if contract.prediction.kinds == (Kind.SCORES,) else halfway
    # For an unknown criterion: where both classes cost the same.
    for boundary in (halfway, 0.0):
        if _is_indifferent(criterion, prediction, boundary, labels):
            return boundary
    return None


def _is_indifferent(
    criterion: Callable[..., Any], prediction: Tensor, boundary: float, labels: tuple[float, float]
) -> bool:
    """Whether a criterion is indifferent between two labels at ``boundary``."""
    shape = (2, 1)
    at = prediction.new_full(shape, boundary)
    try:
        low, high = (torch.as_tensor(criterion(at, at.new_full(shape, label))) for label in labels)
    except (LosslabError, RuntimeError, ValueError, TypeError, IndexError):
        return False  # it has weights per row, or other targets; then no boundary is known
    return low.shape == high.shape and bool(torch.isclose(low, high, rtol=1e-4).all())


def _is_one_class_per_row(contract: Loss | None, target: Tensor) -> bool:
    """Whether each row says which class it belongs to."""
    zero_one = (target == 0) | (target == 1)
    if bool(zero_one.all()) and bool((target.sum(1) == 1).all()):
        return True
    # Cross-entropy also takes a distribution where it could take class indices.
    reads_distributions = contract is not None and (
        contract.target.sums_to_one or contract.target.integer
    )
    return reads_distributions and bool((target.amax(1) > 0.5).all())


def _average(right: Tensor) -> float | None:
    return float(right.double().mean()) if right.numel() else None
