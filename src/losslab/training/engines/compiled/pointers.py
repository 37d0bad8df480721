"""Calls of compiled functions by their addresses, inside compiled code.

Numba's own first-class functions are as fast once inside, but each one passed from Python costs
about 25 microseconds, which is as much as the step of a small network; an address costs nothing.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from losslab.training.engines.compiled.jit import Compiled, Signatures, emit_helpers


@cache  # Numba hashes a function's types anew to look it up, which takes longer than an epoch
def address_of(function: Compiled) -> int:
    """Where the machine code of a function with one signature lies; it must be kept alive."""
    (made,) = function.overloads.values()
    address: int = made.library.get_pointer_to_function(made.fndesc.llvm_func_name)
    return address


@cache
def entry_of(function: Compiled) -> Callable[..., None]:
    """The entry of a function with one signature, which does not check the types it is called with.

    To look them up takes a dozen microseconds, as long as a step of a small network. Arguments of
    other types would be read as if they had the right ones.
    """
    (made,) = function.overloads.values()
    entry: Callable[..., None] = made.entry_point
    return entry


def _activate(context: Any, address: Any, before: Any, after: Any) -> Any:
    """Call an activation."""
    return _call("activate", address, before, after)


def _activation_gradient(context: Any, address: Any, gradient: Any, before: Any, after: Any) -> Any:
    """Call an activation's gradient."""
    return _call("activation_gradient", address, gradient, before, after)


def _update(
    context: Any,
    address: Any,
    weights: Any,
    gradient: Any,
    state: Any,
    settings: Any,
    lr: Any,
    count: Any,
    first: Any,
) -> Any:
    """Call an optimizer's step."""
    return _call("update", address, weights, gradient, state, settings, lr, count, first)


def _proximal_step(
    context: Any,
    address: Any,
    weights: Any,
    state: Any,
    settings: Any,
    penalty: Any,
    lr: Any,
    count: Any,
    first: Any,
    layer: Any,
) -> Any:
    """Call what follows an optimizer's step."""
    return _call(
        "proximal_step", address, weights, state, settings, penalty, lr, count, first, layer
    )


def _loss_gradient(
    context: Any, address: Any, z: Any, targets: Any, params: Any, gradients: Any, values: Any
) -> Any:
    """Call a loss under its head."""
    return _call("loss_gradient", address, z, targets, params, gradients, values)


def _predict(context: Any, address: Any, z: Any, prediction: Any) -> Any:
    """Call a head."""
    return _call("predict", address, z, prediction)


def _call(part: str, address: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """Types and code of a call, refused unless the function was compiled for these arguments."""
    function = getattr(Signatures.of(str(arguments[0].dtype)), part)
    if arguments != function.args:
        raise TypingError(f"{part} takes {function.args}, not {arguments}")

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        conventions = context.call_conv
        kind = conventions.get_function_type(function.return_type, function.args)
        pointer = builder.inttoptr(values[0], kind.as_pointer())
        status, result = conventions.call_function(
            builder, pointer, function.return_type, function.args, values[1:]
        )
        with emit_helpers.if_unlikely(builder, status.is_error):
            conventions.return_status_propagate(builder, status)
        return result

    return function.return_type(types.int64, *arguments), emit


# For use in compiled functions only, as in ``activate(address, before, after)``.
activate: Any = intrinsic(_activate)
activation_gradient: Any = intrinsic(_activation_gradient)
update: Any = intrinsic(_update)
proximal_step: Any = intrinsic(_proximal_step)
loss_gradient: Any = intrinsic(_loss_gradient)
predict: Any = intrinsic(_predict)
