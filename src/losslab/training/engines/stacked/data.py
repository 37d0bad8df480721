"""Features and targets of a fleet on the device, and the batches that each model uses."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from losslab.objectives.objective import Objective
from losslab.training.engines.stacked.batches import (
    ROWS_PER_EVALUATION,
    Batch,
    PaddedRows,
    iterate_batches,
    pad_batches,
)
from losslab.training.engines.stacked.losses import Segment
from losslab.training.initialization import draw_batch_order
from losslab.training.run import Run
from losslab.training.split_arrays import SplitArrays

# Steps moved to the device at a time, which bounds the memory of long epochs.
_STEPS_AHEAD = 1024


class FleetData:
    """The features of all splits in one tensor, the targets of each segment in another.

    Args:
        runs: the fleet's.
        tables: the splits that ``run.split`` counts.
        objectives: the runs', fitted.
        segments: which of them have one objective.
        like: a tensor of the fleet's dtype and device.
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
        self.runs, self._segments = runs, segments
        self.tables = [tables[run.split] for run in runs]
        used = sorted({run.split for run in runs})
        features = [torch.as_tensor(np.ascontiguousarray(tables[s].X)).to(dtype) for s in used]
        self.features = torch.cat(features).to(device)
        starts = np.cumsum([0, *map(len, features)])
        start_by_split = dict(zip(used, starts.tolist(), strict=False))
        self._starts = np.array([start_by_split[run.split] for run in runs])
        self._target_starts = np.zeros(len(runs), dtype=np.int64)
        self._targets = []
        for segment in segments:
            models = range(len(runs))[segment.models]
            lengths = [len(self.tables[m].y) for m in models]
            self._target_starts[segment.models] = np.cumsum([0, *lengths[:-1]])
            encoded = [objectives[m].codec.encode(self.tables[m].y, dtype) for m in models]
            self._targets.append(torch.cat(encoded).to(device))
        self._usable_train = [table.usable_train for table in self.tables]
        self._train_weight = [table.train_weight for table in self.tables]
        # Sums of weights over all rows, on the host.
        self.train_weight = np.array([weight.sum() for weight in self._train_weight])
        self.batch_weight = np.zeros((0, len(runs)))  # of the current epoch's batches
        self.has_validation = all(len(table.validation) for table in self.tables)
        weights = [table.validation_weight for table in self.tables]
        self.validation_weight = np.array([weight.sum() for weight in weights])
        self.validation: list[Batch] = []  # the same after every epoch, so they stay on the device
        if self.has_validation:
            rows = [table.validation for table in self.tables]
            padded = pad_batches(rows, weights, ROWS_PER_EVALUATION)
            self.validation = list(self._iterate(padded))

    def _iterate(self, padded: PaddedRows) -> Iterator[Batch]:
        return iterate_batches(padded, self._starts, self._target_starts, self.features)

    def iterate_epoch(self, epoch: int) -> Iterator[Batch]:
        """Yield the training batches of one epoch."""
        orders: dict[tuple[int, int], np.ndarray] = {}
        rows, weights = [], []
        for run, usable, weight in zip(
            self.runs, self._usable_train, self._train_weight, strict=True
        ):
            key = (run.seed, len(usable))
            if key not in orders:
                orders[key] = draw_batch_order(len(usable), run.seed, epoch)
            rows.append(usable[orders[key]])
            weights.append(weight[orders[key]])
        padded = pad_batches(rows, weights, self.runs[0].batch_size)
        self.batch_weight = padded.weight.sum(-1)
        for start in range(0, len(padded.counts), _STEPS_AHEAD):
            yield from self._iterate(padded.select(start, start + _STEPS_AHEAD))

    def iterate_test(self) -> Iterator[Batch]:
        """Yield the test rows in batches."""
        rows = [table.test for table in self.tables]
        weights = [np.ones(len(of_model)) for of_model in rows]
        return self._iterate(pad_batches(rows, weights, ROWS_PER_EVALUATION))

    def gather_inputs(self, batch: Batch) -> Tensor:
        """Gather the features of a batch, ``(M, B, F)``."""
        models, rows = batch.features.shape
        return self.features.index_select(0, batch.features.view(-1)).view(models, rows, -1)

    def gather_targets(self, batch: Batch) -> list[Tensor]:
        """Gather the targets of each segment's models, ``(m, B)`` or ``(m, B, K)``."""
        parts = []
        for segment, targets in zip(self._segments, self._targets, strict=True):
            rows = batch.targets[segment.models]
            selected = targets.index_select(0, rows.reshape(-1))
            parts.append(selected.view(*rows.shape, *targets.shape[1:]))
        return parts
