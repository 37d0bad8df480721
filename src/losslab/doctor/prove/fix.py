"""What a mend is: which calls it looks at, and what it calls them with instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from losslab.doctor.intercept.losses import loss_functions
from losslab.doctor.prove.expression import Edit, Expression
from losslab.doctor.watch_state import WatchState


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of PyTorch that is about to happen, in a line where a mistake was found.

    Args:
        function: PyTorch's.
        args: as given.
        kwargs: as given.
        state: what is known of tensors and optimizers.
        lines: (file, line) of the findings to mend, for mends that act elsewhere.
        expression: the user's source, if it was found.
    """

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    state: WatchState
    lines: frozenset[tuple[str, int]]
    expression: Expression | None

    def get(self, place: int, name: str) -> Any:
        """Give an argument by its place or its name."""
        return self.args[place] if place < len(self.args) else self.kwargs.get(name)

    def put(self, place: int, name: str, value: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give the arguments with one of them changed."""
        if place < len(self.args):
            return (*self.args[:place], value, *self.args[place + 1 :]), self.kwargs
        return self.args, {**self.kwargs, name: value}


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to call the function with, and what would do the same in the source."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A rule's mend.

    Args:
        rule: its code.
        how: what it does, in a few words.
        functions: gives PyTorch's functions that it acts on.
        change: gives the change of a call, None where there is nothing to mend.
        anywhere: whether it acts on calls at other lines than the finding's.
    """

    rule: str
    how: str
    functions: Callable[[], frozenset[Any]]
    change: Callable[[Call], Change | None]
    anywhere: bool = False


def forms(*names: str) -> frozenset[Any]:
    """Give the functions of these names in ``torch`` and of tensors."""
    homes = (torch, Tensor)
    return frozenset(getattr(home, name) for home in homes for name in names if hasattr(home, name))


def losses(*names: str) -> frozenset[Any]:
    """Give PyTorch's losses of these canonical names; all if none is named."""
    known: Mapping[Any, Any] = loss_functions()
    return frozenset(one for one, loss in known.items() if not names or loss.name in names)


def target_of(call: Call) -> tuple[int, Any, Any]:
    """Give the place of a loss's target, the prediction and the target."""
    parameters = loss_functions()[call.function].parameters
    place = parameters.index("target") if "target" in parameters else 1
    return place, call.get(0, parameters[0]), call.get(place, "target")


def axis_suffix(before: torch.Size, after: torch.Size) -> str:
    """Name the call that adds or takes away an axis of length one.

    >>> axis_suffix(torch.Size([8]), torch.Size([8, 1]))
    '.unsqueeze(1)'
    """
    longer, shorter = sorted((before, after), key=len, reverse=True)
    for axis, length in enumerate(longer):
        if length == 1 and (*longer[:axis], *longer[axis + 1 :]) == tuple(shorter):
            return f".unsqueeze({axis})" if len(before) < len(after) else f".squeeze({axis})"
    return f".reshape({tuple(after)})"


def recorded(case: WatchState, values: Tensor, *names: str) -> Tensor | None:
    """Give what went into the activations that made these values, if it has the same shape.

    Args:
        case: of a session that keeps sources.
        values: what a loss was given.
        names: the activations to undo, also several of them in a row.
    """
    found: Tensor | None = None
    origin = case.came_from(values, *names)
    while origin is not None and isinstance(origin.source, Tensor):
        if origin.source.shape != values.shape:
            break
        found = origin.source
        origin = case.came_from(found, *names)
    return found
