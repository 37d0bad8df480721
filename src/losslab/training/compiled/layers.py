"""Weight matrices forward and transposed, for some rows of a batch."""

from losslab.training.compiled import pointers
from losslab.training.compiled.fates import drop
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.matmul import multiply, multiply_by_rows, transpose
from losslab.training.compiled.memory import padded
from losslab.training.compiled.state import Fates, Room
from losslab.training.compiled.views import block, matrix

# A layer of fewer outputs is worked on transposed: the long side then lies in the vectors.
NARROW = 16


@inner
def turn(weights: Array, sizes: Array, turned: Array) -> None:
    """Transpose every weight matrix into its place in ``turned``."""
    start = 0
    for layer in range(len(sizes) - 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        turn_rows(weights, turned, start, inputs, outputs, 0, inputs)
        start += padded(inputs * outputs) + padded(outputs)


@inner
def turn_rows(
    weights: Array, turned: Array, start: int, inputs: int, outputs: int, first: int, last: int
) -> None:
    """Transpose the rows ``first`` to ``last`` of the weight matrix that begins at ``start``."""
    rows = matrix(weights, start + first * outputs, last - first, outputs)
    transpose(rows, block(turned, start + first, outputs, last - first, inputs))


@inner
def forward(
    weights: Array,
    sizes: Array,
    activate: int,
    room: Room,
    rows: tuple[int, int, int],
    fates: Fates,
) -> int:
    """Compute every layer's output before and after its activation, from its input in ``after``.

    The last of ``before`` is ``z``, where this returns its place. ``rows`` are how many the batch
    has, and the first and last (not included) of them to be worked on.
    """
    size, first, last = rows
    start, place, hidden = 0, 0, len(sizes) - 2
    for layer in range(hidden + 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        weight = matrix(weights, start, inputs, outputs)
        flat = matrix(room.turned, start, outputs, inputs)
        start += padded(inputs * outputs)
        bias = matrix(weights, start, 1, outputs)
        start += padded(outputs)
        x = matrix(room.after, place + first * inputs, last - first, inputs)
        place += padded(size * inputs)
        z = matrix(room.before, place + first * outputs, last - first, outputs)
        if outputs < NARROW:
            multiply_by_rows(x, flat, bias, z)
        else:
            multiply(x, weight, bias, z, room.panel)
        if layer < hidden:
            y = matrix(room.after, place + first * outputs, last - first, outputs)
            pointers.activate(activate, z, y)
            if fates.threshold:
                drop(y, fates, layer, first)
    return place
