"""Elementary functions for compiled code, with the same bits on every processor.

The compiler may neither fuse nor reorder operations (see ``jit.OPTIONS``): where a product and a
sum should round once, ``fma`` says so. exp and its kin are those of ``losslab.elementary``, with
the exponent set by integer arithmetic, which vectorizes.
"""

from types import FunctionType, ModuleType
from typing import Any

from llvmlite import ir
from numba import types

from losslab.elementary import scalar
from losslab.elementary.scalar import ROUNDER
from losslab.losses import rowmath as plain_rowmath
from losslab.training import kernel_math as plain_kernel_math
from losslab.training.engines.compiled.jit import define_intrinsic, njit_internal, rebind_globals
from losslab.training.engines.compiled.vectors import emit_fma

# Activations and losses call these for every number of a batch.
_INLINED = (
    *("erf", "exp", "exp_in_range", "expm1", "log", "log1p", "tanh"),
    *("sigmoid", "softplus"),
)
_FRACTION, _ONE = 0x000FFFFFFFFFFFFF, 0x3FF0000000000000


@define_intrinsic
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c``, rounded once."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return emit_fma(builder, *values)

    if not a == b == c or a not in (types.float32, types.float64):
        raise TypeError(f"fma takes three numbers of one type, not {a}, {b}, {c}")
    return a(a, b, c), emit


@define_intrinsic
def select(context: Any, condition: Any, a: Any, b: Any) -> Any:
    """``a if condition else b`` without a branch: both are evaluated."""
    return a(types.boolean, a, a), lambda context, builder, signature, values: builder.select(
        *values
    )


@define_intrinsic
def cast_to_bits(context: Any, x: Any) -> Any:
    """Reinterpret the bits of a float64 as an integer."""
    return types.int64(types.float64), lambda context, builder, signature, values: builder.bitcast(
        values[0], ir.IntType(64)
    )


@define_intrinsic
def cast_from_bits(context: Any, bits: Any) -> Any:
    """Reinterpret the bits of an integer as a float64."""
    return types.float64(types.int64), lambda context, builder, signature, values: builder.bitcast(
        values[0], ir.DoubleType()
    )


@njit_internal
def scale_by_power(x: float, n: float) -> float:
    """``x * 2^n``: adding the rounder puts n into the lowest bits, which are shifted up."""
    return cast_from_bits(  # type: ignore[no-any-return]
        cast_to_bits(x) + (cast_to_bits(n + ROUNDER) << 52)
    )


@njit_internal
def split(x: float) -> tuple[float, float]:
    """``(m, n)`` with x = m * 2^n and m from 1 to 2."""
    bits = cast_to_bits(x)
    return cast_from_bits((bits & _FRACTION) | _ONE), float((bits >> 52) - 1023)


def _compile_module(module: ModuleType, replacements: dict[str, Any]) -> ModuleType:
    """Copy a module with its functions compiled; each may call those defined before it."""
    twin = ModuleType(f"compiled_{module.__name__.rpartition('.')[2]}")
    vars(twin).update(replacements)
    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and name not in replacements:
            bound = rebind_globals(function, dict(vars(twin)))
            setattr(twin, name, njit_internal(bound, forceinline=name in _INLINED))
    return twin


scalars = _compile_module(scalar, {"ldexp": scale_by_power, "split": split})
exp, log, erf, tanh, power = scalars.exp, scalars.log, scalars.erf, scalars.tanh, scalars.power
_functions = {name: value for name, value in vars(scalars).items() if name[0] != "_"}
rowmath = _compile_module(plain_rowmath, _functions)
kernel_math = _compile_module(plain_kernel_math, {"fma": fma, "select": select} | _functions)
