"""What a loss promises, and how its values reduce to the loss of a batch."""

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
from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.core.registry import suggest
from losslab.losses.module import LossModule

# One row: (prediction, target, gradient to fill, parameters) -> value.
Kernel = Callable[
    [Sequence[float], Sequence[float], MutableSequence[float], Sequence[float]], float
]

Reduces = Literal["nothing", "rows"]
Range = Interval | Choice


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A pure, unreduced loss function together with its contract.

    Every field is a claim that a test over the whole catalogue can refute.

    Args:
        name: PyTorch's functional name without ``_loss``.
        tasks: the tasks it can train: binary, multiclass, regression, count.
        fn: the torch function ``(prediction, target, **params)``, which never reduces over rows.
        kernel: the same loss for one row in plain Python; None for a user's own loss.
        prediction: what it reads from the head.
        target: what it reads from the target encoding.
        over_outputs: how a row's ``K`` outputs become one value: ``mean`` or ``sum`` of elementwise
            values, or ``joint`` where ``fn`` itself turns ``(..., K)`` into ``(...)``.
        elicits: the functional of the target that the best constant prediction equals.
        inverse_link: ``sigmoid`` or ``softmax`` where that turns scores into class probabilities,
            ``exp`` where it turns them into values.
        proper: whether the true class probabilities minimise the expected loss.
        convex: whether it is convex in the prediction.
        minimum: the lowest value it can take (-inf if unbounded).
        gradient_bound: the largest size a row's gradient in one output can have (inf if unbounded),
            with the usual parameters.
        finite_on: predictions for which value and gradient are finite.
        row_separable: whether the loss of a batch is a mean over its rows.
        same_as: for a task, the losses with equal gradients under their usual heads and parameters.
        torch_class: the PyTorch class it equals.
        params: parameters with their values; ``param_ranges`` says where they may lie.
        usual: the parameters' values before others were bound.
        by_class: the same loss for one class index per row, where ``fn`` reads other targets.
        pair_label: what a third argument is, one per row, where ``fn`` also compares pairs of
            vectors: prediction, other vector, label.
        reduces: what ``fn`` has already reduced when it returns; ``nothing`` in the catalogue.
        shown_as: what a user's own loss is called where its name alone does not tell it apart.
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
        """The name, with the parameters that are not the usual ones, as a reader would write it."""
        if self.shown_as:
            return self.shown_as
        settings = ", ".join(
            f"{name}={value:g}" for name, value in self.params.items() if value != self.usual[name]
        )
        return f"{self.name}({settings})" if settings else self.name

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
        loss = self.bind(**params).select_form(target)
        loss.check_shapes(prediction, target, pair_label)
        return loss.compute(prediction, target, pair_label)

    def compute(
        self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None
    ) -> Tensor:
        """Return the unreduced loss as plain PyTorch would, right or wrong."""
        third = () if pair_label is None else (pair_label,)
        return self.select_form(target).fn(prediction, target, *third, **self.params)

    def select_form(self, target: Tensor) -> "Loss":
        """This loss in the form that reads such a target: class indices, or others."""
        by_class = self.by_class
        if by_class is not None and by_class.target.accepts_dtype(target.dtype):
            return by_class
        return self

    def bind(self, **params: float) -> "Loss":
        """Return this loss with other parameters; refuse unknown names and values out of range."""
        for name, value in params.items():
            if name not in self.params:
                raise OptionError(
                    f"loss {self.name!r} has no parameter {name!r}",
                    fix=suggest(name, self.params) if self.params else "leave it out",
                )
            if not is_number(value) or value not in self.param_ranges[name]:
                raise OptionError(
                    f"loss {self.name!r} needs {name} in {self.param_ranges[name]}",
                    got=f"{value!r}",
                    fix=f"{name}={self.params[name]:g} is the default",
                )
        if not params:
            return self  # which a hundred thousand runs may share
        by_class = self.by_class and self.by_class.bind(**params)
        return replace(self, params={**self.params, **params}, by_class=by_class)

    def check_shapes(
        self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None
    ) -> None:
        """Refuse shapes that would broadcast."""
        one_target_a_row = self.prediction.over_outputs and not self.target.over_outputs
        who = f"loss {self.name!r}"
        check_shapes(who, prediction, target, over_outputs=one_target_a_row)
        if pair_label is not None:
            check_pair_label(who, prediction, pair_label, self.pair_label)

    def check(self, prediction: Tensor, target: Tensor, pair_label: Tensor | None = None) -> None:
        """Refuse shapes, dtypes and values outside the contract."""
        self.select_form(target)._check(prediction, target, pair_label)

    def _check(self, prediction: Tensor, target: Tensor, pair_label: Tensor | None) -> None:
        who = f"loss {self.name!r}"
        self.check_shapes(prediction, target, pair_label)
        check_domain(who, "target", target, self.target)
        # A masked class has score or log-probability -inf, which any finite one stands for here.
        check_domain(who, "prediction", self._clamp_masked(prediction), self.prediction)
        if self.target.integer:
            check_class_index(who, target, prediction.shape[-1])

    def _clamp_masked(self, prediction: Tensor) -> Tensor:
        by_class = self.target.integer or Kind.LOG_PROBABILITY in self.prediction.kinds
        if not by_class or not prediction.is_floating_point():
            return prediction
        return prediction.clamp(min=torch.finfo(prediction.dtype).min)

    def module(
        self, *, reduction: str = "mean", unchecked: bool = False, **params: Any
    ) -> LossModule:
        """Return an ``nn.Module`` that drops into any PyTorch loop.

        Args:
            reduction: ``mean``, ``sum`` or ``none``, as in PyTorch.
            unchecked: compute without checking the contract, as plain PyTorch would.
            **params: parameters of the loss.
        """
        return LossModule(self.bind(**params), reduction=reduction, unchecked=unchecked)
