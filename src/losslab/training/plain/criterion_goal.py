"""Training for a criterion of PyTorch, of losslab or of the user's own."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError, OptionError
from losslab.losses.criterion import contract_of
from losslab.losses.module import LossModule
from losslab.losses.reduce import row_values
from losslab.losses.spec import Loss
from losslab.training.plain.accuracy import accuracy
from losslab.training.plain.criterion_check import check_criterion, class_axis
from losslab.training.plain.origin_check import check_criterion_origin
from losslab.training.plain.reach_check import check_reach

Criterion = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class CriterionGoal:
    """A criterion with its contract in the catalogue, if it has one."""

    criterion: Criterion
    contract: Loss | None
    unchecked: bool
    fitted: bool = True
    pairs: bool = False

    def fit(self, targets: Tensor) -> "CriterionGoal":
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
            check_criterion_origin(self.contract, z, target)
            check_reach(self.contract, z, target)

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

    def accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows that are right, where targets are classes."""
        return accuracy(self.criterion, self.contract, z, targets)

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
            return z.numel() // z.shape[class_axis(self.criterion, z)]
        return len(z) if self._sums_outputs else z.numel()

    @property
    def _takes_indices(self) -> bool:
        contract = self.contract
        return contract is None or contract.by_class is not None or contract.target.integer

    @property
    def _sums_outputs(self) -> bool:
        return self.contract is not None and self.contract.over_outputs == "sum"


def criterion_goal(criterion: Any, unchecked: bool) -> CriterionGoal:
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
            fix=_fix(criterion),
        )
    if isinstance(criterion, LossModule) and isinstance(criterion.loss, Loss):
        unchecked = unchecked or criterion.unchecked
        # The trainer checks by itself, so that a model may diverge without breaking a contract.
        criterion = copy.copy(criterion)
        criterion.unchecked = True
    return CriterionGoal(criterion=criterion, contract=contract_of(criterion), unchecked=unchecked)


def _fix(criterion: Any) -> str:
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
