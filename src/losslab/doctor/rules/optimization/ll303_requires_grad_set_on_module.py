"""``module.requires_grad = False`` freezes nothing: modules have no such switch.

What it finds:
    A ``requires_grad`` that was set on a module from outside, whose parameters then kept the
    other value.

Why it hurts:
    The assignment creates a new, unused attribute. The layers that should be frozen are still
    trained, or those that should be trained stay frozen.

Bad:
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    net[0].requires_grad = False
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good:
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    net[0].requires_grad_(False)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots:
    Runs in which no optimizer makes a step, and modules that define the attribute themselves.
"""

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from losslab.doctor.events import AttributeSet, StepBegin
from losslab.doctor.evidence.optimizers import get_ids
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import nn

# Assignments without an effect so far.
Memory: TypeAlias = "list[tuple[weakref.ref[nn.Module], Place, bool]]"


def on_set(event: AttributeSet, state: WatchState, memory: Memory) -> None:
    """Remember an assignment, unless the class of the module knows the name."""
    own = hasattr(type(event.module), "requires_grad")
    if isinstance(event.value, bool) and not own and len(memory) < 1000:
        memory.append((weakref.ref(event.module), event.place, event.value))


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare with the parameters that are about to be trained."""
    held = get_ids([event.optimizer]) if memory else set()
    for entry in memory.copy():
        reference, place, value = entry
        module = reference()
        parameters = [] if module is None else list(module.parameters())
        if value:
            wrong = [one for one in parameters if not one.requires_grad]
            proven = bool(parameters) and len(wrong) == len(parameters)
        else:
            wrong = [one for one in parameters if one.requires_grad and one.grad is not None]
            proven = any(id(one) in held for one in wrong)
        if proven or module is None:
            memory.remove(entry)
        if proven:
            outcome = "stay frozen" if value else "have gradients and are being trained"
            yield Diagnostic(
                place=place,
                message=f"requires_grad = {value} on a {type(module).__name__}: {len(wrong)} of "
                f"its {len(parameters)} parameters {outcome}",
                fix=f"module.requires_grad_({value})",
            )


RULE = Rule(
    code="LL303",
    name="requires-grad-set-on-module",
    severity="error",
    page=__doc__,
    handlers={AttributeSet: on_set, StepBegin: on_step},
    memory=list,
)
