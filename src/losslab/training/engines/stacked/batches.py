"""Padded batches and learning rates of a fleet, moved to the device ahead of the steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from losslab.training.mlp import round_up
from losslab.training.run import Run, compute_learning_rates
from losslab.training.split_arrays import Rows

# Rows evaluated at a time, which bounds the memory. Always the same number, so that a model's sums
# are added in the same order whatever the number of its siblings' rows.
ROWS_PER_EVALUATION = 128

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class PaddedRows:
    """Consecutive batches of ``M`` models, padded to a common length by rows of weight zero.

    Args:
        rows: ``(T, M, B)``, row numbers within each model's own table; padding repeats one of them.
        weight: ``(T, M, B)``, sample weights, zero for padding.
        counts: ``(T, M)``, the number of each model's real rows, which come first.
    """

    rows: Rows
    weight: Weights
    counts: NDArray[np.int64]

    def select(self, start: int, stop: int) -> "PaddedRows":
        """Select the batches from ``start`` to ``stop``, which is excluded."""
        return PaddedRows(self.rows[start:stop], self.weight[start:stop], self.counts[start:stop])


def pad_batches(rows_by_model: Sequence[Rows], weights: Sequence[Weights], size: int) -> PaddedRows:
    """Cut every model's rows into batches; a model with fewer rows has empty ones at the end.

    Args:
        rows_by_model: each model's rows, in the order in which they are used.
        weights: their sample weights.
        size: rows per batch, padding not counted.
    """
    lengths = np.array([len(rows) for rows in rows_by_model])
    n_batches, width = -(-int(lengths.max()) // size), round_up(size)
    padded = np.empty((n_batches, len(rows_by_model), width), dtype=np.int64)
    weight = np.zeros(padded.shape)
    for m, (rows, row_weight) in enumerate(
        zip(rows_by_model, weights, strict=True) if n_batches else ()
    ):
        filled = np.full(n_batches * size, rows[0] if len(rows) else 0)
        filled[: len(rows)] = rows
        padded[:, m, :size] = filled.reshape(n_batches, size)
        padded[:, m, size:] = filled[-1]
        filled = np.zeros(n_batches * size)
        filled[: len(rows)] = row_weight
        weight[:, m, :size] = filled.reshape(n_batches, size)
    counts = np.clip(lengths - size * np.arange(n_batches)[:, np.newaxis], 0, size)
    return PaddedRows(padded, weight, counts)


@dataclass(frozen=True)
class StepPlan:
    """The steps of one epoch of ``M`` models, on the device.

    Args:
        lr: the learning rate of every step, ``(T, M, 1)``.
        count: number of every step, from 1, ``(T, M, 1)`` in float64.
        steps_done: steps before every step, in int64.
    """

    lr: Tensor
    count: Tensor
    steps_done: Tensor


def plan_steps(runs: Sequence[Run], n_rows: Sequence[int], epoch: int, like: Tensor) -> StepPlan:
    """Plan an epoch; values for steps at which a model has no batch are arbitrary.

    Args:
        runs: the fleet's.
        n_rows: the number of training rows of each.
        epoch: counted from 0.
        like: a tensor of the plan's dtype and device.
    """
    rates = [compute_learning_rates(run, epoch, n) for run, n in zip(runs, n_rows, strict=True)]
    steps = np.array([len(of_model) for of_model in rates])
    longest = int(steps.max())
    lr = np.zeros((longest, len(runs), 1))
    for m, of_model in enumerate(rates):
        lr[: len(of_model), m, 0] = of_model
    done = epoch * steps[:, np.newaxis] + np.arange(longest)[:, np.newaxis, np.newaxis]
    return StepPlan(
        lr=torch.from_numpy(lr).to(like),
        count=torch.from_numpy(done + 1.0).to(like.device),
        steps_done=torch.from_numpy(done).to(like.device),
    )


@dataclass(frozen=True)
class Batch:
    """One batch of every model.

    Args:
        features: ``(M, B)``, rows of the features of all splits.
        targets: ``(M, B)``, rows of the targets of each model's segment.
        counts: the number of each model's real rows.
        weight: ``(M, B)``, zero for padding; None where all weights of all models are one.
        total: ``(M,)``, the sums of the weights, one where that is zero.
        share: ``(M, B)``, the gradient of the batch's mean in its rows: weight over sum.
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

    def select(self, models: slice) -> "Batch":
        """Select the part of neighboring models."""
        if (models.start, models.stop) == (0, len(self.counts)):
            return self
        return Batch(
            features=self.features[models],
            targets=self.targets[models],
            counts=self.counts[models],
            weight=None if self.weight is None else self.weight[models],
            total=self.total[models],
            share=self.share[models],
            absent=None if self.absent is None else self.absent[models],
            resting=None,
        )


def iterate_batches(
    padded: PaddedRows,
    starts: NDArray[np.int64],
    target_starts: NDArray[np.int64],
    like: Tensor,
) -> Iterator[Batch]:
    """Move all batches to the device at once, which then needs nothing from the host; yield them.

    Args:
        padded: their rows and weights.
        starts: where each model's table begins among the features, ``(M,)``.
        target_starts: where it begins among its segment's targets, ``(M,)``.
        like: a tensor of the batches' dtype and device.
    """
    device = like.device
    sums = padded.weight.sum(-1)
    features = torch.from_numpy(padded.rows + starts[:, np.newaxis]).to(device)
    targets = torch.from_numpy(padded.rows + target_starts[:, np.newaxis]).to(device)
    weight = torch.from_numpy(padded.weight).to(like)
    total = torch.from_numpy(np.where(sums == 0, 1.0, sums)).to(like)
    # As autograd does it: the reciprocal first, and rounded.
    share = weight * total.reciprocal().unsqueeze(-1)
    absent = weight == 0
    has_absent = (padded.weight == 0).any((1, 2))
    is_unweighted = (padded.weight == 1).all((1, 2))
    resting = [
        torch.from_numpy(np.flatnonzero(counts == 0)).to(device) if not counts.all() else None
        for counts in padded.counts
    ]
    for t, counts in enumerate(padded.counts):
        yield Batch(
            features=features[t],
            targets=targets[t],
            counts=tuple(counts.tolist()),
            weight=None if is_unweighted[t] else weight[t],
            total=total[t],
            share=share[t],
            absent=absent[t] if has_absent[t] else None,
            resting=resting[t],
        )


def concatenate_batches(batches: list[tuple[Tensor, Batch]]) -> tuple[Tensor, Batch]:
    """Concatenate consecutive batches, and the outputs computed for them.

    Only a model's last batch is padded, so its real rows come first.
    """
    if len(batches) == 1:
        return batches[0]
    parts = [batch for _, batch in batches]
    weight = torch.cat(
        [torch.ones_like(b.share) if b.weight is None else b.weight for b in parts], dim=1
    )
    total = weight.sum(1)
    total = total.where(total != 0, 1.0)
    return torch.cat([z for z, _ in batches], dim=1), Batch(
        features=torch.cat([batch.features for batch in parts], dim=1),
        targets=torch.cat([batch.targets for batch in parts], dim=1),
        counts=tuple(map(sum, zip(*(batch.counts for batch in parts), strict=True))),
        weight=weight,
        total=total,
        share=weight / total.unsqueeze(1),
        absent=weight == 0,
        resting=None,
    )
