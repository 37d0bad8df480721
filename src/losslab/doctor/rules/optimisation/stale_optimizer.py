"""An optimizer holds parameters that no loss reaches.

What it finds
    An optimizer that made steps although none of its parameters ever had a gradient, while
    gradients went to trainable parameters that no optimizer holds: the model was replaced, copied
    or rebuilt after the optimizer was made.

Why it hurts
    Every step changes nothing. The model keeps its initial weights, and the loss stays where it
    was.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net = nn.Linear(4, 1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots
    An optimizer of which some parameters are reached: the others may be frozen on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.case import Case, parameters_of
from losslab.doctor.events import Backward, StepBegin
from losslab.doctor.evidence.reach import reach
from losslab.doctor.place import Place
from losslab.doctor.rule import Rule, Sighting

LEAST_STEPS = 2


@dataclass
class Steps:
    """The steps of an optimizer none of whose parameters had a gradient yet."""

    place: Place
    parameters: int
    count: int = 0


@dataclass
class Memory:
    """By the optimizer's number; ``missed`` counts parameters that were reached and not held."""

    idle: dict[int, Steps] = field(default_factory=dict)
    alive: set[int] = field(default_factory=set)
    missed: int = 0


def on_backward(event: Backward, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Count the parameters that this loss reaches and nobody holds, while an optimizer is idle."""
    if event.accumulates and event.due and memory.idle:
        held = {id(one) for optimizer in case.optimizers for one in parameters_of(optimizer)}
        # A loss without a history is its own leaf; that is another mistake.
        starts = {id(loss) for loss in event.losses}
        leaves = [leaf for leaf in reach(event.losses).leaves if id(leaf) not in starts]
        memory.missed = max(memory.missed, sum(id(leaf) not in held for leaf in leaves))
    return iter(())


def on_step(event: StepBegin, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Look for a gradient, until one was seen."""
    number = case.number(event.optimizer)
    if number in memory.alive:
        return iter(())
    parameters = parameters_of(event.optimizer)
    if event.closure or any(parameter.grad is not None for parameter in parameters):
        memory.alive.add(number)
        memory.idle.pop(number, None)
        return iter(())
    made = case.made_at(event.optimizer)
    place = made if made.line else event.place
    memory.idle.setdefault(number, Steps(place, len(parameters))).count += 1
    return iter(())


def finish(case: Case, memory: Memory) -> Iterator[Sighting]:
    """Report idle optimizers, if something was trained that none of them holds."""
    for steps in memory.idle.values():
        if steps.count >= LEAST_STEPS and memory.missed:
            yield Sighting(
                place=steps.place,
                message=f"none of the optimizer's {steps.parameters} parameters had a gradient in "
                f"{steps.count} steps; the losses reach {memory.missed} other parameters, which no "
                "optimizer holds",
                fix="make the optimizer after the model: torch.optim.Adam(model.parameters())",
                count=steps.count,
            )


RULE = Rule(
    code="LL301",
    name="stale-optimizer",
    severity="error",
    page=__doc__,
    handlers={Backward: on_backward, StepBegin: on_step},
    memory=Memory,
    finish=finish,
)
