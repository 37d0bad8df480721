"""Compiler flags, and plain functions rebound to compiled ones."""

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numba
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

Dispatcher = Any  # a compiled function, which has no type hints

# Numba's helpers to emit LLVM code, which have no type hints.
emit_helpers: Any = cgutils

# No ``fastmath``: what it allows depends on the vector width and on what the compiler considers
# fast on a processor, and another order or fusion gives other bits. What is worth doing is written
# out instead: ``elementary.fma``, sums in a fixed number of lanes.
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "boundscheck": False,
    "nogil": True,
}
# For functions that only compiled code calls: the wrappers for Python and C would take up to a
# third of the compile time.
INTERNAL_OPTIONS: dict[str, Any] = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class Target(NamedTuple):
    """The compilation target: this processor, or the one that Numba's settings name."""

    triple: str
    processor: str
    features: str


TARGET = Target(*cpu_target.target_context.codegen().magic_tuple())


def njit_internal(function: Callable[..., Any], forceinline: bool = False) -> Dispatcher:
    """Compile a function that only compiled code calls.

    Args:
        function: plain Python.
        forceinline: inline it into its callers however long it is, so that their loops vectorize.
    """
    return numba.njit(**INTERNAL_OPTIONS, forceinline=forceinline)(function)


def define_intrinsic(function: Callable[..., Any]) -> Any:
    """Let compiled functions call code that ``function`` emits; Python cannot call it."""
    return intrinsic(function)


def rebind_globals(
    function: Callable[..., Any], names: dict[str, Any], tag: str = ""
) -> Callable[..., Any]:
    """Copy a function that reads other objects under the given global names.

    Copies that differ only in their globals need a ``tag`` each. Numba finds machine code by the
    function's qualified name and a number that counts from 1 in every process: without a tag, two
    functions that two processes compiled and cached have the same address in a third.
    """
    overrides = {key: value for key, value in names.items() if not key.startswith("__")}
    copy = FunctionType(function.__code__, {**function.__globals__, **overrides})
    copy.__module__, copy.__qualname__ = function.__module__, f"{function.__qualname__}{tag}"
    return copy
