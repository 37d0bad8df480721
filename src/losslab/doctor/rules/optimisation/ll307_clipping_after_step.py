"""Gradients are clipped after the step that used them.

What it finds
    A place that clips gradients only after their optimizer's step and before the next backward.

Why it hurts
    The step has already followed the unclipped gradients, and the next backward starts anew:
    the clipping has no effect, and large gradients pass.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()

Blind spots
    Clipping written by hand. A limit of a million or more only measures the norm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import BackwardDone, Clip, StepDone
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

LEAST_TIMES = 2
# Nobody clips at such a norm; it is given to get the norm back.
MEASURING = 1e6


@dataclass
class Memory:
    """Optimizers (by number) that stepped since the last backward, and calls by place.

    ``useful`` holds optimizers some of whose clipping came in time.
    """

    stepped: set[int] = field(default_factory=set)
    late: dict[Place, int] = field(default_factory=dict)
    of: dict[Place, set[int]] = field(default_factory=dict)
    in_time: set[Place] = field(default_factory=set)
    useful: set[int] = field(default_factory=set)


def on_backward(event: BackwardDone, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """New gradients have come."""
    memory.stepped.clear()
    return iter(())


def on_step(event: StepDone, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """This optimizer has used its gradients."""
    memory.stepped.add(case.number(event.optimizer))
    return iter(())


def on_clip(event: Clip, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See whether the optimizers of these parameters have made their step."""
    clipped = {id(one) for one in event.parameters}
    numbers = {
        case.number(optimizer)
        for optimizer in case.optimizers
        if any(id(one) in clipped for one in parameters_of(optimizer))
    }
    if not numbers or event.limit >= MEASURING:
        return iter(())
    if numbers <= memory.stepped:
        memory.late[event.place] = memory.late.get(event.place, 0) + 1
        memory.of.setdefault(event.place, set()).update(numbers)
    elif event.number > 1 or case.steps:
        memory.in_time.add(event.place)
        memory.useful |= numbers
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places that were always late."""
    for place, times in memory.late.items():
        useful = memory.of[place] & memory.useful
        if times >= LEAST_TIMES and place not in memory.in_time and not useful:
            yield Diagnostic(
                place=place,
                message=f"in all {times} calls the optimizer had already followed the gradients "
                "that were clipped",
                fix="loss.backward(), then clip_grad_norm_(...), then optimizer.step()",
                count=times,
            )


RULE = Rule(
    code="LL307",
    name="clipping-after-step",
    severity="error",
    page=__doc__,
    handlers={BackwardDone: on_backward, StepDone: on_step, Clip: on_clip},
    memory=Memory,
    finish=finish,
)
