"""Readers of functions that propagate an origin: views, casts, indexing, concatenation, splits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Size, Tensor

from losslab.doctor.evidence import axes
from losslab.doctor.intercept.functions import read_cut
from losslab.doctor.intercept.reader import Reader, get_argument, get_input
from losslab.doctor.session import Session

# (axis, shape before, shape after, args, kwargs) -> the axis afterwards
Route = Callable[[int, Size, Size, tuple[Any, ...], dict[str, Any]], int | None]

# Origins whose values survive a cast to integers.
_INTEGERS = ("argmax", "one_hot", "round", "threshold")


def propagate(route: Route | None = None, *, cuts: str | None = None) -> Reader:
    """Propagate the origin of the first argument to the output.

    Args:
        route: Maps the axis to its position in the output; None if it stays.
        cuts: Name of the call if it leaves the graph.
    """

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        source = get_input(args, kwargs)
        provenance = session.state.provenance
        origin = provenance.get(source)
        if (
            origin is not None
            and isinstance(output, Tensor)
            and (output.is_floating_point() or origin.name in _INTEGERS)
        ):
            axis = origin.axis
            if axis is not None and route is not None:
                axis = route(axis, source.shape, output.shape, args, kwargs)
            if route is reshape and source.shape != output.shape:
                origin = replace(origin, mixed=origin.axis is not None and axis is None)
            provenance.propagate(origin, output, axis, cut=cuts is not None)
        if cuts is not None:
            read_cut(cuts, session, args, kwargs, output)

    return Reader(after)


def propagate_clamp(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Propagate an origin through a clamp that only keeps values away from 0 and 1."""
    origin = session.state.provenance.get(get_input(args, kwargs))
    low = get_argument(args, kwargs, 1, "min")
    high = get_argument(args, kwargs, 2, "max")
    if (
        origin is not None
        and origin.name in ("softmax", "sigmoid", "exp")
        and (low is None or (isinstance(low, float | int) and low <= 1e-3))
        and (high is None or (isinstance(high, float | int) and high >= 1 - 1e-3))
        and isinstance(output, Tensor)
    ):
        session.state.provenance.propagate(origin, output, origin.axis, cut=False)


def propagate_split(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Propagate an origin to the parts of chunk, split and unbind."""
    source = get_input(args, kwargs)
    origin = session.state.provenance.get(source)
    if origin is not None and isinstance(output, tuple | list):
        for part in output:
            axis = _keep_axis(origin.axis, source.shape, part.shape)
            session.state.provenance.propagate(origin, part, axis, cut=False)


def propagate_cat(
    session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> None:
    """Propagate an origin through cat if all parts have it and the rows stay complete."""
    tensors = get_argument(args, kwargs, 0, "tensors")
    if isinstance(tensors, tuple | list) and isinstance(output, Tensor):
        origin = session.state.provenance.find_common(tensors)
        if origin is not None:
            axis = _keep_axis(origin.axis, tensors[0].shape, output.shape)
            session.state.provenance.propagate(origin, output, axis, cut=False)


def _keep_axis(axis: int | None, before: Size, after: Size) -> int | None:
    """Return the axis if it is as long as before, otherwise None."""
    same = axis is not None and len(before) == len(after) and before[axis] == after[axis]
    return axis if same else None


def reshape(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of view, reshape, flatten, unflatten."""
    return axes.reshape_axis(axis, before, after)


def squeeze(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of squeeze."""
    at = get_argument(args, kwargs, 1, "dim")
    return axes.squeeze_axis(axis, before, after, at if isinstance(at, int) else None)


def unsqueeze(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of unsqueeze."""
    return axes.unsqueeze_axis(axis, get_argument(args, kwargs, 1, "dim"), len(before))


def transpose(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of transpose and swapaxes."""
    one = get_argument(args, kwargs, 1, "dim0", kwargs.get("axis0"))
    two = get_argument(args, kwargs, 2, "dim1", kwargs.get("axis1"))
    return axes.swap_axis(axis, one, two, len(before))


def transpose_matrix(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of T, mT and t."""
    return axes.swap_axis(axis, -1, -2, len(before)) if len(before) == 2 else None


def permute(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of permute, whose axes are given as a tuple or one by one."""
    order = get_argument(args, kwargs, 1, "dims")
    return axes.permute_axis(axis, args[1:] if isinstance(order, int) else order)


def index_tensor(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of tensor[...]."""
    return axes.index_axis(axis, len(before), args[1])


def select(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of select, which removes one axis."""
    at = axes.count_from_end(get_argument(args, kwargs, 1, "dim"), len(before))
    return None if at == axis else axis + (at > axis)


def shorten(
    axis: int, before: Size, after: Size, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> int | None:
    """Route of functions that keep the number of axes and may shorten one."""
    return _keep_axis(axis, before, after)
