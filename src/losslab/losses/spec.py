"""The specification of a loss: its function and its contract."""

from collections.abc import Callable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor

from losslab.contracts.checks import (
    check_class_index,
    check_domain,
    check_pair_label,
    check_shapes,
)
from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import REALS, Choice, Interval
from losslab.contracts.parameters import check_parameters, format_changed
from losslab.losses.module import LossModule

# For one row: (prediction, target, gradient to fill, parameters) -> value.
Kernel = Callable[
    [Sequence[float], Sequence[float], MutableSequence[float], Sequence[float]], float
]

Reduces = Literal["nothing", "rows"]
Range = Interval | Choice


@dataclass(frozen=True, kw_only=True)
class Loss:
    """An unreduced loss function with its contract.

    Every field is a claim that a test over the whole catalogue can refute.

    Attributes:
        name: PyTorch's functional name without ``_loss``.
        tasks: the tasks it can train: binary, multiclass, regression, count.
        fn: the torch function ``(prediction, target, **params)``, which never reduces over rows.
        prediction: the domain of predictions.
        target: the domain of targets.
        kernel: the same loss for one row in plain Python; None for custom losses.
        over_outputs: how the ``K`` outputs of a row become one value: ``mean`` or ``sum`` of
            elementwise values, or ``joint`` where ``fn`` itself turns ``(..., K)`` into ``(...)``.
        elicits: the functional of the target that the best constant prediction equals.
        inverse_link: ``sigmoid`` or ``softmax`` if that turns scores into class probabilities,
            ``exp`` if it turns them into values.
        proper: whether the true class probabilities minimize the expected loss.
        convex: whether it is convex in the prediction.
        minimum: its lowest value, -inf if unbounded.
        gradient_bound: the largest absolute gradient of a row in one output with the default
            parameters, inf if unbounded.
        finite_on: predictions with finite value and gradient.
        row_separable: whether the loss of a batch is a mean over its rows.
        same_as: for a task, the losses with equal gradients under default heads and parameters.
        torch_class: the PyTorch class it equals.
        params: parameters with their values.
        param_ranges: the valid values of each parameter.
        usual: the default of each parameter.
        by_class: the same loss for one class index per row, if ``fn`` takes other targets.
        pair_label: the domain of a third argument, one label per row, if ``fn`` also compares pairs
            of vectors.
        reduces: what ``fn`` has reduced when it returns; ``nothing`` in the catalogue.
        formula: in LaTeX.
        reference: authors and year.
        summary: one sentence.
        use_when: when to use it.
        avoid_when: when not to use it.
        classic_mistake: a frequent mistake.
        see_also: names of related losses.
        shown_as: the label of a custom loss, if its name is ambiguous.
    """

    name: str
    tasks: tuple[str, ...]
    fn: Callable[..., Tensor]
    prediction: Domain
    target: Domain
    kernel: Kernel | None = None
    over_outputs: Literal["mean", "sum", "joint"] = "mean"
    elicits: str | None = None
    inverse_link: Literal["sigmoid", "softmax", "exp"] | None = None
    proper: bool = False
    convex: bool = False
    minimum: float | None = None
    gradient_bound: float | None = None
    finite_on: Interval = REALS
    row_separable: bool = True
    same_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    torch_class: str | None = None
    params: Mapping[str, float] = field(default_factory=dict)
    param_ranges: Mapping[str, Range] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    by_class: "Loss | None" = None
    pair_label: Domain | None = None
    reduces: Reduces = "nothing"
    formula: str = ""
    reference: str = ""
    summary: str = ""
    use_when: str = ""
    avoid_when: str = ""
    classic_mistake: str = ""
    see_also: tuple[str, ...] = ()
    shown_as: str = ""

    def __post_init__(self) -> None:
        if not self.usual:
            object.__setattr__(self, "usual", dict(self.params))

    def __repr__(self) -> str:
        return f"Loss({self.label}: {', '.join(self.tasks)})"

    @property
    def label(self) -> str:
        """The name with the parameters that are not the default, as in ``huber(delta=2)``."""
        if self.shown_as:
            return self.shown_as
        changed = format_changed(self.params, self.usual)
        return f"{self.name}({changed})" if changed else self.name

    def __call__(
        self,
        prediction: Tensor,
        target: Tensor,
        pair_label: Tensor | None = None,
        **params: float,
    ) -> Tensor:
        """Return the unreduced loss after refusing shapes that would broadcast.

        Args:
            prediction: what the head returns.
            target: the encoded target.
            pair_label: one label per row, for losses that compare pairs of vectors.
            **params: parameters of the loss, such as ``delta=2``.
        """
        loss = self.bind(**params).for_target(target)
        loss.check_shapes(prediction, target, pair_label)
        return loss.compute(prediction, target, pair_label)

    def compute(
        self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None
    ) -> Tensor:
        """Return the unreduced loss without any checks."""
        labels = () if pair_label is None else (pair_label,)
        return self.for_target(target).fn(prediction, target, *labels, **self.params)

    def for_target(self, target: Tensor) -> "Loss":
        """Return the form of this loss that takes such a target: class indices, or others."""
        if self.by_class is not None and self.by_class.target.accepts_dtype(target.dtype):
            return self.by_class
        return self

    def bind(self, **params: float) -> "Loss":
        """Return this loss with other parameters; refuse unknown names and values out of range."""
        if not params:
            return self  # shared by all runs of a fleet
        check_parameters(f"loss {self.name!r}", params, self.usual, self.param_ranges)
        by_class = self.by_class and self.by_class.bind(**params)
        return replace(self, params={**self.params, **params}, by_class=by_class)

    def check_shapes(
        self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None
    ) -> None:
        """Refuse shapes that would broadcast."""
        owner = f"loss {self.name!r}"
        one_target_per_row = self.prediction.over_outputs and not self.target.over_outputs
        check_shapes(owner, prediction, target, over_outputs=one_target_per_row)
        if pair_label is not None:
            check_pair_label(owner, prediction, pair_label, self.pair_label)

    def check(self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None) -> None:
        """Refuse shapes, dtypes and values outside the contract."""
        owner, loss = f"loss {self.name!r}", self.for_target(target)
        loss.check_shapes(prediction, target, pair_label)
        check_domain(owner, "target", target, loss.target)
        by_class = loss.target.integer or Kind.LOG_PROBABILITY in loss.prediction.kinds
        if by_class and prediction.is_floating_point():
            # The score or log-probability -inf of a masked class is valid.
            prediction = prediction.clamp(min=torch.finfo(prediction.dtype).min)
        check_domain(owner, "prediction", prediction, loss.prediction)
        if loss.target.integer:
            check_class_index(owner, target, prediction.shape[-1])

    def module(
        self, *, reduction: str = "mean", unchecked: bool = False, **params: Any
    ) -> LossModule:
        """Return the loss as an ``nn.Module``.

        Args:
            reduction: ``mean``, ``sum`` or ``none``, as in PyTorch.
            unchecked: whether to skip the checks of the contract, as PyTorch does.
            **params: parameters of the loss.
        """
        return LossModule(self.bind(**params), reduction=reduction, unchecked=unchecked)
