"""A running total of the loss keeps the graph of every iteration.

What it finds:
    A sum that accumulated losses with their graphs over several optimizer steps, and that no
    backward ever started from.

Why it hurts:
    The total keeps the graph of every batch alive, so memory grows with each iteration until it is
    full.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    total = 0
    for _ in range(6):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step()
        total += loss

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    total = 0
    for _ in range(6):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step()
        total += loss.item()

Blind spots:
    Losses kept in a list. Evaluation with gradients enabled. A total of fewer than four iterations.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import Arithmetic, Backward
from losslab.doctor.evidence.graph import get_stamp, reach
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_STEPS = 3
MOST_PLACES = 1000


@dataclass
class Total:
    """A sum at one place: the steps it has lived through, and whether it was a loss after all."""

    sum: "weakref.ref[Tensor]"
    operation: tuple[str, int] | None
    step: int
    spanned: int = 0
    longest: int = 0
    used: bool = False


Memory = dict[Place, Total]  # by the place of the addition


def on_arithmetic(event: Arithmetic, state: WatchState, memory: Memory) -> None:
    """Follow a sum from one addition to the next."""
    attached = event.left.requires_grad and event.right.requires_grad
    output, grows = event.output, event.output.requires_grad
    if event.name != "add" or output.ndim or not (attached or event.inplace):
        return
    total = memory.get(event.place)
    if total is None:
        if len(memory) < MOST_PLACES and grows:
            memory[event.place] = Total(weakref.ref(output), get_stamp(output), event.step)
        return
    before = total.sum()
    continued = before is not None and (event.left is before or event.right is before)
    total.spanned = total.spanned + (event.step > total.step) if continued and grows else 0
    total.longest = max(total.longest, total.spanned)
    total.sum, total.operation, total.step = weakref.ref(output), get_stamp(output), event.step


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Take a sum that a backward starts from as a loss: adding it up over steps was meant."""
    suspected = [total for total in memory.values() if not total.used]
    if any(one is total.sum() for total in suspected for one in event.losses):
        nodes = {get_stamp(one) for one in event.losses}
    elif event.due and suspected:
        nodes = set(reach(event.losses).nodes)
    else:
        return
    for total in suspected:
        total.used = total.operation in nodes


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the sums that only ever grew."""
    for place, total in memory.items():
        if total.longest >= LEAST_STEPS and not total.used:
            yield Diagnostic(
                place=place,
                message=f"a total was carried with its graph over {total.longest} optimizer "
                "steps, and no backward starts from it",
                fix="total += loss.item()",
                count=total.longest,
            )


RULE = Rule(
    code="LL310",
    name="loss-summed-with-its-graph",
    severity="warning",
    page=__doc__,
    handlers={Arithmetic: on_arithmetic, Backward: on_backward},
    memory=Memory,
    finish=finish,
)
