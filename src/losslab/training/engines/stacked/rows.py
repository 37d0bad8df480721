"""The rows of a fleet's splits, and which of them each model uses."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from losslab.objectives.objective import Objective
from losslab.training.engines.stacked.losses import Segment
from losslab.training.engines.stacked.plan import EVALUATED, Batch, Blocks, Plan, blocks
from losslab.training.initialization import draw_batch_order
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

# Steps put on the device at a time, which bounds the memory of long epochs.
_STEPS = 1024


class FleetRows:
    """The features of all splits in one tensor, the targets of each segment in another.

    Args:
        runs: the fleet's.
        tables: the splits that ``run.split`` counts.
        objectives: the runs', fitted.
        segments: which of them have one objective.
        like: a tensor whose dtype and device are taken.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        tables: Sequence[SplitArrays],
        objectives: Sequence[Objective],
        segments: Sequence[Segment],
        like: Tensor,
    ) -> None:
        dtype, device = like.dtype, like.device
        self.runs = runs
        self.own = [tables[run.split] for run in runs]
        used = sorted({run.split for run in runs})
        stacked = [torch.as_tensor(np.ascontiguousarray(tables[s].X)).to(dtype) for s in used]
        starts = np.cumsum([0, *(len(part) for part in stacked)])
        place = {split: int(start) for split, start in zip(used, starts, strict=False)}
        self.features = torch.cat(stacked).to(device)
        self._starts = np.array([place[run.split] for run in runs])
        self._target_starts = np.zeros(len(runs), dtype=np.int64)
        self._targets = [
            self._encoded(segment, objectives, dtype).to(device) for segment in segments
        ]
        self._segments = segments
        self._present = [table.usable_train for table in self.own]
        self._train_weight = [table.train_weight for table in self.own]
        # Sums of weights over all rows, on the host.
        self.train_weight = np.array([weight.sum() for weight in self._train_weight])
        self.batch_weight = np.zeros((0, len(runs)))  # of the present epoch's batches
        self.has_validation = all(len(table.validation) for table in self.own)
        parts = [table.validation for table in self.own]
        weights = [table.validation_weight for table in self.own]
        self.validation_weight = np.array([weight.sum() for weight in weights])
        # The same after every epoch, so they stay where they are.
        self.validation = self._batches(parts, weights) if self.has_validation else []

    def _encoded(
        self, segment: Segment, objectives: Sequence[Objective], dtype: torch.dtype
    ) -> Tensor:
        """Every row's target of every model of a segment, ``(m * N, ...)``."""
        models = range(segment.first, segment.last)
        lengths = [len(self.own[m].y) for m in models]
        self._target_starts[segment.first : segment.last] = np.cumsum([0, *lengths[:-1]])
        return torch.cat([objectives[m].codec.encode(self.own[m].y, dtype) for m in models])

    def _batches(self, parts: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> list[Batch]:
        return list(self._plan(blocks(parts, weights, EVALUATED)))

    def _plan(self, of: Blocks) -> Plan:
        return Plan(of, self._starts, self._target_starts, self.features)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The training batches of one epoch."""
        drawn: dict[tuple[int, int], np.ndarray] = {}
        for run, table in zip(self.runs, self.own, strict=True):
            key = (run.seed, len(table.train))
            if key not in drawn:
                drawn[key] = draw_batch_order(len(table.train), run.seed, epoch)
        orders = [
            drawn[run.seed, len(own.train)] for run, own in zip(self.runs, self.own, strict=True)
        ]
        ordered = blocks(
            [rows[order] for rows, order in zip(self._present, orders, strict=True)],
            [weight[order] for weight, order in zip(self._train_weight, orders, strict=True)],
            self.runs[0].batch_size,
        )
        self.batch_weight = ordered.weight.sum(-1)
        for start in range(0, len(ordered), _STEPS):
            yield from self._plan(ordered.part(start, start + _STEPS))

    def test(self) -> list[Batch]:
        """The test rows, in blocks."""
        parts = [table.test for table in self.own]
        return self._batches(parts, [np.ones(len(part)) for part in parts])

    def inputs(self, batch: Batch) -> Tensor:
        """The features of a batch, ``(M, B, F)``."""
        models, rows = batch.targets.shape
        return self.features.index_select(0, batch.features).view(models, rows, -1)

    def targets(self, batch: Batch) -> list[Tensor]:
        """The targets of each segment's models in a batch, ``(m, B)`` or ``(m, B, K)``."""
        found = []
        for segment, targets in zip(self._segments, self._targets, strict=True):
            rows = batch.targets[segment.first : segment.last]
            chosen = targets.index_select(0, rows.reshape(-1))
            found.append(chosen.view(*rows.shape, *targets.shape[1:]))
        return found
