"""The way back: slopes layer by layer, and the optimizer's steps that follow from them."""

from losslab.training.compiled import pointers
from losslab.training.compiled.fates import drop
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.layers import NARROW, turn_rows
from losslab.training.compiled.matmul import FAR, multiply, transpose
from losslab.training.compiled.memory import padded, place_of_last
from losslab.training.compiled.state import (
    ROWS,
    WEIGHTS,
    Batch,
    Calls,
    Fates,
    Model,
    Room,
    Share,
)
from losslab.training.compiled.tiles import TALL
from losslab.training.compiled.views import block, line, matrix, turned_block

# Rows of a large layer's weights whose sums, with the input they are made of, stay in the cache.
ROWS_AT_ONCE = 128


@inner
def bounds(count: int, part: int, parts: int) -> tuple[int, int]:
    """The first and last (not included) of ``count`` rows that a part has; whole tiles, if any."""
    first = count * part // parts // TALL * TALL
    last = count if part == parts - 1 else count * (part + 1) // parts // TALL * TALL
    return first, last


@inner
def backward(
    model: Model,
    sizes: Array,
    calls: Calls,
    room: Room,
    batch: Batch,
    fates: Fates,
    share: Share,
) -> None:
    """Take the slope in ``z`` back through all layers, update the weights, or do a part of it.

    A layer's slopes are taken through its weights before these change.
    """
    start = len(model.weights)
    place = place_of_last(sizes, batch.size)
    for layer in range(len(sizes) - 2, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        start -= padded(inputs * outputs) + padded(outputs)
        below = place - padded(batch.size * inputs)
        if layer and share.does != WEIGHTS:
            flat = matrix(room.turned, start, outputs, inputs)
            _slopes_below(flat, calls, room, place, below, batch, fates, layer - 1)
        if share.does != ROWS:
            ends = (below, inputs, place, outputs)
            _step_layer(model, ends, calls, room, start, batch, layer, share)
        place = below


@inner
def _slopes_below(
    flat: Array,
    calls: Calls,
    room: Room,
    place: int,
    below: int,
    batch: Batch,
    fates: Fates,
    layer: int,
) -> None:
    """Fill the slopes in a hidden layer's output before its activation, from the layer above.

    The one above has its slopes at ``place``, the hidden one at ``below``.
    """
    outputs, inputs = flat.shape
    rows, first = batch.last - batch.first, batch.first
    slope = matrix(room.before, place + first * outputs, rows, outputs)
    # Each row has room for the widest layer, since another core may be at another layer.
    spare = first * len(room.zeros)
    slopes = matrix(room.slopes, spare, rows, inputs)
    multiply(slope, flat, matrix(room.zeros, 0, 1, inputs), slopes, room.panel)
    z = matrix(room.before, below + first * inputs, rows, inputs)
    y = matrix(room.after, below + first * inputs, rows, inputs)
    if fates.threshold:
        drop(slopes, fates, layer, first)
        # Below, the output is needed as it was before units were dropped; but the weights above
        # still need it as it is now.
        plain = matrix(room.plain, spare, rows, inputs)
        pointers.activate(calls.activate, z, plain)
        pointers.derive(calls.derive, slopes, z, plain)
    else:
        pointers.derive(calls.derive, slopes, z, y)


@inner
def _step_layer(
    model: Model,
    ends: tuple[int, int, int, int],
    calls: Calls,
    room: Room,
    start: int,
    batch: Batch,
    layer: int,
    share: Share,
) -> None:
    """Update a part's rows of a layer's weights, and its biases.

    A row is summed up over the whole batch by whoever has it, so that a step gives the same bits
    however many parts there are. ``ends`` are where the layer's input lies, how wide it is, and
    the same of the slopes in its output.
    """
    _, inputs, place, outputs = ends
    first, last = bounds(inputs, share.part, share.parts)
    is_last = share.part == share.parts - 1
    if outputs < NARROW:
        # All of it is one part's, since the long side lies in the vectors.
        first, last = 0, inputs if is_last else 0
    if is_last:  # the biases lie behind the last row, and are stepped on with it
        bias = line(room.gradient, start + padded(inputs * outputs), outputs)
        _sum_rows(matrix(room.before, place, batch.size, outputs), bias)
    # A large input is taken in parts that stay at hand, each followed by its optimizer's step.
    far = outputs >= NARROW and batch.size * inputs * room.after.itemsize > FAR
    far = far and ROWS_AT_ONCE * batch.size <= len(room.across)
    height = ROWS_AT_ONCE if far else last - first
    while first < last:
        rows = (first, min(first + height, last))
        _sum_products(ends, room, start, batch, rows, far)
        _step_rows(model, ends, calls, room, start, batch, layer, rows)
        first += height


@inner
def _sum_products(
    ends: tuple[int, int, int, int],
    room: Room,
    start: int,
    batch: Batch,
    rows: tuple[int, int],
    far: bool,
) -> None:
    """Fill the gradient of some rows of a layer's weights."""
    below, inputs, place, outputs = ends
    first, last = rows
    slope = matrix(room.before, place, batch.size, outputs)
    if outputs < NARROW:
        flat = matrix(room.turned, start, outputs, inputs)
        x = matrix(room.after, below, batch.size, inputs)
        turned_slope = turned_block(room.before, place, outputs, batch.size, outputs)
        multiply(turned_slope, x, matrix(room.zeros, 0, 1, inputs), flat, room.panel)
        transpose(flat, block(room.gradient, start, inputs, outputs, outputs))
        return
    gradient = matrix(room.gradient, start + first * outputs, last - first, outputs)
    zeros = matrix(room.zeros, 0, 1, outputs)
    if far:
        x = block(room.after, below + first, batch.size, last - first, inputs)
        across = matrix(room.across, 0, last - first, batch.size)
        transpose(x, across)
        multiply(across, slope, zeros, gradient, room.panel)
    else:
        turned_x = turned_block(room.after, below + first, last - first, batch.size, inputs)
        multiply(turned_x, slope, zeros, gradient, room.panel)


@inner
def _step_rows(
    model: Model,
    ends: tuple[int, int, int, int],
    calls: Calls,
    room: Room,
    start: int,
    batch: Batch,
    layer: int,
    rows: tuple[int, int],
) -> None:
    """Let the optimizer and the penalty step on some rows, with the biases behind the last one."""
    _, inputs, _, outputs = ends
    first, last = rows
    low, count = start + first * outputs, (last - first) * outputs
    if last == inputs:
        count = start + padded(inputs * outputs) + outputs - low
    pointers.update(
        *(calls.update, line(model.weights, low, count), line(room.gradient, low, count)),
        *(model.slots, model.settings, batch.rate, batch.number, low),
    )
    pointers.shrink(
        *(calls.shrink, matrix(model.weights, low, last - first, outputs), model.slots),
        *(model.settings, model.penalty, batch.rate, batch.number, low, layer),
    )
    if layer or outputs < NARROW:  # nobody reads the first layer's otherwise
        turn_rows(model.weights, room.turned, start, inputs, outputs, first, last)


@inner
def _sum_rows(rows: Array, sums: Array) -> None:
    for j in range(len(sums)):
        sums[j] = 0.0
    for r in range(rows.shape[0]):
        for j in range(len(sums)):
            sums[j] += rows[r, j]
