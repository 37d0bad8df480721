"""Losses of rows and their slopes in the last layer's output, for a head and a loss still to come.

The loops call one of two: ``slopes_of_numbers`` for networks of one output, whose rows the compiler
puts side by side into vectors, and ``slopes_of_rows`` for all others.

Shape
    z ``(R, K)``, targets ``(R, T)``, params ``(Q,)`` -> slopes ``(R, K)``, values ``(R,)``
"""

import numpy as np

from losslab.training.compiled.jit import Array
from losslab.training.compiled.views import line, one_number


def slopes_of_numbers(
    z: Array, targets: Array, params: Array, slopes: Array, values: Array
) -> None:
    """Fill ``values`` and ``slopes`` of rows of one output and one target each."""
    own, target, slope, prediction = one_number(), one_number(), one_number(), one_number()
    for r in range(len(values)):
        own[0], target[0] = z[r, 0], targets[r, 0]
        head_forward(own, prediction)
        values[r] = loss(prediction, target, slope, params)
        head_backward(own, prediction, slope)
        slopes[r, 0] = slope[0]


def slopes_of_rows(z: Array, targets: Array, params: Array, slopes: Array, values: Array) -> None:
    """Fill ``values`` and ``slopes`` of rows of any length."""
    outputs, width = z.shape[1], targets.shape[1]
    prediction = np.empty(outputs)
    for r in range(len(values)):
        own, slope = line(z, r * outputs, outputs), line(slopes, r * outputs, outputs)
        head_forward(own, prediction)
        values[r] = loss(prediction, line(targets, r * width, width), slope, params)
        head_backward(own, prediction, slope)


def head_forward(z: Array, prediction: Array) -> None:
    """Stands for a head's row function, which is put in its place when compiled."""
    raise NotImplementedError


def head_backward(z: Array, prediction: Array, gradient: Array) -> None:
    """Stands for a head's chain rule."""
    raise NotImplementedError


def loss(prediction: Array, target: Array, gradient: Array, params: Array) -> float:
    """Stands for a loss's row kernel."""
    raise NotImplementedError
