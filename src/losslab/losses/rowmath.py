"""Scalar functions for row kernels, which return inf where ``math`` raises, as compiled code does.

They are built on ``losslab.elementary``, with the same bits on every machine. From ``math``, row
kernels may use the square root only, whose rounding IEEE 754 specifies.
"""

from losslab.elementary.scalar import exp, expm1, log, log1p, tanh

__all__ = ["exp", "expm1", "log", "log1p", "sigmoid", "softplus", "tanh"]


def softplus(x: float) -> float:
    """``log(1 + exp(x))`` without overflow.

    Examples:
        >>> softplus(1e4), softplus(-1e4)
        (10000.0, 0.0)
    """
    return max(x, 0.0) + log1p(exp(-abs(x)))


def sigmoid(x: float) -> float:
    """``1 / (1 + exp(-x))`` without overflow.

    Examples:
        >>> sigmoid(1e4), sigmoid(-1e4)
        (1.0, 0.0)
    """
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    odds = exp(x)
    return odds / (1.0 + odds)
