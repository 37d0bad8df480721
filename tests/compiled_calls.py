"""Compiled functions that Python can call, of those that only compiled code calls."""

from functools import cache

import numba

from losslab.training.engines.compiled.jit import OPTIONS


def for_python(function):
    """Compile a plain function as the engine does, to be called from Python."""
    return numba.njit(**OPTIONS)(function)


@cache
def from_python(internal):
    """Let Python call a function of ``njit_internal``."""
    return for_python(internal.py_func)
