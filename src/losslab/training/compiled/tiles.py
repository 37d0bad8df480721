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

from losslab.training.compiled.emitted import (
    VECTOR,
    WIDEST_VECTOR,
    Matrix,
    fused,
    shuffled,
    spread,
    whole,
)
from losslab.training.compiled.jit import emit_helpers

TALL = 4  # rows of a tile
# How many vectors wide a tile may be before the sums, 4 of each, and what they are summed from no
# longer fit the registers: 32 of them, or 16 with AVX alone.
WIDEST = 2 if VECTOR == 32 else 4


def tile(rows: int, vectors: int, vector: int) -> Any:
    """A function for compiled code that fills one tile of ``sums`` with ``start + left @ right``.

    It takes (left, right, start, sums, r, j, at), where the tile begins at row ``r`` and column
    ``j``, which is column ``at`` of ``right``; it is ``rows`` high and ``vectors`` vectors of
    ``vector`` bytes wide. ``start`` has one row, to which every row is added; ``left`` may be a
    transposed view.
    """

    def fill_tile(
        context: Any, left: Any, right: Any, start: Any, sums: Any, r: Any, j: Any, at: Any
    ) -> Any:
        signature = types.void(left, right, start, sums, *([types.int64] * 3))
        return signature, _emitter(rows, vectors, vector)

    return intrinsic(fill_tile)


def _emitter(rows: int, vectors: int, vector: int) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, start, sums = (
            Matrix(context, builder, kind, value, vector)
            for kind, value in zip(signature.args[:4], values[:4], strict=True)
        )
        row, column, at = values[4:]
        width = [builder.add(column, whole(v * right.lanes)) for v in range(vectors)]
        own = [builder.add(at, whole(v * right.lanes)) for v in range(vectors)]
        height = [builder.add(row, whole(r)) for r in range(rows)]
        first = [start.load(whole(0), place) for place in width]
        totals = {}
        for r, v in product(range(rows), range(vectors)):
            totals[r, v] = emit_helpers.alloca_once(builder, right.vector)
            builder.store(first[v], totals[r, v])
        with emit_helpers.for_range(builder, left.columns, intp=ir.IntType(64)) as loop:
            k = loop.index
            across = [right.load(k, place) for place in own]
            for r in range(rows):
                factor = spread(builder, builder.load(left.at(height[r], k)), right.vector)
                for v in range(vectors):
                    total = fused(builder, factor, across[v], builder.load(totals[r, v]))
                    builder.store(total, totals[r, v])
        for (r, v), total in totals.items():
            sums.store(builder.load(total), height[r], width[v])
        return context.get_dummy_value()

    return emit


def copier(vectors: int, vector: int) -> Any:
    """A function for compiled code that copies a stripe of a matrix into one of its own.

    It takes (right, stripe, j): ``stripe``, as wide as a tile, gets the columns from ``j`` on.
    """

    def copy_stripe(context: Any, right: Any, stripe: Any, j: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, target = (
                Matrix(context, builder, kind, value, vector)
                for kind, value in zip(signature.args[:2], values[:2], strict=True)
            )
            places = [whole(v * source.lanes) for v in range(vectors)]
            with emit_helpers.for_range(builder, source.rows, intp=ir.IntType(64)) as loop:
                for place in places:
                    numbers = source.load(loop.index, builder.add(values[2], place))
                    target.store(numbers, loop.index, place)
            return context.get_dummy_value()

        return types.void(right, stripe, types.int64), emit

    return intrinsic(copy_stripe)


def dots(rows: int) -> Any:
    """A function for compiled code that fills a few of ``sums`` with ``start + left @ right.T``.

    It takes (left, right, start, sums, r, j), and fills so many rows of column ``j`` from row ``r``
    on. A product is summed up in as many lanes as the widest vector has, which are added up by
    halves; what is left of the row follows number by number.
    """

    def fill_dots(
        context: Any, left: Any, right: Any, start: Any, sums: Any, r: Any, j: Any
    ) -> Any:
        signature = types.void(left, right, start, sums, types.int64, types.int64)
        return signature, _dots_emitter(rows)

    return intrinsic(fill_dots)


def _dots_emitter(rows: int) -> Callable[..., Any]:
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, start, sums = (
            Matrix(context, builder, kind, value, WIDEST_VECTOR)
            for kind, value in zip(signature.args[:4], values[:4], strict=True)
        )
        column, height = values[5], [builder.add(values[4], whole(r)) for r in range(rows)]
        lanes, integer = right.lanes, ir.IntType(64)
        blocks = builder.sdiv(left.columns, whole(lanes))
        inside = builder.mul(blocks, whole(lanes))
        totals = [emit_helpers.alloca_once(builder, right.vector) for _ in height]
        rests = [emit_helpers.alloca_once(builder, right.number) for _ in height]
        for total, rest in zip(totals, rests, strict=True):
            builder.store(ir.Constant(right.vector, [0.0] * lanes), total)
            builder.store(ir.Constant(right.number, 0.0), rest)
        with emit_helpers.for_range(builder, blocks, intp=integer) as loop:
            k = builder.mul(loop.index, whole(lanes))
            across = right.load(column, k)
            for row, total in zip(height, totals, strict=True):
                sum_ = fused(builder, left.load(row, k), across, builder.load(total))
                builder.store(sum_, total)
        with emit_helpers.for_range(builder, left.columns, start=inside, intp=integer) as loop:
            number = builder.load(right.at(column, loop.index))
            for row, rest in zip(height, rests, strict=True):
                factor = builder.load(left.at(row, loop.index))
                builder.store(fused(builder, factor, number, builder.load(rest)), rest)
        first = builder.load(start.at(whole(0), column))
        for row, total, rest in zip(height, totals, rests, strict=True):
            sum_ = builder.fadd(first, added_up(builder, builder.load(total)))
            builder.store(builder.fadd(sum_, builder.load(rest)), sums.at(row, column))
        return context.get_dummy_value()

    return emit


def added_up(builder: Any, vector: Any) -> Any:
    """The sum of a vector's lanes, halves added to halves until one is left."""
    lanes = vector.type.count
    while lanes > 1:
        lanes //= 2
        halves = (
            shuffled(builder, vector, vector, list(range(first, first + lanes)))
            for first in (0, lanes)
        )
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))
