"""Two optimizers hold the same parameters and step on the same gradients.

What it finds:
    A step that followed gradients which another optimizer, holding the same parameters, had
    already followed: no backward ran between the two.

Why it hurts:
    Every gradient moves the shared parameters twice, with two learning rates and two independent
    optimizer states.

Bad:
    net = nn.Linear(4, 1)
    first = torch.optim.SGD(net.parameters(), lr=0.1)
    second = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(3):
        first.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        first.step()
        second.step()

Good:
    net = nn.Linear(4, 1)
    first = torch.optim.SGD([net.weight], lr=0.1)
    second = torch.optim.Adam([net.bias], lr=0.01)
    for _ in range(3):
        net.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        first.step()
        second.step()

Blind spots:
    Optimizers that share parameters and each have a backward of their own: that may be intended.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, GradientSet, StepBegin, StepDone
from losslab.doctor.evidence.optimizers import get_ids, get_parameters
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch.optim import Optimizer

LEAST_STEPS = 2


@dataclass
class Steps:
    """The steps of one optimizer: on gradients that another one used, and others."""

    place: Place
    shared: int = 0
    used: int = 0
    fresh: int = 0


@dataclass
class Memory:
    """Optimizers that stepped since the last backward, and the steps by optimizer number."""

    stepped: "list[weakref.ref[Optimizer]]" = field(default_factory=list)
    steps: dict[int, Steps] = field(default_factory=dict)


def on_backward(event: Backward | GradientSet, state: WatchState, memory: Memory) -> None:
    """Forget the steps on earlier gradients."""
    memory.stepped.clear()


def on_begin(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Look for parameters whose gradients another optimizer has followed."""
    if event.closure:
        return
    steps = memory.steps.setdefault(state.get_number(event.optimizer), Steps(event.place))
    others = [reference() for reference in memory.stepped]
    followed = get_ids(one for one in others if one is not None and one is not event.optimizer)
    parameters = get_parameters(event.optimizer) if followed else []
    shared = sum(id(one) in followed and one.grad is not None for one in parameters)
    steps.used += shared > 0
    steps.fresh += shared == 0
    steps.shared = max(steps.shared, shared)


def on_done(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Note the step until the next backward."""
    if not event.closure and len(memory.stepped) < 100:
        memory.stepped.append(weakref.ref(event.optimizer))


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers all of whose steps came second."""
    for steps in memory.steps.values():
        if steps.used >= LEAST_STEPS and not steps.fresh:
            yield Diagnostic(
                place=steps.place,
                message=f"in all {steps.used} steps another optimizer had just followed the same "
                f"gradients of {steps.shared} parameters that both hold",
                fix="give each parameter to one optimizer; parameter groups allow several rates",
                count=steps.used,
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
