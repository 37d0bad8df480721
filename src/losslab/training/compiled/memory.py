"""Where the layers lie in the room of a batch."""

from losslab.training import layout
from losslab.training.compiled.jit import Array, inner

padded = inner(layout.padded)


@inner
def place_of_last(sizes: Array, rows: int) -> int:
    """Where the last layer begins among ``rows`` rows of all layers."""
    place = 0
    for layer in range(len(sizes) - 1):
        place += padded(rows * sizes[layer])
    return place


@inner
def gather(features: Array, chosen: Array, x: Array) -> None:
    """Copy the chosen rows of ``features`` into ``x``."""
    for r in range(len(chosen)):
        row = chosen[r]
        for j in range(x.shape[1]):
            x[r, j] = features[row, j]
