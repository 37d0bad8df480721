"""How functions are compiled: the same flags for all, and the types of what is passed about."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
from numba import types
from numba.core import cgutils

# For readers: Numba finds out an array's dtype and shape by itself.
Array = Any
Compiled = Any

# Numba's helpers for emitting code, which have no type hints.
emit_helpers: Any = cgutils

# ``nnan`` and ``ninf``, part of fastmath=True, would let isfinite lie, and with it the marks of
# divergence; these four are as fast.
OPTIONS: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
    "boundscheck": False,
    "nogil": True,
}

_FLOATS: dict[str, Any] = {"float32": types.float32, "float64": types.float64}


def inner(function: Callable[..., Any]) -> Compiled:
    """Compile a function together with whatever calls it."""
    return numba.njit(**OPTIONS)(function)


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The types of every function that Python calls or passes to the loops.

    Those after ``score`` are called by the loops through their addresses, so that another loss,
    head, activation or optimizer does not compile a loop again. A row is computed in float64 in
    any network.
    """

    train: Any
    score: Any
    activate: Any
    derive: Any
    update: Any
    slope_of: Any
    predict: Any

    @classmethod
    @cache
    def of(cls, dtype: str) -> "Signatures":
        """The types for networks of ``float32`` or ``float64``."""
        real, wide = _FLOATS[dtype], types.float64
        flat, matrix, cube = real[::1], real[:, ::1], real[:, :, ::1]
        row, table = wide[::1], wide[:, ::1]
        whole, address, indices = types.int64, types.int64, types.int64[::1]
        activate = types.void(matrix, matrix)
        derive = types.void(matrix, matrix, matrix)
        update = types.void(flat, flat, matrix, row, whole)
        slope_of = wide(row, row, row, row, row)
        predict = types.void(row, row)
        return cls(
            train=types.void(
                *(matrix, flat, cube, indices),
                *(matrix, table, types.int64[:, ::1], whole, indices),
                *(address, address, address, table, address, row, row, types.boolean[::1]),
            ),
            score=types.void(
                *(matrix, matrix, table, indices, indices, indices),
                *(address, address, address, row, whole, whole, wide[:, :, ::1], table),
            ),
            activate=activate,
            derive=derive,
            update=update,
            slope_of=slope_of,
            predict=predict,
        )
