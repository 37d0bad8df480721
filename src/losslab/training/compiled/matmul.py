"""Matrix products for matrices that lie in a core's cache."""

from typing import Any

from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.tiles import TALL, VECTOR, WIDEST, tile

_SQUARE = 8


def _stripes(vectors: int) -> Any:
    """A function that works through the columns in stripes so many vectors wide."""
    tall, flat = tile(TALL, vectors), tile(1, vectors)

    @inner
    def add_stripes(left: Array, right: Array, sums: Array, start: int) -> int:
        """Add the stripes from column ``start`` on, as long as whole ones fit; return the next."""
        rows, columns = sums.shape
        width = vectors * (VECTOR // sums.itemsize)
        whole = rows - rows % TALL
        while start + width <= columns:
            for r in range(0, whole, TALL):
                tall(left, right, sums, r, start)
            for r in range(whole, rows):
                flat(left, right, sums, r, start)
            start += width
        return start

    return add_stripes


_wide, _half, _narrow = _stripes(WIDEST), _stripes(max(WIDEST // 2, 1)), _stripes(1)


@inner
def multiply(left: Array, right: Array, sums: Array) -> None:
    """Add ``left @ right`` to ``sums``; ``left`` may be a transposed view.

    Shape
        left ``(R, K)``, right ``(K, N)``, sums ``(R, N)``
    """
    start = _wide(left, right, sums, 0)
    start = _half(left, right, sums, start)
    start = _narrow(left, right, sums, start)
    rest = sums.shape[1] - start
    if rest == 0:
        return
    for r in range(left.shape[0]):
        for k in range(left.shape[1]):
            factor = left[r, k]
            for j in range(rest):
                sums[r, start + j] += factor * right[k, start + j]


@inner
def multiply_by_rows(left: Array, right: Array, sums: Array) -> None:
    """Add ``left @ right.T`` to ``sums``; for few rows in ``right``.

    Shape
        left ``(R, K)``, right ``(N, K)``, sums ``(R, N)``
    """
    for r in range(left.shape[0]):
        for j in range(right.shape[0]):
            total = sums[r, j]
            for k in range(left.shape[1]):
                total += left[r, k] * right[j, k]
            sums[r, j] = total


@inner
def transpose(matrix: Array, turned: Array) -> None:
    """Copy ``matrix`` ``(R, N)`` into ``turned`` ``(N, R)``.

    By squares of 8 by 8, so that a cache line is written to while it is still at hand: rows of a
    power of two would push each other out, and 128 x 128 take ten times as long.
    """
    rows, columns = matrix.shape
    whole_rows, whole_columns = rows - rows % _SQUARE, columns - columns % _SQUARE
    for r in range(0, whole_rows, _SQUARE):
        for c in range(0, whole_columns, _SQUARE):
            for i in range(_SQUARE):
                for k in range(_SQUARE):
                    turned[c + k, r + i] = matrix[r + i, c + k]
    for r in range(rows):
        for c in range(whole_columns if r < whole_rows else 0, columns):
            turned[c, r] = matrix[r, c]
