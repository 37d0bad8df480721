"""Optimizer steps of one model; ``settings`` are its learning rate and then those of the spec."""

import math

from losslab.training.compiled.jit import Array, inner


def sgd(weights: Array, gradient: Array, slots: Array, settings: Array, count: int) -> None:
    """Momentum, Nesterov's variant, and the L2 penalty."""
    real = weights.dtype.type
    lr, momentum, decay = real(settings[0]), real(settings[1]), real(settings[3])
    ahead = settings[2] > 0.0
    velocity = slots[0]
    for i in range(len(weights)):
        g = gradient[i] + decay * weights[i]
        v = momentum * velocity[i] + g
        velocity[i] = v
        weights[i] -= lr * (g + momentum * v if ahead else v)


@inner
def _step_by_moments(
    weights: Array, gradient: Array, slots: Array, settings: Array, count: int, decay: float
) -> None:
    real = weights.dtype.type
    beta1, beta2, eps = real(settings[1]), real(settings[2]), real(settings[3])
    # In float64, since 1 - beta^t starts close to zero.
    step = real(settings[0] / (1.0 - settings[1] ** count))
    correction = real(1.0 / math.sqrt(1.0 - settings[2] ** count))
    rest1, rest2 = real(1.0) - beta1, real(1.0) - beta2
    mean, square = slots[0], slots[1]
    for i in range(len(weights)):
        g = gradient[i] + decay * weights[i]
        m = mean[i] + rest1 * (g - mean[i])
        v = beta2 * square[i] + rest2 * g * g
        mean[i] = m
        square[i] = v
        weights[i] -= step * m / (math.sqrt(v) * correction + eps)


def adam(weights: Array, gradient: Array, slots: Array, settings: Array, count: int) -> None:
    """Steps scaled by running averages of the gradient and its square."""
    _step_by_moments(weights, gradient, slots, settings, count, weights.dtype.type(settings[4]))


def adamw(weights: Array, gradient: Array, slots: Array, settings: Array, count: int) -> None:
    """Adam after all weights were shrunk by the same share."""
    keep = weights.dtype.type(1.0 - settings[0] * settings[4])
    for i in range(len(weights)):
        weights[i] *= keep
    _step_by_moments(weights, gradient, slots, settings, count, weights.dtype.type(0.0))


def rmsprop(weights: Array, gradient: Array, slots: Array, settings: Array, count: int) -> None:
    """Steps scaled by a running average of the squared gradient."""
    real = weights.dtype.type
    lr, alpha, eps = real(settings[0]), real(settings[1]), real(settings[2])
    momentum, decay = real(settings[3]), real(settings[4])
    rest = real(1.0) - alpha
    square, velocity = slots[0], slots[1]
    for i in range(len(weights)):
        g = gradient[i] + decay * weights[i]
        s = alpha * square[i] + rest * g * g
        square[i] = s
        velocity[i] = momentum * velocity[i] + g / (math.sqrt(s) + eps)
        weights[i] -= lr * velocity[i]
