"""How far a unit of a steady gradient moves each number, by optimizer: the metric of its steps.

Fills ``sizes`` for the numbers that begin at ``first``; the other arguments are those of a step.
The formulas stand with the optimizers.
"""

import math

from losslab.training.engines.compiled.elementary import fma, power
from losslab.training.engines.compiled.jit import Array, inner


def sgd(sizes: Array, slots: Array, settings: Array, lr: float, count: int, first: int) -> None:
    """The learning rate, times what the momentum makes of it."""
    size = sizes.dtype.type(lr / (1.0 - settings[0]))
    for i in range(len(sizes)):
        sizes[i] = size


def adam(sizes: Array, slots: Array, settings: Array, lr: float, count: int, first: int) -> None:
    """The learning rate over the root of the mean square."""
    real = sizes.dtype.type
    rate, eps = real(lr), real(settings[2])
    correction = real(1.0 / math.sqrt(1.0 - power(settings[1], count)))
    square = slots[1, first : first + len(sizes)]
    for i in range(len(sizes)):
        sizes[i] = rate / fma(real(math.sqrt(square[i])), correction, eps)


adamw = adam


def rmsprop(sizes: Array, slots: Array, settings: Array, lr: float, count: int, first: int) -> None:
    """The learning rate over the root of the mean square, times what the momentum makes of it."""
    real = sizes.dtype.type
    rate, eps = real(lr / (1.0 - settings[2])), real(settings[1])
    square = slots[0, first : first + len(sizes)]
    for i in range(len(sizes)):
        sizes[i] = rate / (real(math.sqrt(square[i])) + eps)


STEP_SIZES = {
    name: inner(function)
    for name, function in (("sgd", sgd), ("adam", adam), ("adamw", adamw), ("rmsprop", rmsprop))
}
