"""Optimizer steps, for some of the numbers of one model.

``slots`` are those of all its numbers, of which the given ones begin at ``first``; ``settings`` are
those of the optimizer's spec in its order, ``lr`` is this step's learning rate, and ``count``
counts the steps from 1.
"""

import math

from losslab.training.compiled.jit import Array, inner


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
        g = gradient[i] + decay * weights[i]
        v = momentum * velocity[i] + g
        velocity[i] = v
        weights[i] -= rate * (g + momentum * v if ahead else v)


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
    step = real(lr / (1.0 - settings[0] ** count))
    correction = real(1.0 / math.sqrt(1.0 - settings[1] ** count))
    rest1, rest2 = real(1.0) - beta1, real(1.0) - beta2
    last = first + len(weights)
    mean, square = slots[0, first:last], slots[1, first:last]
    for i in range(len(weights)):
        g = gradient[i] + decay * weights[i]
        m = mean[i] + rest1 * (g - mean[i])
        v = beta2 * square[i] + rest2 * g * g
        mean[i] = m
        square[i] = v
        weights[i] -= step * m / (math.sqrt(v) * correction + eps)


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
        g = gradient[i] + decay * weights[i]
        s = alpha * square[i] + rest * g * g
        square[i] = s
        velocity[i] = momentum * velocity[i] + g / (math.sqrt(s) + eps)
        weights[i] -= rate * velocity[i]
