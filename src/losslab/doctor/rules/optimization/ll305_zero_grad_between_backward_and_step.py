"""Gradients are cleared after backward and before the step that should use them.

What it finds:
    An optimizer that found no gradient in any of its steps, because ``zero_grad`` was called
    between the backward and the step.

Why it hurts:
    The step has no gradients to follow: no parameter moves, except by weight decay and old
    momentum.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.zero_grad()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        optimizer.zero_grad()

Blind spots:
    Loops that lose the gradients of some of their backwards only. Closures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import BackwardDone, StepBegin, ZeroGrad
from losslab.doctor.evidence.optimizers import get_gradients, get_ids
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch.optim import Optimizer

LEAST_STEPS = 2
MOST_STEPS = 32


@dataclass
class Steps:
    """The steps of one optimizer.

    ``fresh`` tells whether a backward left gradients since the last step; ``cleared`` is where
    they were cleared again.
    """

    fresh: bool = False
    cleared: Place | None = None
    lost_at: Place | None = None
    lost: int = 0
    used: int = 0


Memory = dict[int, Steps]  # by the optimizer's number


def on_backward(event: BackwardDone, state: WatchState, memory: Memory) -> None:
    """Record which optimizers have gradients now."""
    for optimizer in state.optimizers if event.accumulates else ():
        steps = memory.setdefault(state.get_number(optimizer), Steps())
        if steps.used + steps.lost < MOST_STEPS:
            steps.fresh, steps.cleared = bool(get_gradients(optimizer)), None


def on_zero(event: ZeroGrad, state: WatchState, memory: Memory) -> None:
    """Note where fresh gradients were cleared, by their optimizer or their module."""
    for optimizer in state.optimizers:
        steps = memory.get(state.get_number(optimizer))
        if steps is not None and steps.fresh and _clears(event.owner, optimizer):
            steps.cleared, steps.fresh = event.place, False


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Count the step as one that lost its gradients or one that has some."""
    steps = memory.get(state.get_number(event.optimizer))
    if steps is None or steps.used + steps.lost >= MOST_STEPS:
        return
    gone = (
        steps.cleared is not None
        and not event.closure
        and not any(one.is_sparse or bool(one.any()) for one in get_gradients(event.optimizer))
    )
    if gone:
        steps.lost_at = steps.cleared
    steps.lost += gone
    steps.used += not gone
    steps.fresh, steps.cleared = False, None


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers that lost the gradients of every step."""
    for steps in memory.values():
        if steps.lost >= LEAST_STEPS and not steps.used and steps.lost_at is not None:
            yield Diagnostic(
                place=steps.lost_at,
                message="gradients were cleared between backward and step: in all "
                f"{steps.lost} steps looked at, every gradient was gone or zero",
                fix="optimizer.zero_grad() before loss.backward() or after optimizer.step()",
                count=steps.lost,
            )


def _clears(owner: object, optimizer: "Optimizer") -> bool:
    from torch.nn import Module

    if not isinstance(owner, Module):
        return owner is optimizer
    return not get_ids([optimizer]).isdisjoint(id(one) for one in owner.parameters())


RULE = Rule(
    code="LL305",
    name="zero-grad-between-backward-and-step",
    severity="error",
    page=__doc__,
    handlers={BackwardDone: on_backward, ZeroGrad: on_zero, StepBegin: on_step},
    memory=Memory,
    finish=finish,
)
