"""Whether predictions and targets are what a criterion needs, before it computes with them."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from losslab.contracts.checks import check_domain, check_shapes, suggest_same_shape_fix
from losslab.contracts.domain import Domain, Kind, sum_tolerance
from losslab.contracts.interval import UNIT, Interval
from losslab.core.errors import ContractError
from losslab.losses.custom import contract_of, format_criterion
from losslab.losses.module import LossModule
from losslab.losses.spec import Loss
from losslab.training.trainer.goals import check_finite_rows

_SIGNS = Domain(kinds=(Kind.SIGNS,), within=Interval(-1.0, 1.0), points=(-1.0, 1.0))
_TARGETS: dict[type[nn.Module], Domain] = {
    nn.SoftMarginLoss: _SIGNS,
    nn.HingeEmbeddingLoss: _SIGNS,
    nn.MultiLabelSoftMarginLoss: Domain(kinds=(Kind.PROBABILITY,), within=UNIT),
}


def check_documented_target(
    criterion: Callable[..., Any], prediction: Tensor, target: Tensor
) -> None:
    """Refuse targets that the documentation of a criterion rules out, where that is known here.

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
    # Whole numbers will do: PyTorch takes them too.
    check_domain(name, "target", target.double(), domain)


def warn_unknown_criterion(criterion: Callable[..., Any]) -> None:
    """Say that nothing is known here about a criterion of PyTorch.

    Nobody expects more of a function of their own.
    """
    known = type(criterion) in _TARGETS or contract_of(criterion) is not None
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
    """Check the contract of a known criterion; of another, little but the classic shape bug."""
    if contract is None:
        check_documented_target(criterion, prediction, target)
        _refuse_one_column(prediction, target)
        return
    contract = contract.for_target(target)
    _refuse_one_class(contract, prediction, find_class_axis(criterion, prediction))
    if contract.target.integer:
        prediction = prediction.movedim(find_class_axis(criterion, prediction), -1)
    if isinstance(criterion, nn.CrossEntropyLoss) and _is_soft_target(prediction, target):
        _check_probabilities(target.movedim(find_class_axis(criterion, target), -1), prediction)
        return
    if isinstance(criterion, nn.CrossEntropyLoss | nn.NLLLoss):
        prediction, target = _drop_ignored(criterion.ignore_index, prediction, target)
    if isinstance(criterion, nn.KLDivLoss) and prediction.ndim > 2:
        contract = _drop_sum_checks(contract)
    check_finite_rows(contract, prediction, target)


def find_class_axis(criterion: Callable[..., Any], prediction: Tensor) -> int:
    """Where the classes are: PyTorch's criteria have them second, losslab's last."""
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
    """One output per class makes sense for two classes or more; vectors are another matter."""
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


def _drop_ignored(ignore_index: int, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    if target.is_floating_point() or target.shape != prediction.shape[:-1]:
        return prediction, target
    kept = target != ignore_index
    return prediction[kept], target[kept]


def _drop_sum_checks(contract: Loss) -> Loss:
    """The contract without what rows sum to, where it is unclear along which axis rows lie."""
    return replace(
        contract,
        prediction=replace(contract.prediction, sums_to_one=False),
        target=replace(contract.target, sums_to_one=False),
    )


def _is_soft_target(prediction: Tensor, target: Tensor) -> bool:
    return target.is_floating_point() and target.ndim == prediction.ndim


def _check_probabilities(target: Tensor, prediction: Tensor) -> None:
    """PyTorch's cross-entropy also takes a probability per class as target."""
    fits = target.shape == prediction.shape and target in UNIT
    if fits and bool(((target.sum(-1) - 1.0).abs() < sum_tolerance(target.dtype)).all()):
        return
    indices = "target.squeeze(-1).long()" if target.shape[-1] == 1 else "target.long()"
    raise ContractError(
        "loss 'cross_entropy' needs class indices, or a probability per class that sum to 1",
        got=f"a float target of shape {tuple(target.shape)} that is neither",
        fix=f"{indices} for class indices; torch.nn.BCEWithLogitsLoss() for several labels",
    )
