"""``module.requires_grad = False`` freezes nothing: modules have no such switch.

What it finds
    A ``requires_grad`` that was set on a module from outside, whose parameters then kept the
    other value.

Why it hurts
    The assignment makes a new, unused attribute. The layers that were meant to be frozen go on
    training, or those meant to train stay frozen.

Bad
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    net[0].requires_grad = False
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    net[0].requires_grad_(False)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots
    Runs in which no optimizer makes a step, and modules that give the name a meaning of their own.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import AttributeSet, StepBegin
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

if TYPE_CHECKING:
    from torch import nn


@dataclass
class Memory:
    """Assignments that have not been seen to do nothing yet."""

    open: "list[tuple[weakref.ref[nn.Module], Place, bool]]" = field(default_factory=list)


def on_set(event: AttributeSet, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember an assignment, unless the class of the module knows the name."""
    own = hasattr(type(event.module), "requires_grad")
    if isinstance(event.value, bool) and not own and len(memory.open) < 1000:
        memory.open.append((weakref.ref(event.module), event.place, event.value))
    return iter(())


def on_step(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare with the parameters that are about to be trained."""
    if not memory.open:
        return
    held = {id(one) for one in parameters_of(event.optimizer)}
    left = []
    for reference, place, value in memory.open:
        module = reference()
        if module is None:
            continue
        parameters = list(module.parameters())
        if value:
            wrong = [one for one in parameters if not one.requires_grad]
            proven = bool(parameters) and len(wrong) == len(parameters)
        else:
            wrong = [one for one in parameters if one.requires_grad and one.grad is not None]
            proven = any(id(one) in held for one in wrong)
        if not proven:
            left.append((reference, place, value))
            continue
        outcome = "stay frozen" if value else "have gradients and are being trained"
        yield Diagnostic(
            place=place,
            message=f"requires_grad = {value} on a {type(module).__name__}: {len(wrong)} of its "
            f"{len(parameters)} parameters {outcome}",
            fix=f"module.requires_grad_({value})",
        )
    memory.open[:] = left


RULE = Rule(
    code="LL303",
    name="requires-grad-set-on-module",
    severity="error",
    page=__doc__,
    handlers={AttributeSet: on_set, StepBegin: on_step},
    memory=Memory,
)
