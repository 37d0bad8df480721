"""How functions are compiled: the same flags for all, and the types of what is passed about."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

import numba
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target

from losslab.training.engines.compiled.state import Array as Array
from losslab.training.engines.compiled.state import Calls, Data, Epoch, Models, Share, Workspace

Compiled = Any

# Numba's helpers for emitting code, which have no type hints.
emit_helpers: Any = cgutils

# No ``fastmath``: what it allows is done or not by the width of the vectors and what the compiler
# takes for fast on a processor, and another order or fusion gives other bits. What is worth doing
# is written down instead: ``elementary.fma``, sums in fixed lanes.
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "boundscheck": False,
    "nogil": True,
}
# Of what only compiled code calls: what Numba would add for Python and C takes up to a third of
# the compiler's time.
ALONE: dict[str, Any] = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Target(NamedTuple):
    """What is compiled for: this processor, or the one that Numba's settings name."""

    triple: str
    processor: str
    features: str


TARGET = Target(*cpu_target.target_context.codegen().magic_tuple())

_FLOATS: dict[str, Any] = {"float32": types.float32, "float64": types.float64}


def inner(function: Callable[..., Any], forceinline: bool = False) -> Compiled:
    """Compile a function together with whatever calls it; Python cannot.

    Args:
        function: plain Python.
        forceinline: put it into its callers however long it is, so that their loops are vectorised.
    """
    return numba.njit(**ALONE, forceinline=forceinline)(function)


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The types of every function that Python calls or passes to the loops.

    Those from ``activate`` to ``predict`` are called by the loops through their addresses, so that
    another loss, head, activation or optimizer does not compile a loop again. A row is computed in
    float64 in any network.
    """

    train: Any
    score: Any
    activate: Any
    activation_gradient: Any
    update: Any
    proximal_step: Any
    loss_gradient: Any
    predict: Any
    predict_rows: Any

    @classmethod
    @cache
    def of(cls, dtype: str) -> "Signatures":
        """The types for networks of ``float32`` or ``float64``."""
        real, wide = _FLOATS[dtype], types.float64
        flat, matrix, cube = real[::1], real[:, ::1], real[:, :, ::1]
        row, table = wide[::1], wide[:, ::1]
        whole, address, indices = types.int64, types.int64, types.int64[::1]
        models = _group(Models, matrix, cube, indices, table, table, indices)
        data = _group(Data, matrix, table, row)
        epoch = _group(Epoch, types.int64[:, ::1], table, whole, whole, wide)
        calls = _group(Calls, *([address] * len(Calls._fields)))
        room = _group(Workspace, *([flat] * (len(Workspace._fields) - 1)), row)
        share = _group(Share, *([whole] * len(Share._fields)))
        return cls(
            train=types.void(
                *(models, data, epoch, indices, calls, row, room, share),
                *(row, types.boolean[::1]),
            ),
            score=types.void(
                *(matrix, data, indices, indices, indices, calls, address, row),
                *(whole, whole, room, wide[:, :, ::1], table),
            ),
            activate=types.void(matrix, matrix),
            activation_gradient=types.void(matrix, matrix, matrix),
            update=types.void(flat, flat, matrix, row, wide, whole, whole),
            proximal_step=types.void(matrix, matrix, row, row, wide, whole, whole, whole),
            loss_gradient=types.void(table, table, row, table, row),
            predict=types.void(row, row),
            predict_rows=types.void(table, address, whole, table, table),
        )


def _group(kind: Any, *members: Any) -> Any:
    """The type of a named group, which Numba has two classes for."""
    numba_types: Any = types
    if len(set(members)) == 1:
        return numba_types.NamedUniTuple(members[0], len(members), kind)
    return numba_types.NamedTuple(members, kind)


def with_globals(
    function: Callable[..., Any], names: dict[str, Any], tag: str = ""
) -> Callable[..., Any]:
    """The same code, reading other things by the given names.

    What differs only in what it reads needs a ``tag`` of its own. Numba finds machine code by the
    function's name and a number that counts from 1 in every process: without a tag, two functions
    that two processes compiled and kept have one address in a third.
    """
    given = {key: value for key, value in names.items() if not key.startswith("__")}
    made = FunctionType(function.__code__, {**function.__globals__, **given})
    made.__module__, made.__qualname__ = function.__module__, f"{function.__qualname__}{tag}"
    return made
