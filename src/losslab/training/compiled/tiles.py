"""Tiles of a matrix product that are summed up in the processor's registers.

The compiler turns plain loops into vector instructions, but loads and stores every sum at every
step. A tile of 4 rows by up to 4 vectors stays in registers for the whole depth, as in the kernels
of BLAS (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import llvmlite
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from losslab.training.compiled.jit import emit_helpers

TALL = 4  # rows of a tile

_FEATURES = llvmlite.binding.get_host_cpu_features()
# Bytes of a vector, and how many vectors wide a tile may be before the sums, 4 of each, and what
# they are summed from no longer fit the registers: 32 of them, or 16 with AVX alone.
_WIDE_VECTORS, _AVX = bool(_FEATURES.get("avx512f")), bool(_FEATURES.get("avx"))
VECTOR = 64 if _WIDE_VECTORS else 32 if _AVX else 16
WIDEST = 2 if _AVX and not _WIDE_VECTORS else 4

_FAST = ("reassoc", "contract", "nsz", "arcp")


def tile(rows: int, vectors: int) -> Any:
    """A function for compiled code that adds one tile of ``left @ right`` to ``sums``.

    It takes (left, right, sums, r, j), where the tile begins at row ``r`` and column ``j``; it is
    ``rows`` high and ``vectors`` vectors wide. ``left`` may be a transposed view.
    """

    def add_tile(context: Any, left: Any, right: Any, sums: Any, r: Any, j: Any) -> Any:
        signature = types.void(left, right, sums, types.int64, types.int64)
        return signature, _emitter(rows, vectors)

    return intrinsic(add_tile)


def _emitter(rows: int, vectors: int) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args[:3]
        left, right, sums = (
            _Matrix(context, builder, kind, value)
            for kind, value in zip(kinds, values, strict=False)
        )
        row, column = values[3], values[4]
        lanes = VECTOR // right.itemsize
        vector = ir.VectorType(right.number, lanes)
        width = [column if not v else builder.add(column, _int(v * lanes)) for v in range(vectors)]
        height = [row if not r else builder.add(row, _int(r)) for r in range(rows)]
        places = {
            (r, v): builder.bitcast(sums.at(height[r], width[v]), vector.as_pointer())
            for r, v in product(range(rows), range(vectors))
        }
        totals = {}
        for at, place in places.items():
            totals[at] = emit_helpers.alloca_once(builder, vector)
            builder.store(builder.load(place, align=right.itemsize), totals[at])
        with emit_helpers.for_range(builder, left.columns, intp=ir.IntType(64)) as loop:
            k = loop.index
            across = [
                builder.load(
                    builder.bitcast(right.at(k, width[v]), vector.as_pointer()),
                    align=right.itemsize,
                )
                for v in range(vectors)
            ]
            for r in range(rows):
                factor = _spread(builder, builder.load(left.at(height[r], k)), vector)
                for v in range(vectors):
                    term = builder.fmul(factor, across[v], flags=_FAST)
                    total = builder.fadd(builder.load(totals[r, v]), term, flags=_FAST)
                    builder.store(total, totals[r, v])
        for at, place in places.items():
            builder.store(builder.load(totals[at]), place, align=right.itemsize)
        return context.get_dummy_value()

    return emit


class _Matrix:
    """The numbers of a two-dimensional array, found by row and column."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        array = context.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.number = array.data.type.pointee
        self.itemsize = kind.dtype.bitwidth // 8
        self.columns = emit_helpers.unpack_tuple(builder, array.shape, 2)[1]
        self.strides = emit_helpers.unpack_tuple(builder, array.strides, 2)
        self.contiguous = kind.layout == "C"

    def at(self, row: Any, column: Any) -> Any:
        """Point to a number."""
        builder = self.builder
        steps = [builder.sdiv(step, _int(self.itemsize)) for step in self.strides]
        across = column if self.contiguous else builder.mul(column, steps[1])
        return builder.gep(self.data, [builder.add(builder.mul(row, steps[0]), across)])


def _spread(builder: Any, number: Any, vector: Any) -> Any:
    """A vector with the same number everywhere."""
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, _int32(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), mask)


def _int(value: int) -> Any:
    return ir.Constant(ir.IntType(64), value)


def _int32(value: int) -> Any:
    return ir.Constant(ir.IntType(32), value)
