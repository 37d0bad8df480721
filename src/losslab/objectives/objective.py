"""Head, loss and target encoding, checked to fit when they are put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from losslab.contracts.domain import Kind
from losslab.core.errors import ContractError
from losslab.losses.reduction import average_rows, reduce_outputs
from losslab.losses.spec import Loss
from losslab.objectives.spec import Codec, Head, Labels, Weight

Array = Any  # torch's or NumPy's
Link = Literal["none", "exp", "sigmoid", "softmax"]
_LINKS: Mapping[Link, Callable[[Tensor], Tensor]] = {
    "none": lambda prediction: prediction,
    "exp": torch.exp,
    "sigmoid": torch.sigmoid,
    "softmax": lambda prediction: prediction.softmax(-1),
}


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What a network's last layer is trained for.

    Build one with ``losslab.objective``, which checks that the parts fit.

    Args:
        task: binary, multiclass, regression or count.
        head: turns the last layer's output ``z`` into the loss's prediction.
        loss: the unreduced loss.
        codec: turns labels into targets.
        wrong: why the parts do not fit, if they were admitted on purpose; else None.
        unchecked: whether tensors are taken as they come, as plain PyTorch would.
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
        return (self.codec.n_classes or 1) if self.codec.per_class else 1

    @property
    def loss_label(self) -> str:
        """The loss with all settings that are not the usual ones, as a reader would write it."""
        changed = ", ".join(f"{name}={value:g}" for name, value in self.codec.changed.items())
        if not changed:
            return self.loss.label
        start, bracket, rest = self.loss.label.partition("(")
        return f"{start}({rest.removesuffix(')')}{', ' if bracket else ''}{changed})"

    @property
    def label(self) -> str:
        """The loss with its head, as a reader would write it."""
        return f"{self.loss_label} on {self.head.name}"

    @property
    def gives_probabilities(self) -> bool:
        """Whether ``predict_proba`` has an answer."""
        if self.codec.reads != "classes":
            return False
        if Kind.PROBABILITY in self.head.emits or Kind.LOG_PROBABILITY in self.head.emits:
            return self.width == 1 or self.head.sums_to_one
        return self.loss.inverse_link == ("sigmoid" if self.width == 1 else "softmax")

    def fit(self, labels: Labels, weight: Weight | None = None) -> "Objective":
        """Fit the target encoding to training labels, each counted by its weight."""
        return replace(self, codec=self.codec.fit(labels, weight))

    def rows(self, z: Tensor, target: Tensor) -> Tensor:
        """Return one loss per row.

        Shape:
            z ``(..., K)``, target as the codec encodes it -> ``(...)``
        """
        prediction = self.head(z)
        call = self.loss if self._checks else self._plain
        return reduce_outputs(call(prediction, target), self.loss.over_outputs)

    @property
    def _checks(self) -> bool:
        # Wrong pairings are admitted to show what plain PyTorch would do, checks aside.
        return self.wrong is None and not self.unchecked

    def _plain(self, prediction: Tensor, target: Tensor) -> Tensor:
        return self.loss.compute(prediction, target)

    def __call__(self, z: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean loss over the rows, the last axis but ``K``."""
        if self.loss.reduces == "rows":
            if weight is not None:
                raise ContractError(
                    f"loss {self.loss.name!r} needs to return one value a row to be weighted",
                    got="a single value for all rows",
                    fix="return the values before their mean: values.mean(-1)",
                )
            return self._plain(self.head(z), target)
        rows = self.rows(z, target)
        return average_rows(rows, torch.ones_like(rows) if weight is None else weight)

    def check(self, z: Tensor, target: Tensor) -> None:
        """Refuse outputs and targets outside the loss's contract, unless wrong on purpose."""
        if self._checks:
            self.loss.check(self.head(z), target)

    def predict(self, z: Tensor) -> Tensor:
        """Return class codes, or values in the target's own units.

        Shape:
            z ``(..., K)`` -> ``(...)``
        """
        if self.codec.reads == "values":
            return self.values(z) * self.codec.scale + self.codec.location
        classes: Tensor = self.to_classes(self.head(z))
        return classes

    def to_classes(self, prediction: Array) -> Array:
        """Return the class codes of predictions, in a tensor or an array as they are given.

        Shape:
            prediction ``(..., K)`` -> ``(...)``
        """
        if self.width > 1:
            return prediction.argmax(-1)
        return 1 * (self.to_decision(prediction) > 0)

    def values(self, z: Tensor) -> Tensor:
        """Return what is predicted, on the scale of the encoded targets.

        Shape:
            z ``(..., 1)`` -> ``(...)``
        """
        return _LINKS[self.link](self.head(z))[..., 0]

    @property
    def link(self) -> Link:
        """What turns a prediction into probabilities, or into a value."""
        emits = self.head.emits
        if self.codec.reads == "values":
            # After another head the output is the rate itself, or was meant to be.
            is_logarithm = self.loss.inverse_link == "exp" and Kind.LOG_RATE in emits
            return "exp" if is_logarithm else "none"
        if Kind.LOG_PROBABILITY in emits:
            return "exp"
        if Kind.PROBABILITY in emits:
            return "none"
        return "sigmoid" if self.loss.inverse_link == "sigmoid" else "softmax"

    def decision_function(self, z: Tensor) -> Tensor:
        """Return how far a two-class row is on the second class's side; zero is the boundary.

        Shape:
            z ``(..., 1)`` or ``(..., 2)`` -> ``(...)``
        """
        decision: Tensor = self.to_decision(self.head(z))
        return decision

    def to_decision(self, prediction: Array) -> Array:
        """Return the same by the predictions, in a tensor or an array as they are given.

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
        """Return class probabilities; only if ``gives_probabilities``.

        Shape:
            z ``(..., width)`` -> ``(..., n_classes)``
        """
        probability = _LINKS[self.link](self.head(z))
        if self.width > 1:
            return probability
        return torch.cat([1 - probability, probability], dim=-1)
