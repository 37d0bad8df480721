"""Readers of the user's own arithmetic and comparisons."""

from typing import Any

from torch import Tensor

from losslab.doctor.events import Arithmetic, Comparison
from losslab.doctor.intercept.reader import Reader
from losslab.doctor.place import users_place
from losslab.doctor.session import Session

# Adding less than this to a probability only keeps it off zero.
_TINY = 1e-3


def arithmetic(name: str, *, reflected: bool = False, inplace: bool = False) -> Reader:
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
        place = users_place()
        if not place.direct:
            return
        if reflected:
            left, right = right, left
        session.happened(
            Arithmetic, place, name=name, left=left, right=right, output=output, inplace=inplace
        )

    return Reader(after)


def _keep_origin(session: Session, name: str, left: Any, right: Any, output: Any) -> None:
    """Hand an origin on through + 1e-8, * 1 and / 1."""
    if not isinstance(right, float | int) or not isinstance(output, Tensor):
        return
    harmless = abs(right) <= _TINY if name in ("add", "sub") else right == 1
    origin = session.case.provenance.of(left)
    if origin is not None and harmless:
        session.case.provenance.handed_on(origin, output, origin.axis, cut=False)


def comparison(name: str) -> Reader:
    """Read ==, >, < and their kin, made by the user and not by a library."""

    def after(session: Session, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if len(args) < 2 or not isinstance(output, Tensor) or not isinstance(args[0], Tensor):
            return
        place = users_place()
        if not place.direct:
            return
        if isinstance(args[1], float | int):
            session.case.provenance.made("threshold", args[0], output, None, place)
        session.happened(Comparison, place, name=name, left=args[0], right=args[1], output=output)

    return Reader(after)
