"""Dropout by the hash that all engines share."""

from losslab.training import dropout
from losslab.training.compiled.jit import Array, inner, with_globals
from losslab.training.compiled.state import Fates

_mixed = {"mixed": inner(dropout.mixed)}
row_key = inner(with_globals(dropout.row_key, _mixed))
fate = inner(with_globals(dropout.fate, _mixed))


@inner
def drop(y: Array, fates: Fates, layer: int, first: int) -> None:
    """Set units to zero where their fate says so, and scale up the others.

    Args:
        y: some rows of a hidden layer's outputs, or of the slopes in them.
        fates: what the hash depends on, and where it cuts.
        layer: counted from 0.
        first: the place in the batch of the first row.
    """
    scale, zero = y.dtype.type(fates.scale), y.dtype.type(0.0)
    for r in range(y.shape[0]):
        key = row_key(fates.seed, fates.step, layer, first + r)
        for j in range(y.shape[1]):
            y[r, j] = zero if fate(key, j) < fates.threshold else y[r, j] * scale
