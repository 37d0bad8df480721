"""Unmanaged views: parts of flat arrays as vectors and matrices, without counting references.

A slice and a reshape in Numba count references and check shapes, 50 nanoseconds each, a third of
the step of a small network in all; counting is done by instructions that stop all others. These
views cost nothing, and check nothing: the flat array must outlive them.
"""

from collections.abc import Callable
from typing import Any, Literal

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj

from losslab.training.engines.compiled.jit import emit_helpers, inner
from losslab.training.engines.compiled.state import Data, Model, Models, Workspace
from losslab.training.engines.compiled.vectors import whole

arrays: Any = arrayobj  # which has no type hints


def _line(context: Any, flat: Any, start: Any, count: Any) -> Any:
    """``count`` numbers from ``start`` on."""
    return _view(flat, 3, "C", lambda builder, count: ([count], [whole(1)]))


def _matrix(context: Any, flat: Any, start: Any, rows: Any, columns: Any) -> Any:
    """A matrix ``(rows, columns)`` that begins at ``start``."""
    return _view(
        flat, 4, "C", lambda builder, rows, columns: ([rows, columns], [columns, whole(1)])
    )


def _block(context: Any, flat: Any, start: Any, rows: Any, columns: Any, width: Any) -> Any:
    """Some columns of a matrix that has ``width`` of them."""
    return _view(
        flat, 5, "A", lambda builder, rows, columns, width: ([rows, columns], [width, whole(1)])
    )


def _turned_block(context: Any, flat: Any, start: Any, rows: Any, columns: Any, width: Any) -> Any:
    """Some columns of a matrix that has ``width`` of them, as the rows of its transpose."""
    return _view(
        flat, 5, "A", lambda builder, rows, columns, width: ([rows, columns], [whole(1), width])
    )


def _view(
    flat: Any, arguments: int, layout: Literal["A", "C"], shape_of: Callable[..., Any]
) -> tuple[Any, Callable[..., Any]]:
    """Types and code of a view, whose shape and steps come from the arguments after ``start``."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source = context.make_array(flat)(context, builder, values[0])
        shape, steps = shape_of(builder, *values[2:])
        made = arrays.make_array(signature.return_type)(context, builder)
        itemsize = whole(flat.dtype.bitwidth // 8)
        arrays.populate_array(
            made,
            data=builder.gep(source.data, [values[1]]),
            shape=shape,
            strides=[builder.mul(step, itemsize) for step in steps],
            itemsize=itemsize,
            meminfo=ir.Constant(ir.IntType(8).as_pointer(), None),  # whose references are counted
        )
        return made._getvalue()

    dimensions = 1 if arguments == 3 else 2
    kind: Any = types.Array(flat.dtype, dimensions, layout)
    return kind(flat, *([types.int64] * (arguments - 1))), emit


def _one_number(context: Any) -> tuple[Any, Callable[..., Any]]:
    """A line of one float64 on the stack, where the compiler can keep it in a register."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        made = arrays.make_array(signature.return_type)(context, builder)
        arrays.populate_array(
            made,
            data=emit_helpers.alloca_once(builder, ir.DoubleType()),
            shape=[whole(1)],
            strides=[whole(8)],
            itemsize=whole(8),
            meminfo=ir.Constant(ir.IntType(8).as_pointer(), None),
        )
        return made._getvalue()

    return types.Array(types.float64, 1, "C")(), emit


# For use in compiled functions only.
one_number: Any = intrinsic(_one_number)
line: Any = intrinsic(_line)
matrix: Any = intrinsic(_matrix)
block: Any = intrinsic(_block)
turned_block: Any = intrinsic(_turned_block)


@inner
def uncounted_data(data: Data) -> Data:
    """Views of the table, which must outlive them."""
    rows, columns = data.features.shape
    return Data(
        matrix(data.features, 0, rows, columns),
        matrix(data.targets, 0, rows, data.targets.shape[1]),
        line(data.weight, 0, rows),
    )


@inner
def uncounted(room: Workspace, part: int, parts: int) -> Workspace:
    """Views of all that is in ``room`` for one of the parts, which must outlive them."""
    panel, across = len(room.panel) // parts, len(room.across) // parts
    return Workspace(
        line(room.before, 0, len(room.before)),
        line(room.after, 0, len(room.after)),
        line(room.gradients, 0, len(room.gradients)),
        line(room.plain, 0, len(room.plain)),
        line(room.gradient, 0, len(room.gradient)),
        line(room.transposed, 0, len(room.transposed)),
        line(room.panel, part * panel, panel),
        line(room.across, part * across, across),
        line(room.zeros, 0, len(room.zeros)),
        line(room.values, 0, len(room.values)),
    )


@inner
def model_of(models: Models, m: int) -> Model:
    """Views of one model of several, which must outlive them."""
    _, slots, size = models.state.shape
    settings, penalty = models.settings.shape[1], models.penalty.shape[1]
    return Model(
        line(models.weights, m * size, size),
        matrix(models.state, m * slots * size, slots, size),
        line(models.settings, m * settings, settings),
        line(models.penalty, m * penalty, penalty),
    )
