"""Readers: how to read a call that the mode intercepted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch

from losslab.doctor.session import Session


def disable_interception() -> AbstractContextManager[None]:
    """Switch off every ``TorchFunctionMode`` in a ``with`` block."""
    return torch._C.DisableTorchFunction()


Before = Callable[[Session, tuple[Any, ...], dict[str, Any]], None]
After = Callable[[Session, tuple[Any, ...], dict[str, Any], Any], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Functions to run after a call, given its output, and before it."""

    after: After
    before: Before | None = None


def get_argument(
    args: tuple[Any, ...], kwargs: dict[str, Any], place: int, name: str, default: Any = None
) -> Any:
    """Return an argument by its position or its name.

    Examples:
        >>> get_argument((5, 1), {}, 1, "dim"), get_argument((5,), {"dim": 2}, 1, "dim")
        (1, 2)
    """
    return args[place] if len(args) > place else kwargs.get(name, default)


def get_input(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the tensor that a function of one tensor works on."""
    return args[0] if args else kwargs.get("input", kwargs.get("self"))
