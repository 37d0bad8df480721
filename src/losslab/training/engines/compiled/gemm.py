"""GEMM kernels for matrices that lie in a core's cache.

The compiler turns plain loops into vector instructions, but loads and stores every sum at every
step. A tile of 4 rows by up to 4 vectors stays in registers for the whole depth, as in the kernels
of BLAS (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
"""

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from losslab.training.engines.compiled.elementary import fma
from losslab.training.engines.compiled.jit import Array, emit_helpers, inner
from losslab.training.engines.compiled.vectors import (
    VECTOR,
    WIDEST_VECTOR,
    Matrix,
    broadcast,
    emit_fma,
    shuffle,
    turn_square,
    whole,
)
from losslab.training.engines.compiled.views import matrix

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
                factor = broadcast(builder, builder.load(left.at(height[r], k)), right.vector)
                for v in range(vectors):
                    total = emit_fma(builder, factor, across[v], builder.load(totals[r, v]))
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
                sum_ = emit_fma(builder, left.load(row, k), across, builder.load(total))
                builder.store(sum_, total)
        with emit_helpers.for_range(builder, left.columns, start=inside, intp=integer) as loop:
            number = builder.load(right.at(column, loop.index))
            for row, rest in zip(height, rests, strict=True):
                factor = builder.load(left.at(row, loop.index))
                builder.store(emit_fma(builder, factor, number, builder.load(rest)), rest)
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
            shuffle(builder, vector, vector, list(range(first, first + lanes)))
            for first in (0, lanes)
        )
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


FAR = 2**18  # bytes: the 64 pages of 4 KiB that a core finds without looking them up
OFTEN = 4 * TALL  # rows: from so many on a copied stripe is used often enough


def multiplier(vector: int) -> Any:
    """A function that multiplies, for vectors of so many bytes; its bits do not depend on them."""
    wide, half = _stripes(WIDEST, vector), _stripes(max(WIDEST // 2, 1), vector)
    narrow, copied = _stripes(1, vector), _copied_stripes(vector)

    @inner
    def multiply(left: Array, right: Array, start: Array, sums: Array, panel: Array) -> None:
        """Fill ``sums`` with ``start + left @ right``; ``left`` may be a transposed view.

        Every number is summed up from ``start`` on, along the depth, each product fused. ``panel``
        is room for a stripe of ``right``, as wide as a tile; without it, none is copied.

        Shape
            left ``(R, K)``, right ``(K, N)``, start ``(1, N)`` -> sums ``(R, N)``
        """
        column = 0
        if right.size * right.itemsize > FAR:
            column = copied(left, right, start, sums, panel)
        column = wide(left, right, start, sums, column)
        column = half(left, right, start, sums, column)
        column = narrow(left, right, start, sums, column)
        rest = sums.shape[1] - column
        if rest == 0:
            return
        for r in range(left.shape[0]):
            for j in range(rest):
                sums[r, column + j] = start[0, column + j]
            for k in range(left.shape[1]):
                factor = left[r, k]
                for j in range(rest):
                    sums[r, column + j] = fma(factor, right[k, column + j], sums[r, column + j])

    return multiply


@cache
def _stripes(vectors: int, vector: int) -> Any:
    """A function that works through the columns in stripes so many vectors wide."""
    tall, flat = tile(TALL, vectors, vector), tile(1, vectors, vector)

    def fill_stripes(left: Array, right: Array, start: Array, sums: Array, column: int) -> int:
        """Fill the stripes from ``column`` on, as long as whole ones fit; return the next."""
        rows, columns = sums.shape
        width = vectors * (vector // sums.itemsize)
        whole = rows - rows % TALL
        while column + width <= columns:
            for r in range(0, whole, TALL):
                tall(left, right, start, sums, r, column, column)
            for r in range(whole, rows):
                flat(left, right, start, sums, r, column, column)
            column += width
        return column

    # Of its own, see ``with_globals``.
    fill_stripes.__qualname__ = f"fill_stripes_of_{vectors}_{vector}"
    return inner(fill_stripes)


@cache
def _copied_stripes(vector: int) -> Any:
    """A function that copies each of the widest stripes before it works through it.

    Rows that lie far apart fall into a few sets of the cache and on more pages than a core finds
    at once, for every tile anew.
    """
    tall, flat = tile(TALL, WIDEST, vector), tile(1, WIDEST, vector)
    copy = copier(WIDEST, vector)

    def fill_copied_stripes(
        left: Array, right: Array, start: Array, sums: Array, panel: Array
    ) -> int:
        """Fill all whole stripes; return the column behind them."""
        rows, columns = sums.shape
        width = WIDEST * (vector // sums.itemsize)
        whole, column = rows - rows % TALL, 0
        if rows < OFTEN or right.shape[0] * width > len(panel):
            return 0
        stripe = matrix(panel, 0, right.shape[0], width)
        while column + width <= columns:
            copy(right, stripe, column)
            for r in range(0, whole, TALL):
                tall(left, stripe, start, sums, r, column, 0)
            for r in range(whole, rows):
                flat(left, stripe, start, sums, r, column, 0)
            column += width
        return column

    fill_copied_stripes.__qualname__ = f"fill_copied_stripes_of_{vector}"
    return inner(fill_copied_stripes)


multiply = multiplier(VECTOR)
_tall_dots, _flat_dots = dots(TALL), dots(1)


@inner
def multiply_by_rows(left: Array, right: Array, start: Array, sums: Array) -> None:
    """Fill ``sums`` with ``start + left @ right.T``; for few rows in ``right``.

    The sums have the lanes of the widest vector there is, whatever the target has.

    Shape
        left ``(R, K)``, right ``(N, K)``, start ``(1, N)`` -> sums ``(R, N)``
    """
    rows = left.shape[0]
    whole = rows - rows % TALL
    for r in range(0, whole, TALL):
        for j in range(right.shape[0]):
            _tall_dots(left, right, start, sums, r, j)
    for r in range(whole, rows):
        for j in range(right.shape[0]):
            _flat_dots(left, right, start, sums, r, j)


@inner
def transpose(matrix: Array, turned: Array) -> None:
    """Copy ``matrix`` ``(R, N)`` into ``turned`` ``(N, R)``; both may be parts of wider ones.

    By squares, so that a cache line is written to while it is still at hand.
    """
    rows, columns = matrix.shape
    side = VECTOR // matrix.itemsize
    whole_rows, whole_columns = rows - rows % side, columns - columns % side
    for r in range(0, whole_rows, side):
        for c in range(0, whole_columns, side):
            turn_square(matrix, turned, r, c)
    for r in range(rows):
        for c in range(whole_columns if r < whole_rows else 0, columns):
            turned[c, r] = matrix[r, c]
