"""How ``--prove`` fixes a rule's mistake: it changes calls of PyTorch before they happen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.fixes.expression import Edit, Expression
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Size, Tensor

Line = tuple[str, str, int]  # rule, file, line


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of PyTorch that is about to happen, in a line with a mistake.

    Args:
        args: as given.
        kwargs: as given.
        state: what is known of tensors and optimizers.
        loss_parameters: names of the parameters of a loss, in order; empty for other functions.
        lines: (file, line) of the findings to fix, for fixes that act elsewhere.
        expression: the user's source, if it was found.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    state: WatchState
    loss_parameters: tuple[str, ...]
    lines: frozenset[tuple[str, int]]
    expression: Expression | None

    def get(self, position: int, name: str) -> Any:
        """Get an argument by its position or its name."""
        return self.args[position] if position < len(self.args) else self.kwargs.get(name)

    def get_loss_arguments(self) -> "tuple[int, Tensor | None, Tensor | None]":
        """Get the position of a loss's target, the prediction and the target."""
        names = self.loss_parameters
        position = names.index("target") if "target" in names else 1
        prediction, target = self.get(0, names[0]), self.get(position, "target")
        return position, as_tensor(prediction), as_tensor(target)

    def replace(
        self, position: int, name: str, value: Any, suffix: str = "", *, method: bool = False
    ) -> "Change":
        """Replace an argument; a suffix of its expression does the same in the source.

        Args:
            position: counted from 0.
            name: its keyword.
            value: the new value.
            suffix: such as ``.float()``; empty if none does the same.
            method: whether ``a.eq(b)`` counts ``a`` as the first argument.
        """
        args, kwargs, edits = self.args, self.kwargs, []
        if position < len(args):
            args = (*args[:position], value, *args[position + 1 :])
        else:
            kwargs = {**kwargs, name: value}
        if suffix and self.expression is not None:
            operand = self.expression.find_operand(position, name, method=method)
            edits = self.expression.add_suffix(operand, suffix)
        return Change(args=args, kwargs=kwargs, edits=tuple(edits))


@dataclass(frozen=True, kw_only=True)
class Change:
    """The new arguments of a call, and the edits that do the same in the source."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CallFix:
    """How to fix a mistake at its call.

    Args:
        title: what it does, in a few words.
        apply: returns the change of a call, None if there is nothing to fix.
        losses: canonical names of the losses that it acts on; "all" for all.
        functions: names of other functions that it acts on, in all their forms in PyTorch.
        anywhere: whether it also acts on calls at other lines than the finding's.
    """

    title: str
    apply: Callable[[Call], Change | None]
    losses: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    anywhere: bool = False


def format_axis_call(before: "Size", after: "Size") -> str:
    """Write the call that adds or removes an axis of length one.

    Examples:
        >>> import torch
        >>> format_axis_call(torch.Size([8]), torch.Size([8, 1]))
        '.unsqueeze(1)'
    """
    longer, shorter = sorted((before, after), key=len, reverse=True)
    for axis, length in enumerate(longer):
        if length == 1 and (*longer[:axis], *longer[axis + 1 :]) == tuple(shorter):
            return f".unsqueeze({axis})" if len(before) < len(after) else f".squeeze({axis})"
    return f".reshape({tuple(after)})"


def find_activation_input(state: WatchState, values: "Tensor", *names: str) -> "Tensor | None":
    """Find what went into the activations that computed these values, if it has the same shape.

    Args:
        state: of a session that keeps sources.
        values: the argument of a loss.
        names: the activations to undo, also several in a row.
    """
    found = None
    origin = state.find_origin(values, *names)
    while origin is not None and origin.source is not None and origin.source.shape == values.shape:
        found = origin.source
        origin = state.find_origin(found, *names)
    return found


def undo_activation(
    call: Call, name: str, invert: "Callable[[Tensor], Tensor]", suffix: str
) -> Change | None:
    """Give a loss the scores that went into an activation.

    Args:
        call: of the loss.
        name: the activation.
        invert: computes scores from the activation's output, where they weren't recorded.
        suffix: does the same in the source.
    """
    _, given, _ = call.get_loss_arguments()
    if given is None:
        return None
    scores = find_activation_input(call.state, given, name)
    origin = call.state.find_origin(given)
    # One inverse undoes one activation.
    repeated = origin is not None and name in origin.chain()[1:]
    scores = invert(given) if scores is None else scores
    return call.replace(0, "input", scores, "" if repeated else suffix)
