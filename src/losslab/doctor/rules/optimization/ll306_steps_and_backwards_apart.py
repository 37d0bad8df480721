"""Steps without a backward, or backwards without a step.

What it finds:
    An optimizer that made steps although losses were computed and no backward ever ran (error);
    one that was zeroed before every backward and never made a step (error); one that made step
    after step with the same, unchanged gradients of a single backward (warning).

Why it hurts:
    Without a backward a step has no gradient to follow, and without a step a gradient changes
    nothing: either way the model stays as it was.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step()

Blind spots:
    Loops that skip only some of their steps. Losses written by hand, if no backward runs and their
    value is never read. Optimizers that get their gradients in another way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, Cut, LossCall, StepBegin, StepDone, ZeroGrad
from losslab.doctor.evidence.graph import reach
from losslab.doctor.evidence.optimizers import (
    compute_checksum,
    get_gradients,
    get_ids,
    get_parameters,
)
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_TIMES = 2
# The same gradients may be followed a few times on purpose.
LEAST_REPEATED = 3


@dataclass
class Steps:
    """The steps of one optimizer.

    ``marks`` and ``checksum`` tell whether its gradients and its parameters are as they were,
    ``before`` is the checksum when a step began, until one had gradients.
    """

    place: Place | None = None
    steps: int = 0
    losses_then: int = 0
    after_loss: int = 0
    with_gradient: int = 0
    repeated: int = 0
    marks: tuple[tuple[int, int], ...] = ()
    backwards_then: int = 0
    zeroed: bool = False
    rounds: int = 0
    reached: Place | None = None
    checksum: float | None = None
    changed: bool = False
    before: float | None = None


@dataclass
class Memory:
    """By the optimizer's number; ``backwards`` and ``losses`` are counted over all."""

    optimizers: dict[int, Steps] = field(default_factory=dict)
    backwards: int = 0
    losses: int = 0


def on_loss(event: LossCall, state: WatchState, memory: Memory) -> None:
    """Count the losses that could have been followed."""
    memory.losses += event.output.requires_grad


def on_cut(event: Cut, state: WatchState, memory: Memory) -> None:
    """Count a single number with a graph whose value is read as a loss, too."""
    memory.losses += event.attached and event.name in ("item", "float") and event.input.ndim == 0


def on_zero(event: ZeroGrad, state: WatchState, memory: Memory) -> None:
    """Note that an optimizer was zeroed."""
    from torch.optim import Optimizer

    if isinstance(event.owner, Optimizer) and state.has_optimizer(event.owner):
        memory.optimizers.setdefault(state.get_number(event.owner), Steps()).zeroed = True


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Count the backwards that followed a zero_grad of an optimizer they could serve."""
    if not event.accumulates:
        return
    memory.backwards += 1
    leaves: set[int] | None = None
    for optimizer in state.optimizers:
        steps = memory.optimizers.get(state.get_number(optimizer))
        if steps is None or steps.steps or not steps.zeroed:
            continue
        steps.zeroed = False
        if event.due:
            if leaves is None:
                leaves = {id(leaf) for leaf in reach(event.losses).leaves}
            if not leaves.isdisjoint(get_ids([optimizer])):
                steps.reached = event.place
            checksum = compute_checksum(get_parameters(optimizer))
            steps.changed |= steps.checksum not in (None, checksum)
            steps.checksum = checksum
        steps.rounds += 1


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Look for gradients, and whether they are those of the step before."""
    steps = memory.optimizers.setdefault(state.get_number(event.optimizer), Steps())
    gradients = get_gradients(event.optimizer)
    marks: tuple[tuple[int, int], ...] = ()
    if event.closure or memory.backwards != steps.backwards_then or not steps.steps:
        steps.with_gradient += event.closure or bool(gradients)
    else:
        # A new or a changed gradient has another mark.
        marks = tuple((id(one), one._version) for one in gradients)
        steps.with_gradient += bool(marks)
        steps.repeated += bool(marks) and steps.marks in ((), marks)
    steps.after_loss += memory.losses > steps.losses_then
    steps.losses_then = memory.losses
    steps.marks = marks
    steps.backwards_then = memory.backwards
    steps.place = event.place
    steps.steps += 1
    parameters = get_parameters(event.optimizer)
    steps.before = None if steps.with_gradient else compute_checksum(parameters)


def on_done(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Count a step as one with gradients if it moved parameters without ``.grad``."""
    steps = memory.optimizers.get(state.get_number(event.optimizer))
    if steps is not None and steps.before is not None:
        steps.with_gradient += steps.before != compute_checksum(get_parameters(event.optimizer))


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report steps without a backward, and backwards without a step."""
    for steps in memory.optimizers.values():
        if steps.place is not None:
            yield from _check_steps(steps, steps.place, memory.backwards)
        unused = state.ended == "finished" and not steps.steps and not steps.changed
        if unused and steps.rounds > LEAST_TIMES and steps.reached is not None:
            yield Diagnostic(
                place=steps.reached,
                message=f"{steps.rounds} times the optimizer was zeroed and a backward gave it "
                "gradients, and it never made a step",
                fix="optimizer.step() after loss.backward(), with its parentheses",
                count=steps.rounds,
            )


def _check_steps(steps: Steps, place: Place, backwards: int) -> Iterator[Diagnostic]:
    idle = steps.steps >= LEAST_TIMES and not steps.with_gradient and not backwards
    if idle and steps.after_loss >= LEAST_TIMES:
        yield Diagnostic(
            place=place,
            message=f"{steps.steps} steps without a gradient: before {steps.after_loss} of "
            "them a loss was computed, and backward was never called",
            fix="loss.backward() before optimizer.step()",
            count=steps.steps,
        )
    always = steps.repeated == steps.steps - 1 and steps.backwards_then
    if steps.repeated >= LEAST_REPEATED and always:
        yield Diagnostic(
            place=place,
            message=f"{steps.repeated} of {steps.steps} steps followed the very gradients of "
            "the step before: no backward ran between them",
            fix="optimizer.zero_grad(); loss.backward(); optimizer.step(), all in the loop",
            severity="warning",
            count=steps.repeated,
        )


RULE = Rule(
    code="LL306",
    name="steps-and-backwards-apart",
    severity="error",
    page=__doc__,
    handlers={
        LossCall: on_loss,
        Cut: on_cut,
        ZeroGrad: on_zero,
        Backward: on_backward,
        StepBegin: on_step,
        StepDone: on_done,
    },
    memory=Memory,
    finish=finish,
)
