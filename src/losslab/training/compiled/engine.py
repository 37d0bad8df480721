"""One group of runs from its first batch to its results."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.objectives.objective import Objective
from losslab.training.catalog import OPTIMIZERS
from losslab.training.compiled import scoring
from losslab.training.compiled.kernels import pieces
from losslab.training.compiled.pointers import address_of
from losslab.training.curves import Curves
from losslab.training.hooks import Hooks, Stopped
from losslab.training.initial import batch_order, initial_weights, layer_sizes
from losslab.training.layout import Layout
from losslab.training.prepared import Prepared
from losslab.training.result import Result
from losslab.training.run import Run
from losslab.training.selection import finish

_SELECTIONS = {"loss": scoring.OWN_LOSS, "log_loss": scoring.LOG_LOSS, "rmse": scoring.RMSE}
# About a tenth of a second.
_OPERATIONS_A_CALL = 10**10

_LINKS = {
    "none": scoring.NONE,
    "exp": scoring.EXP,
    "sigmoid": scoring.SIGMOID,
    "softmax": scoring.SOFTMAX,
}


def train_compiled(
    runs: Sequence[Run], tables: Sequence[Prepared], hooks: Hooks | None = None
) -> list[Result]:
    """Train runs of one split, objective and architecture, one after the other in each epoch.

    Args:
        runs: equal in all but learning rate, optimizer settings and seed.
        tables: the splits that ``run.split`` counts.
        hooks: called after every epoch, and asked whether to stop before every call of the loop.
    """
    hooks = hooks or Hooks()
    group = _Group(runs, tables[runs[0].split], hooks)
    for epoch in range(runs[0].epochs):
        group.train_epoch(epoch)
        group.validate(epoch)
        hooks.after_epoch(runs)
    return group.results()


class _Group:
    """The state of a group while it trains."""

    def __init__(self, runs: Sequence[Run], table: Prepared, hooks: Hooks) -> None:
        first = runs[0]
        self.runs, self.hooks, self.dtype = runs, hooks, first.dtype
        self.objective = first.objective.fit(table.y[table.train])
        sizes = layer_sizes(table.n_features, first.hidden, self.objective.width)
        self.layout, self.sizes = Layout(sizes), np.array(sizes, dtype=np.int64)
        # Copies, since what was compiled for writable arrays takes no others.
        self.features = np.array(table.X, dtype=self.dtype, order="C")
        self.targets = _columns(self.objective, table)
        self.train, self.validation, self.test = (
            np.array(rows, dtype=np.int64) for rows in (table.train, table.validation, table.test)
        )
        # Class codes, for the log loss; nothing else reads them.
        self.labels = np.array(table.y).astype(np.int64)
        self._start_models()
        self._compile()

    def _start_models(self) -> None:
        models, optimizer = len(self.runs), OPTIMIZERS[self.runs[0].optimizer]

        def zeros(*shape: int) -> torch.Tensor:  # aligned to 64 bytes, unlike NumPy's
            return torch.zeros(*shape, dtype=getattr(torch, self.dtype))

        self.weights = zeros(models, self.layout.size)
        self.layout.fill(
            self.weights, [initial_weights(self.layout.sizes, run.seed) for run in self.runs]
        )
        self.best = self.weights.clone()
        self.gradient = zeros(self.layout.size).numpy()
        self.slots = zeros(models, optimizer.slots, self.layout.size).numpy()
        self.settings = np.array(
            [[run.lr, *optimizer.bind(run.optimizer_params).values()] for run in self.runs]
        )
        self.counts = np.zeros(models, dtype=np.int64)
        # How many models one call of the loop trains: few where their epochs are long, so that
        # whoever wants to stop need not wait.
        work = 6 * len(self.train) * self.layout.size
        self.at_once = min(models, max(1, _OPERATIONS_A_CALL // max(work, 1)))
        self.curves = Curves(models, self.runs[0].epochs, validated=len(self.validation) > 0)

    def _compile(self) -> None:
        made = {part: piece.made() for part, piece in pieces(self.runs[0]).items()}
        self.train_loop, self.score_loop = made.pop("train"), made.pop("score")
        self.at = {part: address_of(function) for part, function in made.items()}
        self.params = np.array(list(self.objective.loss.params.values()), dtype=np.float64)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows with every model."""
        models = len(self.runs)
        losses, finite = np.empty(models), np.empty(models, dtype=np.bool_)
        rows, seeds = len(self.train), [run.seed for run in self.runs]
        drawn = {seed: self.train[batch_order(rows, seed, epoch)] for seed in set(seeds)}
        orders = np.stack([drawn[seed] for seed in seeds])
        at, weights = self.at, self.weights.numpy()
        for first in range(0, models, self.at_once):
            if self.hooks.stop():
                raise Stopped
            part = slice(first, first + self.at_once)
            self.train_loop(
                *(weights[part], self.gradient, self.slots[part], self.counts[part]),
                *(self.features, self.targets, orders[part]),
                *(self.runs[0].batch_size, self.sizes),
                *(at["activate"], at["derive"], at["update"], self.settings[part]),
                *(at["slope_of"], self.params, losses[part], finite[part]),
            )
        self.curves.train_loss[:, epoch] = losses
        self.curves.mark_diverged(epoch, finite)

    def validate(self, epoch: int) -> None:
        """Score every model on the validation rows and keep the weights that are the best yet."""
        if len(self.validation):
            rows = len(self.validation)
            _, sums = self._score(self.weights, self.validation)
            scale = torch.tensor(self.objective.codec.scale)
            merit = finish(self.runs[0].selection, torch.from_numpy(sums[:, 1] / rows), scale)
            self.curves.validation_loss[:, epoch] = sums[:, 0] / rows
            self.curves.selection[:, epoch] = merit.numpy()
        weights, best = self.weights.numpy(), self.best.numpy()
        for m in np.flatnonzero(self.curves.improve(epoch)):
            best[m] = weights[m]

    def _score(
        self, weights: torch.Tensor, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        outputs = np.empty((len(weights), len(rows), self.layout.sizes[-1]))
        sums = np.zeros((len(weights), 2))
        if len(rows):
            at = self.at
            self.score_loop(
                *(weights.numpy(), self.features, self.targets, self.labels, rows, self.sizes),
                *(at["activate"], at["slope_of"], at["predict"], self.params),
                *(_SELECTIONS[self.runs[0].selection], _LINKS[self.objective.link], outputs, sums),
            )
        return outputs, sums

    def results(self) -> list[Result]:
        """Return one result a run, in the order asked for."""
        outputs, _ = self._score(self.best, self.test)
        return [
            Result(
                run=run,
                objective=self.objective,
                **self.curves.of(m),
                layers=self.layout.read(self.best, m),
                test_output=outputs[m],
                engine="compiled",
            )
            for m, run in enumerate(self.runs)
        ]


def _columns(objective: Objective, table: Prepared) -> NDArray[np.float64]:
    """Every row's target as the loss reads it, ``(N, T)``."""
    encoded = objective.codec.encode(table.y, torch.float64).double().numpy()
    columns = np.ascontiguousarray(encoded.reshape(len(encoded), -1))
    # Compiled code checks no index.
    assert columns.shape[1] == (1 if objective.loss.target.integer else objective.width)
    return columns
