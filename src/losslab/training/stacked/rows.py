"""The rows of a fleet's splits, and which of them each model uses."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from losslab.training.prepared import Prepared
from losslab.training.run import Run
from losslab.training.stacked.batches import Batch, all_rows, epoch_batches
from losslab.training.stacked.segments import Segment


class FleetRows:
    """The features of all splits in one tensor, and which of its rows each model uses."""

    def __init__(
        self,
        runs: Sequence[Run],
        tables: Sequence[Prepared],
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        used = sorted({run.split for run in runs})
        self.n_features = tables[used[0]].n_features
        stacked = [torch.as_tensor(np.ascontiguousarray(tables[s].X)).to(dtype) for s in used]
        starts = np.cumsum([0, *(len(part) for part in stacked)])
        self.stacked = torch.cat(stacked).to(device)
        place = {split: int(start) for split, start in zip(used, starts, strict=False)}
        self.starts = torch.tensor([place[run.split] for run in runs], device=device).unsqueeze(1)
        own = [tables[run.split] for run in runs]
        lengths = [len(table.y) for table in own]
        self.target_starts = torch.tensor(np.cumsum([0, *lengths[:-1]]), device=device)
        self.train = [table.train for table in own]
        self.validation = [table.validation for table in own]
        self.test = [table.test for table in own]
        self.has_validation = all(len(rows) for rows in self.validation)

    def epoch(self, epoch: int, runs: Sequence[Run]) -> Iterator[Batch]:
        """The training batches of one epoch."""
        seeds = [run.seed for run in runs]
        return epoch_batches(self.train, seeds, epoch, runs[0].batch_size, self.stacked)

    def all(self, part: str) -> Iterator[Batch]:
        """All rows of a part of the split, in blocks."""
        return all_rows(getattr(self, part), self.stacked)

    def features(self, batch: Batch) -> Tensor:
        """The features of a batch, ``(M, B, F)``."""
        rows = (batch.rows + self.starts).flatten()
        return self.stacked.index_select(0, rows).view(*batch.rows.shape, -1)

    def targets(self, targets: Tensor, batch: Batch, segment: Segment) -> Tensor:
        """The targets of a segment's models in a batch, ``(M, B)`` or ``(M, B, K)``."""
        part = slice(segment.first, segment.last)
        starts = self.target_starts[part] - self.target_starts[segment.first]
        rows = batch.rows[part] + starts.unsqueeze(1)
        return targets.index_select(0, rows.flatten()).view(*rows.shape, *targets.shape[1:])
