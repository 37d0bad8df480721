"""Square blocks of a matrix that are transposed in the processor's registers."""

from typing import Any

from numba import types
from numba.extending import intrinsic

from losslab.training.compiled.emitted import Matrix, shuffled, whole


def _turn_square(context: Any, matrix: Any, turned: Any, row: Any, column: Any) -> Any:
    """Copy the square of ``matrix`` that begins at (row, column) into ``turned``, transposed."""
    return types.void(matrix, turned, types.int64, types.int64), _emit


def _emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    matrix, turned = (
        Matrix(context, builder, kind, value)
        for kind, value in zip(signature.args[:2], values[:2], strict=True)
    )
    row, column = values[2], values[3]
    side = matrix.lanes
    rows = [matrix.load(builder.add(row, whole(r)), column) for r in range(side)]
    # Swap the off-diagonal quarters of ever smaller blocks.
    half = side // 2
    while half:
        upper = [lane if not lane & half else side + lane - half for lane in range(side)]
        lower = [lane + half if not lane & half else side + lane for lane in range(side)]
        for r in range(side):
            if not r & half:
                above, below = rows[r], rows[r + half]
                rows[r] = shuffled(builder, above, below, upper)
                rows[r + half] = shuffled(builder, above, below, lower)
        half //= 2
    for r, vector in enumerate(rows):
        turned.store(vector, builder.add(column, whole(r)), row)
    return context.get_dummy_value()


# For use in compiled functions only; the square's side is the number of lanes of a vector.
turn_square: Any = intrinsic(_turn_square)
