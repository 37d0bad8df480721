"""Matrix products for matrices that lie in a core's cache."""

from functools import cache
from typing import Any

from losslab.training.compiled.elementary import fma
from losslab.training.compiled.emitted import VECTOR
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.squares import turn_square
from losslab.training.compiled.tiles import TALL, WIDEST, dots, tile


def multiplier(vector: int) -> Any:
    """A function that multiplies, for vectors of so many bytes; its bits do not depend on them."""
    wide, half = _stripes(WIDEST, vector), _stripes(max(WIDEST // 2, 1), vector)
    narrow = _stripes(1, vector)

    @inner
    def multiply(left: Array, right: Array, start: Array, sums: Array) -> None:
        """Fill ``sums`` with ``start + left @ right``; ``left`` may be a transposed view.

        Every number is summed up from ``start`` on, along the depth, each product fused.

        Shape
            left ``(R, K)``, right ``(K, N)``, start ``(1, N)`` -> sums ``(R, N)``
        """
        column = wide(left, right, start, sums, 0)
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
                tall(left, right, start, sums, r, column)
            for r in range(whole, rows):
                flat(left, right, start, sums, r, column)
            column += width
        return column

    # Of its own, see ``with_globals``.
    fill_stripes.__qualname__ = f"fill_stripes_of_{vectors}_{vector}"
    return inner(fill_stripes)


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
