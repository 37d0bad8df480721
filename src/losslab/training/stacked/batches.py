"""Padded batches of rows for many models at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from losslab.training.initial import batch_order
from losslab.training.layout import padded
from losslab.training.prepared import Rows

# Rows evaluated at a time, which bounds the memory. Always as many, so that a model's sums are
# added in the same order whatever the length of its siblings' parts.
EVALUATED = 128


@dataclass(frozen=True)
class Batch:
    """Row numbers of ``M`` models, padded to a common length by rows of weight zero.

    Args:
        rows: ``(M, B)``, numbers within each model's own table; padding repeats row 0.
        weight: ``(M, B)``, one for a real row and zero for padding.
        counts: how many real rows each model has.
    """

    rows: Tensor
    weight: Tensor
    counts: tuple[int, ...]


def epoch_batches(
    train: Sequence[Rows], seeds: Sequence[int], epoch: int, batch_size: int, like: Tensor
) -> Iterator[Batch]:
    """Yield the batches of one epoch; a model with fewer rows has empty batches at the end.

    Args:
        train: each model's training rows.
        seeds: each model's seed, which orders its rows.
        epoch: counted from 0.
        batch_size: real rows per batch, padding not counted.
        like: a tensor whose dtype and device the batches take.
    """
    orders = [
        rows[batch_order(len(rows), seed, epoch)] for rows, seed in zip(train, seeds, strict=True)
    ]
    yield from _blocks(orders, batch_size, like)


def all_rows(parts: Sequence[Rows], like: Tensor) -> Iterator[Batch]:
    """Yield every model's rows in order, in blocks of ``EVALUATED``."""
    yield from _blocks(parts, EVALUATED, like)


def _blocks(orders: Sequence[Rows], size: int, like: Tensor) -> Iterator[Batch]:
    longest = max(len(order) for order in orders)
    for start in range(0, longest, size):
        yield _pad([order[start : start + size] for order in orders], padded(size), like)


def _pad(chosen: Sequence[Rows], width: int, like: Tensor) -> Batch:
    rows = np.zeros((len(chosen), width), dtype=np.int64)
    weight = np.zeros((len(chosen), width))
    for m, present in enumerate(chosen):
        rows[m, : len(present)] = present
        weight[m, : len(present)] = 1.0
    return Batch(
        rows=torch.from_numpy(rows).to(like.device),
        weight=torch.from_numpy(weight).to(like),
        counts=tuple(len(present) for present in chosen),
    )


def joined(blocks: Sequence[tuple[Tensor, Batch]]) -> tuple[Tensor, Batch]:
    """Put consecutive blocks of rows, with what was computed for them, into one.

    Only a model's last block is padded, so its real rows come first.
    """
    batches = [batch for _, batch in blocks]
    counts = zip(*(batch.counts for batch in batches), strict=True)
    return torch.cat([z for z, _ in blocks], dim=1), Batch(
        rows=torch.cat([batch.rows for batch in batches], dim=1),
        weight=torch.cat([batch.weight for batch in batches], dim=1),
        counts=tuple(sum(own) for own in counts),
    )
