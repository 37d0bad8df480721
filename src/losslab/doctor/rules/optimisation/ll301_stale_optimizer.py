"""An optimizer holds parameters that no loss reaches.

What it finds
    An optimizer that made steps although none of its parameters had a gradient, from the start or
    up to the end, while gradients went to trainable parameters that no optimizer holds: the model
    was replaced, copied or rebuilt after the optimizer was made.

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
    An optimizer of which some parameters are reached: the others may be frozen on purpose. One
    whose old gradients were set to zeros and not to None.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, StepBegin
from losslab.doctor.evidence.graph import reach
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

LEAST_STEPS = 2
# Of an optimizer that did train something before: it may only be resting.
LEAST_IDLE = 5
MOST_WALKS = 8


@dataclass
class Steps:
    """An optimizer's steps in a row without any gradient, the last of which was the last of all.

    ``missed`` counts parameters that losses reached meanwhile and no optimizer held; ``walks`` how
    often that was looked into.
    """

    place: Place
    parameters: int
    count: int = 0
    walks: int = 0
    missed: int = 0
    trained: bool = False

    @property
    def stale(self) -> bool:
        """Whether the optimizer went idle for good, and something else was trained."""
        return self.missed > 0 and self.count >= (LEAST_IDLE if self.trained else LEAST_STEPS)


@dataclass
class Memory:
    """Optimizers by number, and those that are idle now."""

    known: dict[int, Steps] = field(default_factory=dict)
    idle: set[int] = field(default_factory=set)


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Count the parameters that this loss reaches and nobody holds, while an optimizer is idle."""
    asking = [memory.known[number] for number in memory.idle]
    asking = [steps for steps in asking if steps.walks < MOST_WALKS]
    if event.accumulates and asking:
        held = {id(one) for optimizer in case.optimizers for one in parameters_of(optimizer)}
        # A loss without a history is its own leaf; that is another mistake.
        starts = {id(loss) for loss in event.losses}
        leaves = [leaf for leaf in reach(event.losses).leaves if id(leaf) not in starts]
        missed = sum(id(leaf) not in held for leaf in leaves)
        for steps in asking:
            steps.walks += 1
            steps.missed = max(steps.missed, missed)
    return iter(())


def on_step(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for a gradient; as a rule the first parameter has one."""
    number = case.number(event.optimizer)
    steps = memory.known.get(number)
    if steps is None:
        made = case.made_at(event.optimizer)
        count = len(parameters_of(event.optimizer))
        steps = memory.known[number] = Steps(made if made.line else event.place, count)
    groups = event.optimizer.param_groups
    if event.closure or any(one.grad is not None for group in groups for one in group["params"]):
        steps.trained = True
        steps.count = steps.walks = steps.missed = 0
        memory.idle.discard(number)
    else:
        steps.count += 1
        memory.idle.add(number)
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report idle optimizers, if something was trained that none of them holds."""
    for number in memory.idle:
        steps = memory.known[number]
        if steps.stale:
            ever = "; before, it trained another model" if steps.trained else ""
            yield Diagnostic(
                place=steps.place,
                message=f"none of the optimizer's {steps.parameters} parameters had a gradient in "
                f"{steps.count} steps; the losses reach {steps.missed} other parameters, which no "
                f"optimizer holds{ever}",
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
