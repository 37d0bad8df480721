"""Gradients are never set back, so that every step adds up all that came before.

What it finds
    An optimizer in whose every step the gradients of the step before were still there when the
    next backward began, and were not cleared afterwards.

Why it hurts
    backward adds to ``.grad``. Without clearing, a step follows the sum of all gradients since
    the start, old ones as much as new ones: it overshoots and swings.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(6):
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(6):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots
    Runs of fewer than four steps. Optimizers that clear gradients now and then. Closures. Gradients
    that are scaled after the step, as a momentum kept in them is.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, StepBegin, StepDone
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

LEAST_STEPS = 3
# After so many steps that were alike an optimizer is not looked at any more.
MOST_STEPS = 32


@dataclass
class Steps:
    """What was seen of one optimizer.

    ``left_over`` tells whether at every backward since its last step the gradients of that step
    were still there; None before the first backward. ``mark`` is the gradient after that step.
    """

    place: Place
    watched: "weakref.ref[Tensor] | None" = None
    mark: tuple[int, int] | None = None
    left_over: bool | None = None
    leaking: int = 0
    clean: int = 0


@dataclass
class Memory:
    """By the optimizer's number."""

    steps: dict[int, Steps] = field(default_factory=dict)


def on_done(event: StepDone, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Choose a parameter whose gradient is not zero, to see what becomes of it."""
    if event.closure:
        return iter(())
    steps = memory.steps.setdefault(case.number(event.optimizer), Steps(event.place))
    if steps.leaking + steps.clean < MOST_STEPS:
        steps.watched, steps.left_over = _with_gradient(event.optimizer, steps.watched), None
        steps.mark = _mark(steps.watched)
    else:
        steps.watched = None
    return iter(())


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See whether the gradients of the last step are still there."""
    if event.accumulates:
        for steps in memory.steps.values():
            if steps.watched is not None and steps.left_over is not False:
                untouched = steps.left_over is True or _mark(steps.watched) == steps.mark
                steps.left_over = untouched and _has_gradient(steps.watched())
    return iter(())


def on_begin(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Count the step as leaking or clean."""
    steps = memory.steps.get(case.number(event.optimizer))
    if steps is not None and steps.watched is not None and steps.left_over is not None:
        steps.leaking += steps.left_over
        steps.clean += not steps.left_over
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers whose every step was leaking."""
    for steps in memory.steps.values():
        if steps.leaking >= LEAST_STEPS and not steps.clean:
            yield Diagnostic(
                place=steps.place,
                message="when backward began, the gradients of the step before were still there, "
                f"in all {steps.leaking} steps looked at",
                fix="optimizer.zero_grad() before loss.backward()",
                count=steps.leaking,
            )


def _with_gradient(
    optimizer: "Optimizer", before: "weakref.ref[Tensor] | None"
) -> "weakref.ref[Tensor] | None":
    if before is not None and _has_gradient(before()):
        return before
    for parameter in parameters_of(optimizer):
        if _has_gradient(parameter):
            return weakref.ref(parameter)
    return None


def _has_gradient(parameter: "Tensor | None") -> bool:
    if parameter is None or parameter.grad is None:
        return False
    gradient = parameter.grad
    return not gradient.is_sparse and bool(gradient.any())


def _mark(watched: "weakref.ref[Tensor] | None") -> tuple[int, int] | None:
    """Tell a gradient from one that was replaced or changed in place."""
    parameter = None if watched is None else watched()
    if parameter is None or parameter.grad is None:
        return None
    return id(parameter.grad), parameter.grad._version


RULE = Rule(
    code="LL304",
    name="gradients-never-zeroed",
    severity="error",
    page=__doc__,
    handlers={StepDone: on_done, Backward: on_backward, StepBegin: on_begin},
    memory=Memory,
    finish=finish,
)
