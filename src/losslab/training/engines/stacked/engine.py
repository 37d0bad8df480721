"""One fleet from its first batch to its results, with its penalty step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.stacked.losses import row_sums, segments
from losslab.training.engines.stacked.network import DropoutMasks, Network, is_large
from losslab.training.engines.stacked.plan import Batch, Pace, joined, pace
from losslab.training.engines.stacked.rows import FleetRows
from losslab.training.initialization import draw_weights
from losslab.training.mlp import Layout, round_up
from losslab.training.optimizer import FleetState, Optimizer
from losslab.training.penalty import Penalty
from losslab.training.result import FleetCurves, Hooks, Result, TrainingStopped
from losslab.training.run import Run, finish_score, score_rows
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import flush_denormals


@dataclass(frozen=True, kw_only=True)
class FleetPenaltyStep:
    """A fleet's penalty, with each model's own strength.

    Args:
        alpha: ``(M, 1, 1)``; ``settings`` likewise.
        weights: of the layers that the penalty takes, ``(M, inputs, outputs)`` each.
        layers: their numbers.
    """

    penalty: Penalty
    optimizer: Optimizer
    layout: Layout
    alpha: Tensor
    settings: dict[str, Tensor]
    weights: list[Tensor]
    layers: list[int]

    @classmethod
    def of(
        cls, runs: Sequence[Run], fleet: FleetState, layout: Layout
    ) -> "FleetPenaltyStep | None":
        """The pull on runs of one penalty; None where there is none."""
        penalty = PENALTIES[runs[0].penalty]
        if penalty.name == "none":
            return None
        chosen = [{"alpha": run.alpha, **penalty.bind(run.penalty_params)} for run in runs]
        columns = {
            name: fleet.weights.new_tensor([[[float(own[name])]] for own in chosen])
            for name in chosen[0]
        }
        views = layout.views(fleet.weights)
        layers = [layer for layer in range(len(views)) if penalty.applies_to(layer)]
        return cls(
            penalty=penalty,
            optimizer=OPTIMIZERS[runs[0].optimizer],
            layout=layout,
            alpha=columns.pop("alpha"),
            settings=columns,
            weights=[views[layer][0] for layer in layers],
            layers=layers,
        )

    def proximal_step(self, fleet: FleetState) -> None:
        """Take the proximal step that belongs to the fleet's last one."""
        lr = fleet.lr.unsqueeze(-1)
        sizes = self.optimizer.step_sizes(fleet.state, fleet.settings, fleet.lr, fleet.count)
        alike = sizes.shape[1] == 1  # one step size for all numbers of a model
        views = [] if alike else self.layout.views(sizes)
        for layer, weights in zip(self.layers, self.weights, strict=True):
            own = sizes.unsqueeze(-1) if alike else views[layer][0]
            self.penalty.proximal_step(weights, own, lr, self.alpha, **self.settings)


def train_stacked(
    runs: Sequence[Run],
    tables: Sequence[SplitArrays],
    hooks: Hooks | None = None,
    device: str = "cpu",
) -> list[Result]:
    """Train runs of one architecture together; each as if it were alone.

    Args:
        runs: equal in features, width, hidden layers, activation, optimizer, batch size, epochs,
            dtype and in which settings are zero; different in loss, head, learning rate, settings,
            seed and split.
        tables: the splits that ``run.split`` counts.
        hooks: called after every epoch, and asked whether to stop before every step.
        device: where the tensors live.
    """
    with torch.no_grad(), flush_denormals():
        fleet = _StackedFleet(runs, tables, hooks or Hooks(), torch.device(device))
        for epoch in range(runs[0].epochs):
            fleet.train_epoch(epoch)
            fleet.validate(epoch)
        return fleet.results()


class _StackedFleet:
    """The state of one fleet while it trains."""

    def __init__(
        self,
        runs: Sequence[Run],
        tables: Sequence[SplitArrays],
        hooks: Hooks,
        device: torch.device,
    ) -> None:
        order = sorted(range(len(runs)), key=lambda m: objective_key(runs[m]))
        first = runs[0]
        n_features = tables[first.split].n_features
        self.layout = Layout((n_features, *first.hidden, first.objective.width))
        self.one_by_one = is_large(round_up(first.batch_size), self.layout.size)
        # A lone small model would take other kernels than one of many, so it gets a twin.
        self.order = order if len(order) > 1 or self.one_by_one else order * 2
        self.asked = runs
        self.runs = [runs[m] for m in self.order]
        self.hooks, self.device, self.dtype = hooks, device, getattr(torch, runs[0].dtype)
        self.objectives = [tables[run.split].fit_objective(run.objective) for run in self.runs]
        self.segments = segments(self.objectives, [objective_key(run) for run in self.runs])
        self.data = FleetRows(
            self.runs,
            tables,
            self.objectives,
            self.segments,
            torch.zeros(0, dtype=self.dtype, device=device),
        )
        self._start_models()

    def _start_models(self) -> None:
        first, models = self.runs[0], len(self.runs)
        layout, optimizer = self.layout, OPTIMIZERS[first.optimizer]
        # On a CPU PyTorch's own step of one model makes one pass where others make seven.
        on_cpu = self.device.type == "cpu"
        self.update = optimizer.fused if on_cpu and optimizer.fused else optimizer.update

        def zeros() -> Tensor:
            return torch.zeros(models, layout.size, dtype=self.dtype, device=self.device)

        weights, gradient = zeros(), zeros()
        layout.fill(weights, [draw_weights(layout.sizes, run.seed) for run in self.runs])
        self.network = Network(
            layout, ACTIVATIONS[first.activation], weights, gradient, self.one_by_one
        )
        self.fleet = FleetState(
            weights=weights,
            gradient=gradient,
            state=tuple(zeros() for _ in range(optimizer.n_state)),
            lr=weights.new_zeros(models, 1),  # each step has its own
            settings_by_model=[optimizer.bind(run.optimizer_params) for run in self.runs],
            count=torch.zeros(models, 1, dtype=torch.float64, device=self.device),
        )
        self.fates = None
        if first.dropout and first.hidden:
            seeds = [run.seed for run in self.runs]
            self.fates = DropoutMasks(first.dropout, seeds, first.hidden, weights)
        self.pull = FleetPenaltyStep.of(self.runs, self.fleet, layout)
        self.gradient = torch.zeros(0)
        self.best_weights = weights.clone()
        self.curves = FleetCurves(models, first.epochs)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows."""
        rows = [len(table.train) for table in self.data.own]
        paced = pace(self.runs, rows, epoch, self.data.features)
        losses = torch.zeros(len(paced.lr), len(self.runs), dtype=self.dtype, device=self.device)
        for t, batch in enumerate(self.data.epoch(epoch)):
            if self.hooks.stop():
                raise TrainingStopped
            self.train_step(batch, paced, t, losses[t])
        self._note(epoch, losses.cpu().double().numpy())

    def train_step(self, batch: Batch, paced: Pace, t: int, losses: Tensor) -> None:
        """Make step ``t`` of an epoch and write down the models' losses.

        Nothing here waits for the device, or brings anything to it.
        """
        factors = self.fates.factors(paced.made[t], batch.targets.shape[1]) if self.fates else ()
        z = self.network.forward(self.data.inputs(batch), factors)
        if self.gradient.shape != z.shape:
            self.gradient = torch.empty_like(z)
        for segment, target in zip(self.segments, self.data.targets(batch), strict=True):
            part = slice(segment.first, segment.last)
            losses[part], self.gradient[part] = segment.gradient(
                z[part], target, batch.of(segment.first, segment.last)
            )
        if batch.absent is not None:
            self.gradient.masked_fill_(batch.absent.unsqueeze(-1), 0.0)
        self.network.backward(self.gradient)
        self.fleet.lr, self.fleet.count = paced.lr[t], paced.count[t]
        self._step(batch)

    def _step(self, batch: Batch) -> None:
        """Let the optimizer step; a run without a batch rests and decays no moment."""
        if batch.resting is None:
            self._move()
            return
        states = (self.fleet.weights, *self.fleet.state)
        kept = [state.index_select(0, batch.resting) for state in states]
        self._move()
        for state, before in zip(states, kept, strict=True):
            state.index_copy_(0, batch.resting, before)

    def _move(self) -> None:
        self.update(self.fleet)
        if self.pull is not None:
            self.pull.proximal_step(self.fleet)

    def _note(self, epoch: int, losses: NDArray[np.float64]) -> None:
        # One after the other, so that no sum depends on the siblings' numbers of steps. A batch
        # without weight has loss 0; a NaN must still show, so nothing is masked.
        total = np.cumsum(losses * self.data.batch_weight, axis=0)[-1]
        self.curves.train_loss[:, epoch] = total / self.data.train_weight
        finite = torch.isfinite(self.fleet.weights).all(1).cpu().numpy()
        self.curves.mark_diverged(epoch, finite & np.isfinite(total))

    def validate(self, epoch: int) -> None:
        """Score every model on its validation rows and keep the weights that are the best yet."""
        curves = self.curves
        if self.data.has_validation:
            means = self._validation_sums() / self.data.validation_weight
            scales = [objective.codec.scale for objective in self.objectives]
            scale = torch.tensor(scales, dtype=torch.float64)
            curves.validation_loss[:, epoch] = means[0]
            for m, run in enumerate(self.runs):
                merit = finish_score(run.selection, torch.tensor(means[1, m]), scale[m])
                curves.selection[m, epoch] = float(merit)
        improved = torch.from_numpy(curves.mark_best(epoch)).to(self.device)
        torch.where(
            improved.unsqueeze(1), self.fleet.weights, self.best_weights, out=self.best_weights
        )
        self.hooks.after_epoch(self.asked)

    def _validation_sums(self) -> NDArray[np.float64]:
        """Weighted sums over the rows of the own loss and of the selection's row values."""
        sums = torch.zeros(2, len(self.runs), dtype=torch.float64, device=self.device)
        blocks = [(self.network.forward(self.data.inputs(b)), b) for b in self.data.validation]
        targets = [self.data.targets(batch) for _, batch in blocks]
        for index, segment in enumerate(self.segments):
            part = slice(segment.first, segment.last)
            own = [(z[part], batch.of(segment.first, segment.last)) for z, batch in blocks]
            read = [target[index] for target in targets]
            # A user's own loss may not be a mean of rows, so it sees them all at once. Others see
            # blocks of one size, so that sums do not depend on the siblings' numbers of rows.
            if not segment.separable:
                own, read = [joined(own)], [torch.cat(read, dim=1)]
            selection = self.runs[segment.first].selection
            for (z, batch), target in zip(own, read, strict=True):
                loss = segment.sums(z, target, batch)
                sums[0, part] += loss
                if selection != "loss":
                    rows = score_rows(selection, segment.objective, z, target)
                    loss = row_sums(rows.double(), batch)
                sums[1, part] += loss
        return sums.cpu().numpy()

    def results(self) -> list[Result]:
        """Return one result a run, in the order asked for."""
        self.fleet.weights.copy_(self.best_weights)
        outputs: list[list[np.ndarray]] = [[] for _ in self.runs]
        for batch in self.data.test():
            z = self.network.forward(self.data.inputs(batch)).double().cpu().numpy()
            for m, count in enumerate(batch.counts):
                outputs[m].append(z[m, :count])
        width = self.layout.sizes[-1]
        found = {}
        for m, place in enumerate(self.order):
            found[place] = Result(
                run=self.runs[m],
                objective=self.objectives[m],
                **self.curves.select(m),
                layers=self.layout.read(self.best_weights, m),
                test_output=np.concatenate(outputs[m]) if outputs[m] else np.empty((0, width)),
                engine="stacked",
            )
        return [found[place] for place in range(len(self.asked))]


def objective_key(run: Run) -> str:
    """A text that is equal for runs whose losses can be computed in one call."""
    chosen = run.objective
    identity = run.loss_identity or f"object {id(chosen.loss.fn)}"
    params = sorted({**chosen.loss.params, **chosen.codec.params}.items())
    return repr((identity, params, chosen.head.name, chosen.codec.name, run.selection))
