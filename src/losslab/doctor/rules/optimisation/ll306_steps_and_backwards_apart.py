"""Steps without a backward, or backwards without a step.

What it finds
    An optimizer that made steps although losses were computed and no backward ever ran (error);
    one that was zeroed before every backward and never made a step (error); one that made step
    after step with the same, unchanged gradients of a single backward (warning).

Why it hurts
    Without a backward a step has nothing to follow, and without a step a gradient changes nothing:
    either way the model stays as it was.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values)
        loss.backward()
        optimizer.step()

Blind spots
    Loops that skip some of their steps only. Losses written by hand, if no backward runs and
    nobody reads their value. Optimizers that get their gradients in another way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Backward, Cut, LossCall, StepBegin, StepDone, ZeroGrad
from losslab.doctor.evidence.graph import reach
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState, parameters_of

if TYPE_CHECKING:
    from torch.optim import Optimizer

LEAST_TIMES = 2
# The same gradients may be followed a few times on purpose.
LEAST_REPEATED = 3


@dataclass
class Steps:
    """What was seen of one optimizer.

    ``marks`` and ``values`` tell whether its gradients and its parameters are as they were,
    ``before`` what the parameters were when a step began, until one had gradients.
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
    values: float | None = None
    changed: bool = False
    before: float | None = None


@dataclass
class Memory:
    """By the optimizer's number; ``backwards`` and ``losses`` are counted over all."""

    optimizers: dict[int, Steps] = field(default_factory=dict)
    backwards: int = 0
    losses: int = 0


def on_loss(event: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Count the losses that could have been followed."""
    memory.losses += event.output.requires_grad
    return iter(())


def on_cut(event: Cut, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """A single number with a graph whose value is read is a loss, too."""
    memory.losses += event.attached and event.name in ("item", "float") and event.input.ndim == 0
    return iter(())


def on_zero(event: ZeroGrad, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Note that an optimizer was zeroed."""
    from torch.optim import Optimizer

    if isinstance(event.owner, Optimizer) and case.known(event.owner) is not None:
        memory.optimizers.setdefault(case.number(event.owner), Steps()).zeroed = True
    return iter(())


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Count the backwards that followed a zero_grad of an optimizer they could serve."""
    if not event.accumulates:
        return iter(())
    memory.backwards += 1
    leaves: set[int] | None = None
    for optimizer in case.optimizers:
        known = memory.optimizers.get(case.number(optimizer))
        if known is None or known.steps or not known.zeroed:
            continue
        known.zeroed = False
        if event.due:
            if leaves is None:
                leaves = {id(leaf) for leaf in reach(event.losses).leaves}
            if any(id(one) in leaves for one in parameters_of(optimizer)):
                known.reached = event.place
            values = _values(optimizer)
            known.changed |= known.values not in (None, values)
            known.values = values
        known.rounds += 1
    return iter(())


def on_step(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for gradients, and whether they are those of the step before."""
    known = memory.optimizers.setdefault(case.number(event.optimizer), Steps())
    marks: tuple[tuple[int, int], ...] = ()
    if event.closure or memory.backwards != known.backwards_then or not known.steps:
        known.with_gradient += event.closure or _any(event.optimizer)
    else:
        marks = _marks(event.optimizer)
        known.with_gradient += bool(marks)
        known.repeated += bool(marks) and known.marks in ((), marks)
    known.after_loss += memory.losses > known.losses_then
    known.losses_then = memory.losses
    known.marks = marks
    known.backwards_then = memory.backwards
    known.place = event.place
    known.steps += 1
    known.before = None if known.with_gradient else _values(event.optimizer)
    return iter(())


def on_done(event: StepDone, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """An optimizer that moves its parameters without ``.grad`` has gradients of its own."""
    known = memory.optimizers.get(case.number(event.optimizer))
    if known is not None and known.before is not None:
        known.with_gradient += known.before != _values(event.optimizer)
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report what never met."""
    for known in memory.optimizers.values():
        idle = known.steps >= LEAST_TIMES and not known.with_gradient
        if known.place and idle and not memory.backwards and known.after_loss >= LEAST_TIMES:
            yield Diagnostic(
                place=known.place,
                message=f"{known.steps} steps without a gradient: before {known.after_loss} of "
                "them a loss was computed, and backward was never called",
                fix="loss.backward() before optimizer.step()",
                count=known.steps,
            )
        if (
            known.place
            and known.repeated >= LEAST_REPEATED
            and (known.repeated == known.steps - 1 and known.backwards_then)
        ):
            yield Diagnostic(
                place=known.place,
                message=f"{known.repeated} of {known.steps} steps followed the very gradients of "
                "the step before: no backward ran between them",
                fix="optimizer.zero_grad(); loss.backward(); optimizer.step(), all in the loop",
                severity="warning",
                count=known.repeated,
            )
        ended = case.ended == "finished" and not known.steps and not known.changed
        if ended and known.rounds > LEAST_TIMES and known.reached is not None:
            yield Diagnostic(
                place=known.reached,
                message=f"{known.rounds} times the optimizer was zeroed and a backward gave it "
                "gradients, and it never made a step",
                fix="optimizer.step() after loss.backward(), with its parentheses",
                count=known.rounds,
            )


def _any(optimizer: "Optimizer") -> bool:
    return any(one.grad is not None for one in parameters_of(optimizer))


def _marks(optimizer: "Optimizer") -> tuple[tuple[int, int], ...]:
    """Name the gradients, so that a new or a changed one is told from an old one."""
    gradients = [one.grad for one in parameters_of(optimizer) if one.grad is not None]
    return tuple((id(one), one._version) for one in gradients)


def _values(optimizer: "Optimizer") -> float:
    """A number that changes when the optimizer's parameters do."""
    parts = [one.detach().reshape(-1)[:16].double() for one in parameters_of(optimizer)]
    return sum(float(part.real.sum()) for part in parts)


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
