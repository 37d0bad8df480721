"""The looped engine: the plain trainer, one model at a time; the reference for all engines."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.losses.reduction import average_rows
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.mlp import MLP
from losslab.training.result import FleetCurves, Hooks, Result, TrainingStopped
from losslab.training.run import Run, compute_learning_rates, finish_score, score_rows
from losslab.training.split_arrays import SplitArrays
from losslab.training.trainer.trainer import Trainer


def train_looped(
    runs: Sequence[Run], tables: Sequence[SplitArrays], hooks: Hooks | None = None
) -> list[Result]:
    """Train runs one after the other, each by ``Trainer`` and plain autograd."""
    return [_Loop(run, tables[run.split], hooks or Hooks()).train() for run in runs]


class _Loop:
    """One run while it trains."""

    def __init__(self, run: Run, table: SplitArrays, hooks: Hooks) -> None:
        dtype = getattr(torch, run.dtype)
        self.run, self.table, self.hooks = run, table, hooks
        self.objective = table.fit_objective(run.objective)
        self.features = torch.as_tensor(np.ascontiguousarray(table.X)).to(dtype)
        self.target = self.objective.codec.encode(table.y, dtype)
        self.weight = None if table.weight is None else torch.tensor(table.weight)
        sizes = (table.n_features, run.hidden, self.objective.width)
        model = MLP(*sizes, run.activation, run.seed, run.dropout).to(dtype)
        # Again, since the model has rounded them to float32.
        model.set_weights(draw_weights(model.sizes, run.seed))
        self.model = model
        self.trainer = Trainer(
            model,
            self.objective,
            run.optimizer,
            run.lr,
            run.penalty,
            alpha=run.alpha,
            penalty_params=run.penalty_params,
            optimizer_params=run.optimizer_params,
            progress=False,
            unchecked=run.unchecked,
        )
        self.curves = FleetCurves(1, run.epochs)
        self.best = model.get_weights()

    def train(self) -> Result:
        """Train for all epochs and return the result."""
        for epoch in range(self.run.epochs):
            self._train_epoch(epoch)
            self._validate(epoch)
        self.model.set_weights(self.best)
        return Result(
            run=self.run,
            objective=self.objective,
            **self.curves.select(0),
            layers=self.best,
            test_output=self._compute_output(torch.tensor(self.table.test)).double().numpy(),
            engine="trainer",
        )

    def _train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows."""
        table, size = self.table, self.run.batch_size
        order = draw_batch_order(len(table.train), self.run.seed, epoch)
        rows, weight = table.usable_train[order], table.train_weight[order]
        rates = compute_learning_rates(self.run, epoch, len(order))
        total = 0.0
        self.model.train()
        for step, start in enumerate(range(0, len(order), size)):
            if self.hooks.stop():
                raise TrainingStopped
            for group in self.trainer.optimizer.param_groups:
                group["lr"] = float(rates[step])
            batch = slice(start, start + size)
            loss = self._train_step(rows[batch], weight[batch])
            total += weight[batch].sum() * float(loss)
        self.curves.train_loss[0, epoch] = total / weight.sum()
        finite = all(bool(p.isfinite().all()) for p in self.model.parameters())
        self.curves.mark_diverged(epoch, np.array([finite and np.isfinite(total)]))

    def _train_step(self, rows: NDArray[np.int64], weight: NDArray[np.float64]) -> torch.Tensor:
        sample_weight = None
        if self.weight is not None:
            sample_weight = torch.from_numpy(weight).to(self.features.dtype)
        return self.trainer.step(self.features[rows], self.target[rows], sample_weight)

    def _validate(self, epoch: int) -> None:
        """Score the model on its validation rows and keep its weights if they are the best."""
        rows = torch.tensor(self.table.validation)  # a copy: rows may be read-only
        if len(rows):
            z, target = self._compute_output(rows), self.target[rows]
            weight = None if self.weight is None else self.weight[rows]
            loss = float(self.objective(z, target, None if weight is None else weight.to(z.dtype)))
            score = loss
            if self.run.selection != "loss":
                values = score_rows(self.run.selection, self.objective, z, target).double()
                mean = values.mean() if weight is None else average_rows(values, weight)
                scale = torch.tensor(self.objective.codec.scale, dtype=torch.float64)
                score = float(finish_score(self.run.selection, mean, scale))
            self.curves.validation_loss[0, epoch] = loss
            self.curves.selection[0, epoch] = score
        if self.curves.mark_best(epoch)[0]:
            self.best = self.model.get_weights()
        self.hooks.after_epoch([self.run])

    def _compute_output(self, rows: torch.Tensor) -> torch.Tensor:
        self.model.eval()
        with torch.no_grad():
            z: torch.Tensor = self.model(self.features[rows])
            return z
