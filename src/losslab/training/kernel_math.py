"""Scalar functions for the kernels of optimizers and activations.

These are the reference in plain Python. The compiled engine replaces them by functions of the same
names that round alike on every processor; only there does ``fma`` round once.
"""

from typing import Any

from losslab.elementary.scalar import erf, exp, power, tanh

__all__ = ["Array", "erf", "exp", "fma", "power", "select", "tanh"]

Array = Any  # a NumPy array, typed by the compiled engine


def fma(a: float, b: float, c: float) -> float:
    """Return ``a * b + c``.

    Examples:
        >>> fma(2.0, 3.0, 1.0)
        7.0
    """
    return a * b + c


def select(condition: bool, a: float, b: float) -> float:
    """Return ``a if condition else b``, without a branch in compiled code.

    Examples:
        >>> select(True, 1.0, 2.0)
        1.0
    """
    return a if condition else b
