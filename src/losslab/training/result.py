"""The result of one training: learning curves, the best weights and test outputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.objectives.objective import Objective
from losslab.training.initialization import Layer
from losslab.training.mlp import MLP
from losslab.training.run import Run


class ModelCurves(TypedDict):
    """The curves of one run, its best epoch and its divergence."""

    train_loss: NDArray[np.float64]
    validation_loss: NDArray[np.float64]
    selection: NDArray[np.float64]
    best_epoch: int
    diverged_at: int | None


@dataclass
class FleetCurves:
    """Curves of ``M`` models by epoch, ``(M, epochs)`` each, NaN where there is no value."""

    models: int
    epochs: int
    train_loss: NDArray[np.float64] = field(init=False)
    validation_loss: NDArray[np.float64] = field(init=False)
    selection: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        curves = np.full((3, self.models, self.epochs), np.nan)
        self.train_loss, self.validation_loss, self.selection = curves
        self._best = np.full(self.models, np.inf)
        self._best_epoch = np.zeros(self.models, dtype=np.int64)
        self._diverged_at = np.zeros(self.models, dtype=np.int64)

    def mark_diverged(self, epoch: int, finite: NDArray[np.bool_]) -> None:
        """Record the first epoch in which a model's loss or weights were not finite."""
        self._diverged_at[~finite & (self._diverged_at == 0)] = epoch + 1

    def mark_best(self, epoch: int) -> NDArray[np.bool_]:
        """Mark the epoch as the best of the models whose score improved, and return which did.

        Without validation rows, and until an epoch has a finite score, the latest epoch is best.
        """
        alive = self._diverged_at == 0
        score = self.selection[:, epoch]
        best = score < self._best
        better: NDArray[np.bool_] = alive & (best | np.isposinf(self._best))
        self._best = np.where(alive & best, score, self._best)
        self._best_epoch[better] = epoch + 1
        return better

    def mark_last(self, epoch: int) -> NDArray[np.bool_]:
        """Mark the epoch as the best of all models that haven't diverged, and return which."""
        alive: NDArray[np.bool_] = self._diverged_at == 0
        self._best_epoch[alive] = epoch + 1
        return alive

    def select(self, model: int) -> ModelCurves:
        """Select the curves of one model."""
        diverged_at = int(self._diverged_at[model])
        return ModelCurves(
            train_loss=self.train_loss[model].copy(),
            validation_loss=self.validation_loss[model].copy(),
            selection=self.selection[model].copy(),
            best_epoch=int(self._best_epoch[model]),
            diverged_at=diverged_at or None,
        )


class TrainingStopped(Exception):
    """Raised inside an engine that was asked to stop."""


@dataclass(frozen=True)
class Hooks:
    """Callbacks of an engine, called from its own thread, and the cores it may use.

    Args:
        after_epoch: called with the runs of a fleet after each of its epochs.
        stop: called before every step, or every call of a compiled loop; once it returns True the
            engine raises ``TrainingStopped``.
        cores: the number of cores that are free for these runs.
    """

    after_epoch: Callable[[Sequence[Run]], None] = lambda runs: None
    stop: Callable[[], bool] = lambda: False
    cores: int = 1


Curve = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The result of a run: curves by epoch, and the weights of its best epoch.

    Attributes:
        run: the run that was trained.
        objective: the run's objective, its target encoding fitted to the training rows.
        train_loss: the mean loss of each epoch's batches.
        validation_loss: the mean loss on the validation rows after each epoch.
        selection: the selection score after each epoch; lower is better.
        best_epoch: counted from 1; the last epoch without validation rows, or if no score is
            finite; 0 if the run diverged in the first epoch.
        diverged_at: the first epoch in which loss or weights were not finite, or None.
        layers: weights and biases of the best epoch.
        test_output: the best epoch's ``z`` on the test rows, ``(N, K)``.
        engine: the engine that trained it.
    """

    run: Run
    objective: Objective
    train_loss: Curve
    validation_loss: Curve
    selection: Curve
    best_epoch: int
    diverged_at: int | None
    layers: list[Layer]
    test_output: NDArray[np.float64]
    engine: str

    @property
    def best(self) -> float:
        """The selection score of the best epoch; NaN if there is none."""
        return float(self.selection[self.best_epoch - 1]) if self.best_epoch else float("nan")

    @property
    def zero_weights(self) -> int:
        """The number of weights that are exactly zero, biases excluded."""
        return sum(int((weights == 0).sum()) for weights, _ in self.layers)

    @property
    def n_weights(self) -> int:
        """The number of weights, biases excluded."""
        return sum(weights.size for weights, _ in self.layers)

    def model(self) -> MLP:
        """Return the network with the weights of its best epoch."""
        n_features, n_outputs = self.layers[0][0].shape[0], self.layers[-1][0].shape[1]
        model = MLP(n_features, self.run.hidden, n_outputs, self.run.activation)
        model.to(getattr(torch, self.run.dtype)).set_weights(self.layers)
        return model
