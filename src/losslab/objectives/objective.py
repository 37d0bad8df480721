"""Objectives: a head, a loss and a target encoding that fit together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.contracts.parameters import format_changed
from losslab.core.errors import ContractError
from losslab.losses.reduction import average_rows, reduce_outputs
from losslab.losses.spec import Loss
from losslab.objectives.spec import Codec, Head, Labels, Weight

Array = Any  # a torch tensor or a NumPy array
Link = Literal["none", "exp", "sigmoid", "softmax"]
_LINKS: Mapping[Link, Callable[[Tensor], Tensor]] = {
    "none": lambda prediction: prediction,
    "exp": torch.exp,
    "sigmoid": torch.sigmoid,
    "softmax": lambda prediction: prediction.softmax(-1),
}


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A head, a loss and a target encoding that fit together.

    Build one with ``losslab.objective``, which checks that the parts fit.

    Attributes:
        task: binary, multiclass, regression or count.
        head: the function from the output ``z`` of the last layer to the prediction.
        loss: the unreduced loss.
        codec: the target encoding.
        wrong: why the parts do not fit, if they were accepted on purpose; else None.
        unchecked: whether checks of tensors are skipped, as in PyTorch.
    """

    task: str
    head: Head
    loss: Loss
    codec: Codec
    wrong: str | None = None
    unchecked: bool = False

    def __repr__(self) -> str:
        marks = ("unchecked" if self.unchecked else "", "wrong on purpose" if self.wrong else "")
        parts = (self.label, f"width {self.width}", f"targets {self.codec.name}", *marks)
        return f"Objective({self.task}: {', '.join(part for part in parts if part)})"

    @property
    def width(self) -> int:
        """How many outputs the last layer must have."""
        return self.codec.width

    @property
    def loss_label(self) -> str:
        """The loss with all parameters that are not the default, as in ``huber(delta=2)``."""
        changed = format_changed(self.codec.params, self.codec.usual)
        if not changed:
            return self.loss.label
        start, bracket, rest = self.loss.label.partition("(")
        return f"{start}({rest.removesuffix(')')}{', ' if bracket else ''}{changed})"

    @property
    def label(self) -> str:
        """The loss with its head, as in ``mse on sigmoid``."""
        return f"{self.loss_label} on {self.head.name}"

    @property
    def gives_probabilities(self) -> bool:
        """Whether ``predict_proba`` is available."""
        if self.codec.reads != "classes":
            return False
        if Kind.PROBABILITY in self.head.emits or Kind.LOG_PROBABILITY in self.head.emits:
            return self.width == 1 or self.head.sums_to_one
        return self.loss.inverse_link == ("sigmoid" if self.width == 1 else "softmax")

    def fit(self, labels: Labels, weight: Weight | None = None) -> "Objective":
        """Fit the target encoding to weighted training labels."""
        return replace(self, codec=self.codec.fit(labels, weight))

    def compute_rows(self, z: Tensor, target: Tensor) -> Tensor:
        """Compute one loss per row.

        Shape:
            z ``(..., K)``, target as the codec encodes it -> ``(...)``
        """
        prediction = self.head(z)
        values = (self.loss if self._is_checked else self.loss.compute)(prediction, target)
        return reduce_outputs(values, self.loss.over_outputs)

    @property
    def _is_checked(self) -> bool:
        # Wrong pairings are accepted to show what PyTorch computes, without checks.
        return self.wrong is None and not self.unchecked

    def __call__(self, z: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Compute the mean loss over the rows."""
        if self.loss.reduces == "rows":
            if weight is not None:
                raise ContractError(
                    f"loss {self.loss.name!r} needs to return one value per row to be weighted",
                    got="a single value for all rows",
                    fix="return the values before their mean: values.mean(-1)",
                )
            return self.loss.compute(self.head(z), target)
        rows = self.compute_rows(z, target)
        return average_rows(rows, torch.ones_like(rows) if weight is None else weight)

    def check(self, z: Tensor, target: Tensor) -> None:
        """Refuse outputs and targets outside the contract, unless checks are skipped."""
        if self._is_checked:
            self.loss.check(self.head(z), target)

    def predict(self, z: Tensor) -> Tensor:
        """Predict class codes, or values in the units of the target column.

        Shape:
            z ``(..., K)`` -> ``(...)``
        """
        if self.codec.reads == "values":
            return self.predict_values(z) * self.codec.scale + self.codec.location
        classes: Tensor = self.to_classes(self.head(z))
        return classes

    def to_classes(self, prediction: Array) -> Array:
        """Convert predictions, a tensor or an array, to class codes.

        Shape:
            prediction ``(..., K)`` -> ``(...)``
        """
        if self.width > 1:
            return prediction.argmax(-1)
        return 1 * (self.to_decision(prediction) > 0)

    def predict_values(self, z: Tensor) -> Tensor:
        """Predict values on the scale of the encoded targets.

        Shape:
            z ``(..., 1)`` -> ``(...)``
        """
        return _LINKS[self.link](self.head(z))[..., 0]

    @property
    def link(self) -> Link:
        """The function that turns a prediction into probabilities or a value."""
        emits = self.head.emits
        if self.codec.reads == "values":
            # Other heads give the rate itself.
            is_logarithm = self.loss.inverse_link == "exp" and Kind.LOG_RATE in emits
            return "exp" if is_logarithm else "none"
        if Kind.LOG_PROBABILITY in emits:
            return "exp"
        if Kind.PROBABILITY in emits:
            return "none"
        return "sigmoid" if self.loss.inverse_link == "sigmoid" else "softmax"

    def decision_function(self, z: Tensor) -> Tensor:
        """Compute decision scores of two classes, positive for the second.

        Shape:
            z ``(..., 1)`` or ``(..., 2)`` -> ``(...)``
        """
        decision: Tensor = self.to_decision(self.head(z))
        return decision

    def to_decision(self, prediction: Array) -> Array:
        """Convert predictions, a tensor or an array, to decision scores of two classes.

        Shape:
            prediction ``(..., 1)`` or ``(..., 2)`` -> ``(...)``
        """
        if self.width == 2:
            return prediction[..., 1] - prediction[..., 0]
        return prediction[..., 0] - self._boundary

    @property
    def _boundary(self) -> float:
        if Kind.PROBABILITY in self.head.emits:
            return 0.5
        reads_scores = self.loss.prediction.kinds[0] is Kind.SCORES
        return 0.0 if reads_scores else (self.codec.midpoint or 0.0)

    def predict_proba(self, z: Tensor) -> Tensor:
        """Predict class probabilities; needs ``gives_probabilities``.

        Shape:
            z ``(..., width)`` -> ``(..., n_classes)``
        """
        probability = _LINKS[self.link](self.head(z))
        if self.width > 1:
            return probability
        return torch.cat([1 - probability, probability], dim=-1)
