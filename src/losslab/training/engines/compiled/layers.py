"""Layers forward and backward: activations, gradients, and the optimizer's steps that follow."""

from losslab.training import dropout, mlp
from losslab.training.engines.compiled import pointers
from losslab.training.engines.compiled.gemm import FAR, TALL, multiply, multiply_by_rows, transpose
from losslab.training.engines.compiled.jit import Array, inner, with_globals
from losslab.training.engines.compiled.state import (
    ROWS,
    WEIGHTS,
    Batch,
    Calls,
    DropoutMasks,
    Model,
    Share,
    Workspace,
)
from losslab.training.engines.compiled.views import block, line, matrix, turned_block

padded = inner(mlp.round_up)


@inner
def offset_of_last(sizes: Array, rows: int) -> int:
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


_mixing = {"mix_bits": inner(dropout.mix_bits)}
row_key = inner(with_globals(dropout.hash_row, _mixing))
dropout_hash = inner(with_globals(dropout.dropout_hash, _mixing))


@inner
def apply_dropout(y: Array, fates: DropoutMasks, layer: int, first: int) -> None:
    """Set units to zero where their fate says so, and scale up the others.

    Args:
        y: some rows of a hidden layer's outputs, or of the gradients in them.
        fates: what the hash depends on, and where it cuts.
        layer: counted from 0.
        first: the place in the batch of the first row.
    """
    scale, zero = y.dtype.type(fates.scale), y.dtype.type(0.0)
    for r in range(y.shape[0]):
        key = row_key(fates.seed, fates.step, layer, first + r)
        for j in range(y.shape[1]):
            y[r, j] = zero if dropout_hash(key, j) < fates.threshold else y[r, j] * scale


# A layer of fewer outputs is worked on transposed: the long side then lies in the vectors.
NARROW = 16


@inner
def transpose_weights(weights: Array, sizes: Array, turned: Array) -> None:
    """Transpose every weight matrix into its place in ``turned``."""
    start = 0
    for layer in range(len(sizes) - 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        transpose_weight_rows(weights, turned, start, inputs, outputs, 0, inputs)
        start += padded(inputs * outputs) + padded(outputs)


@inner
def transpose_weight_rows(
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
    room: Workspace,
    rows: tuple[int, int, int],
    fates: DropoutMasks,
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
        flat = matrix(room.transposed, start, outputs, inputs)
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
                apply_dropout(y, fates, layer, first)
    return place


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
    room: Workspace,
    batch: Batch,
    fates: DropoutMasks,
    share: Share,
) -> None:
    """Take the upstream in ``z`` back through all layers, update the weights, or do a part of it.

    A layer's gradients are taken through its weights before these change.
    """
    start = len(model.weights)
    place = offset_of_last(sizes, batch.size)
    for layer in range(len(sizes) - 2, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        start -= padded(inputs * outputs) + padded(outputs)
        below = place - padded(batch.size * inputs)
        if layer and share.does != WEIGHTS:
            flat = matrix(room.transposed, start, outputs, inputs)
            _gradients_below(flat, calls, room, place, below, batch, fates, layer - 1)
        if share.does != ROWS:
            ends = (below, inputs, place, outputs)
            _step_layer(model, ends, calls, room, start, batch, layer, share)
        place = below


@inner
def _gradients_below(
    flat: Array,
    calls: Calls,
    room: Workspace,
    place: int,
    below: int,
    batch: Batch,
    fates: DropoutMasks,
    layer: int,
) -> None:
    """Fill the gradients in a hidden layer's output before its activation, from the layer above.

    The one above has its gradients at ``place``, the hidden one at ``below``.
    """
    outputs, inputs = flat.shape
    rows, first = batch.last - batch.first, batch.first
    upstream = matrix(room.before, place + first * outputs, rows, outputs)
    # Each row has room for the widest layer, since another core may be at another layer.
    spare = first * len(room.zeros)
    gradients = matrix(room.gradients, spare, rows, inputs)
    multiply(upstream, flat, matrix(room.zeros, 0, 1, inputs), gradients, room.panel)
    z = matrix(room.before, below + first * inputs, rows, inputs)
    y = matrix(room.after, below + first * inputs, rows, inputs)
    if fates.threshold:
        apply_dropout(gradients, fates, layer, first)
        # Below, the output is needed as it was before units were dropped; but the weights above
        # still need it as it is now.
        plain = matrix(room.plain, spare, rows, inputs)
        pointers.activate(calls.activate, z, plain)
        pointers.activation_gradient(calls.activation_gradient, gradients, z, plain)
    else:
        pointers.activation_gradient(calls.activation_gradient, gradients, z, y)


@inner
def _step_layer(
    model: Model,
    ends: tuple[int, int, int, int],
    calls: Calls,
    room: Workspace,
    start: int,
    batch: Batch,
    layer: int,
    share: Share,
) -> None:
    """Update a part's rows of a layer's weights, and its biases.

    A row is summed up over the whole batch by whoever has it, so that a step gives the same bits
    however many parts there are. ``ends`` are where the layer's input lies, how wide it is, and
    the same of the gradients in its output.
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
    room: Workspace,
    start: int,
    batch: Batch,
    rows: tuple[int, int],
    far: bool,
) -> None:
    """Fill the gradient of some rows of a layer's weights."""
    below, inputs, place, outputs = ends
    first, last = rows
    upstream = matrix(room.before, place, batch.size, outputs)
    if outputs < NARROW:
        flat = matrix(room.transposed, start, outputs, inputs)
        x = matrix(room.after, below, batch.size, inputs)
        transposed_upstream = turned_block(room.before, place, outputs, batch.size, outputs)
        multiply(transposed_upstream, x, matrix(room.zeros, 0, 1, inputs), flat, room.panel)
        transpose(flat, block(room.gradient, start, inputs, outputs, outputs))
        return
    gradient = matrix(room.gradient, start + first * outputs, last - first, outputs)
    zeros = matrix(room.zeros, 0, 1, outputs)
    if far:
        x = block(room.after, below + first, batch.size, last - first, inputs)
        across = matrix(room.across, 0, last - first, batch.size)
        transpose(x, across)
        multiply(across, upstream, zeros, gradient, room.panel)
    else:
        turned_x = turned_block(room.after, below + first, last - first, batch.size, inputs)
        multiply(turned_x, upstream, zeros, gradient, room.panel)


@inner
def _step_rows(
    model: Model,
    ends: tuple[int, int, int, int],
    calls: Calls,
    room: Workspace,
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
        *(model.state, model.settings, batch.rate, batch.number, low),
    )
    pointers.proximal_step(
        *(calls.proximal_step, matrix(model.weights, low, last - first, outputs), model.state),
        *(model.settings, model.penalty, batch.rate, batch.number, low, layer),
    )
    if layer or outputs < NARROW:  # nobody reads the first layer's otherwise
        transpose_weight_rows(model.weights, room.transposed, start, inputs, outputs, first, last)


@inner
def _sum_rows(rows: Array, sums: Array) -> None:
    for j in range(len(sums)):
        sums[j] = 0.0
    for r in range(rows.shape[0]):
        for j in range(len(sums)):
            sums[j] += rows[r, j]
