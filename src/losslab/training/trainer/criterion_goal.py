"""Training for a criterion of PyTorch, of losslab or of the user's own."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError, DataError, OptionError
from losslab.losses.custom import contract_of
from losslab.losses.module import LossModule
from losslab.losses.reduction import row_values
from losslab.losses.spec import Loss
from losslab.training.trainer.accuracy import compute_accuracy
from losslab.training.trainer.criterion_check import check_criterion, find_class_axis
from losslab.training.trainer.output_origin import check_criterion_activation, check_target_range

Criterion = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class CriterionAdapter:
    """A criterion with its contract in the catalogue, if it has one."""

    criterion: Criterion
    contract: Loss | None
    unchecked: bool
    fitted: bool = True
    pairs: bool = False

    def fit(self, targets: Tensor) -> "CriterionAdapter":
        """Nothing to fit: targets come as the criterion wants them."""
        return self

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Leave targets as they are, but for the width of their numbers."""
        if targets.is_floating_point():
            return targets.to(dtype)
        # Yes and no may be classes. Where they can't be, the refusal names the dtype that came.
        refused = targets.dtype == torch.bool and not self.unchecked and not self._takes_indices
        return targets if refused else targets.long()

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output whose last function the contract, or the targets, rule out."""
        if self.contract is not None and not self.unchecked:
            check_criterion_activation(self.contract, z, target)
            check_target_range(self.contract, z, target)

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """What the criterion returns, and the mean of it.

        With ``reduction="sum"`` a step goes down the sum, as asked, and the mean is reported;
        with ``reduction="none"`` both are the mean.
        """
        refuse_weight(weight)
        if not self.unchecked:
            check_criterion(self.criterion, self.contract, z, target)
        if isinstance(self.criterion, nn.Module):
            self.criterion.to(z.device)  # class weights, for example
        values = self._computed(z, target)
        check_values(values)
        if values.ndim:
            mean = self._mean_of(values)
            return mean, mean
        if getattr(self.criterion, "reduction", "mean") == "sum":
            return values, values / self._terms(z, target)
        return values, values

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows that are right, where targets are classes."""
        return compute_accuracy(self.criterion, self.contract, z, targets)

    def predict(self, z: Tensor) -> Tensor:
        """The output itself: a criterion doesn't say what it stands for."""
        return z

    def _computed(self, z: Tensor, target: Tensor) -> Any:
        try:
            return self.criterion(z, target)
        except RuntimeError as error:
            # PyTorch's BCELoss does not return NaN for NaN, as others do: it raises.
            if self.unchecked or bool(z.isfinite().all()):
                raise
            raise ContractError(
                "needed outputs that are finite",
                got=f"{int((~z.isfinite()).sum())} that are not: training has diverged ({error})",
                fix="lower the learning rate or scale the features, and start again from fresh "
                "weights",
            ) from error

    def _mean_of(self, values: Tensor) -> Tensor:
        return (row_values(values, "sum") if self._sums_outputs else values).mean()

    def _terms(self, z: Tensor, target: Tensor) -> int:
        """How many values a sum adds up, so that it can be told as a mean."""
        joint = self.contract is not None and self.contract.over_outputs == "joint"
        if joint or target.ndim < z.ndim:
            return z.numel() // z.shape[find_class_axis(self.criterion, z)]
        return len(z) if self._sums_outputs else z.numel()

    @property
    def _takes_indices(self) -> bool:
        contract = self.contract
        return contract is None or contract.by_class is not None or contract.target.integer

    @property
    def _sums_outputs(self) -> bool:
        return self.contract is not None and self.contract.over_outputs == "sum"


def adapt_criterion(criterion: Any, unchecked: bool) -> CriterionAdapter:
    """Take a criterion as it is; its contract is looked up by its class."""
    if isinstance(criterion, Loss):
        criterion = criterion.module()
    if isinstance(criterion, str | type) or not callable(criterion):
        raise OptionError(
            "needed an objective or a criterion",
            got=f"the class {criterion.__name__}"
            if isinstance(criterion, type)
            else f"the optimizer {type(criterion).__name__}"
            if isinstance(criterion, torch.optim.Optimizer)
            else repr(criterion),
            fix=_suggest_fix(criterion),
        )
    if isinstance(criterion, LossModule) and isinstance(criterion.loss, Loss):
        unchecked = unchecked or criterion.unchecked
        # The trainer checks by itself, so that a model may diverge without breaking a contract.
        criterion = copy.copy(criterion)
        criterion.unchecked = True
    return CriterionAdapter(
        criterion=criterion, contract=contract_of(criterion), unchecked=unchecked
    )


def _suggest_fix(criterion: Any) -> str:
    kind = criterion if isinstance(criterion, type) else type(criterion)
    if issubclass(kind, torch.optim.Optimizer):
        return "the order is (model, criterion, optimizer)"
    if isinstance(criterion, type):
        return f"build it: {criterion.__name__}()"
    if isinstance(criterion, str):
        return f"losslab.objective({criterion!r}, task='binary'), or another task"
    return "losslab.objective('mse', task='regression'), or torch.nn.MSELoss()"


def refuse_weight(weight: Tensor | None) -> None:
    """Refuse weights per row: a criterion reduces by itself."""
    if weight is not None:
        raise OptionError(
            "row weights need an objective", got="a criterion", fix="losslab.objective(...)"
        )


def check_values(values: Any) -> None:
    """Refuse what can't be a loss to step on."""
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


@dataclass(frozen=True, kw_only=True)
class PairAdapter:
    """A criterion of (vector, other vector, label), such as ``nn.CosineEmbeddingLoss``.

    Outputs for pairs come as ``(B, 2, K)``. Losslab's own module also takes (vector, target
    vector); then ``single`` does the work.
    """

    single: CriterionAdapter
    contract: Loss
    fitted: bool = True
    pairs: bool = True

    def fit(self, targets: Tensor) -> "PairAdapter":
        """Nothing to fit: labels come as the criterion wants them."""
        return self

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Leave labels as they are, but for the width of their numbers."""
        return self.single.encode(targets, dtype)

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Nothing to refuse: only the direction of an output counts, wherever it comes from."""

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """What the criterion returns, and the mean of it over the pairs."""
        if not self._of_pairs(z, target):
            return self.single.losses(z, target, weight)
        refuse_weight(weight)
        first, second = z.unbind(1)
        if not self.single.unchecked:
            self._check(first.detach(), second.detach(), target)
        criterion: Any = self.single.criterion
        values = criterion(first, second, target)
        check_values(values)
        if values.ndim:
            return values.mean(), values.mean()
        summed = getattr(criterion, "reduction", "mean") == "sum"
        return values, values / len(z) if summed else values

    def compute_accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of pairs on the right side of the cosine at which both labels cost the same.

        1 - c = c - margin at c = (1 + margin) / 2.
        """
        if not self._of_pairs(z, targets):
            return self.single.compute_accuracy(z, targets)
        first, second = z.unbind(1)
        cosine = nn.functional.cosine_similarity(first, second, dim=-1)
        right = (cosine > (1.0 + self._margin) / 2.0) == (targets > 0)
        return float((right & ~cosine.isnan()).double().mean())

    def predict(self, z: Tensor) -> Tensor:
        """The vector itself."""
        return z

    @property
    def _margin(self) -> float:
        criterion: Any = self.single.criterion
        own = criterion.margin if hasattr(criterion, "margin") else self.contract.params["margin"]
        return float(own)

    def _of_pairs(self, z: Tensor, target: Tensor) -> bool:
        if z.ndim > 2 and z.shape[1] == 2 and target.shape != z.shape:
            return True
        if isinstance(self.single.criterion, nn.CosineEmbeddingLoss):
            raise DataError(
                "CosineEmbeddingLoss needs pairs of inputs with one label each, 1 or -1",
                got=f"one output of shape {tuple(z.shape)} and targets {tuple(target.shape)}",
                fix="batches of ((x1, x2), y) or (x1, x2, y), with y of shape (N,); arrays as "
                "train(((X1, X2), y), epochs)",
            )
        return False

    def _check(self, first: Tensor, second: Tensor, label: Tensor) -> None:
        finite = first.isfinite().all(-1) & second.isfinite().all(-1)
        self.contract.check_shapes(first, second, label)
        self.contract.check(first[finite], second[finite], label[finite])
