"""One group of runs from its first batch to its results, on a pool of cores."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.objectives.objective import Objective
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.dropout import compute_threshold, wrap_seed
from losslab.training.engines.compiled import scoring
from losslab.training.engines.compiled.gemm import WIDEST
from losslab.training.engines.compiled.kernels import pieces
from losslab.training.engines.compiled.layers import ROWS_AT_ONCE
from losslab.training.engines.compiled.pointers import address_of, entry_of
from losslab.training.engines.compiled.state import (
    BOTH,
    ROWS,
    WEIGHTS,
    Calls,
    Data,
    Epoch,
    Models,
    Share,
    Workspace,
)
from losslab.training.engines.compiled.vectors import VECTOR
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.mlp import Layout, round_up
from losslab.training.result import FleetCurves, Hooks, Result, TrainingStopped
from losslab.training.run import Run, compute_learning_rates, finish_score
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import flush_denormals

# Two meetings a step take about a tenth of a millisecond; below this much arithmetic a core, about
# half a millisecond, they cost more than they save.
_OPERATIONS_A_PART = 10**8


class CorePool:
    """So many cores as are of use for a step, this thread's own among them.

    Args:
        cores: how many there are.
        operations: floating-point operations of one step.
    """

    def __init__(self, cores: int, operations: int) -> None:
        self.size = max(1, min(cores, operations // _OPERATIONS_A_PART))
        self._others: ThreadPoolExecutor | None = None
        if self.size > 1:
            self._others = ThreadPoolExecutor(
                self.size - 1, initializer=torch.set_flush_denormal, initargs=(True,)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._others is not None:
            self._others.shutdown()

    def run(self, parts: Sequence[Callable[[], None]]) -> None:
        """Call all parts side by side, and return when they are done."""
        assert self._others is not None, "a team of one has nobody to share with"
        others = [self._others.submit(part) for part in parts[1:]]
        parts[0]()
        for other in others:
            other.result()


# A copy of more rows would stay in no cache; without room for it, nothing is copied.
DEEPEST = 8192


def zeros(dtype: str, *shape: int) -> NDArray[np.floating]:
    """Zeros that begin at a cache line, unlike NumPy's."""
    return torch.zeros(*shape, dtype=getattr(torch, dtype)).numpy()


def make_workspace(layout: Layout, rows: int, dtype: str, parts: int = 1) -> Workspace:
    """Room for a batch of up to ``rows`` rows, of which ``parts`` may be worked on at once."""
    layers = _layers(layout.sizes, rows)
    depth = min(max(rows, *layout.sizes), DEEPEST)
    stripe = WIDEST * VECTOR // np.dtype(dtype).itemsize
    return Workspace(
        before=zeros(dtype, layers),
        after=zeros(dtype, layers),
        gradients=zeros(dtype, rows * max(layout.sizes)),
        plain=zeros(dtype, rows * max(layout.sizes)),
        gradient=zeros(dtype, layout.size),
        transposed=zeros(dtype, layout.size),
        panel=zeros(dtype, parts * depth * stripe),
        across=zeros(dtype, parts * ROWS_AT_ONCE * min(rows, DEEPEST)),
        zeros=zeros(dtype, max(layout.sizes)),
        values=zeros("float64", rows),
    )


def _layers(sizes: Sequence[int], rows: int) -> int:
    return sum(round_up(rows * size) for size in sizes)


_SELECTIONS = {"loss": scoring.OWN_LOSS, "log_loss": scoring.LOG_LOSS, "rmse": scoring.RMSE}
# Row numbers of coming epochs that are drawn at once: few enough to stay in the caches, from which
# the steps of an epoch drive the code that draws them.
_NUMBERS_AHEAD = 2**15
# About a tenth of a second.
_OPERATIONS_A_CALL = 10**10


def train_compiled(
    runs: Sequence[Run],
    tables: Sequence[SplitArrays],
    hooks: Hooks | None = None,
) -> list[Result]:
    """Train runs of one split, objective and architecture, one after the other in each epoch.

    Args:
        runs: equal in all but learning rate, schedule, alpha, seed, and the settings of optimizer
            and penalty.
        tables: the splits that ``run.split`` counts.
        hooks: called after every epoch, and asked whether to stop before every call of the loop.
            No bit of a result depends on how many cores they let share the steps of a model.
    """
    group = _Group(runs, tables[runs[0].split], hooks or Hooks())
    with group.team, flush_denormals():
        for epoch in range(runs[0].epochs):
            group.train_epoch(epoch)
            group.validate(epoch)
            group.hooks.after_epoch(runs)
        return group.results()


class _Group:
    """The state of a group while it trains."""

    def __init__(self, runs: Sequence[Run], table: SplitArrays, hooks: Hooks) -> None:
        first = runs[0]
        self.runs, self.hooks = runs, hooks
        self.objective = table.fit_objective(first.objective)
        sizes = (table.n_features, *first.hidden, self.objective.width)
        self.layout, self.sizes = Layout(sizes), np.array(sizes, dtype=np.int64)
        self.operations = 6 * self.layout.size  # of one row, forward and back
        self.scale = torch.tensor(self.objective.codec.scale, dtype=torch.float64)
        self._take(table)
        self._start_models()
        self._compile()

    def _take(self, table: SplitArrays) -> None:
        self.train, self.validation, self.test = (
            np.array(rows, dtype=np.int64) for rows in (table.train, table.validation, table.test)
        )
        self.batch_size = min(self.runs[0].batch_size, len(self.train))
        self.steps = -(-len(self.train) // self.batch_size)
        weight = np.ones(len(table.y)) if table.weight is None else table.weight
        self.train_weight = float(table.train_weight.sum())
        self.validation_weight = float(table.validation_weight.sum())
        # Copies, since what was compiled for writable arrays takes no others.
        self.data = Data(
            features=np.array(table.X, dtype=self.runs[0].dtype, order="C"),
            targets=_columns(self.objective, table),
            weight=np.array(weight, dtype=np.float64),
        )
        # Class codes for the log loss; nothing else reads them.
        by_class = self.runs[0].selection == "log_loss"
        self.labels = np.array(table.y if by_class else np.zeros(len(table.y))).astype(np.int64)

    def _start_models(self) -> None:
        models, first = len(self.runs), self.runs[0]
        optimizer, dtype, size = OPTIMIZERS[first.optimizer], first.dtype, self.layout.size
        self.models = Models(
            weights=zeros(dtype, models, size),
            state=zeros(dtype, models, optimizer.n_state, size),
            counts=np.zeros(models, dtype=np.int64),
            settings=np.array(
                [list(optimizer.bind(run.optimizer_params).values()) for run in self.runs],
                dtype=np.float64,
            ),
            penalty=np.array(
                [
                    PENALTIES[run.penalty].compute_kernel_parameters(
                        run.alpha, PENALTIES[run.penalty].bind(run.penalty_params)
                    )
                    for run in self.runs
                ]
            ),
            seeds=np.array([wrap_seed(run.seed) for run in self.runs], dtype=np.int64),
        )
        self.layout.fill(
            torch.from_numpy(self.models.weights),
            [draw_weights(self.layout.sizes, run.seed) for run in self.runs],
        )
        self.best = self.models.weights.copy()
        self.team = CorePool(self.hooks.cores, self.operations * self.batch_size)
        rows = max(self.batch_size, scoring.BLOCK_OF_ROWS)
        self.room = make_workspace(self.layout, rows, first.dtype, self.team.size)
        # The models that one call of the loop trains: few where their epochs are long, so that
        # whoever wants to stop need not wait.
        work = self.operations * len(self.train)
        at_once = min(models, max(1, _OPERATIONS_A_CALL // max(work, 1)))
        if self.team.size > 1:
            at_once = 1
        self.parts = [slice(m, m + at_once) for m in range(0, models, at_once)]
        self.ahead = max(1, _NUMBERS_AHEAD // (models * len(self.train)))
        self.whole = Share(0, self.steps, 0, 1, BOTH)
        self.curves = FleetCurves(models, first.epochs)

    def _compile(self) -> None:
        made = {part: piece.made() for part, piece in pieces(self.runs[0]).items()}
        self.train_loop, self.score_loop = (entry_of(made.pop(loop)) for loop in ("train", "score"))
        at = {part: address_of(function) for part, function in made.items()}
        self.predict = at.pop("predict")
        self.calls = Calls(**at)
        self.params = np.array(list(self.objective.loss.params.values()), dtype=np.float64)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows with every model."""
        models = len(self.runs)
        losses, finite = np.zeros(models), np.empty(models, dtype=np.bool_)
        plan = self._plan(epoch)
        for part in self.parts:
            own, its_models = plan, self.models
            if len(self.parts) > 1:
                own = plan._replace(order=plan.order[part], rates=plan.rates[part])
                its_models = Models(*(state[part] for state in self.models))
            work = (its_models, self.data, own, self.sizes, self.calls, self.params, self.room)
            sums = (losses[part], finite[part])
            if self.team.size > 1:
                self._share(work, sums)
            else:
                self._check_stop()
                self.train_loop(*work, self.whole, *sums)
        self.models.counts[:] += self.steps
        self.curves.train_loss[:, epoch] = losses / self.train_weight
        self.curves.mark_diverged(epoch, finite & np.isfinite(losses))

    def _share(self, work: tuple[object, ...], sums: tuple[object, ...]) -> None:
        """Let the team make the steps of one model."""
        nothing = Share(0, 0, 0, 1, BOTH)  # before it turns the weights, after it looks at them
        self.train_loop(*work, nothing, *sums)
        for step in range(self.steps):
            self._check_stop()
            for half in (ROWS, WEIGHTS):
                parts = self.team.size
                shares = [Share(step, step + 1, part, parts, half) for part in range(parts)]
                self.team.run([partial(self.train_loop, *work, share, *sums) for share in shares])
        self.train_loop(*work, nothing, *sums)

    def _check_stop(self) -> None:
        if self.hooks.stop():
            raise TrainingStopped

    def _plan(self, epoch: int) -> Epoch:
        first = self.runs[0]
        if epoch % self.ahead == 0:
            self._draw_orders(range(epoch, min(epoch + self.ahead, first.epochs)))
        return Epoch(
            order=self.orders[epoch % self.ahead],
            rates=self._rates(epoch),
            batch_size=self.batch_size,
            threshold=compute_threshold(first.dropout),
            scale=1.0 / (1.0 - first.dropout),
        )

    def _draw_orders(self, epochs: range) -> None:
        """Draw the orders of some epochs at once, ``(epochs, M, R)``."""
        rows = len(self.train)
        drawn = {
            seed: [self.train[draw_batch_order(rows, seed, epoch)] for epoch in epochs]
            for seed in {run.seed for run in self.runs}
        }
        self.orders = np.array(
            [[drawn[run.seed][e] for run in self.runs] for e in range(len(epochs))]
        )

    def _rates(self, epoch: int) -> NDArray[np.float64]:
        if epoch == 0 or any(run.schedule != "constant" for run in self.runs):
            rows = len(self.train)
            self.rates = np.array([compute_learning_rates(run, epoch, rows) for run in self.runs])
        return self.rates

    def validate(self, epoch: int) -> None:
        """Score every model on the validation rows and keep the weights that are the best yet."""
        weights = self.models.weights
        if len(self.validation):
            _, sums = self._score(weights, self.validation)
            means = sums / self.validation_weight
            merit = finish_score(self.runs[0].selection, torch.from_numpy(means[:, 1]), self.scale)
            self.curves.validation_loss[:, epoch] = means[:, 0]
            self.curves.selection[:, epoch] = merit.numpy()
            better = self.curves.mark_best(epoch)
        else:
            better = self.curves.mark_last(epoch)
        for m in np.flatnonzero(better):
            self.best[m] = weights[m]

    def _score(
        self, weights: NDArray[np.floating], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        outputs = np.empty((len(weights), len(rows), self.layout.sizes[-1]))
        sums = np.zeros((len(weights), 2))
        if len(rows):
            self.score_loop(
                *(weights, self.data, self.labels, rows, self.sizes),
                *(self.calls, self.predict, self.params),
                *(_SELECTIONS[self.runs[0].selection], scoring.LINKS[self.objective.link]),
                *(self.room, outputs, sums),
            )
        return outputs, sums

    def results(self) -> list[Result]:
        """Return one result a run, in the order asked for."""
        outputs, _ = self._score(self.best, self.test)
        best = torch.from_numpy(self.best)
        return [
            Result(
                run=run,
                objective=self.objective,
                **self.curves.select(m),
                layers=self.layout.read(best, m),
                test_output=outputs[m],
                engine="compiled",
            )
            for m, run in enumerate(self.runs)
        ]


def _columns(objective: Objective, table: SplitArrays) -> NDArray[np.float64]:
    """Every row's target as the loss reads it, ``(N, T)``."""
    encoded = objective.codec.encode(table.y, torch.float64).double().numpy()
    columns = np.ascontiguousarray(encoded.reshape(len(encoded), -1))
    # Compiled code checks no index.
    assert columns.shape[1] == (1 if objective.loss.target.integer else objective.width)
    return columns
