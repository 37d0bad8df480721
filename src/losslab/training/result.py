"""What came of one training."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.objectives.objective import Objective
from losslab.training.initial import Layer
from losslab.training.mlp import MLP
from losslab.training.run import Run

Curve = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The outcome of a run: curves by epoch, and the weights of its best epoch.

    Args:
        run: what was trained.
        objective: the run's objective, its target encoding fitted to the training rows.
        train_loss: the mean loss of each epoch's batches.
        validation_loss: the mean loss on the validation rows after each epoch.
        selection: what the best epoch was chosen by, after each epoch; lower is better.
        best_epoch: counted from 1; the last one without validation rows, or if no epoch's score is
            finite; 0 if the run diverged in the first.
        diverged_at: the epoch in which loss or weights stopped being finite; None if none.
        layers: weights and biases of the best epoch.
        test_output: the best epoch's ``z`` on the test rows, ``(N, K)``.
        engine: what trained it.
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
        """How many weights are exactly zero; biases are not counted."""
        return sum(int((weights == 0).sum()) for weights, _ in self.layers)

    @property
    def n_weights(self) -> int:
        """How many weights there are."""
        return sum(weights.size for weights, _ in self.layers)

    def model(self) -> MLP:
        """Return the network with the weights of its best epoch."""
        n_features = self.layers[0][0].shape[0]
        n_outputs = self.layers[-1][0].shape[1]
        model = MLP(n_features, self.run.hidden, n_outputs, self.run.activation)
        model.to(getattr(torch, self.run.dtype)).set_weights(self.layers)
        return model
