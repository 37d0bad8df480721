"""Matrix products for matrices that lie in a core's cache."""

from losslab.training.compiled.jit import Array, inner

# Rows of the right matrix that are gone through before the next ones: with 512 columns of float32
# they take 128 KiB, a part of any second-level cache.
PANEL = 64


@inner
def multiply(left: Array, right: Array, product: Array) -> None:
    """Add ``left @ right`` to ``product``.

    Four rows by four columns of ``left`` at a time: sixteen numbers stay in registers while the
    innermost loop, which the compiler turns into vector instructions, goes along the rows of
    ``right`` and ``product``. ``left`` may be a transposed view, since it is only read in between.

    Shape
        left ``(R, K)``, right ``(K, N)``, product ``(R, N)``
    """
    rows, depth = left.shape
    columns = right.shape[1]
    whole_rows = rows - rows % 4
    for panel in range(0, depth, PANEL):
        end = min(panel + PANEL, depth)
        whole = end - (end - panel) % 4
        for r in range(0, whole_rows, 4):
            for k in range(panel, whole, 4):
                a0, a1, a2, a3 = left[r, k], left[r, k + 1], left[r, k + 2], left[r, k + 3]
                b0, b1 = left[r + 1, k], left[r + 1, k + 1]
                b2, b3 = left[r + 1, k + 2], left[r + 1, k + 3]
                c0, c1 = left[r + 2, k], left[r + 2, k + 1]
                c2, c3 = left[r + 2, k + 2], left[r + 2, k + 3]
                d0, d1 = left[r + 3, k], left[r + 3, k + 1]
                d2, d3 = left[r + 3, k + 2], left[r + 3, k + 3]
                # From 0 on, so that the compiler knows that no index is negative.
                for j in range(columns):
                    w0, w1 = right[k, j], right[k + 1, j]
                    w2, w3 = right[k + 2, j], right[k + 3, j]
                    product[r, j] += a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                    product[r + 1, j] += b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                    product[r + 2, j] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                    product[r + 3, j] += d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3
            for k in range(whole, end):
                a0, b0, c0, d0 = left[r, k], left[r + 1, k], left[r + 2, k], left[r + 3, k]
                for j in range(columns):
                    w0 = right[k, j]
                    product[r, j] += a0 * w0
                    product[r + 1, j] += b0 * w0
                    product[r + 2, j] += c0 * w0
                    product[r + 3, j] += d0 * w0
        for r in range(whole_rows, rows):
            for k in range(panel, end):
                a0 = left[r, k]
                for j in range(columns):
                    product[r, j] += a0 * right[k, j]


@inner
def multiply_by_rows(left: Array, right: Array, product: Array) -> None:
    """Add ``left @ right.T`` to ``product``; for few rows in ``right``.

    Shape
        left ``(R, K)``, right ``(N, K)``, product ``(R, N)``
    """
    for r in range(left.shape[0]):
        for j in range(right.shape[0]):
            total = product[r, j]
            for k in range(left.shape[1]):
                total += left[r, k] * right[j, k]
            product[r, j] = total


@inner
def transpose(matrix: Array, turned: Array) -> None:
    """Copy ``matrix`` ``(R, N)`` into ``turned`` ``(N, R)``."""
    for r in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            turned[j, r] = matrix[r, j]
