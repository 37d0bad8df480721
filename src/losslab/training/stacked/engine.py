"""One fleet from its first batch to its results."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS
from losslab.training.curves import Curves
from losslab.training.hooks import Hooks, Stopped
from losslab.training.initial import initial_weights, layer_sizes
from losslab.training.layout import Layout
from losslab.training.optimizer import Fleet
from losslab.training.prepared import Prepared
from losslab.training.result import Result
from losslab.training.run import Run
from losslab.training.selection import finish, selection_rows
from losslab.training.stacked.batches import Batch, joined
from losslab.training.stacked.network import Network
from losslab.training.stacked.rows import FleetRows
from losslab.training.stacked.segments import Segment, segments


def train_stacked(
    runs: Sequence[Run],
    tables: Sequence[Prepared],
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
    with torch.no_grad():
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
        tables: Sequence[Prepared],
        hooks: Hooks,
        device: torch.device,
    ) -> None:
        order = sorted(range(len(runs)), key=lambda m: objective_key(runs[m]))
        # One model alone would take other matmul kernels than two, so it gets a twin.
        self.order = order if len(order) > 1 else order * 2
        self.asked = runs
        self.runs = [runs[m] for m in self.order]
        self.hooks, self.device, self.dtype = hooks, device, getattr(torch, runs[0].dtype)
        self.data = FleetRows(self.runs, tables, self.dtype, device)
        self.objectives = [
            run.objective.fit(tables[run.split].y[tables[run.split].train]) for run in self.runs
        ]
        self.segments = segments(self.objectives, [objective_key(run) for run in self.runs])
        self.targets = [
            self._targets(segment, [tables[run.split] for run in self._members(segment)])
            for segment in self.segments
        ]
        self._start_models()

    def _members(self, segment: Segment) -> list[Run]:
        return self.runs[segment.first : segment.last]

    def _targets(self, segment: Segment, tables: Sequence[Prepared]) -> Tensor:
        """Every row's target of every model of a segment, ``(M * N, ...)``."""
        fitted = self.objectives[segment.first : segment.last]
        encoded = [
            objective.codec.encode(table.y, self.dtype)
            for objective, table in zip(fitted, tables, strict=True)
        ]
        return torch.cat(encoded).to(self.device)

    def _start_models(self) -> None:
        first, models = self.runs[0], len(self.runs)
        layout = Layout(layer_sizes(self.data.n_features, first.hidden, first.objective.width))
        optimizer = OPTIMIZERS[first.optimizer]
        self.update = optimizer.update

        def zeros() -> Tensor:
            return torch.zeros(models, layout.size, dtype=self.dtype, device=self.device)

        weights, gradient = zeros(), zeros()
        layout.fill(weights, [initial_weights(layout.sizes, run.seed) for run in self.runs])
        self.layout = layout
        self.network = Network(layout, ACTIVATIONS[first.activation], weights, gradient)
        chosen = [optimizer.bind(run.optimizer_params) for run in self.runs]
        self.fleet = Fleet(
            weights=weights,
            gradient=gradient,
            slots=tuple(zeros() for _ in range(optimizer.slots)),
            lr=self._column([run.lr for run in self.runs]),
            settings={name: self._column([own[name] for own in chosen]) for name in chosen[0]},
            count=torch.zeros(models, 1, dtype=torch.float64, device=self.device),
        )
        self.best_weights = weights.clone()
        self.curves = Curves(models, first.epochs, validated=self.data.has_validation)

    def _column(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=self.dtype, device=self.device).unsqueeze(1)

    def train_epoch(self, epoch: int) -> None:
        """Make one pass over the training rows."""
        total = torch.zeros(len(self.runs), dtype=torch.float64, device=self.device)
        rows = torch.tensor([len(part) for part in self.data.train], device=self.device)
        for batch in self.data.epoch(epoch, self.runs):
            if self.hooks.stop():
                raise Stopped
            losses, slope = self._slope(self.network.forward(self.data.features(batch)), batch)
            self.network.backward(slope)
            self._step(batch)
            counts = torch.tensor(batch.counts, device=self.device)
            # An empty batch has loss 0 of 0 rows; a NaN must still show, so nothing is masked.
            total += losses.double() * counts
        self.curves.train_loss[:, epoch] = (total / rows).cpu().numpy()
        finite = torch.isfinite(self.fleet.weights).all(1) & torch.isfinite(total)
        self.curves.mark_diverged(epoch, finite.cpu().numpy())

    def _slope(self, z: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss of every model, and its slope in ``z``, by autograd from the loss to ``z``."""
        losses = torch.empty(z.shape[0], dtype=z.dtype, device=z.device)
        slope = torch.empty_like(z)
        for segment, targets in zip(self.segments, self.targets, strict=True):
            part = slice(segment.first, segment.last)
            if not any(batch.counts[part]):  # all of them rest
                losses[part], slope[part] = 0.0, 0.0
                continue
            with torch.enable_grad():
                leaf = z[part].detach().requires_grad_()
                target = self.data.targets(targets, batch, segment)
                values = segment.losses(leaf, target, batch.weight[part], batch.counts[part])
                (slope[part],) = torch.autograd.grad(values.sum(), leaf)
            losses[part] = values.detach()
        return losses, slope

    def _step(self, batch: Batch) -> None:
        """Let the optimizer step; a run without a batch rests and decays no moment."""
        resting = [m for m, count in enumerate(batch.counts) if count == 0]
        states = (self.fleet.weights, *self.fleet.slots, self.fleet.count)
        kept = [state[resting] for state in states] if resting else []
        self.fleet.count += 1
        self.update(self.fleet)
        for state, before in zip(states, kept, strict=False):
            state[resting] = before

    def validate(self, epoch: int) -> None:
        """Score every model on its validation rows and keep the weights that are the best yet."""
        curves = self.curves
        if self.data.has_validation:
            blocks = [
                (self.network.forward(self.data.features(batch)), batch)
                for batch in self.data.all("validation")
            ]
            sums = self._validation_sums(blocks)
            rows = np.array([len(part) for part in self.data.validation])
            scale = torch.tensor([objective.codec.scale for objective in self.objectives])
            curves.validation_loss[:, epoch] = sums[0] / rows
            for m, run in enumerate(self.runs):
                mean = torch.tensor(sums[1, m] / rows[m])
                curves.selection[m, epoch] = float(finish(run.selection, mean, scale[m]))
        improved = torch.from_numpy(curves.improve(epoch)).to(self.device)
        torch.where(
            improved.unsqueeze(1), self.fleet.weights, self.best_weights, out=self.best_weights
        )
        self.hooks.after_epoch(self.asked)

    def _validation_sums(self, blocks: Sequence[tuple[Tensor, Batch]]) -> np.ndarray:
        """Sums over the rows of the own loss and of the selection's row values."""
        sums = np.zeros((2, len(self.runs)))
        for segment, targets in zip(self.segments, self.targets, strict=True):
            part = slice(segment.first, segment.last)
            # A user's own loss may not be a mean of rows, so it sees them all at once. Others see
            # blocks of one size, so that sums do not depend on the siblings' numbers of rows.
            seen = blocks if segment.separable else [joined(blocks)]
            for z, batch in seen:
                target = self.data.targets(targets, batch, segment)
                weight, counts = batch.weight[part], batch.counts[part]
                loss = segment.losses(z[part], target, weight, counts).double().cpu().numpy()
                sums[0, part] += loss * np.array(counts)
                selection = self.runs[segment.first].selection
                if selection == "loss":
                    sums[1, part] = sums[0, part]
                    continue
                rows = selection_rows(selection, segment.objective, z[part], target)
                sums[1, part] += (rows * weight).sum(1, dtype=torch.float64).cpu().numpy()
        return sums

    def results(self) -> list[Result]:
        """Return one result a run, in the order asked for."""
        self.fleet.weights.copy_(self.best_weights)
        outputs: list[list[np.ndarray]] = [[] for _ in self.runs]
        for batch in self.data.all("test"):
            z = self.network.forward(self.data.features(batch)).double().cpu().numpy()
            for m, count in enumerate(batch.counts):
                outputs[m].append(z[m, :count])
        width = self.layout.sizes[-1]
        found = {}
        for m, place in enumerate(self.order):
            found[place] = Result(
                run=self.runs[m],
                objective=self.objectives[m],
                **self.curves.of(m),
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
