"""Numba intrinsics: views of arrays without reference counts, and calls by address.

A slice and a reshape in Numba count references and check shapes, 50 nanoseconds each, a third of
the step of a small network in all; reference counts are atomic, which stalls the other cores. The
views here cost nothing and check nothing: the flat array must outlive them.

Numba's first-class functions are as fast once inside compiled code, but each one passed from Python
costs about 25 microseconds, as much as the step of a small network; an address costs nothing.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.np import arrayobj

from losslab.training.engines.compiled.jit import (
    Dispatcher,
    define_intrinsic,
    emit_helpers,
    njit_internal,
)
from losslab.training.engines.compiled.state import (
    Data,
    Model,
    Models,
    Workspace,
    get_signatures,
)
from losslab.training.engines.compiled.vectors import int64

arrays: Any = arrayobj  # which has no type hints


@define_intrinsic
def view_vector(context: Any, flat: Any, start: Any, count: Any) -> Any:
    """View ``count`` numbers from ``start`` on."""
    return _make_view(flat, 3, "C", lambda builder, count: ([count], [int64(1)]))


@define_intrinsic
def view_matrix(context: Any, flat: Any, start: Any, rows: Any, columns: Any) -> Any:
    """View a matrix ``(rows, columns)`` that begins at ``start``."""
    return _make_view(
        flat, 4, "C", lambda builder, rows, columns: ([rows, columns], [columns, int64(1)])
    )


@define_intrinsic
def view_block(
    context: Any, flat: Any, start: Any, rows: Any, columns: Any, row_stride: Any
) -> Any:
    """View some columns of a matrix whose rows lie ``row_stride`` numbers apart."""
    return _make_view(
        flat,
        5,
        "A",
        lambda builder, rows, columns, row_stride: ([rows, columns], [row_stride, int64(1)]),
    )


@define_intrinsic
def view_transposed(
    context: Any, flat: Any, start: Any, rows: Any, columns: Any, column_stride: Any
) -> Any:
    """View the transpose of some columns of a matrix of ``column_stride`` columns."""
    return _make_view(
        flat,
        5,
        "A",
        lambda builder, rows, columns, column_stride: ([rows, columns], [int64(1), column_stride]),
    )


def _make_view(
    flat: Any, arguments: int, layout: Literal["A", "C"], shape_of: Callable[..., Any]
) -> tuple[Any, Callable[..., Any]]:
    """Make the signature and code of a view; ``shape_of`` maps arguments to shape and strides."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source = context.make_array(flat)(context, builder, values[0])
        shape, strides = shape_of(builder, *values[2:])
        itemsize = flat.dtype.bitwidth // 8
        return _emit_array(
            context,
            builder,
            signature.return_type,
            data=builder.gep(source.data, [values[1]]),
            shape=shape,
            strides=[builder.mul(stride, int64(itemsize)) for stride in strides],
            itemsize=itemsize,
        )

    kind: Any = types.Array(flat.dtype, 1 if arguments == 3 else 2, layout)
    return kind(flat, *([types.int64] * (arguments - 1))), emit


@define_intrinsic
def allocate_scalar(context: Any) -> tuple[Any, Callable[..., Any]]:
    """Allocate a vector of one float64 on the stack, which the compiler can keep in a register."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _emit_array(
            context,
            builder,
            signature.return_type,
            data=emit_helpers.alloca_once(builder, ir.DoubleType()),
            shape=[int64(1)],
            strides=[int64(8)],
            itemsize=8,
        )

    return types.Array(types.float64, 1, "C")(), emit


def _emit_array(context: Any, builder: Any, kind: Any, itemsize: int, **fields: Any) -> Any:
    """Emit an array that owns no memory, so that Numba counts no references to it."""
    array = arrays.make_array(kind)(context, builder)
    no_owner = ir.Constant(ir.IntType(8).as_pointer(), None)
    arrays.populate_array(array, **fields, itemsize=int64(itemsize), meminfo=no_owner)
    return array._getvalue()


@njit_internal
def view_data(data: Data) -> Data:
    """View the table."""
    rows, columns = data.features.shape
    return Data(
        view_matrix(data.features, 0, rows, columns),
        view_matrix(data.targets, 0, rows, data.targets.shape[1]),
        view_vector(data.weight, 0, rows),
    )


@njit_internal
def view_workspace(workspace: Workspace, part: int, parts: int) -> Workspace:
    """View the workspace of one of the parts that share a step."""
    panel, packed = len(workspace.panel) // parts, len(workspace.packed_inputs) // parts
    return Workspace(
        view_vector(workspace.preactivations, 0, len(workspace.preactivations)),
        view_vector(workspace.activations, 0, len(workspace.activations)),
        view_vector(workspace.gradients, 0, len(workspace.gradients)),
        view_vector(workspace.undropped, 0, len(workspace.undropped)),
        view_vector(workspace.weight_gradients, 0, len(workspace.weight_gradients)),
        view_vector(workspace.transposed_weights, 0, len(workspace.transposed_weights)),
        view_vector(workspace.panel, part * panel, panel),
        view_vector(workspace.packed_inputs, part * packed, packed),
        view_vector(workspace.zeros, 0, len(workspace.zeros)),
        view_vector(workspace.losses, 0, len(workspace.losses)),
    )


@njit_internal
def view_model(models: Models, m: int) -> Model:
    """View one of several models."""
    _, n_state, size = models.state.shape
    settings, penalty = models.settings.shape[1], models.penalty.shape[1]
    return Model(
        view_vector(models.weights, m * size, size),
        view_matrix(models.state, m * n_state * size, n_state, size),
        view_vector(models.settings, m * settings, settings),
        view_vector(models.penalty, m * penalty, penalty),
    )


@cache  # Numba hashes a function's types anew to look it up, which takes longer than an epoch
def get_address(function: Dispatcher) -> int:
    """Return the address of a function with one signature; the function must be kept alive."""
    (result,) = function.overloads.values()
    address: int = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
    return address


@cache
def get_entry_point(function: Dispatcher) -> Callable[..., None]:
    """Return the entry point of a function with one signature, which skips the type check.

    The check takes a dozen microseconds, as long as a step of a small network. Arguments of other
    types would be read as if they had the right ones.
    """
    (result,) = function.overloads.values()
    entry: Callable[..., None] = result.entry_point
    return entry


def _make_call(name: str, *parameters: str) -> Any:
    """Make an intrinsic that calls a function by its address, as in ``activate(address, z, y)``.

    It is refused unless the arguments are those of ``state.get_signatures``.
    """

    def call(context: Any, address: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
        function = get_signatures(str(arguments[0].dtype))[name]
        if arguments != function.args:
            raise TypingError(f"{name} takes {function.args}, not {arguments}")

        def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            convention = context.call_conv
            kind = convention.get_function_type(function.return_type, function.args)
            pointer = builder.inttoptr(values[0], kind.as_pointer())
            status, result = convention.call_function(
                builder, pointer, function.return_type, function.args, values[1:]
            )
            with emit_helpers.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return result

        return function.return_type(types.int64, *arguments), emit

    # Numba binds arguments by name and would pass a variable number of them as one tuple.
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for parameter in ("context", "address", *parameters)
        ]
    )
    call.__name__ = name
    return define_intrinsic(call)


_STEP = ("learning_rate", "step", "first")
activate = _make_call("activate", "preactivation", "activation")
activation_gradient = _make_call("activation_gradient", "gradient", "preactivation", "activation")
update = _make_call("update", "weights", "gradient", "state", "settings", *_STEP)
proximal_step = _make_call(
    "proximal_step", "weights", "state", "settings", "penalty", *_STEP, "layer"
)
loss_gradient = _make_call("loss_gradient", "z", "targets", "params", "gradients", "losses")
predict = _make_call("predict", "z", "prediction")
