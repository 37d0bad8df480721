"""Tiles of a matrix product that are summed up in the processor's registers.

The compiler turns plain loops into vector instructions, but loads and stores every sum at every
step. A tile of 4 rows by up to 4 vectors stays in registers for the whole depth, as in the kernels
of BLAS (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
"""

from collections.abc import Callable
from itertools import product
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from losslab.training.compiled.emitted import AVX, WIDE_VECTORS, Matrix, spread, whole
from losslab.training.compiled.jit import emit_helpers

TALL = 4  # rows of a tile
# How many vectors wide a tile may be before the sums, 4 of each, and what they are summed from no
# longer fit the registers: 32 of them, or 16 with AVX alone.
WIDEST = 2 if AVX and not WIDE_VECTORS else 4

_FAST = ("reassoc", "contract", "nsz", "arcp")


def tile(rows: int, vectors: int) -> Any:
    """A function for compiled code that fills one tile of ``sums`` with ``start + left @ right``.

    It takes (left, right, start, sums, r, j), where the tile begins at row ``r`` and column ``j``;
    it is ``rows`` high and ``vectors`` vectors wide. ``start`` has one row, to which every row is
    added; ``left`` may be a transposed view.
    """

    def fill_tile(
        context: Any, left: Any, right: Any, start: Any, sums: Any, r: Any, j: Any
    ) -> Any:
        signature = types.void(left, right, start, sums, types.int64, types.int64)
        return signature, _emitter(rows, vectors)

    return intrinsic(fill_tile)


def _emitter(rows: int, vectors: int) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, start, sums = (
            Matrix(context, builder, kind, value)
            for kind, value in zip(signature.args[:4], values[:4], strict=True)
        )
        row, column = values[4], values[5]
        width = [builder.add(column, whole(v * right.lanes)) for v in range(vectors)]
        height = [builder.add(row, whole(r)) for r in range(rows)]
        first = [start.load(whole(0), at) for at in width]
        totals = {}
        for r, v in product(range(rows), range(vectors)):
            totals[r, v] = emit_helpers.alloca_once(builder, right.vector)
            builder.store(first[v], totals[r, v])
        with emit_helpers.for_range(builder, left.columns, intp=ir.IntType(64)) as loop:
            k = loop.index
            across = [right.load(k, at) for at in width]
            for r in range(rows):
                factor = spread(builder, builder.load(left.at(height[r], k)), right.vector)
                for v in range(vectors):
                    term = builder.fmul(factor, across[v], flags=_FAST)
                    total = builder.fadd(builder.load(totals[r, v]), term, flags=_FAST)
                    builder.store(total, totals[r, v])
        for (r, v), total in totals.items():
            sums.store(builder.load(total), height[r], width[v])
        return context.get_dummy_value()

    return emit
