"""What is recorded of a fleet after every epoch."""

from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class Outcome(TypedDict):
    """One run's curves and what follows from them."""

    train_loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    selection: NDArray[np.float64]
    best_epoch: int
    diverged_at: int | None


@dataclass
class Curves:
    """Curves of ``M`` models by epoch, ``(M, epochs)`` each, NaN where there is nothing."""

    models: int
    epochs: int
    train_loss: NDArray[np.float64] = field(init=False)
    validation_loss: NDArray[np.float64] = field(init=False)
    selection: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.models, self.epochs)
        self.train_loss = np.full(shape, np.nan)
        self.validation_loss = np.full(shape, np.nan)
        self.selection = np.full(shape, np.nan)
        self._best = np.full(self.models, np.inf)
        self._best_epoch = np.zeros(self.models, dtype=np.int64)
        self._diverged_at = np.zeros(self.models, dtype=np.int64)

    def mark_diverged(self, epoch: int, finite: NDArray[np.bool_]) -> None:
        """Note the first epoch in which a model's loss or weights stopped being finite."""
        if finite.all():
            return
        now = ~finite & (self._diverged_at == 0)
        self._diverged_at[now] = epoch + 1

    def improve(self, epoch: int) -> NDArray[np.bool_]:
        """Which models are to be kept: those better than ever before, of those that live.

        Without validation rows, and as long as no epoch had a finite score, the newest is kept.
        """
        alive = self._diverged_at == 0
        score = self.selection[:, epoch]
        best = score < self._best
        better: NDArray[np.bool_] = alive & (best | np.isposinf(self._best))
        self._best = np.where(alive & best, score, self._best)
        self._best_epoch[better] = epoch + 1
        return better

    def keep(self, epoch: int) -> NDArray[np.bool_]:
        """Which models are to be kept where nothing is scored: all that live."""
        alive: NDArray[np.bool_] = self._diverged_at == 0
        self._best_epoch[alive] = epoch + 1
        return alive

    def of(self, model: int) -> Outcome:
        """One model's part."""
        diverged_at = int(self._diverged_at[model])
        return Outcome(
            train_loss=self.train_loss[model].copy(),
            validation_loss=self.validation_loss[model].copy(),
            selection=self.selection[model].copy(),
            best_epoch=int(self._best_epoch[model]),
            diverged_at=diverged_at or None,
        )
