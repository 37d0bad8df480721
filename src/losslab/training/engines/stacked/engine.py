"""The stacked engine: trains a fleet from the first batch to the results."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.grouping import make_objective_key
from losslab.training.engines.stacked.batches import (
    Batch,
    StepPlan,
    concatenate_batches,
    plan_steps,
)
from losslab.training.engines.stacked.data import FleetData
from losslab.training.engines.stacked.losses import find_segments, sum_rows
from losslab.training.engines.stacked.network import DropoutMasks, Network, is_large
from losslab.training.initialization import draw_weights
from losslab.training.mlp import Layout, round_up
from losslab.training.optimizer import FleetState
from losslab.training.result import FleetCurves, Hooks, Result, TrainingStopped
from losslab.training.run import Run, finish_score, score_rows
from losslab.training.split_arrays import SplitArrays
from losslab.training.threads import flush_denormals


class FleetPenaltyStep:
    """The proximal step of a fleet's penalty, with each model's own alpha and settings.

    Args:
        runs: the fleet's, all with one penalty and optimizer.
        fleet: its weights and optimizer state.
        layout: its architecture.
    """

    def __init__(self, runs: Sequence[Run], fleet: FleetState, layout: Layout) -> None:
        self.penalty, self.optimizer = PENALTIES[runs[0].penalty], OPTIMIZERS[runs[0].optimizer]
        self.layout = layout
        settings = [{"alpha": run.alpha, **self.penalty.bind(run.penalty_params)} for run in runs]
        self.settings = {
            name: fleet.weights.new_tensor([[[float(of_model[name])]] for of_model in settings])
            for name in settings[0]
        }
        self.alpha = self.settings.pop("alpha")
        views = layout.views(fleet.weights)
        self.weights = {
            layer: weights
            for layer, (weights, _) in enumerate(views)
            if self.penalty.applies_to(layer)
        }

    def apply(self, fleet: FleetState) -> None:
        """Take the proximal step that belongs to the fleet's last step."""
        lr = fleet.lr.unsqueeze(-1)
        sizes = self.optimizer.step_sizes(fleet.state, fleet.settings, fleet.lr, fleet.count)
        uniform = sizes.shape[1] == 1  # one step size for all weights of a model
        views = [] if uniform else self.layout.views(sizes)
        for layer, weights in self.weights.items():
            layer_sizes = sizes.unsqueeze(-1) if uniform else views[layer][0]
            self.penalty.proximal_step(weights, layer_sizes, lr, self.alpha, **self.settings)


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
        device: where the tensors are.
    """
    with torch.no_grad(), flush_denormals():
        fleet = _StackedFleet(runs, tables, hooks or Hooks(), torch.device(device))
        for epoch in range(runs[0].epochs):
            fleet.train_epoch(epoch)
            fleet.validate(epoch)
        return fleet.collect_results()


class _StackedFleet:
    """The state of one fleet while it trains."""

    def __init__(
        self,
        runs: Sequence[Run],
        tables: Sequence[SplitArrays],
        hooks: Hooks,
        device: torch.device,
    ) -> None:
        order = sorted(range(len(runs)), key=lambda m: make_objective_key(runs[m]))
        first = runs[0]
        n_features = tables[first.split].n_features
        self.layout = Layout((n_features, *first.hidden, first.objective.width))
        self.separate = is_large(round_up(first.batch_size), self.layout.size)
        # PyTorch uses other kernels for a lone small model than for many, so it gets a twin.
        self.order = order if len(order) > 1 or self.separate else order * 2
        self.requested_runs = runs
        self.runs = [runs[m] for m in self.order]
        self.hooks, self.device, self.dtype = hooks, device, getattr(torch, first.dtype)
        self.objectives = [tables[run.split].fit_objective(run.objective) for run in self.runs]
        keys = [make_objective_key(run) for run in self.runs]
        self.segments = find_segments(self.objectives, keys)
        like = torch.zeros(0, dtype=self.dtype, device=device)
        self.data = FleetData(self.runs, tables, self.objectives, self.segments, like)
        self._start_models()

    def _start_models(self) -> None:
        first, models = self.runs[0], len(self.runs)
        layout, optimizer = self.layout, OPTIMIZERS[first.optimizer]
        # On a CPU PyTorch's own step of one model makes one pass where others make seven.
        on_cpu = self.device.type == "cpu"
        self.update = optimizer.fused if on_cpu and optimizer.fused else optimizer.update

        def allocate_zeros() -> Tensor:
            return torch.zeros(models, layout.size, dtype=self.dtype, device=self.device)

        weights, gradient = allocate_zeros(), allocate_zeros()
        layout.fill(weights, [draw_weights(layout.sizes, run.seed) for run in self.runs])
        activation = ACTIVATIONS[first.activation]
        self.network = Network(layout, activation, weights, gradient, self.separate)
        self.fleet = FleetState(
            weights=weights,
            gradient=gradient,
            state=tuple(allocate_zeros() for _ in range(optimizer.n_state)),
            lr=weights.new_zeros(models, 1),  # set at every step
            settings_by_model=[optimizer.bind(run.optimizer_params) for run in self.runs],
            count=torch.zeros(models, 1, dtype=torch.float64, device=self.device),
        )
        self.masks = None
        if first.dropout and first.hidden:
            seeds = [run.seed for run in self.runs]
            self.masks = DropoutMasks(first.dropout, seeds, first.hidden, weights)
        self.penalty_step = None
        if first.penalty != "none":
            self.penalty_step = FleetPenaltyStep(self.runs, self.fleet, layout)
        self.gradient = torch.zeros(0)
        self.best_weights = weights.clone()
        self.curves = FleetCurves(models, first.epochs)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows."""
        n_rows = [len(table.train) for table in self.data.tables]
        plan = plan_steps(self.runs, n_rows, epoch, self.data.features)
        losses = torch.zeros(len(plan.lr), len(self.runs), dtype=self.dtype, device=self.device)
        for t, batch in enumerate(self.data.iterate_epoch(epoch)):
            if self.hooks.stop():
                raise TrainingStopped
            self.train_step(batch, plan, t, losses[t])
        # Summed one after the other, so that no sum depends on the siblings' numbers of steps. A
        # batch without weight has loss 0; a NaN must still show, so nothing is masked.
        weighted = losses.cpu().double().numpy() * self.data.batch_weight
        total = np.cumsum(weighted, axis=0)[-1]
        self.curves.train_loss[:, epoch] = total / self.data.train_weight
        finite = torch.isfinite(self.fleet.weights).all(1).cpu().numpy()
        self.curves.mark_diverged(epoch, finite & np.isfinite(total))

    def train_step(self, batch: Batch, plan: StepPlan, t: int, losses: Tensor) -> None:
        """Take step ``t`` of an epoch and store the models' losses.

        Nothing here waits for the device or transfers anything to it.
        """
        factors: Sequence[Tensor] = ()
        if self.masks is not None:
            factors = self.masks.compute_factors(plan.steps_done[t], batch.targets.shape[1])
        z = self.network.forward(self.data.gather_inputs(batch), factors)
        if self.gradient.shape != z.shape:
            self.gradient = torch.empty_like(z)
        for segment, target in zip(self.segments, self.data.gather_targets(batch), strict=True):
            models = segment.models
            losses[models], self.gradient[models] = segment.compute_gradient(
                z[models], target, batch.select(models)
            )
        if batch.absent is not None:
            self.gradient.masked_fill_(batch.absent.unsqueeze(-1), 0.0)
        self.network.backward(self.gradient)
        self.fleet.lr, self.fleet.count = plan.lr[t], plan.count[t]
        self._update(batch)

    def _update(self, batch: Batch) -> None:
        """Take the optimizer's and the proximal step; a model without a batch does not change."""
        states = (self.fleet.weights, *self.fleet.state)
        saved: list[Tensor] = []
        if batch.resting is not None:
            saved = [state.index_select(0, batch.resting) for state in states]
        self.update(self.fleet)
        if self.penalty_step is not None:
            self.penalty_step.apply(self.fleet)
        if batch.resting is not None:
            for state, before in zip(states, saved, strict=True):
                state.index_copy_(0, batch.resting, before)

    def validate(self, epoch: int) -> None:
        """Score every model on its validation rows and keep the best weights so far."""
        curves = self.curves
        if self.data.has_validation:
            means = self._sum_validation() / self.data.validation_weight
            scales = [objective.codec.scale for objective in self.objectives]
            scale = torch.tensor(scales, dtype=torch.float64)
            curves.validation_loss[:, epoch] = means[0]
            for m, run in enumerate(self.runs):
                score = finish_score(run.selection, torch.tensor(means[1, m]), scale[m])
                curves.selection[m, epoch] = float(score)
        improved = torch.from_numpy(curves.mark_best(epoch)).to(self.device)
        torch.where(
            improved.unsqueeze(1), self.fleet.weights, self.best_weights, out=self.best_weights
        )
        self.hooks.after_epoch(self.requested_runs)

    def _sum_validation(self) -> NDArray[np.float64]:
        """Sum each model's weighted losses and selection scores over the validation rows."""
        sums = torch.zeros(2, len(self.runs), dtype=torch.float64, device=self.device)
        outputs = [
            (self.network.forward(self.data.gather_inputs(batch)), batch)
            for batch in self.data.validation
        ]
        targets = [self.data.gather_targets(batch) for _, batch in outputs]
        for index, segment in enumerate(self.segments):
            models = segment.models
            blocks = [(z[models], batch.select(models)) for z, batch in outputs]
            block_targets = [target[index] for target in targets]
            # A user's own loss may not be a mean of rows, so it gets them all at once. Others get
            # blocks of one size, so that sums do not depend on the siblings' numbers of rows.
            if not segment.separable:
                blocks = [concatenate_batches(blocks)]
                block_targets = [torch.cat(block_targets, dim=1)]
            selection = self.runs[models.start].selection
            for (z, batch), target in zip(blocks, block_targets, strict=True):
                score = segment.sum_losses(z, target, batch)
                sums[0, models] += score
                if selection != "loss":
                    rows = score_rows(selection, segment.objective, z, target)
                    score = sum_rows(rows.double(), batch)
                sums[1, models] += score
        return sums.cpu().numpy()

    def collect_results(self) -> list[Result]:
        """Return one result a run, in the requested order."""
        self.fleet.weights.copy_(self.best_weights)
        outputs: list[list[np.ndarray]] = [[] for _ in self.runs]
        for batch in self.data.iterate_test():
            z = self.network.forward(self.data.gather_inputs(batch)).double().cpu().numpy()
            for m, count in enumerate(batch.counts):
                outputs[m].append(z[m, :count])
        width = self.layout.sizes[-1]
        results = {}
        for m, requested in enumerate(self.order):
            results[requested] = Result(
                run=self.runs[m],
                objective=self.objectives[m],
                **self.curves.select(m),
                layers=self.layout.read(self.best_weights, m),
                test_output=np.concatenate(outputs[m]) if outputs[m] else np.empty((0, width)),
                engine="stacked",
            )
        return [results[place] for place in range(len(self.requested_runs))]
