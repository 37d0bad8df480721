"""Scalar functions for row kernels: inf where ``math`` would raise, as compiled code does."""

import math

LARGEST_EXPONENT = 709.782712893384  # the logarithm of the largest float64


def exp(x: float) -> float:
    """Exponential, inf where the result leaves float64.

    >>> exp(1e4)
    inf
    """
    return math.inf if x > LARGEST_EXPONENT else math.exp(x)


def log(x: float) -> float:
    """Natural logarithm, -inf at zero and NaN below.

    >>> log(0.0)
    -inf
    """
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def softplus(x: float) -> float:
    """``log(1 + exp(x))`` without overflow.

    >>> softplus(1e4), softplus(-1e4)
    (10000.0, 0.0)
    """
    return max(x, 0.0) + math.log1p(exp(-abs(x)))


def sigmoid(x: float) -> float:
    """``1 / (1 + exp(-x))`` without overflow.

    >>> sigmoid(1e4), sigmoid(-1e4)
    (1.0, 0.0)
    """
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    odds = exp(x)
    return odds / (1.0 + odds)
