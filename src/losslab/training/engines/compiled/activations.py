"""Activations over a whole batch, and their slopes: a pair of loops each.

The second takes the loss's slope in ``after``, and puts the one in ``before`` into its place. Where
the loops look more roundabout than they need to be, the compiler would make masked reads and writes
of them, which some processors are slow at.

Where the function is more than arithmetic it is computed in float64.
"""

from losslab.training.engines.compiled import elementary
from losslab.training.engines.compiled.elementary import either, erf, exp
from losslab.training.engines.compiled.jit import Array

_ROOT_HALF, _DENSITY = 0.7071067811865476, 0.3989422804014327
_LEAK = 0.01  # PyTorch's slope of leaky_relu below zero


def relu(before: Array, after: Array) -> None:
    """max(0, z), and NaN for NaN."""
    zero = before.dtype.type(0.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = zero if before[r, j] <= zero else before[r, j]


def relu_slope(gradient: Array, before: Array, after: Array) -> None:
    """1 above zero."""
    zero = before.dtype.type(0.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = either(after[r, j] <= zero, zero, gradient[r, j])


def leaky_relu(before: Array, after: Array) -> None:
    """Z above zero, a hundredth of it below."""
    zero, leak = before.dtype.type(0.0), before.dtype.type(_LEAK)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = before[r, j]
            after[r, j] = z if z > zero else leak * z


def leaky_relu_slope(gradient: Array, before: Array, after: Array) -> None:
    """1 above zero, a hundredth below."""
    zero, leak = before.dtype.type(0.0), before.dtype.type(_LEAK)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            slope = gradient[r, j]
            before[r, j] = either(before[r, j] > zero, slope, leak * slope)


def identity(before: Array, after: Array) -> None:
    """Leave every number as it is."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = before[r, j]


def identity_slope(gradient: Array, before: Array, after: Array) -> None:
    """1 everywhere."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = gradient[r, j]


def tanh(before: Array, after: Array) -> None:
    """The hyperbolic tangent."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = elementary.tanh(1.0 * before[r, j])


def tanh_slope(gradient: Array, before: Array, after: Array) -> None:
    """1 - tanh(z)^2."""
    one = before.dtype.type(1.0)
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            before[r, j] = gradient[r, j] * (one - after[r, j] * after[r, j])


def silu(before: Array, after: Array) -> None:
    """Z times its sigmoid."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            after[r, j] = before[r, j] / (1.0 + exp(-1.0 * before[r, j]))


def silu_slope(gradient: Array, before: Array, after: Array) -> None:
    """S (1 + z (1 - s)), with s the sigmoid."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            share = 1.0 / (1.0 + exp(-1.0 * before[r, j]))
            before[r, j] = gradient[r, j] * (share * (1.0 + before[r, j] * (1.0 - share)))


def gelu(before: Array, after: Array) -> None:
    """Z times the normal distribution function of z."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = 1.0 * before[r, j]
            after[r, j] = 0.5 * z * (1.0 + erf(_ROOT_HALF * z))


def gelu_slope(gradient: Array, before: Array, after: Array) -> None:
    """The distribution function of z, plus z times its density."""
    for r in range(before.shape[0]):
        for j in range(before.shape[1]):
            z = 1.0 * before[r, j]
            share = 0.5 * (1.0 + erf(_ROOT_HALF * z))
            before[r, j] = gradient[r, j] * (share + z * _DENSITY * exp(-0.5 * z * z))
