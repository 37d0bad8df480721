"""Optimizer steps, for some of the numbers of one model.

``slots`` are those of all its numbers, of which the given ones begin at ``first``; ``settings`` are
those of the optimizer's spec in its order, ``lr`` is this step's learning rate, and ``count``
counts the steps from 1.
"""

import math

from losslab.training.engines.compiled.elementary import fma, power
from losslab.training.engines.compiled.jit import Array, inner


def sgd(
    weights: Array,
    gradient: Array,
    slots: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Momentum, Nesterov's variant, and the L2 penalty."""
    real = weights.dtype.type
    rate, momentum, decay = real(lr), real(settings[0]), real(settings[2])
    ahead = settings[1] > 0.0
    velocity = slots[0, first : first + len(weights)]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        v = fma(momentum, velocity[i], g)
        velocity[i] = v
        weights[i] = fma(-rate, fma(momentum, v, g) if ahead else v, weights[i])


@inner
def _step_by_moments(
    weights: Array,
    gradient: Array,
    slots: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
    decay: float,
) -> None:
    real = weights.dtype.type
    beta1, beta2, eps = real(settings[0]), real(settings[1]), real(settings[2])
    # In float64, since 1 - beta^t starts close to zero.
    step = real(lr / (1.0 - power(settings[0], count)))
    correction = real(1.0 / math.sqrt(1.0 - power(settings[1], count)))
    rest1, rest2 = real(1.0) - beta1, real(1.0) - beta2
    last = first + len(weights)
    mean, square = slots[0, first:last], slots[1, first:last]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        m = fma(rest1, g - mean[i], mean[i])
        v = fma(rest2 * g, g, beta2 * square[i])
        mean[i] = m
        square[i] = v
        weights[i] = fma(-step, m / fma(real(math.sqrt(v)), correction, eps), weights[i])


def adam(
    weights: Array,
    gradient: Array,
    slots: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Steps scaled by running averages of the gradient and its square."""
    decay = weights.dtype.type(settings[3])
    _step_by_moments(weights, gradient, slots, settings, lr, count, first, decay)


def adamw(
    weights: Array,
    gradient: Array,
    slots: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Adam after all weights were shrunk by the same share."""
    keep = weights.dtype.type(1.0 - lr * settings[3])
    for i in range(len(weights)):
        weights[i] *= keep
    none = weights.dtype.type(0.0)
    _step_by_moments(weights, gradient, slots, settings, lr, count, first, none)


def rmsprop(
    weights: Array,
    gradient: Array,
    slots: Array,
    settings: Array,
    lr: float,
    count: int,
    first: int,
) -> None:
    """Steps scaled by a running average of the squared gradient."""
    real = weights.dtype.type
    rate, alpha, eps = real(lr), real(settings[0]), real(settings[1])
    momentum, decay = real(settings[2]), real(settings[3])
    rest = real(1.0) - alpha
    last = first + len(weights)
    square, velocity = slots[0, first:last], slots[1, first:last]
    for i in range(len(weights)):
        g = fma(decay, weights[i], gradient[i])
        s = fma(rest * g, g, alpha * square[i])
        square[i] = s
        v = fma(momentum, velocity[i], g / (real(math.sqrt(s)) + eps))
        velocity[i] = v
        weights[i] = fma(-rate, v, weights[i])
