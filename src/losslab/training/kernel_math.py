"""Scalar functions for the kernels of optimizers and activations.

Plain Python for readers and tests. The compiled engine puts functions of the same names in their
place, which round alike on every processor; only there does ``fma`` round once.
"""

from typing import Any

from losslab.elementary.scalar import erf, exp, power, tanh

__all__ = ["Array", "erf", "exp", "fma", "power", "select", "tanh"]

Array = Any  # of NumPy; the compiled engine knows its type


def fma(a: float, b: float, c: float) -> float:
    """``a * b + c``.

    Examples:
        >>> fma(2.0, 3.0, 1.0)
        7.0
    """
    return a * b + c


def select(condition: bool, a: float, b: float) -> float:
    """``a if condition else b``, without a branch.

    Examples:
        >>> select(True, 1.0, 2.0)
        1.0
    """
    return a if condition else b
