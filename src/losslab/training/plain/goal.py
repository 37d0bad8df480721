"""What a model is trained for: the trainer's view of an objective or a criterion."""

from typing import Protocol

import torch
from torch import Tensor


class Goal(Protocol):
    """Reads targets, gives the loss to step on, and knows what is right.

    ``fitted`` says whether the target encoding is ready; ``fit`` makes it so from all targets.
    """

    @property
    def fitted(self) -> bool: ...

    def fit(self, targets: Tensor) -> "Goal": ...

    def encode(self, targets: Tensor, dtype: torch.dtype) -> Tensor:
        """Turn targets as the data has them into targets as the loss reads them."""

    def losses(self, z: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return what a step goes down, and the mean loss to report."""

    def accuracy(self, z: Tensor, targets: Tensor) -> float | None:
        """The share of rows that are right, from targets as the data has them."""

    def predict(self, z: Tensor) -> Tensor:
        """Class codes or values, from the model's output."""


def without_gaps(z: Tensor) -> Tensor:
    """The output with 0 where it is not finite, to be checked.

    A model that has diverged breaks no contract: its loss will show it.
    """
    return z.detach().nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
