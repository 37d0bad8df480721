"""The compiled engine: trains a group of runs from the first batch to the results."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.dropout import compute_threshold, wrap_seed
from losslab.training.engines.compiled import loops
from losslab.training.engines.compiled.gemm import TILE_VECTORS
from losslab.training.engines.compiled.intrinsics import get_address, get_entry_point
from losslab.training.engines.compiled.kernels import specialize_kernels
from losslab.training.engines.compiled.layers import ROWS_PER_BLOCK
from losslab.training.engines.compiled.state import (
    BOTH_PHASES,
    ROW_PHASE,
    WEIGHT_PHASE,
    Data,
    Epoch,
    KernelPointers,
    Models,
    WorkShare,
    Workspace,
)
from losslab.training.engines.compiled.vectors import VECTOR_BYTES
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.mlp import Layout, round_up
from losslab.training.result import FleetCurves, Hooks, Result, TrainingStopped
from losslab.training.run import Run, compute_learning_rates, finish_score
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import flush_denormals

# Synchronizing twice a step takes about a tenth of a millisecond; with less arithmetic per core,
# about half a millisecond, it costs more than it saves.
_MIN_OPERATIONS_PER_CORE = 10**8


class CorePool(ThreadPoolExecutor):
    """The cores that share the steps of one model, this thread's own included.

    Args:
        cores: how many are free; fewer are used where a step is small.
        operations: floating-point operations of one step.
    """

    def __init__(self, cores: int, operations: int) -> None:
        self.size = max(1, min(cores, operations // _MIN_OPERATIONS_PER_CORE))
        # Threads start at the first task, so a pool of one core starts none.
        super().__init__(
            max(1, self.size - 1), initializer=torch.set_flush_denormal, initargs=(True,)
        )

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Call all tasks side by side, and return when they are done."""
        futures = [self.submit(task) for task in tasks[1:]]
        tasks[0]()
        for future in futures:
            future.result()


# Packed copies of more rows would stay in no cache; where their space is missing, nothing is
# packed.
_MAX_PACKED_ROWS = 8192


def allocate_zeros(dtype: str, *shape: int) -> NDArray[np.floating]:
    """Allocate zeros aligned to a cache line, unlike NumPy's."""
    return torch.zeros(*shape, dtype=getattr(torch, dtype)).numpy()


def allocate_workspace(layout: Layout, rows: int, dtype: str, parts: int = 1) -> Workspace:
    """Allocate a workspace for batches of up to ``rows`` rows, shared by ``parts`` cores."""
    zeros = partial(allocate_zeros, dtype)
    layers, widest = sum(round_up(rows * size) for size in layout.sizes), max(layout.sizes)
    depth = min(max(rows, widest), _MAX_PACKED_ROWS)
    panel_width = TILE_VECTORS * VECTOR_BYTES // np.dtype(dtype).itemsize
    return Workspace(
        preactivations=zeros(layers),
        activations=zeros(layers),
        gradients=zeros(rows * widest),
        undropped=zeros(rows * widest),
        weight_gradients=zeros(layout.size),
        transposed_weights=zeros(layout.size),
        panel=zeros(parts * depth * panel_width),
        packed_inputs=zeros(parts * ROWS_PER_BLOCK * min(rows, _MAX_PACKED_ROWS)),
        zeros=zeros(widest),
        losses=allocate_zeros("float64", rows),
    )


_SELECTIONS = {
    "loss": loops.SELECT_LOSS,
    "log_loss": loops.SELECT_LOG_LOSS,
    "rmse": loops.SELECT_RMSE,
}
# Row numbers of coming epochs that are drawn at once: few enough to stay in the caches, from which
# the steps of an epoch evict the code that draws them.
_NUMBERS_AHEAD = 2**15
# About a tenth of a second.
_OPERATIONS_PER_CALL = 10**10


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
            The number of cores that share a model's steps changes no bit of a result.
    """
    group = _CompiledGroup(runs, tables[runs[0].split], hooks or Hooks())
    with group.pool, flush_denormals():
        for epoch in range(runs[0].epochs):
            group.train_epoch(epoch)
            group.validate(epoch)
            group.hooks.after_epoch(runs)
        return group.collect_results()


class _CompiledGroup:
    """The state of a group of runs while it trains."""

    def __init__(self, runs: Sequence[Run], table: SplitArrays, hooks: Hooks) -> None:
        first = runs[0]
        self.runs, self.hooks = runs, hooks
        self.objective = table.fit_objective(first.objective)
        sizes = (table.n_features, *first.hidden, self.objective.width)
        self.layout, self.sizes = Layout(sizes), np.array(sizes, dtype=np.int64)
        self.scale = torch.tensor(self.objective.codec.scale, dtype=torch.float64)
        self.curves = FleetCurves(len(runs), first.epochs)
        self._load_table(table)
        self._start_models()
        self._allocate_memory()
        self._load_kernels()

    def _load_table(self, table: SplitArrays) -> None:
        self.train, self.validation, self.test = (
            np.array(rows, dtype=np.int64) for rows in (table.train, table.validation, table.test)
        )
        self.batch_size = min(self.runs[0].batch_size, len(self.train))
        self.steps = -(-len(self.train) // self.batch_size)
        weight = np.ones(len(table.y)) if table.weight is None else table.weight
        self.train_weight = float(table.train_weight.sum())
        self.validation_weight = float(table.validation_weight.sum())
        encoded = self.objective.codec.encode(table.y, torch.float64).double().numpy()
        targets = np.ascontiguousarray(encoded.reshape(len(encoded), -1))
        # Compiled code checks no index.
        integer = self.objective.loss.target.integer
        assert targets.shape[1] == (1 if integer else self.objective.width)
        # Copies, since functions compiled for writable arrays accept no others.
        self.data = Data(
            features=np.array(table.X, dtype=self.runs[0].dtype, order="C"),
            targets=targets,
            weight=np.array(weight, dtype=np.float64),
        )
        # Class codes for the log loss; nothing else reads them.
        by_class = self.runs[0].selection == "log_loss"
        self.labels = np.array(table.y if by_class else np.zeros(len(table.y))).astype(np.int64)

    def _start_models(self) -> None:
        first, models, size = self.runs[0], len(self.runs), self.layout.size
        optimizer, penalty = OPTIMIZERS[first.optimizer], PENALTIES[first.penalty]
        settings = [list(optimizer.bind(run.optimizer_params).values()) for run in self.runs]
        penalties = [
            penalty.compute_kernel_parameters(run.alpha, penalty.bind(run.penalty_params))
            for run in self.runs
        ]
        self.models = Models(
            weights=allocate_zeros(first.dtype, models, size),
            state=allocate_zeros(first.dtype, models, optimizer.n_state, size),
            steps_done=np.zeros(models, dtype=np.int64),
            settings=np.array(settings, dtype=np.float64),
            penalty=np.array(penalties),
            seeds=np.array([wrap_seed(run.seed) for run in self.runs], dtype=np.int64),
        )
        self.layout.fill(
            torch.from_numpy(self.models.weights),
            [draw_weights(self.layout.sizes, run.seed) for run in self.runs],
        )
        self.best = self.models.weights.copy()

    def _allocate_memory(self) -> None:
        models, operations_per_row = len(self.runs), 6 * self.layout.size  # forward and back
        self.pool = CorePool(self.hooks.cores, operations_per_row * self.batch_size)
        rows = max(self.batch_size, loops.ROWS_PER_SCORE)
        self.workspace = allocate_workspace(self.layout, rows, self.runs[0].dtype, self.pool.size)
        # The models that one call of the loop trains: few where their epochs are long, so that
        # training stops promptly.
        operations = operations_per_row * len(self.train)
        per_call = min(models, max(1, _OPERATIONS_PER_CALL // max(operations, 1)))
        if self.pool.size > 1:
            per_call = 1
        self.parts = [slice(m, m + per_call) for m in range(0, models, per_call)]
        self.epochs_ahead = max(1, _NUMBERS_AHEAD // (models * len(self.train)))

    def _load_kernels(self) -> None:
        kernels = {
            role: kernel.compile() for role, kernel in specialize_kernels(self.runs[0]).items()
        }
        self.train_loop, self.score_loop = (
            get_entry_point(kernels.pop(loop)) for loop in ("train", "score")
        )
        addresses = {role: get_address(kernel) for role, kernel in kernels.items()}
        self.predict = addresses.pop("predict")
        self.pointers = KernelPointers(**addresses)
        self.params = np.array(list(self.objective.loss.params.values()), dtype=np.float64)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows with every model."""
        models = len(self.runs)
        losses, finite = np.zeros(models), np.empty(models, dtype=np.bool_)
        plan = self._plan_epoch(epoch)
        for part in self.parts:
            part_plan, part_models = plan, self.models
            if len(self.parts) > 1:
                part_plan = plan._replace(
                    order=plan.order[part], learning_rates=plan.learning_rates[part]
                )
                part_models = Models(*(array[part] for array in self.models))
            arguments = (
                *(part_models, self.data, part_plan, self.sizes),
                *(self.pointers, self.params, self.workspace),
            )
            sums = (losses[part], finite[part])
            if self.pool.size > 1:
                self._train_on_all_cores(arguments, sums)
            else:
                self._check_stop()
                share = WorkShare(0, self.steps, 0, 1, BOTH_PHASES)
                self.train_loop(*arguments, share, *sums)
        self.models.steps_done[:] += self.steps
        self.curves.train_loss[:, epoch] = losses / self.train_weight
        self.curves.mark_diverged(epoch, finite & np.isfinite(losses))

    def _train_on_all_cores(self, arguments: tuple[object, ...], sums: tuple[object, ...]) -> None:
        """Let all cores share the steps of one model."""
        parts = self.pool.size
        # Without steps, the loop transposes the weights before, and checks them afterwards.
        no_steps = WorkShare(0, 0, 0, 1, BOTH_PHASES)
        self.train_loop(*arguments, no_steps, *sums)
        for step in range(self.steps):
            self._check_stop()
            for phase in (ROW_PHASE, WEIGHT_PHASE):
                shares = [WorkShare(step, step + 1, part, parts, phase) for part in range(parts)]
                self.pool.run(
                    [partial(self.train_loop, *arguments, share, *sums) for share in shares]
                )
        self.train_loop(*arguments, no_steps, *sums)

    def _check_stop(self) -> None:
        if self.hooks.stop():
            raise TrainingStopped

    def _plan_epoch(self, epoch: int) -> Epoch:
        first, rows = self.runs[0], len(self.train)
        if epoch % self.epochs_ahead == 0:
            self._draw_orders(range(epoch, min(epoch + self.epochs_ahead, first.epochs)))
        if epoch == 0 or any(run.schedule != "constant" for run in self.runs):
            rates = [compute_learning_rates(run, epoch, rows) for run in self.runs]
            self.learning_rates = np.array(rates)
        return Epoch(
            order=self.orders[epoch % self.epochs_ahead],
            learning_rates=self.learning_rates,
            batch_size=self.batch_size,
            threshold=compute_threshold(first.dropout),
            scale=1.0 / (1.0 - first.dropout),
        )

    def _draw_orders(self, epochs: range) -> None:
        """Draw the orders of some epochs at once, ``(epochs, M, R)``."""
        rows = len(self.train)
        orders = {
            seed: [self.train[draw_batch_order(rows, seed, epoch)] for epoch in epochs]
            for seed in {run.seed for run in self.runs}
        }
        self.orders = np.array(
            [[orders[run.seed][e] for run in self.runs] for e in range(len(epochs))]
        )

    def validate(self, epoch: int) -> None:
        """Score every model on the validation rows and keep the best weights so far."""
        weights = self.models.weights
        if len(self.validation):
            _, sums = self._score(weights, self.validation)
            means = sums / self.validation_weight
            score = finish_score(self.runs[0].selection, torch.from_numpy(means[:, 1]), self.scale)
            self.curves.validation_loss[:, epoch] = means[:, 0]
            self.curves.selection[:, epoch] = score.numpy()
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
                *(self.pointers, self.predict, self.params),
                *(_SELECTIONS[self.runs[0].selection], loops.LINKS[self.objective.link]),
                *(self.workspace, outputs, sums),
            )
        return outputs, sums

    def collect_results(self) -> list[Result]:
        """Return one result a run, in the given order."""
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
