"""Gradients are never reset, so every step adds up all earlier ones.

What it finds:
    An optimizer in whose every step the gradients of the step before were still there when the
    next backward began, and were not cleared afterwards.

Why it hurts:
    backward adds to ``.grad``. Without a reset, a step follows the sum of all gradients since the
    start, old ones as much as new ones: it overshoots and oscillates.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(6):
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(6):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots:
    Runs of fewer than four steps. Optimizers whose gradients are cleared now and then. Closures.
    Gradients that are scaled after the step, like a momentum kept in them.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, StepBegin, StepDone
from losslab.doctor.evidence.optimizers import get_parameters
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_STEPS = 3
# After so many steps that were alike an optimizer is not looked at any more.
MOST_STEPS = 32


@dataclass
class Steps:
    """The steps of one optimizer.

    ``left_over`` tells whether at every backward since its last step the gradients of that step
    were still there; None before the first backward. ``mark`` is the gradient after that step.
    """

    place: Place
    watched: "weakref.ref[Tensor] | None" = None
    mark: tuple[int, int] | None = None
    left_over: bool | None = None
    leaking: int = 0
    clean: int = 0

    @property
    def gradient(self) -> "Tensor | None":
        """The gradient of the watched parameter."""
        parameter = None if self.watched is None else self.watched()
        return None if parameter is None else parameter.grad


Memory = dict[int, Steps]  # by the optimizer's number


def on_done(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Choose a parameter whose gradient is not zero, to see what becomes of it."""
    if event.closure:
        return
    steps = memory.setdefault(state.get_number(event.optimizer), Steps(event.place))
    if steps.leaking + steps.clean >= MOST_STEPS:
        steps.watched = None
        return
    if not _is_nonzero(steps.gradient):
        nonzero = (one for one in get_parameters(event.optimizer) if _is_nonzero(one.grad))
        parameter = next(nonzero, None)
        steps.watched = None if parameter is None else weakref.ref(parameter)
    steps.left_over, steps.mark = None, _mark(steps.gradient)


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Check whether the gradients of the last step are still there."""
    for steps in memory.values() if event.accumulates else ():
        if steps.watched is not None and steps.left_over is not False:
            untouched = steps.left_over is True or _mark(steps.gradient) == steps.mark
            steps.left_over = untouched and _is_nonzero(steps.gradient)


def on_begin(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Count the step as leaking or clean."""
    steps = memory.get(state.get_number(event.optimizer))
    if steps is not None and steps.watched is not None and steps.left_over is not None:
        steps.leaking += steps.left_over
        steps.clean += not steps.left_over


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report optimizers whose every step was leaking."""
    for steps in memory.values():
        if steps.leaking >= LEAST_STEPS and not steps.clean:
            yield Diagnostic(
                place=steps.place,
                message="when backward began, the gradients of the step before were still there, "
                f"in all {steps.leaking} steps looked at",
                fix="optimizer.zero_grad() before loss.backward()",
                count=steps.leaking,
            )


def _is_nonzero(gradient: "Tensor | None") -> bool:
    return gradient is not None and not gradient.is_sparse and bool(gradient.any())


def _mark(gradient: "Tensor | None") -> tuple[int, int] | None:
    """Tell a gradient from one that was replaced or changed in place."""
    return None if gradient is None else (id(gradient), gradient._version)


RULE = Rule(
    code="LL304",
    name="gradients-never-zeroed",
    severity="error",
    page=__doc__,
    handlers={StepDone: on_done, Backward: on_backward, StepBegin: on_begin},
    memory=Memory,
    finish=finish,
)
