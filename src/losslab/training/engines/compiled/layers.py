"""Forward and backward passes of the layers, and the optimizer's steps on their weights."""

from losslab.training import dropout, mlp
from losslab.training.engines.compiled import intrinsics
from losslab.training.engines.compiled.gemm import (
    TILE_ROWS,
    TLB_BYTES,
    multiply,
    multiply_transposed,
    transpose,
)
from losslab.training.engines.compiled.intrinsics import (
    view_block,
    view_matrix,
    view_transposed,
    view_vector,
)
from losslab.training.engines.compiled.jit import njit_internal, rebind_globals
from losslab.training.engines.compiled.state import (
    ROW_PHASE,
    WEIGHT_PHASE,
    Array,
    Batch,
    DropoutMasks,
    KernelPointers,
    Model,
    WorkShare,
    Workspace,
)

round_up = njit_internal(mlp.round_up)


@njit_internal
def find_last_layer(sizes: Array, rows: int) -> int:
    """Return the offset of the last layer among ``rows`` rows of all layers."""
    offset = 0
    for layer in range(len(sizes) - 1):
        offset += round_up(rows * sizes[layer])
    return offset


@njit_internal
def gather_rows(features: Array, rows: Array, x: Array) -> None:
    """Copy some rows of ``features`` into ``x``."""
    for r in range(len(rows)):
        row = rows[r]
        for j in range(x.shape[1]):
            x[r, j] = features[row, j]


_mix_bits = {"mix_bits": njit_internal(dropout.mix_bits)}
hash_row = njit_internal(rebind_globals(dropout.hash_row, _mix_bits))
dropout_hash = njit_internal(rebind_globals(dropout.dropout_hash, _mix_bits))


@njit_internal
def apply_dropout(y: Array, masks: DropoutMasks, layer: int, first: int) -> None:
    """Set dropped units to zero and scale up the others.

    Args:
        y: some rows of a hidden layer's activations, or of their gradients.
        masks: what the dropout hash depends on, and the threshold.
        layer: hidden layer, counted from 0.
        first: index of the first row in the batch.
    """
    scale, zero = y.dtype.type(masks.scale), y.dtype.type(0.0)
    for r in range(y.shape[0]):
        key = hash_row(masks.seed, masks.step, layer, first + r)
        for j in range(y.shape[1]):
            y[r, j] = zero if dropout_hash(key, j) < masks.threshold else y[r, j] * scale


# A layer with fewer outputs is computed transposed, so that the long side is vectorized.
NARROW = 16


@njit_internal
def transpose_weights(weights: Array, sizes: Array, transposed: Array) -> None:
    """Transpose every weight matrix to its offset in ``transposed``."""
    start = 0
    for layer in range(len(sizes) - 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        transpose_weight_rows(weights, transposed, start, inputs, outputs, 0, inputs)
        start += round_up(inputs * outputs) + round_up(outputs)


@njit_internal
def transpose_weight_rows(
    weights: Array, transposed: Array, start: int, inputs: int, outputs: int, first: int, last: int
) -> None:
    """Transpose the rows ``first`` to ``last`` of the weight matrix that begins at ``start``."""
    rows = view_matrix(weights, start + first * outputs, last - first, outputs)
    transpose(rows, view_block(transposed, start + first, outputs, last - first, inputs))


@njit_internal
def forward(
    weights: Array,
    sizes: Array,
    activate: int,
    workspace: Workspace,
    rows: tuple[int, int, int],
    masks: DropoutMasks,
) -> int:
    """Compute every layer's output before and after its activation; return the offset of ``z``.

    The input lies in ``activations``; ``z`` is the last layer of ``preactivations``. ``rows`` are
    the size of the batch, and the first and last (excluded) of its rows to compute.
    """
    size, first, last = rows
    start, offset, hidden = 0, 0, len(sizes) - 2
    for layer in range(hidden + 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        weight = view_matrix(weights, start, inputs, outputs)
        transposed = view_matrix(workspace.transposed_weights, start, outputs, inputs)
        start += round_up(inputs * outputs)
        bias = view_matrix(weights, start, 1, outputs)
        start += round_up(outputs)
        x = view_matrix(workspace.activations, offset + first * inputs, last - first, inputs)
        offset += round_up(size * inputs)
        z = view_matrix(workspace.preactivations, offset + first * outputs, last - first, outputs)
        if outputs < NARROW:
            multiply_transposed(x, transposed, bias, z)
        else:
            multiply(x, weight, bias, z, workspace.panel)
        if layer < hidden:
            y = view_matrix(workspace.activations, offset + first * outputs, last - first, outputs)
            intrinsics.activate(activate, z, y)
            if masks.threshold:
                apply_dropout(y, masks, layer, first)
    return offset


# Rows of a large layer's weights whose gradients stay in the cache together with the layer's input.
ROWS_PER_BLOCK = 128


@njit_internal
def partition_rows(count: int, part: int, parts: int) -> tuple[int, int]:
    """Return the first and last (excluded) of ``count`` rows of a part, in whole tiles if any."""
    first = count * part // parts // TILE_ROWS * TILE_ROWS
    last = count if part == parts - 1 else count * (part + 1) // parts // TILE_ROWS * TILE_ROWS
    return first, last


@njit_internal
def backward(
    model: Model,
    sizes: Array,
    pointers: KernelPointers,
    workspace: Workspace,
    batch: Batch,
    masks: DropoutMasks,
    share: WorkShare,
) -> None:
    """Backpropagate the gradient in ``z`` through all layers, and update the weights.

    A layer's input gradients are computed before its weights change.
    """
    start = len(model.weights)
    offset = find_last_layer(sizes, batch.size)
    for layer in range(len(sizes) - 2, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        start -= round_up(inputs * outputs) + round_up(outputs)
        input_offset = offset - round_up(batch.size * inputs)
        if layer and share.phase != WEIGHT_PHASE:
            transposed = view_matrix(workspace.transposed_weights, start, outputs, inputs)
            _compute_input_gradients(
                transposed, pointers, workspace, offset, input_offset, batch, masks, layer - 1
            )
        if share.phase != ROW_PHASE:
            ends = (input_offset, inputs, offset, outputs)
            _step_layer(model, ends, pointers, workspace, start, batch, layer, share)
        offset = input_offset


@njit_internal
def _compute_input_gradients(
    transposed: Array,
    pointers: KernelPointers,
    workspace: Workspace,
    offset: int,
    input_offset: int,
    batch: Batch,
    masks: DropoutMasks,
    layer: int,
) -> None:
    """Fill the gradients in a hidden layer's preactivations from those of the next layer.

    The upstream gradient lies at ``offset``, the hidden layer's at ``input_offset``.
    """
    outputs, inputs = transposed.shape
    rows, first = batch.last - batch.first, batch.first
    upstream = view_matrix(workspace.preactivations, offset + first * outputs, rows, outputs)
    # Each row has space for the widest layer, since another core may be at another layer.
    scratch = first * len(workspace.zeros)
    gradients = view_matrix(workspace.gradients, scratch, rows, inputs)
    zeros = view_matrix(workspace.zeros, 0, 1, inputs)
    multiply(upstream, transposed, zeros, gradients, workspace.panel)
    z = view_matrix(workspace.preactivations, input_offset + first * inputs, rows, inputs)
    y = view_matrix(workspace.activations, input_offset + first * inputs, rows, inputs)
    if masks.threshold:
        apply_dropout(gradients, masks, layer, first)
        # The activation's gradient needs the output as it was before dropout; the weights of the
        # next layer still need it as it is.
        undropped = view_matrix(workspace.undropped, scratch, rows, inputs)
        intrinsics.activate(pointers.activate, z, undropped)
        intrinsics.activation_gradient(pointers.activation_gradient, gradients, z, undropped)
    else:
        intrinsics.activation_gradient(pointers.activation_gradient, gradients, z, y)


@njit_internal
def _step_layer(
    model: Model,
    ends: tuple[int, int, int, int],
    pointers: KernelPointers,
    workspace: Workspace,
    start: int,
    batch: Batch,
    layer: int,
    share: WorkShare,
) -> None:
    """Update a part's rows of a layer's weights, and the biases.

    One part sums a row of the gradient over the whole batch, so that a step has the same bits
    however many parts there are. ``ends`` are the offset and the width of the layer's input, and
    those of the gradients in its output.
    """
    _, inputs, offset, outputs = ends
    first, last = partition_rows(inputs, share.part, share.parts)
    is_last = share.part == share.parts - 1
    if outputs < NARROW:
        # One part does all of it, since the long side is vectorized.
        first, last = 0, inputs if is_last else 0
    if is_last:  # the biases lie behind the last row and are updated with it
        bias = view_vector(workspace.weight_gradients, start + round_up(inputs * outputs), outputs)
        _sum_rows(view_matrix(workspace.preactivations, offset, batch.size, outputs), bias)
    # A large input is packed in blocks that stay in the cache, each followed by its update.
    pack = outputs >= NARROW and batch.size * inputs * workspace.activations.itemsize > TLB_BYTES
    pack = pack and ROWS_PER_BLOCK * batch.size <= len(workspace.packed_inputs)
    height = ROWS_PER_BLOCK if pack else last - first
    while first < last:
        rows = (first, min(first + height, last))
        _compute_weight_gradients(ends, workspace, start, batch, rows, pack)
        _update_rows(model, ends, pointers, workspace, start, batch, layer, rows)
        first += height


@njit_internal
def _compute_weight_gradients(
    ends: tuple[int, int, int, int],
    workspace: Workspace,
    start: int,
    batch: Batch,
    rows: tuple[int, int],
    pack: bool,
) -> None:
    """Fill the gradients of some rows of a layer's weights."""
    input_offset, inputs, offset, outputs = ends
    first, last = rows
    upstream = view_matrix(workspace.preactivations, offset, batch.size, outputs)
    if outputs < NARROW:
        flat = view_matrix(workspace.transposed_weights, start, outputs, inputs)
        x = view_matrix(workspace.activations, input_offset, batch.size, inputs)
        transposed_upstream = view_transposed(
            workspace.preactivations, offset, outputs, batch.size, outputs
        )
        zeros = view_matrix(workspace.zeros, 0, 1, inputs)
        multiply(transposed_upstream, x, zeros, flat, workspace.panel)
        transpose(flat, view_block(workspace.weight_gradients, start, inputs, outputs, outputs))
        return
    gradients = view_matrix(
        workspace.weight_gradients, start + first * outputs, last - first, outputs
    )
    zeros = view_matrix(workspace.zeros, 0, 1, outputs)
    if pack:
        x = view_block(
            workspace.activations, input_offset + first, batch.size, last - first, inputs
        )
        packed_x = view_matrix(workspace.packed_inputs, 0, last - first, batch.size)
        transpose(x, packed_x)
        multiply(packed_x, upstream, zeros, gradients, workspace.panel)
    else:
        transposed_x = view_transposed(
            workspace.activations, input_offset + first, last - first, batch.size, inputs
        )
        multiply(transposed_x, upstream, zeros, gradients, workspace.panel)


@njit_internal
def _update_rows(
    model: Model,
    ends: tuple[int, int, int, int],
    pointers: KernelPointers,
    workspace: Workspace,
    start: int,
    batch: Batch,
    layer: int,
    rows: tuple[int, int],
) -> None:
    """Take the optimizer's and the proximal step on some rows; biases go with the last one."""
    _, inputs, _, outputs = ends
    first, last = rows
    begin, count = start + first * outputs, (last - first) * outputs
    if last == inputs:
        count = start + round_up(inputs * outputs) + outputs - begin
    numbers = view_vector(model.weights, begin, count)
    gradients = view_vector(workspace.weight_gradients, begin, count)
    intrinsics.update(
        *(pointers.update, numbers, gradients, model.state, model.settings),
        *(batch.learning_rate, batch.step, begin),
    )
    weights = view_matrix(model.weights, begin, last - first, outputs)
    intrinsics.proximal_step(
        *(pointers.proximal_step, weights, model.state, model.settings, model.penalty),
        *(batch.learning_rate, batch.step, begin, layer),
    )
    if layer or outputs < NARROW:  # otherwise nothing reads the first layer's transpose
        transposed = workspace.transposed_weights
        transpose_weight_rows(model.weights, transposed, start, inputs, outputs, first, last)


@njit_internal
def _sum_rows(rows: Array, sums: Array) -> None:
    for j in range(len(sums)):
        sums[j] = 0.0
    for r in range(rows.shape[0]):
        for j in range(len(sums)):
            sums[j] += rows[r, j]
