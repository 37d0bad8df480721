"""Exceptions: each is marked with the call that raised it, and diagnosed if nobody catches it."""

from collections.abc import Mapping
from typing import Any

from losslab.doctor.events import Failed
from losslab.doctor.intercept.losses import list_loss_functions
from losslab.doctor.location import find_users_place
from losslab.doctor.session import Session

_MARK = "_losslab_failed_call"


def mark_failed_call(
    error: BaseException, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    """Store on an exception which call raised it; the innermost call stays.

    The exception holds the call's frames and tensors anyway, and releases all of it together.
    """
    if not hasattr(error, _MARK):
        loss = list_loss_functions().get(func)
        call = {
            "function": getattr(func, "__name__", type(func).__name__),
            "loss": None if loss is None else loss.name,
            "arguments": {str(place): arg for place, arg in enumerate(args)} | dict(kwargs)
            if loss is None
            else loss.name_arguments(args, kwargs),
        }
        error.__dict__[_MARK] = (find_users_place(), call)


def diagnose(session: Session, error: BaseException | None) -> None:
    """Notify the rules of the call that raised the exception which ended the run, if one did."""
    visited: set[int] = set()
    while error is not None and id(error) not in visited:
        if hasattr(error, _MARK):
            place, call = error.__dict__[_MARK]
            session.emit(Failed, place, **call, error=error)
            return
        visited.add(id(error))
        error = error.__cause__ or error.__context__
