"""What a fleet does step by step: padded batches and learning rates, put on the device first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.mlp import round_up
from losslab.training.run import Run, compute_learning_rates
from losslab.training.split_arrays import Rows

# Rows evaluated at a time, which bounds the memory. Always as many, so that a model's sums are
# added in the same order whatever the length of its siblings' parts.
EVALUATED = 128

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Blocks:
    """Consecutive batches of ``M`` models, padded to a common length by rows of weight zero.

    Args:
        rows: ``(T, M, B)``, numbers within each model's own table; padding repeats one of them.
        weight: ``(T, M, B)``, what each row counts, and zero for padding.
        counts: ``(T, M)``, how many rows each model has, which come first.
    """

    rows: Rows
    weight: Weights
    counts: NDArray[np.int64]

    def part(self, start: int, stop: int) -> "Blocks":
        """The batches from ``start`` to ``stop``, which is not included."""
        return Blocks(self.rows[start:stop], self.weight[start:stop], self.counts[start:stop])

    def __len__(self) -> int:
        return len(self.counts)


def blocks(parts: Sequence[Rows], weights: Sequence[Weights], size: int) -> Blocks:
    """Cut every model's rows into batches; a model with fewer rows has empty ones at the end.

    Args:
        parts: each model's rows, in the order in which they are used.
        weights: what they count.
        size: rows per batch, padding not counted.
    """
    longest, width = max(len(part) for part in parts), round_up(size)
    count = -(-longest // size)
    rows = np.empty((count, len(parts), width), dtype=np.int64)
    weight = np.zeros(rows.shape)
    lengths = np.array([len(part) for part in parts])
    for m, (part, own) in enumerate(zip(parts, weights, strict=True) if count else ()):
        filled = np.full(count * size, part[0] if len(part) else 0)
        filled[: len(part)] = part
        rows[:, m, :size] = filled.reshape(count, size)
        rows[:, m, size:] = filled[-1]
        filled = np.zeros(count * size)
        filled[: len(part)] = own
        weight[:, m, :size] = filled.reshape(count, size)
    counts = np.clip(lengths - size * np.arange(count)[:, np.newaxis], 0, size)
    return Blocks(rows, weight, counts)


@dataclass(frozen=True)
class Pace:
    """One epoch of ``M`` models, on the device.

    Args:
        lr: the learning rate of every step, ``(T, M, 1)``.
        count: steps made at the end of every step, ``(T, M, 1)`` in float64.
        made: the same before it, in int64.
    """

    lr: Tensor
    count: Tensor
    made: Tensor


def pace(runs: Sequence[Run], rows: Sequence[int], epoch: int, like: Tensor) -> Pace:
    """Plan an epoch; what it says of steps at which a model rests means nothing.

    Args:
        runs: the fleet's.
        rows: how many training rows each has.
        epoch: counted from 0.
        like: a tensor whose dtype and device are taken.
    """
    each = [compute_learning_rates(run, epoch, n) for run, n in zip(runs, rows, strict=True)]
    own = np.array([len(rates) for rates in each])
    longest = int(own.max())
    lr = np.zeros((longest, len(runs), 1))
    for m, rates in enumerate(each):
        lr[: len(rates), m, 0] = rates
    made = epoch * own[:, np.newaxis] + np.arange(longest)[:, np.newaxis, np.newaxis]
    return Pace(
        lr=torch.from_numpy(lr).to(like),
        count=torch.from_numpy(made + 1.0).to(like.device),
        made=torch.from_numpy(made).to(like.device),
    )


@dataclass(frozen=True)
class Batch:
    """One batch of every model.

    Args:
        features: ``(M * B,)``, rows of the features of all splits.
        targets: ``(M, B)``, rows of the targets of each model's segment.
        counts: how many real rows each model has.
        weight: ``(M, B)``, zero for padding; None where every row of every model counts one.
        total: ``(M,)``, the sums of the weights, one where that is zero.
        share: ``(M, B)``, the gradient of a batch's mean in its rows: weight over sum.
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
