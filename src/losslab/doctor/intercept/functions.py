"""Readers of functions that make something new of a tensor, and of the user's own arithmetic."""

from typing import Any

from torch import Tensor

from losslab.doctor.events import Activation, Arithmetic, Comparison, Cut, Noise, Reduction
from losslab.doctor.evidence.axes import count_from_end
from losslab.doctor.intercept.reader import Reader, get_argument, get_input
from losslab.doctor.location import find_users_place
from losslab.doctor.session import Session

# Where an argument stands: its place and its name.
Argument = tuple[int, str]
ALONG_AXIS = ("softmax", "log_softmax", "softmin")


def read_activation(name: str) -> Reader:
    """Read a function of one tensor; leave its origin on the output."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        source = get_input(args, kwargs)
        if not isinstance(output, Tensor) or not isinstance(source, Tensor):
            return
        place = find_users_place()
        axis = _find_softmax_axis(source, args, kwargs) if name in ALONG_AXIS else None
        if name == "one_hot":
            axis = -1
        session.state.provenance.record(name, source, output, axis, place)
        session.emit(Activation, place, name=name, input=source, output=output, axis=axis)

    return Reader(after)


def _find_softmax_axis(source: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    axis = get_argument(args, kwargs, 1, "dim")
    if not isinstance(axis, int):  # the old default of F.softmax
        axis = 0 if source.ndim in (0, 1, 3) else 1
    return count_from_end(axis, source.ndim) if source.ndim else None


def read_layer(
    axis: int, source: Argument = (0, "input"), weight: Argument = (1, "weight")
) -> Reader:
    """Leave on the output of a linear layer or convolution that it holds raw scores.

    Args:
        axis: that of the layer's outputs.
        source: place and name of the layer's input.
        weight: place and name of its weight.
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
    """The weight itself where a view of all of it, such as ``weight.t()``, was multiplied with."""
    if not isinstance(weight, Tensor):
        return None
    base = weight._base
    return base if base is not None and base.numel() == weight.numel() else weight


def read_embedding(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Read an embedding; its rows are values of no known kind."""
    indices = get_input(args, kwargs)
    if (
        isinstance(indices, Tensor)
        and isinstance(output, Tensor)
        and session.listens_to(Activation)
    ):
        place = find_users_place()
        session.emit(Activation, place, name="embedding", input=indices, output=output, axis=None)


def read_reduction(name: str) -> Reader:
    """Read argmax, max and their kin, called by the user and not by a library."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
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

    return Reader(after)


def read_noise(name: str, place_of_training: int, default: bool) -> Reader:
    """Read dropout or batch norm."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        training = get_argument(args, kwargs, place_of_training, "training", default)
        rate = get_argument(args, kwargs, 1, "p", 0.5) if name == "dropout" else None
        source = get_input(args, kwargs)
        provenance = session.state.provenance
        earlier = provenance.get(source)
        # Without training dropout changes nothing; with it, rows no longer sum to one.
        kept = earlier is not None and (not training or earlier.name == "linear")
        if name == "dropout" and kept and earlier is not None and isinstance(output, Tensor):
            provenance.put(output, earlier)
        session.emit(
            Noise, find_users_place(), name=name, training=bool(training), rate=rate, input=source
        )

    return Reader(after)


def read_cut(name: str) -> Reader:
    """Read what takes values out of the graph: item, numpy, tolist, float."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if session.listens_to(Cut):
            notify_cut(session, name, get_input(args, kwargs), output)

    return Reader(after)


def notify_cut(session: Session, name: str, source: Tensor, output: Any) -> None:
    """Tell that a tensor left its graph."""
    attached = source.requires_grad
    session.emit(Cut, find_users_place(), name=name, input=source, output=output, attached=attached)


# Adding less than this to a probability only keeps it off zero.
_TINY = 1e-3


def read_arithmetic(name: str, *, reflected: bool = False, inplace: bool = False) -> Reader:
    """Read sub, add, mul, div or pow where shapes differ, or where both are single numbers."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if len(args) < 2:
            return
        left, right = args[:2]
        if not isinstance(right, Tensor) or not isinstance(left, Tensor):
            _keep_origin(session, name, left, right, output)
            return
        if left.shape == right.shape and left.ndim:
            return
        place = find_users_place()
        if not place.direct:
            return
        if reflected:
            left, right = right, left
        session.emit(
            Arithmetic, place, name=name, left=left, right=right, output=output, inplace=inplace
        )

    return Reader(after)


def _keep_origin(session: Session, name: str, left: Any, right: Any, output: Any) -> None:
    """Hand an origin on through + 1e-8, * 1 and / 1."""
    if not isinstance(right, float | int) or not isinstance(output, Tensor):
        return
    harmless = abs(right) <= _TINY if name in ("add", "sub") else right == 1
    origin = session.state.provenance.get(left)
    if origin is not None and harmless:
        session.state.provenance.propagate(origin, output, origin.axis, cut=False)


def read_comparison(name: str) -> Reader:
    """Read ==, >, < and their kin, made by the user and not by a library."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if len(args) < 2 or not isinstance(output, Tensor) or not isinstance(args[0], Tensor):
            return
        place = find_users_place()
        if not place.direct:
            return
        if isinstance(args[1], float | int):
            session.state.provenance.record("threshold", args[0], output, None, place)
        session.emit(Comparison, place, name=name, left=args[0], right=args[1], output=output)

    return Reader(after)
