"""What follows an optimizer's step on some rows of a weight matrix; biases are left alone.

The arguments are those of the optimizer's step, with ``weights`` as rows of the layer's matrix
``(rows, outputs)``, the penalty's alpha and share of L1, and the layer's number from 0.
``step_sizes`` is one of ``sizes.py``, by optimizer; ``proximal.py`` has the formulas.
"""

import math

import numpy as np

from losslab.training.engines.compiled.jit import Array, inner

_STEPS = 12  # of Newton's method, which needs about five


def nothing(
    weights: Array,
    slots: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Leave the weights as they are."""


def elastic(
    weights: Array,
    slots: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """The soft threshold, and a share of what is left: l1, l2 and what lies between."""
    real = weights.dtype.type
    l1, l2 = real(penalty[0] * penalty[1]), real(penalty[0] * (1.0 - penalty[1]))
    flat = weights.reshape(-1)
    sizes = np.empty(len(flat), weights.dtype)
    step_sizes(sizes, slots, settings, lr, count, first)
    none, one = real(0.0), real(1.0)
    for i in range(len(flat)):
        magnitude = (abs(flat[i]) - sizes[i] * l1) / (one + sizes[i] * l2)
        # Not max(), which may lose what is not a number.
        flat[i] = none if magnitude <= none else math.copysign(magnitude, flat[i])


def grouped(
    weights: Array,
    slots: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Shrink the weights of each input feature as one."""
    if layer or penalty[0] == 0.0:
        return
    rows, outputs = weights.shape
    sizes = np.empty(rows * outputs, weights.dtype)
    step_sizes(sizes, slots, settings, lr, count, first)
    row, pull = np.empty(outputs), np.empty(outputs)
    for r in range(rows):
        for k in range(outputs):
            row[k] = weights[r, k]
            pull[k] = sizes[r * outputs + k] * penalty[0]
        length = length_after(row, pull)
        for k in range(outputs):
            if pull[k] > 0.0:
                weights[r, k] = row[k] * (length / (length + pull[k]))


def decayed(
    weights: Array,
    slots: Array,
    settings: Array,
    penalty: Array,
    lr: float,
    count: int,
    first: int,
    layer: int,
) -> None:
    """Shrink all weights by the same share."""
    real = weights.dtype.type
    keep = real(1.0) + real(lr) * real(penalty[0])
    flat = weights.reshape(-1)
    for i in range(len(flat)):
        flat[i] /= keep


def step_sizes(
    sizes: Array, slots: Array, settings: Array, lr: float, count: int, first: int
) -> None:
    """Stands for an optimizer's function of ``sizes.py``, which is put in its place."""
    raise NotImplementedError


@inner
def length_after(row: Array, pull: Array) -> float:
    """How long a row will be, from its members and how hard each is pulled."""
    squares, hardest = 0.0, 0.0
    for k in range(len(row)):
        squares += row[k] * row[k]
        hardest = max(hardest, pull[k])
    length = max(math.sqrt(squares) - hardest, 0.0)
    for _ in range(_STEPS):
        total, slope = 0.0, 0.0
        for k in range(len(row)):
            room = length + pull[k]
            part = row[k] / room
            total += part * part
            slope += part * part / room
        step = (math.sqrt(total) - 1.0) * total / slope
        before = length
        if math.isfinite(step):
            length = max(length + step, 0.0)
        if length == before:  # and so it would stay
            break
    return length
