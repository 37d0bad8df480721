"""Gradients are clipped after the step that used them.

What it finds:
    A place that clips gradients only after their optimizer's step and before the next backward.

Why it hurts:
    The step has already used the unclipped gradients, and the next backward starts anew: the
    clipping has no effect, and large gradients pass.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()

Blind spots:
    Clipping written by hand. A limit of a million or more only measures the norm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import BackwardDone, Clip, StepDone
from losslab.doctor.evidence.optimizers import get_ids
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_TIMES = 2
# Nobody clips at such a norm; it is given to get the norm back.
MEASURING = 1e6


@dataclass
class Clipping:
    """The calls at one place: how many came too late, for which optimizers, and any in time."""

    late: int = 0
    optimizers: set[int] = field(default_factory=set)
    in_time: bool = False


@dataclass
class Memory:
    """Optimizers (by number) that stepped since the last backward, and calls by place.

    ``useful`` holds optimizers some of whose clipping came in time.
    """

    stepped: set[int] = field(default_factory=set)
    places: dict[Place, Clipping] = field(default_factory=dict)
    useful: set[int] = field(default_factory=set)


def on_backward(event: BackwardDone, state: WatchState, memory: Memory) -> None:
    """Forget the steps on earlier gradients."""
    memory.stepped.clear()


def on_step(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Note that this optimizer has used its gradients."""
    memory.stepped.add(state.get_number(event.optimizer))


def on_clip(event: Clip, state: WatchState, memory: Memory) -> None:
    """Check whether the optimizers of these parameters have made their step."""
    clipped = {id(one) for one in event.parameters}
    numbers = {
        state.get_number(optimizer)
        for optimizer in state.optimizers
        if not clipped.isdisjoint(get_ids([optimizer]))
    }
    if not numbers or event.limit >= MEASURING:
        return
    clipping = memory.places.setdefault(event.place, Clipping())
    if numbers <= memory.stepped:
        clipping.late += 1
        clipping.optimizers |= numbers
    elif event.number > 1 or state.steps:
        clipping.in_time = True
        memory.useful |= numbers


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places that were always late."""
    for place, clipping in memory.places.items():
        useful = clipping.in_time or clipping.optimizers & memory.useful
        if clipping.late >= LEAST_TIMES and not useful:
            yield Diagnostic(
                place=place,
                message=f"in all {clipping.late} calls the optimizer had already followed the "
                "gradients that were clipped",
                fix="loss.backward(), then clip_grad_norm_(...), then optimizer.step()",
                count=clipping.late,
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
