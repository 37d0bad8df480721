"""Exceptions: the call they came from is kept with them, and diagnosed if nobody catches them."""

from collections.abc import Iterator, Mapping
from typing import Any

from losslab.doctor.events import Failed
from losslab.doctor.location import Place
from losslab.doctor.session import Session

_MARK = "_losslab_failed_call"


def mark(
    error: BaseException,
    function: str,
    loss: str | None,
    arguments: Mapping[str, Any],
    place: Place,
) -> None:
    """Keep with an exception which call it came from; the innermost call stays.

    The exception holds the call's frames and tensors anyway, and lets go of all of it together.
    """
    if not hasattr(error, _MARK):
        call = {"function": function, "loss": loss, "arguments": arguments}
        error.__dict__[_MARK] = (place, call)


def diagnose(session: Session, error: BaseException) -> None:
    """Tell the rules which call the exception came from that ended the run."""
    for one in _chain(error):
        if hasattr(one, _MARK):
            place, call = one.__dict__[_MARK]
            session.emit(Failed, place, **call, error=one)
            return


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__
