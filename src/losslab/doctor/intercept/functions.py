"""Readers of functions that compute new values, and of the user's own arithmetic."""

from typing import Any

from torch import Tensor

from losslab.doctor.events import Activation, Arithmetic, Comparison, Cut, Noise, Reduction
from losslab.doctor.evidence.axes import count_from_end
from losslab.doctor.intercept.reader import Reader, get_argument, get_input
from losslab.doctor.location import find_users_place
from losslab.doctor.session import Session

# The position and the name of an argument.
Argument = tuple[int, str]
ALONG_AXIS = ("softmax", "log_softmax", "softmin")


def read_activation(
    name: str, session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Record a function of one tensor as the origin of its output."""
    source = get_input(args, kwargs)
    if not isinstance(output, Tensor) or not isinstance(source, Tensor):
        return
    place, axis = find_users_place(), -1 if name == "one_hot" else None
    if name in ALONG_AXIS:
        axis = _find_softmax_axis(source, args, kwargs)
    session.state.provenance.record(name, source, output, axis, place)
    session.emit(Activation, place, name=name, input=source, output=output, axis=axis)


def _find_softmax_axis(source: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    axis = get_argument(args, kwargs, 1, "dim")
    if not isinstance(axis, int):  # the old default of F.softmax
        axis = 0 if source.ndim in (0, 1, 3) else 1
    return count_from_end(axis, source.ndim) if source.ndim else None


def read_layer(
    axis: int, source: Argument = (0, "input"), weight: Argument = (1, "weight")
) -> Reader:
    """Record that the output of a linear layer or convolution holds raw scores.

    Args:
        axis: Axis of the layer's outputs.
        source: Position and name of the argument that holds the layer's input.
        weight: Position and name of the argument that holds its weight.
    """

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        given, factor = get_argument(args, kwargs, *source), get_argument(args, kwargs, *weight)
        if isinstance(output, Tensor) and isinstance(given, Tensor):
            of = _find_parameter(factor)
            session.state.provenance.record("linear", given, output, axis, find_users_place(), of)
            if session.state.under_way is not None:
                session.state.under_way.observe("linear", given)

    return Reader(after)


def _find_parameter(weight: Any) -> Tensor | None:
    """Return the weight itself where the factor is a view of all of it, such as ``weight.t()``."""
    base = weight._base if isinstance(weight, Tensor) else None
    if base is not None and base.numel() == weight.numel():
        return base
    return weight if isinstance(weight, Tensor) else None


def read_embedding(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read an embedding, whose rows have no known origin."""
    indices = get_input(args, kwargs)
    if (
        isinstance(indices, Tensor)
        and isinstance(output, Tensor)
        and session.listens_to(Activation)
    ):
        place = find_users_place()
        session.emit(Activation, place, name="embedding", input=indices, output=output, axis=None)


def read_reduction(
    name: str, session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read argmax, max and similar reductions in the user's own code."""
    source = get_input(args, kwargs)
    place = find_users_place()
    if not isinstance(source, Tensor) or not place.direct:
        return
    axis = get_argument(args, kwargs, 2 if name == "topk" else 1, "dim", kwargs.get("axis"))
    if name in ("topk", "sort") and axis is None:
        axis = -1
    axis = count_from_end(axis, source.ndim) if isinstance(axis, int) else None
    indices = output if name.startswith("arg") else getattr(output, "indices", None)
    if isinstance(indices, Tensor):
        session.state.provenance.record("argmax", source, indices, None, place)
    session.emit(Reduction, place, name=name, input=source, output=output, axis=axis)


def read_noise(
    name: str, session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read dropout or batch norm."""
    source, rate = get_input(args, kwargs), None
    if name == "dropout":
        training = get_argument(args, kwargs, 2, "training", True)
        rate = get_argument(args, kwargs, 1, "p", 0.5)
        origin = session.state.provenance.get(source)
        # In eval mode dropout changes nothing; in training mode rows no longer sum to one.
        unchanged = origin is not None and (not training or origin.name == "linear")
        if unchanged and origin is not None and isinstance(output, Tensor):
            session.state.provenance.put(output, origin)
    else:
        training = get_argument(args, kwargs, 5, "training", False)
    session.emit(
        Noise, find_users_place(), name=name, training=bool(training), rate=rate, input=source
    )


def read_cut(
    name: str, session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read a call that takes values out of the graph: detach, item, numpy, tolist, float."""
    if session.listens_to(Cut):
        source = get_input(args, kwargs)
        session.emit(
            Cut,
            find_users_place(),
            name=name,
            input=source,
            output=output,
            attached=source.requires_grad,
        )


# Adding at most this to a probability only keeps it away from zero.
_TINY = 1e-3


def read_arithmetic(name: str, *, reflected: bool = False, inplace: bool = False) -> Reader:
    """Read sub, add, mul, div or pow of tensors of different shapes, or of two scalars."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if len(args) < 2:
            return
        left, right = args[:2]
        if not isinstance(right, Tensor) or not isinstance(left, Tensor):
            _propagate_origin(session, name, left, right, output)
        elif left.shape != right.shape or not left.ndim:
            place = find_users_place()
            if place.direct:
                session.emit(
                    Arithmetic,
                    place,
                    name=name,
                    left=right if reflected else left,
                    right=left if reflected else right,
                    output=output,
                    inplace=inplace,
                )

    return Reader(after)


def _propagate_origin(session: Session, name: str, left: Any, right: Any, output: Any) -> None:
    """Propagate an origin through operations such as + 1e-8, * 1 and / 1."""
    if isinstance(right, float | int) and isinstance(output, Tensor):
        unchanged = abs(right) <= _TINY if name in ("add", "sub") else right == 1
        origin = session.state.provenance.get(left)
        if origin is not None and unchanged:
            session.state.provenance.propagate(origin, output, origin.axis, cut=False)


def read_comparison(
    name: str, session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read ==, >, < and similar comparisons in the user's own code."""
    if len(args) < 2 or not isinstance(output, Tensor) or not isinstance(args[0], Tensor):
        return
    place = find_users_place()
    if place.direct:
        if isinstance(args[1], float | int):
            session.state.provenance.record("threshold", args[0], output, None, place)
        session.emit(Comparison, place, name=name, left=args[0], right=args[1], output=output)
