"""Weights, a mask or a focal factor are multiplied onto a loss that is already reduced.

What it finds:
    A mean or sum over a batch, as PyTorch's losses return it, multiplied with a tensor that has a
    value for every row of that batch; and a focal factor computed from exp(-loss) of such a mean.

Why it hurts:
    Every row's weight multiplies the same mean, so the weights cannot tell rows apart: they only
    scale the learning rate. A focal factor of the mean does not know which rows are hard.

Bad:
    weights = torch.rand(32)
    loss = (F.cross_entropy(nn.Linear(4, 3)(x), labels) * weights).mean()

Good:
    weights = torch.rand(32)
    loss = (F.cross_entropy(nn.Linear(4, 3)(x), labels, reduction="none") * weights).mean()

Blind spots:
    Weights reduced before they are multiplied; a loss with something added to it; a focal factor
    that was detached.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losslab.doctor.events import Arithmetic, LossCall
from losslab.doctor.evidence.graph import get_stamp
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

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


Memory = dict[Place, Reduced]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Remember a loss that is one number for many rows."""
    rows = len(call.prediction) if call.prediction.ndim else 1
    if call.output.ndim == 0 and rows > 1:
        memory[call.place] = Reduced(weakref.ref(call.output), call.name, rows)


def on_arithmetic(event: Arithmetic, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Detect that such a loss is multiplied."""
    if event.name != "mul" or event.inplace:
        return
    for loss, factor in ((event.left, event.right), (event.right, event.left)):
        reduced = next((one for one in memory.values() if one.output() is loss), None)
        if reduced is None or loss.ndim:
            continue
        if factor.ndim and factor.numel() > 1 and len(factor) == reduced.rows:
            message = (
                f"{reduced.name} is already one number for {reduced.rows} rows, and is multiplied "
                f"with a tensor of shape {tuple(factor.shape)}, which holds something for each of "
                "them"
            )
        elif not factor.ndim and _is_focal_factor(factor, loss):
            message = (
                f"the focal factor is made of exp(-{reduced.name}) of the mean over "
                f"{reduced.rows} rows, not of each row's own"
            )
        else:
            continue
        yield Diagnostic(place=event.place, message=message, fix=FIX)
        return


def _is_focal_factor(factor: "Tensor", loss: "Tensor") -> bool:
    """Walk from a number along its graph: does an exp lie between it and the loss?"""
    target = get_stamp(loss)
    if factor.grad_fn is None or target is None:
        return False
    paths: list[tuple[Any, bool, int]] = [(factor.grad_fn, False, 0)]
    while paths:
        node, exponential, length = paths.pop()
        if exponential and (node.name(), node._sequence_nr()) == target:
            return True
        # Whatever was made before the loss cannot lead to it.
        if length < LONGEST_WALK and node._sequence_nr() > target[1]:
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
