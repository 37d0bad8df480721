"""What a model is trained for: the trainer's view of an objective or a criterion."""

from typing import Protocol

import torch
from torch import Tensor

from losslab.losses.spec import Loss


class Goal(Protocol):
    """Reads targets, gives the loss to step on, and knows what is right.

    ``fitted`` says whether the target encoding is ready; ``fit`` makes it so from all targets.
    ``pairs`` says whether inputs may be pairs, whose two outputs lie along the second axis of z.
    """

    @property
    def fitted(self) -> bool: ...

    @property
    def pairs(self) -> bool: ...

    def fit(self, targets: Tensor) -> "Goal": ...

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Turn targets as the data has them into targets as the loss reads them."""

    def check_origin(self, z: Tensor, target: Tensor) -> None:
        """Refuse an output whose last function does not fit, before any step is made."""

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what a step goes down, and the mean loss to report."""

    def accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows that are right, from targets as the data has them."""

    def predict(self, z: Tensor) -> Tensor:
        """Class codes or values, from the model's output."""


def check_finite_rows(contract: Loss, prediction: Tensor, target: Tensor) -> None:
    """Check the contract of a loss where predictions are finite.

    A model that has diverged breaks no contract: its loss will show it.
    """
    prediction = prediction.detach()
    contract.check_shapes(prediction, target)
    finite = prediction.isfinite()
    if contract.prediction.over_outputs:
        finite = finite.all(-1)
    if not finite.all():
        prediction, target = prediction[finite], target[finite]
    contract.check(prediction, target)
