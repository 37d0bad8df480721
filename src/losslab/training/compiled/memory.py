"""Room for the numbers of a batch, and parts of it as matrices."""

import numpy as np

from losslab.training import layout
from losslab.training.compiled.jit import Array, inner

LINE = 64  # bytes of a cache line and of the widest vector


padded = inner(layout.padded)


@inner
def room(count: int, like: Array) -> Array:
    """An array of ``count`` numbers that begins at a cache line."""
    spare = LINE // like.itemsize
    numbers = np.empty(count + spare, like.dtype)
    first = (-numbers.ctypes.data % LINE) // like.itemsize
    return numbers[first : first + count]


@inner
def matrix(flat: Array, start: int, rows: int, columns: int) -> Array:
    """A part of a flat array as a matrix."""
    return flat[start : start + rows * columns].reshape(rows, columns)


@inner
def layers_room(sizes: Array, rows: int) -> int:
    """How many numbers ``rows`` rows of all layers take."""
    total = 0
    for size in sizes:
        total += padded(rows * size)
    return total


@inner
def widest_layer(sizes: Array, rows: int) -> int:
    """How many numbers ``rows`` rows of the widest layer take."""
    widest = 0
    for size in sizes:
        widest = max(widest, padded(rows * size))
    return widest


@inner
def largest_weight(sizes: Array) -> int:
    """How many numbers the largest weight matrix has."""
    largest = 0
    for layer in range(len(sizes) - 1):
        largest = max(largest, sizes[layer] * sizes[layer + 1])
    return largest


@inner
def gather(features: Array, chosen: Array, x: Array) -> None:
    """Copy the chosen rows of ``features`` into ``x``."""
    for r in range(len(chosen)):
        row = chosen[r]
        for j in range(x.shape[1]):
            x[r, j] = features[row, j]
