"""Adapters that give the trainer one interface to objectives, criteria and losses of pairs."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError, DataError, OptionError
from losslab.losses.custom import find_contract
from losslab.losses.module import LossModule
from losslab.losses.reduction import reduce_outputs
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.training.trainer.accuracy import compute_accuracy
from losslab.training.trainer.criterion_check import (
    check_criterion,
    check_finite_rows,
    find_class_axis,
)
from losslab.training.trainer.output_activation import (
    check_criterion_activation,
    check_objective_activation,
    check_target_range,
)

Criterion = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class LossAdapter:
    """Encode targets, compute the loss of a step, and judge predictions.

    Args:
        unchecked: compute what plain PyTorch would, right or wrong.
        fitted: whether the target encoding is fitted.
        takes_pairs: whether inputs may be pairs, whose outputs are stacked along the second axis.
    """

    unchecked: bool
    fitted: bool = True
    takes_pairs: bool = False

    def fit(self, targets: Tensor) -> Self:
        """Fit the target encoding to all targets; nothing to fit for criteria."""
        return self

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Encode the targets of the data for the loss."""
        raise NotImplementedError

    def check_activation(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output whose last activation doesn't fit, before any step is made."""

    def compute_losses(
        self, z: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute the loss to minimize, and the mean loss to report."""
        raise NotImplementedError

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """Compute the share of correct rows from targets as in the data; None without classes."""
        raise NotImplementedError

    def predict(self, z: Tensor) -> Tensor:
        """Return class codes or values for an objective, the output itself for a criterion."""
        return z


@dataclass(frozen=True, kw_only=True)
class ObjectiveAdapter(LossAdapter):
    """Adapter of an objective."""

    objective: Objective

    def fit(self, targets: Tensor) -> Self:
        """Fit the target encoding to all labels."""
        self._check_labels(targets)
        labels = targets.double().cpu().numpy()
        return replace(self, objective=self.objective.fit(labels), fitted=True)

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Encode labels ``(N,)`` as targets of the loss."""
        self._check_labels(targets)
        return self.objective.codec.encode(targets.cpu(), dtype)

    def check_activation(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output that doesn't fit the objective's head."""
        if not self.unchecked:
            check_objective_activation(self.objective, z)

    def compute_losses(
        self, z: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute the mean loss, which is both minimized and reported."""
        if not self.unchecked:
            self._check_width(z)
            if self.objective.wrong is None:
                prediction = self.objective.head(z.detach())
                check_finite_rows(self.objective.loss.for_target(target), prediction, target)
        mean = self.objective(z, target, weight)
        return mean, mean

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """Compute the share of rows whose class is correct; None for values."""
        if self.objective.codec.reads == "values":
            return None
        correct = (self.objective.predict(z) == targets) & ~z.isnan().any(-1)
        return float(correct.double().mean())

    def predict(self, z: Tensor) -> Tensor:
        """Predict class codes, or values in the target's own units."""
        return self.objective.predict(z)

    def _check_labels(self, labels: Tensor) -> None:
        if self.unchecked:
            return
        if labels.ndim != 1:
            raise DataError(
                f"an objective needs one label per row, of shape ({len(labels)},)",
                got=f"labels of shape {tuple(labels.shape)}",
                fix="y.ravel() for one column, y.argmax(-1) for one-hot rows",
            )
        n_classes = self.objective.codec.n_classes
        if self.objective.codec.reads == "values" or n_classes is None:
            return
        codes = labels.double()
        if not ((codes >= 0) & (codes < n_classes) & (codes == codes.round())).all():
            raise DataError(
                f"task {self.objective.task!r} needs class codes from 0 to {n_classes - 1} "
                "as labels",
                got=f"values from {codes.min().item():g} to {codes.max().item():g}",
                fix="number the classes from 0: y = numpy.unique(y, return_inverse=True)[1]",
            )

    def _check_width(self, z: Tensor) -> None:
        width = self.objective.width
        if z.ndim == 2 and z.shape[1] == width:
            return
        raise ContractError(
            f"objective {self.objective.label!r} needs a model output of shape (N, {width})",
            got=f"shape {tuple(z.shape)}",
            fix="leave out the squeeze at the end of the model"
            if z.ndim == 1 and width == 1
            else f"give the last layer {width} outputs: MLP(..., n_outputs=objective.width)",
        )


@dataclass(frozen=True, kw_only=True)
class CriterionAdapter(LossAdapter):
    """Adapter of a criterion, and its contract in the catalogue if it has one."""

    criterion: Criterion
    contract: Loss | None

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Keep targets as they are, apart from the width of their dtype."""
        if targets.is_floating_point():
            return targets.to(dtype)
        contract = self.contract
        takes_indices = contract is None or contract.by_class is not None or contract.target.integer
        # Booleans may be classes. Where they can't be, the error names the dtype of the data.
        is_refused = targets.dtype == torch.bool and not self.unchecked and not takes_indices
        return targets if is_refused else targets.long()

    def check_activation(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output whose last activation the contract or the targets rule out."""
        if self.contract is not None and not self.unchecked:
            check_criterion_activation(self.contract, z, target)
            check_target_range(self.contract, z, target)

    def compute_losses(
        self, z: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute what the criterion returns, and its mean.

        With ``reduction="sum"`` the sum is minimized, as requested, and the mean is reported;
        with ``reduction="none"`` both are the mean.
        """
        _refuse_weight(weight)
        if not self.unchecked:
            check_criterion(self.criterion, self.contract, z, target)
        if isinstance(self.criterion, nn.Module):
            self.criterion.to(z.device)  # class weights, for example
        try:
            values = self.criterion(z, target)
        except RuntimeError as error:
            # PyTorch's BCELoss raises for NaN, where others return NaN.
            if self.unchecked or bool(z.isfinite().all()):
                raise
            raise ContractError(
                "needed outputs that are finite",
                got=f"{int((~z.isfinite()).sum())} that are not: training has diverged ({error})",
                fix="lower the learning rate or scale the features, and start again from fresh "
                "weights",
            ) from error
        _check_values(values)
        if values.ndim:
            mean = (reduce_outputs(values, "sum") if self._sums_outputs else values).mean()
            return mean, mean
        if getattr(self.criterion, "reduction", "mean") == "sum":
            return values, values / self._count_terms(z, target)
        return values, values

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """Compute the share of correct rows, where targets are classes."""
        return compute_accuracy(self.criterion, self.contract, z, targets)

    def _count_terms(self, z: Tensor, target: Tensor) -> int:
        """Count the terms of a sum over the batch."""
        joint = self.contract is not None and self.contract.over_outputs == "joint"
        if joint or target.ndim < z.ndim:
            return z.numel() // z.shape[find_class_axis(self.criterion, z)]
        return len(z) if self._sums_outputs else z.numel()

    @property
    def _sums_outputs(self) -> bool:
        return self.contract is not None and self.contract.over_outputs == "sum"


@dataclass(frozen=True, kw_only=True)
class PairAdapter(CriterionAdapter):
    """Adapter of a criterion of (vector, other vector, label), as ``nn.CosineEmbeddingLoss``.

    Outputs for pairs have the shape ``(B, 2, K)``. Losslab's own module also takes (vector, target
    vector), as any other criterion.
    """

    contract: Loss
    takes_pairs: bool = True

    def check_activation(self, z: Tensor, target: Tensor) -> None:
        """Accept any activation, since only the direction of an output counts."""

    def compute_losses(
        self, z: Tensor, target: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute what the criterion returns, and its mean over the pairs."""
        if not self._is_of_pairs(z, target):
            return super().compute_losses(z, target, weight)
        _refuse_weight(weight)
        first, second = z.unbind(1)
        if not self.unchecked:
            one, other = first.detach(), second.detach()
            self.contract.check_shapes(one, other, target)
            finite = one.isfinite().all(-1) & other.isfinite().all(-1)
            self.contract.check(one[finite], other[finite], target[finite])
        values = self.criterion(first, second, target)
        _check_values(values)
        if values.ndim:
            return values.mean(), values.mean()
        is_sum = getattr(self.criterion, "reduction", "mean") == "sum"
        return values, values / len(z) if is_sum else values

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """Compute the share of pairs on the correct side of the cosine of equal cost.

        1 - c = c - margin at c = (1 + margin) / 2.
        """
        if not self._is_of_pairs(z, targets):
            return super().compute_accuracy(z, targets)
        first, second = z.unbind(1)
        cosine = nn.functional.cosine_similarity(first, second, dim=-1)
        margin = float(getattr(self.criterion, "margin", self.contract.params["margin"]))
        correct = (cosine > (1.0 + margin) / 2.0) == (targets > 0)
        return float((correct & ~cosine.isnan()).double().mean())

    def _is_of_pairs(self, z: Tensor, target: Tensor) -> bool:
        if z.ndim > 2 and z.shape[1] == 2 and target.shape != z.shape:
            return True
        if isinstance(self.criterion, nn.CosineEmbeddingLoss):
            raise DataError(
                "CosineEmbeddingLoss needs pairs of inputs with one label each, 1 or -1",
                got=f"one output of shape {tuple(z.shape)} and targets {tuple(target.shape)}",
                fix="batches of ((x1, x2), y) or (x1, x2, y), with y of shape (N,); arrays as "
                "train(((X1, X2), y), epochs)",
            )
        return False


def adapt_loss(
    objective_or_criterion: Objective | Loss | Criterion, unchecked: bool
) -> LossAdapter:
    """Build the adapter of an objective or a criterion."""
    if not isinstance(objective_or_criterion, Objective):
        return adapt_criterion(objective_or_criterion, unchecked)
    objective, codec = objective_or_criterion, objective_or_criterion.codec
    if unchecked and objective.wrong is None:
        objective = replace(objective, wrong="unchecked")
    fitted = codec.fitted or not codec.fits_scale
    return ObjectiveAdapter(objective=objective, fitted=fitted, unchecked=unchecked)


def adapt_criterion(criterion: Any, unchecked: bool) -> CriterionAdapter:
    """Build the adapter of a criterion; its contract is looked up by its class."""
    if isinstance(criterion, Loss):
        criterion = criterion.module()
    if isinstance(criterion, str | type) or not callable(criterion):
        raise _build_criterion_error(criterion)
    if isinstance(criterion, LossModule) and isinstance(criterion.loss, Loss):
        unchecked = unchecked or criterion.unchecked
        # The adapter checks instead, so that a model may diverge without breaking a contract.
        criterion = copy.copy(criterion)
        criterion.unchecked = True
    contract = find_contract(criterion)
    if contract is not None and contract.pair_label is not None:
        return PairAdapter(criterion=criterion, contract=contract, unchecked=unchecked)
    return CriterionAdapter(criterion=criterion, contract=contract, unchecked=unchecked)


def _build_criterion_error(criterion: Any) -> OptionError:
    is_class = isinstance(criterion, type)
    kind = criterion if is_class else type(criterion)
    got = f"the class {kind.__name__}" if is_class else repr(criterion)
    if issubclass(kind, torch.optim.Optimizer):
        got = got if is_class else f"the optimizer {kind.__name__}"
        fix = "the order is (model, criterion, optimizer)"
    elif is_class:
        fix = f"build it: {kind.__name__}()"
    elif isinstance(criterion, str):
        fix = f"losslab.objective({criterion!r}, task='binary'), or another task"
    else:
        fix = "losslab.objective('mse', task='regression'), or torch.nn.MSELoss()"
    return OptionError("needed an objective or a criterion", got=got, fix=fix)


def _refuse_weight(weight: Tensor | None) -> None:
    if weight is not None:
        raise OptionError(
            "row weights need an objective", got="a criterion", fix="losslab.objective(...)"
        )


def _check_values(values: Any) -> None:
    """Refuse values that can't be minimized."""
    if not isinstance(values, Tensor):
        raise ContractError(
            "needed a criterion that returns a tensor",
            got=type(values).__name__,
            fix="return the loss itself, without .item() or a tuple around it",
        )
    if torch.is_grad_enabled() and not values.requires_grad:
        raise ContractError(
            "needed a loss that depends on the model's weights",
            got="one without a gradient",
            fix="compute it by torch functions, without detach, item, numpy, argmax or rounding",
        )
