"""Weights, a mask or a focal factor are multiplied onto a loss that is already reduced.

What it finds
    A mean or sum over a batch, as PyTorch's losses return it, multiplied with a tensor that holds
    something for every row of that batch; and a focal factor made of exp(-loss) of such a mean.

Why it hurts
    Every row's weight meets the same mean, so the weights cannot tell rows apart: they only scale
    the learning rate. A focal factor of the mean does not know which rows are hard.

Bad
    weights = torch.rand(32)
    loss = (F.cross_entropy(nn.Linear(4, 3)(x), labels) * weights).mean()

Good
    weights = torch.rand(32)
    loss = (F.cross_entropy(nn.Linear(4, 3)(x), labels, reduction="none") * weights).mean()

Blind spots
    Weights reduced before they are multiplied; a loss with something added to it; a focal factor
    that was detached.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Arithmetic, LossCall
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

# (1 - exp(-loss)) ** gamma is five operations away from its loss, with a factor before it six.
LONGEST_WALK = 8
FIX = 'criterion(..., reduction="none"), multiply, and then take the mean'


@dataclass
class Reduced:
    """The last loss that was computed at a place: over how many rows."""

    output: "weakref.ref[Tensor]"
    name: str
    rows: int


@dataclass
class Memory:
    """By place."""

    losses: dict[Place, Reduced] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember a loss that is one number for many rows."""
    rows = len(call.prediction) if call.prediction.ndim else 1
    if call.output.ndim == 0 and rows > 1:
        memory.losses[call.place] = Reduced(weakref.ref(call.output), call.name, rows)
    return iter(())


def on_arithmetic(event: Arithmetic, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See such a loss multiplied."""
    if event.name != "mul" or event.inplace:
        return
    for loss, factor in ((event.left, event.right), (event.right, event.left)):
        known = None if loss.ndim else _known(loss, memory)
        if known is None:
            continue
        if factor.ndim and factor.numel() > 1 and len(factor) == known.rows:
            yield Diagnostic(
                place=event.place,
                message=f"{known.name} is already one number for {known.rows} rows, and is "
                f"multiplied with a tensor of shape {tuple(factor.shape)}, which holds something "
                "for each of them",
                fix=FIX,
            )
            return
        if not factor.ndim and _made_of_exp(factor, loss):
            yield Diagnostic(
                place=event.place,
                message=f"the focal factor is made of exp(-{known.name}) of the mean over "
                f"{known.rows} rows, not of each row's own",
                fix=FIX,
            )
            return


def _known(loss: "Tensor", memory: Memory) -> Reduced | None:
    return next((one for one in memory.losses.values() if one.output() is loss), None)


def _made_of_exp(factor: "Tensor", loss: "Tensor") -> bool:
    """Walk from a number along its graph: does an exp lie between it and the loss?"""
    if factor.grad_fn is None or loss.grad_fn is None:
        return False
    number = loss.grad_fn._sequence_nr()
    paths: list[tuple[Any, bool, int]] = [(factor.grad_fn, False, 0)]
    while paths:
        node, exponential, length = paths.pop()
        if exponential and (node.name(), node._sequence_nr()) == (loss.grad_fn.name(), number):
            return True
        # Whatever was made before the loss cannot lead to it.
        if length < LONGEST_WALK and node._sequence_nr() > number:
            beyond = exponential or node.name().startswith("ExpBackward")
            paths += [(one, beyond, length + 1) for one, _ in node.next_functions if one]
    return False


RULE = Rule(
    code="LL210",
    name="modulation-after-reduction",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Arithmetic: on_arithmetic},
    memory=Memory,
)
