"""Forward and backward of one MLP over its flat weights."""

from losslab.training.compiled import pointers
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.matmul import multiply, multiply_by_rows, transpose
from losslab.training.compiled.memory import matrix, padded

# A layer of fewer outputs is worked on transposed: the long side then lies in the vectors.
NARROW = 16


@inner
def forward(
    weights: Array,
    sizes: Array,
    activate: int,
    before: Array,
    after: Array,
    turned: Array,
    rows: int,
) -> int:
    """Compute every layer's output before and after its activation, from its input in ``after``.

    ``before`` and ``after`` hold, one after the other, ``rows`` rows of every layer; the input is
    the first of ``after``, and the last of ``before`` is ``z``, where this returns its place.
    """
    start, place, last = 0, 0, len(sizes) - 2
    for layer in range(last + 1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        weight = matrix(weights, start, inputs, outputs)
        start += padded(inputs * outputs)
        bias = weights[start : start + outputs]
        start += padded(outputs)
        x = matrix(after, place, rows, inputs)
        place += padded(rows * inputs)
        z = matrix(before, place, rows, outputs)
        for r in range(rows):
            for j in range(outputs):
                z[r, j] = bias[j]
        if outputs < NARROW:
            flat = matrix(turned, 0, outputs, inputs)
            transpose(weight, flat)
            multiply_by_rows(x, flat, z)
        else:
            multiply(x, weight, z)
        if layer < last:
            pointers.activate(activate, z, matrix(after, place, rows, outputs))
    return place


@inner
def backward(
    weights: Array,
    gradient: Array,
    sizes: Array,
    derive: int,
    before: Array,
    after: Array,
    slopes: Array,
    turned: Array,
    place: int,
    rows: int,
) -> None:
    """Fill ``gradient`` from the slope in ``z``, which is the first part of ``slopes``.

    ``slopes`` has room for two layers' slopes, which are used by turns.
    """
    start, half = len(gradient), len(slopes) // 2
    here = 0
    for layer in range(len(sizes) - 2, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        start -= padded(inputs * outputs) + padded(outputs)
        weight = matrix(weights, start, inputs, outputs)
        of_weight = matrix(gradient, start, inputs, outputs)
        bias = start + padded(inputs * outputs)
        of_bias = gradient[bias : bias + outputs]
        slope = matrix(slopes, here, rows, outputs)
        if layer < len(sizes) - 2:
            pointers.derive(
                derive,
                slope,
                matrix(before, place, rows, outputs),
                matrix(after, place, rows, outputs),
            )
        place -= padded(rows * inputs)
        x = matrix(after, place, rows, inputs)
        of_bias[:] = 0.0
        for r in range(rows):
            for j in range(outputs):
                of_bias[j] += slope[r, j]
        there = half - here
        below = matrix(slopes, there, rows, inputs)
        if layer:
            below[:, :] = 0.0
        flat = matrix(turned, 0, outputs, inputs)
        if outputs < NARROW:
            flat[:, :] = 0.0
            multiply(slope.T, x, flat)
            transpose(flat, of_weight)
        else:
            of_weight[:, :] = 0.0
            multiply(x.T, slope, of_weight)
        if layer:
            transpose(weight, flat)
            multiply(slope, flat, below)
        here = there
