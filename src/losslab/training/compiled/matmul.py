"""Matrix products for matrices that lie in a core's cache."""

from functools import cache
from typing import Any

from losslab.training.compiled.elementary import fma
from losslab.training.compiled.emitted import VECTOR
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.squares import turn_square
from losslab.training.compiled.tiles import TALL, WIDEST, copier, dots, tile
from losslab.training.compiled.views import matrix

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
