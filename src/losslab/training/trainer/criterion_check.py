"""Checks of predictions and targets before a criterion computes with them."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from losslab.contracts.checks import check_domain, check_shapes, suggest_same_shape_fix
from losslab.contracts.domain import Domain, Kind, get_sum_tolerance
from losslab.contracts.interval import UNIT, Interval
from losslab.core.errors import ContractError
from losslab.losses.custom import find_contract, format_criterion
from losslab.losses.module import LossModule
from losslab.losses.spec import Loss

_SIGNS = Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0))
_TARGETS: dict[type[nn.Module], Domain] = {
    nn.SoftMarginLoss: _SIGNS,
    nn.HingeEmbeddingLoss: _SIGNS,
    nn.MultiLabelSoftMarginLoss: Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
}


def check_finite_rows(contract: Loss, prediction: Tensor, target: Tensor) -> None:
    """Check the contract of a loss in rows with finite predictions.

    A model that has diverged breaks no contract: its loss shows it.
    """
    prediction = prediction.detach()
    contract.check_shapes(prediction, target)
    finite = prediction.isfinite()
    if contract.prediction.over_outputs:
        finite = finite.all(-1)
    if not finite.all():
        prediction, target = prediction[finite], target[finite]
    contract.check(prediction, target)


def check_documented_target(
    criterion: Callable[..., Any], prediction: Tensor, target: Tensor
) -> None:
    """Refuse targets that PyTorch's documentation of a criterion rules out.

    Examples:
        >>> import torch
        >>> check_documented_target(nn.SoftMarginLoss(), torch.zeros(2), torch.tensor([0.0, 1.0]))
        Traceback (most recent call last):
        losslab.core.errors.ContractError: SoftMarginLoss needs a target that is float signs in ...
    """
    domain = _TARGETS.get(type(criterion))  # type: ignore[arg-type]
    if domain is None:
        return
    name = type(criterion).__name__
    check_shapes(name, prediction, target, over_outputs=False)
    # PyTorch takes integers too.
    check_domain(name, "target", target.double(), domain)


def warn_unknown_criterion(criterion: Callable[..., Any]) -> None:
    """Warn that PyTorch's criterion has no contract; a user's own function needs none."""
    known = type(criterion) in _TARGETS or find_contract(criterion) is not None
    if known or not isinstance(criterion, nn.Module):
        return
    if type(criterion).__module__ == nn.MSELoss.__module__:
        warnings.warn(
            f"losslab has no contract for {format_criterion(criterion)}: nothing checks whether "
            "the shapes and values of outputs and targets suit it",
            UserWarning,
            stacklevel=3,
        )


def check_criterion(
    criterion: Callable[..., Any], contract: Loss | None, prediction: Tensor, target: Tensor
) -> None:
    """Check the contract of a known criterion; for others, that nothing broadcasts by accident."""
    if contract is None:
        check_documented_target(criterion, prediction, target)
        _refuse_one_column(prediction, target)
        return
    contract = contract.for_target(target)
    _refuse_one_class(contract, prediction, find_class_axis(criterion, prediction))
    if contract.target.integer:
        prediction = prediction.movedim(find_class_axis(criterion, prediction), -1)
    is_soft = target.is_floating_point() and target.ndim == prediction.ndim
    if is_soft and isinstance(criterion, nn.CrossEntropyLoss):
        _check_probabilities(target.movedim(find_class_axis(criterion, target), -1), prediction)
        return
    is_indices = not target.is_floating_point() and target.shape == prediction.shape[:-1]
    if is_indices and isinstance(criterion, nn.CrossEntropyLoss | nn.NLLLoss):
        kept = target != criterion.ignore_index
        prediction, target = prediction[kept], target[kept]
    if isinstance(criterion, nn.KLDivLoss) and prediction.ndim > 2:
        contract = _drop_sum_checks(contract)
    check_finite_rows(contract, prediction, target)


def find_class_axis(criterion: Callable[..., Any], prediction: Tensor) -> int:
    """Find the axis of the classes: PyTorch's criteria have them second, losslab's last."""
    return 1 if prediction.ndim > 2 and not isinstance(criterion, LossModule) else -1


def _refuse_one_column(prediction: Tensor, target: Tensor) -> None:
    shapes = tuple(prediction.shape), tuple(target.shape)
    rows = len(target)
    if rows == 1 or shapes not in (((rows, 1), (rows,)), ((rows,), (rows, 1))):
        return
    raise ContractError(
        "needed a prediction and a target of the same shape",
        got=f"prediction {shapes[0]} and target {shapes[1]}, which broadcast to {rows} x {rows}",
        fix=f"{suggest_same_shape_fix(prediction, target)}; if the criterion reshapes by itself, "
        "unchecked=True",
    )


def _refuse_one_class(contract: Loss, prediction: Tensor, axis: int) -> None:
    """Refuse a single output for losses that need one output per class."""
    domain = contract.prediction
    if not domain.over_outputs or Kind.UNIT_VECTOR in domain.kinds:
        return
    if prediction.ndim > 1 and prediction.shape[axis] == 1:
        one = "score" if Kind.SCORES in domain.kinds else "log-probability"
        raise ContractError(
            f"loss {contract.name!r} needs one {one} per class, at least 2",
            got=f"a prediction of shape {tuple(prediction.shape)}: one output alone has nothing "
            "to be compared with",
            fix="two outputs, or torch.nn.BCEWithLogitsLoss() on one",
        )


def _drop_sum_checks(contract: Loss) -> Loss:
    """Drop the checks of sums, since the axis of the classes is unknown."""
    return replace(
        contract,
        prediction=replace(contract.prediction, sums_to_one=False),
        target=replace(contract.target, sums_to_one=False),
    )


def _check_probabilities(target: Tensor, prediction: Tensor) -> None:
    """Check probabilities per class as targets of PyTorch's cross-entropy."""
    fits = target.shape == prediction.shape and target in UNIT
    if fits and bool(((target.sum(-1) - 1.0).abs() < get_sum_tolerance(target.dtype)).all()):
        return
    indices = "target.squeeze(-1).long()" if target.shape[-1] == 1 else "target.long()"
    raise ContractError(
        "loss 'cross_entropy' needs class indices, or a probability per class that sum to 1",
        got=f"a float target of shape {tuple(target.shape)} that is neither",
        fix=f"{indices} for class indices; torch.nn.BCEWithLogitsLoss() for several labels",
    )
