"""What a fleet does step by step, put on the device before the first of the steps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.stacked.batches import Blocks


@dataclass(frozen=True)
class Batch:
    """One batch of every model.

    Args:
        features: ``(M * B,)``, rows of the features of all splits.
        targets: ``(M, B)``, rows of the targets of each model's segment.
        counts: how many real rows each model has.
        weight: ``(M, B)``, zero for padding; None where every row of every model counts one.
        total: ``(M,)``, the sums of the weights, one where that is zero.
        share: ``(M, B)``, the slope of a batch's mean in its rows: weight over sum.
        absent: ``(M, B)``, which rows have weight zero; None where none has.
        resting: the models without a row; None where there are none.
    """

    features: Tensor
    targets: Tensor
    counts: tuple[int, ...]
    weight: Tensor | None
    total: Tensor
    share: Tensor
    absent: Tensor | None
    resting: Tensor | None

    def of(self, first: int, last: int) -> "Batch":
        """The part of neighbouring models."""
        if (first, last) == (0, len(self.counts)):
            return self
        part = slice(first, last)
        return Batch(
            features=self.features,
            targets=self.targets[part],
            counts=self.counts[part],
            weight=None if self.weight is None else self.weight[part],
            total=self.total[part],
            share=self.share[part],
            absent=None if self.absent is None else self.absent[part],
            resting=None,
        )


class Plan:
    """Consecutive batches of ``M`` models on the device, which then needs nothing from the host.

    Args:
        blocks: their rows and weights.
        starts: where each model's table begins among the features, ``(M,)``.
        target_starts: where it begins among its segment's targets, ``(M,)``.
        like: a tensor whose dtype and device are taken.
    """

    def __init__(
        self,
        blocks: Blocks,
        starts: NDArray[np.int64],
        target_starts: NDArray[np.int64],
        like: Tensor,
    ) -> None:
        device = like.device
        self._blocks = blocks
        total = blocks.weight.sum(-1)
        safe = torch.from_numpy(np.where(total == 0, 1.0, total)).to(like)
        self._features = torch.from_numpy(blocks.rows + starts[:, np.newaxis]).to(device)
        self._targets = torch.from_numpy(blocks.rows + target_starts[:, np.newaxis]).to(device)
        self._weight = torch.from_numpy(blocks.weight).to(like)
        self._total = safe
        # As autograd does it: the inverse first, and rounded.
        self._share = self._weight * safe.reciprocal().unsqueeze(-1)
        self._absent = self._weight == 0
        self._has_absent = (blocks.weight == 0).any((1, 2))
        self._all_alike = (blocks.weight == 1).all((1, 2))
        self._resting = [
            torch.from_numpy(np.flatnonzero(counts == 0)).to(device) if not counts.all() else None
            for counts in blocks.counts
        ]

    def __iter__(self) -> Iterator[Batch]:
        for t, counts in enumerate(self._blocks.counts):
            yield Batch(
                features=self._features[t].view(-1),
                targets=self._targets[t],
                counts=tuple(counts.tolist()),
                weight=None if self._all_alike[t] else self._weight[t],
                total=self._total[t],
                share=self._share[t],
                absent=self._absent[t] if self._has_absent[t] else None,
                resting=self._resting[t],
            )


def joined(batches: list[tuple[Tensor, Batch]]) -> tuple[Tensor, Batch]:
    """Put consecutive batches, with what was computed for them, into one.

    Only a model's last batch is padded, so its real rows come first.
    """
    if len(batches) == 1:
        return batches[0]
    parts = [batch for _, batch in batches]
    shape = parts[0].share.shape[:1]
    weight = torch.cat([_weight(batch) for batch in parts], dim=1)
    total = weight.sum(1)
    safe = total.where(total != 0, 1.0)
    return torch.cat([z for z, _ in batches], dim=1), Batch(
        features=torch.cat([batch.features.view(*shape, -1) for batch in parts], dim=1).view(-1),
        targets=torch.cat([batch.targets for batch in parts], dim=1),
        counts=tuple(map(sum, zip(*(batch.counts for batch in parts), strict=True))),
        weight=weight,
        total=safe,
        share=weight / safe.unsqueeze(1),
        absent=weight == 0,
        resting=None,
    )


def _weight(batch: Batch) -> Tensor:
    return torch.ones_like(batch.share) if batch.weight is None else batch.weight
