"""Two optimizers hold the same parameters and step on the same gradients.

What it finds
    A step that followed gradients which another optimizer, holding the same parameters, had
    already followed: no backward ran between the two.

Why it hurts
    Every gradient moves the shared parameters twice, with two learning rates and two memories of
    the past that know nothing of each other.

Bad
    net = nn.Linear(4, 1)
    first = torch.optim.SGD(net.parameters(), lr=0.1)
    second = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(3):
        first.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        first.step()
        second.step()

Good
    net = nn.Linear(4, 1)
    first = torch.optim.SGD([net.weight], lr=0.1)
    second = torch.optim.Adam([net.bias], lr=0.01)
    for _ in range(3):
        net.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        first.step()
        second.step()

Blind spots
    Optimizers that share parameters and each have a backward of their own: that may be meant.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, GradientSet, StepBegin, StepDone
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

if TYPE_CHECKING:
    from torch.optim import Optimizer

LEAST_STEPS = 2


@dataclass
class Twice:
    """What was seen of one optimizer: steps on used gradients, and others."""

    place: Place
    shared: int = 0
    used: int = 0
    fresh: int = 0


@dataclass
class Memory:
    """Optimizers that stepped since the last backward, and by number what was seen."""

    stepped: "list[weakref.ref[Optimizer]]" = field(default_factory=list)
    seen: dict[int, Twice] = field(default_factory=dict)


def on_backward(
    event: Backward | GradientSet, case: WatchState, memory: Memory
) -> Iterator[Diagnostic]:
    """New gradients have come."""
    memory.stepped.clear()
    return iter(())


def on_begin(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for parameters whose gradients another optimizer has followed."""
    if event.closure:
        return iter(())
    seen = memory.seen.setdefault(case.number(event.optimizer), Twice(event.place))
    others = [one for one in (known() for known in memory.stepped) if one is not None]
    followed = {
        id(one) for other in others if other is not event.optimizer for one in parameters_of(other)
    }
    own = parameters_of(event.optimizer) if followed else []
    shared = sum(id(one) in followed and one.grad is not None for one in own)
    seen.used += shared > 0
    seen.fresh += shared == 0
    seen.shared = max(seen.shared, shared)
    return iter(())


def on_done(event: StepDone, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Note the step until the next backward."""
    if not event.closure and len(memory.stepped) < 100:
        memory.stepped.append(weakref.ref(event.optimizer))
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers all of whose steps came second."""
    for seen in memory.seen.values():
        if seen.used >= LEAST_STEPS and not seen.fresh:
            yield Diagnostic(
                place=seen.place,
                message=f"in all {seen.used} steps another optimizer had just followed the same "
                f"gradients of {seen.shared} parameters that both hold",
                fix="give each parameter to one optimizer; parameter groups allow several rates",
                count=seen.used,
            )


RULE = Rule(
    code="LL311",
    name="parameters-in-two-optimizers",
    severity="warning",
    page=__doc__,
    handlers={
        Backward: on_backward,
        GradientSet: on_backward,
        StepBegin: on_begin,
        StepDone: on_done,
    },
    memory=Memory,
    finish=finish,
)
