"""What compiled code needs beside plain arithmetic, in bits that no processor changes.

The compiler is allowed nothing (see ``jit.OPTIONS``), so it neither fuses nor reorders: where a
product and a sum should round once, ``fma`` says so. exp and its kin are ``losslab.elementary``
once more, with the exponent's bits set by integer arithmetic, which fits into vector registers.
"""

from types import FunctionType, ModuleType
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from losslab.elementary import scalar
from losslab.elementary.scalar import ROUNDER
from losslab.losses import rowmath as plain_rowmath
from losslab.training import kernel_math as plain_kernel_math
from losslab.training.engines.compiled.jit import inner, with_globals
from losslab.training.engines.compiled.vectors import emit_fma

# What activations and losses call for every number of a batch.
_IN_LOOPS = (
    *("erf", "exp", "exp_inside", "expm1", "log", "log1p", "tanh"),
    *("sigmoid", "softplus"),
)
_FRACTION, _ONE = 0x000FFFFFFFFFFFFF, 0x3FF0000000000000


def _fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c``, rounded once."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return emit_fma(builder, *values)

    if not a == b == c or a not in (types.float32, types.float64):
        raise TypeError(f"fma takes three numbers of one kind, not {a}, {b}, {c}")
    return a(a, b, c), emit


def _either(context: Any, condition: Any, a: Any, b: Any) -> Any:
    """``a if condition else b`` of two numbers, both of which are read in any case."""
    return a(types.boolean, a, a), lambda context, builder, signature, values: builder.select(
        *values
    )


def _bits(context: Any, x: Any) -> Any:
    """The bits of a float64 as an integer."""
    return types.int64(types.float64), lambda context, builder, signature, values: builder.bitcast(
        values[0], ir.IntType(64)
    )


def _number(context: Any, bits: Any) -> Any:
    """The float64 that has these bits."""
    return types.float64(types.int64), lambda context, builder, signature, values: builder.bitcast(
        values[0], ir.DoubleType()
    )


# For use in compiled functions only.
fma: Any = intrinsic(_fma)
either: Any = intrinsic(_either)
bits: Any = intrinsic(_bits)
number: Any = intrinsic(_number)


@inner
def scaled(x: float, n: float) -> float:
    """``x * 2^n``: adding the rounder leaves n in the lowest bits, from where it is shifted up."""
    return number(bits(x) + (bits(n + ROUNDER) << 52))  # type: ignore[no-any-return]


@inner
def split(x: float) -> tuple[float, float]:
    """``(m, n)`` with x = m * 2^n and m from 1 to 2."""
    whole = bits(x)
    return number((whole & _FRACTION) | _ONE), float((whole >> 52) - 1023)


def _compiled(module: ModuleType, given: dict[str, Any]) -> ModuleType:
    """A module once more, its functions compiled; each may use those before it."""
    twin = ModuleType(f"compiled_{module.__name__.rpartition('.')[2]}")
    vars(twin).update(given)
    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and name not in given:
            made = inner(with_globals(function, dict(vars(twin))), forceinline=name in _IN_LOOPS)
            setattr(twin, name, made)
    return twin


scalars = _compiled(scalar, {"scaled": scaled, "split": split})
exp, log, erf, tanh, power = scalars.exp, scalars.log, scalars.erf, scalars.tanh, scalars.power
rowmath = _compiled(
    plain_rowmath, {name: made for name, made in vars(scalars).items() if name[0] != "_"}
)
kernel_math = _compiled(
    plain_kernel_math,
    {"fma": fma, "select": either}
    | {name: made for name, made in vars(scalars).items() if name[0] != "_"},
)
