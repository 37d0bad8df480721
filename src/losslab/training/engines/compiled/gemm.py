"""GEMM kernels for matrices that fit into a core's cache.

The compiler vectorizes plain loops, but loads and stores every sum at every step. A tile of 4 rows
by up to 4 vectors stays in registers for the whole depth, as in the micro-kernels of BLAS (Goto and
van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
"""

from functools import cache
from itertools import product
from typing import Any

from llvmlite import ir
from numba import types

from losslab.training.engines.compiled.elementary import fma
from losslab.training.engines.compiled.intrinsics import view_matrix
from losslab.training.engines.compiled.jit import define_intrinsic, emit_helpers, njit_internal
from losslab.training.engines.compiled.state import Array
from losslab.training.engines.compiled.vectors import (
    MAX_VECTOR_BYTES,
    VECTOR_BYTES,
    Matrix,
    emit_broadcast,
    emit_fma,
    emit_shuffle,
    int64,
    transpose_tile,
)

TILE_ROWS = 4
# The widest tile whose sums, 4 to a vector, fit into the registers with their operands: there are
# 32 registers, or 16 with AVX alone.
TILE_VECTORS = 2 if VECTOR_BYTES == 32 else 4


def _make_microkernel(rows: int, vectors: int, vector_bytes: int) -> Any:
    """Make an intrinsic that fills one tile of ``out`` with ``bias + left @ right``.

    It takes (left, right, bias, out, r, j, right_j): the tile begins at row ``r`` and column ``j``
    of ``out``, which is column ``right_j`` of ``right``, and is ``rows`` high and ``vectors``
    vectors of ``vector_bytes`` wide. ``bias`` has one row, which is added to every row; ``left``
    may be a transposed view.
    """

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, bias, out = (
            Matrix(context, builder, kind, value, vector_bytes)
            for kind, value in zip(signature.args[:4], values[:4], strict=True)
        )
        row, column, right_column = values[4:]
        columns = [builder.add(column, int64(v * right.lanes)) for v in range(vectors)]
        right_columns = [builder.add(right_column, int64(v * right.lanes)) for v in range(vectors)]
        tile_rows = [builder.add(row, int64(r)) for r in range(rows)]
        initial = [bias.load(int64(0), j) for j in columns]
        totals = {}
        for r, v in product(range(rows), range(vectors)):
            totals[r, v] = emit_helpers.alloca_once(builder, right.vector)
            builder.store(initial[v], totals[r, v])
        with emit_helpers.for_range(builder, left.columns, intp=ir.IntType(64)) as loop:
            k = loop.index
            right_vectors = [right.load(k, j) for j in right_columns]
            for r in range(rows):
                number = builder.load(left.point_to(tile_rows[r], k))
                factor = emit_broadcast(builder, number, right.vector)
                for v in range(vectors):
                    total = emit_fma(builder, factor, right_vectors[v], builder.load(totals[r, v]))
                    builder.store(total, totals[r, v])
        for (r, v), total in totals.items():
            out.store(builder.load(total), tile_rows[r], columns[v])
        return context.get_dummy_value()

    def fill_tile(
        context: Any, left: Any, right: Any, bias: Any, out: Any, r: Any, j: Any, right_j: Any
    ) -> Any:
        return types.void(left, right, bias, out, *([types.int64] * 3)), emit

    return define_intrinsic(fill_tile)


def _make_pack(vectors: int, vector_bytes: int) -> Any:
    """Make an intrinsic that packs a panel of a matrix into contiguous memory.

    It takes (right, panel, j): ``panel``, as wide as a tile, gets the columns from ``j`` on.
    """

    def pack_panel(context: Any, right: Any, panel: Any, j: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, target = (
                Matrix(context, builder, kind, value, vector_bytes)
                for kind, value in zip(signature.args[:2], values[:2], strict=True)
            )
            columns = [int64(v * source.lanes) for v in range(vectors)]
            with emit_helpers.for_range(builder, source.rows, intp=ir.IntType(64)) as loop:
                for column in columns:
                    vector = source.load(loop.index, builder.add(values[2], column))
                    target.store(vector, loop.index, column)
            return context.get_dummy_value()

        return types.void(right, panel, types.int64), emit

    return define_intrinsic(pack_panel)


def _make_dot_kernel(rows: int) -> Any:
    """Make an intrinsic that fills a few numbers of ``out`` with ``bias + left @ right.T``.

    It takes (left, right, bias, out, r, j) and fills ``rows`` rows of column ``j`` from row ``r``
    on. A product is summed in as many lanes as the widest vector has, which are then added by
    halves; the remainder of the row follows number by number.
    """

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        left, right, bias, out = (
            Matrix(context, builder, kind, value, MAX_VECTOR_BYTES)
            for kind, value in zip(signature.args[:4], values[:4], strict=True)
        )
        column, out_rows = values[5], [builder.add(values[4], int64(r)) for r in range(rows)]
        lanes, integer = right.lanes, ir.IntType(64)
        n_vectors = builder.sdiv(left.columns, int64(lanes))
        remainder = builder.mul(n_vectors, int64(lanes))
        totals = [emit_helpers.alloca_once(builder, right.vector) for _ in out_rows]
        rests = [emit_helpers.alloca_once(builder, right.number) for _ in out_rows]
        for total, rest in zip(totals, rests, strict=True):
            builder.store(ir.Constant(right.vector, [0.0] * lanes), total)
            builder.store(ir.Constant(right.number, 0.0), rest)
        with emit_helpers.for_range(builder, n_vectors, intp=integer) as loop:
            k = builder.mul(loop.index, int64(lanes))
            right_vector = right.load(column, k)
            for row, total in zip(out_rows, totals, strict=True):
                sum_ = emit_fma(builder, left.load(row, k), right_vector, builder.load(total))
                builder.store(sum_, total)
        with emit_helpers.for_range(builder, left.columns, start=remainder, intp=integer) as loop:
            number = builder.load(right.point_to(column, loop.index))
            for row, rest in zip(out_rows, rests, strict=True):
                factor = builder.load(left.point_to(row, loop.index))
                builder.store(emit_fma(builder, factor, number, builder.load(rest)), rest)
        initial = builder.load(bias.point_to(int64(0), column))
        for row, total, rest in zip(out_rows, totals, rests, strict=True):
            sum_ = builder.fadd(initial, _emit_lane_sum(builder, builder.load(total)))
            builder.store(builder.fadd(sum_, builder.load(rest)), out.point_to(row, column))
        return context.get_dummy_value()

    def fill_dots(context: Any, left: Any, right: Any, bias: Any, out: Any, r: Any, j: Any) -> Any:
        return types.void(left, right, bias, out, types.int64, types.int64), emit

    return define_intrinsic(fill_dots)


def _emit_lane_sum(builder: Any, vector: Any) -> Any:
    """Emit the sum of a vector's lanes, adding halves until one is left."""
    lanes = vector.type.count
    while lanes > 1:
        lanes //= 2
        halves = (
            emit_shuffle(builder, vector, vector, list(range(first, first + lanes)))
            for first in (0, lanes)
        )
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


TLB_BYTES = 2**18  # 64 pages of 4 KiB, which a core's first-level TLB holds
MIN_ROWS_TO_PACK = 4 * TILE_ROWS  # with fewer a packed panel is not used often enough


def make_multiply(vector_bytes: int) -> Any:
    """Make ``multiply`` for vectors of so many bytes; its bits do not depend on them."""
    fill_wide = _make_panel_loop(TILE_VECTORS, vector_bytes)
    fill_half = _make_panel_loop(max(TILE_VECTORS // 2, 1), vector_bytes)
    fill_narrow = _make_panel_loop(1, vector_bytes)
    fill_packed = _make_packed_panel_loop(vector_bytes)

    @njit_internal
    def multiply(left: Array, right: Array, bias: Array, out: Array, panel: Array) -> None:
        """Fill ``out`` with ``bias + left @ right``; ``left`` may be a transposed view.

        Every number is summed from ``bias`` on along the depth, each product fused. ``panel`` has
        space for a panel of ``right``, as wide as a tile; if it is too short, none is packed.

        Shape:
            left ``(R, K)``, right ``(K, N)``, bias ``(1, N)`` -> out ``(R, N)``
        """
        column = 0
        if right.size * right.itemsize > TLB_BYTES:
            column = fill_packed(left, right, bias, out, panel)
        column = fill_wide(left, right, bias, out, column)
        column = fill_half(left, right, bias, out, column)
        column = fill_narrow(left, right, bias, out, column)
        rest = out.shape[1] - column
        if rest == 0:
            return
        for r in range(left.shape[0]):
            for j in range(rest):
                out[r, column + j] = bias[0, column + j]
            for k in range(left.shape[1]):
                factor = left[r, k]
                for j in range(rest):
                    out[r, column + j] = fma(factor, right[k, column + j], out[r, column + j])

    return multiply


@cache
def _make_panel_loop(vectors: int, vector_bytes: int) -> Any:
    """Make a function that fills panels of columns, each so many vectors wide."""
    fill_tile = _make_microkernel(TILE_ROWS, vectors, vector_bytes)
    fill_row = _make_microkernel(1, vectors, vector_bytes)

    def fill_panels(left: Array, right: Array, bias: Array, out: Array, column: int) -> int:
        """Fill the full panels from ``column`` on; return the column behind them."""
        rows, columns = out.shape
        width = vectors * (vector_bytes // out.itemsize)
        tiled = rows - rows % TILE_ROWS
        while column + width <= columns:
            for r in range(0, tiled, TILE_ROWS):
                fill_tile(left, right, bias, out, r, column, column)
            for r in range(tiled, rows):
                fill_row(left, right, bias, out, r, column, column)
            column += width
        return column

    # A name of its own, see ``rebind_globals``.
    fill_panels.__qualname__ = f"fill_panels_of_{vectors}_{vector_bytes}"
    return njit_internal(fill_panels)


@cache
def _make_packed_panel_loop(vector_bytes: int) -> Any:
    """Make a function that packs each of the widest panels before it fills it.

    Rows that lie far apart fall into a few sets of the cache and on more pages than the TLB holds,
    for every tile anew.
    """
    fill_tile = _make_microkernel(TILE_ROWS, TILE_VECTORS, vector_bytes)
    fill_row = _make_microkernel(1, TILE_VECTORS, vector_bytes)
    pack_panel = _make_pack(TILE_VECTORS, vector_bytes)

    def fill_packed_panels(left: Array, right: Array, bias: Array, out: Array, panel: Array) -> int:
        """Fill all full panels; return the column behind them."""
        rows, columns = out.shape
        width = TILE_VECTORS * (vector_bytes // out.itemsize)
        tiled, column = rows - rows % TILE_ROWS, 0
        if rows < MIN_ROWS_TO_PACK or right.shape[0] * width > len(panel):
            return 0
        packed = view_matrix(panel, 0, right.shape[0], width)
        while column + width <= columns:
            pack_panel(right, packed, column)
            for r in range(0, tiled, TILE_ROWS):
                fill_tile(left, packed, bias, out, r, column, 0)
            for r in range(tiled, rows):
                fill_row(left, packed, bias, out, r, column, 0)
            column += width
        return column

    fill_packed_panels.__qualname__ = f"fill_packed_panels_of_{vector_bytes}"
    return njit_internal(fill_packed_panels)


multiply = make_multiply(VECTOR_BYTES)
_fill_dots, _fill_dot = _make_dot_kernel(TILE_ROWS), _make_dot_kernel(1)


@njit_internal
def multiply_transposed(left: Array, right: Array, bias: Array, out: Array) -> None:
    """Fill ``out`` with ``bias + left @ right.T``; for few rows in ``right``.

    The sums have the lanes of the widest vector of any processor, whatever the target has.

    Shape:
        left ``(R, K)``, right ``(N, K)``, bias ``(1, N)`` -> out ``(R, N)``
    """
    rows = left.shape[0]
    tiled = rows - rows % TILE_ROWS
    for r in range(0, tiled, TILE_ROWS):
        for j in range(right.shape[0]):
            _fill_dots(left, right, bias, out, r, j)
    for r in range(tiled, rows):
        for j in range(right.shape[0]):
            _fill_dot(left, right, bias, out, r, j)


@njit_internal
def transpose(matrix: Array, transposed: Array) -> None:
    """Copy ``matrix`` ``(R, N)`` into ``transposed`` ``(N, R)``; both may be blocks of wider ones.

    By square tiles, so that a cache line is written to while it is still in the cache.
    """
    rows, columns = matrix.shape
    side = VECTOR_BYTES // matrix.itemsize
    tiled_rows, tiled_columns = rows - rows % side, columns - columns % side
    for r in range(0, tiled_rows, side):
        for c in range(0, tiled_columns, side):
            transpose_tile(matrix, transposed, r, c)
    for r in range(rows):
        for c in range(tiled_columns if r < tiled_rows else 0, columns):
            transposed[c, r] = matrix[r, c]
