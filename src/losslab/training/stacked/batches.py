"""Padded batches of rows for many models at once, laid out on the host."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from losslab.training.layout import padded
from losslab.training.prepared import Rows

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
    longest, width = max(len(part) for part in parts), padded(size)
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
