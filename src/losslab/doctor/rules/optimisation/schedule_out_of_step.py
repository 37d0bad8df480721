"""A learning-rate schedule is stepped before its optimizer, or far too often.

What it finds
    A schedule that makes its step before the optimizer's in every round (warning); one stepped
    with every step of the optimizer whose learning rate spent most of the run below a
    thousandth of where it began (warning); a cosine that swung several times (advice).

Why it hurts
    Stepped first, the schedule's first value is never used. An epoch schedule stepped per batch
    runs out within the first epochs: the learning rate is next to zero and training stands still.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    for _ in range(4):
        schedule.step()
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    for _ in range(4):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        schedule.step()

Blind spots
    The order with LambdaLR, whose warm-up may begin at zero. Epoch schedules stepped per batch that
    do not get so low within the run.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from losslab.doctor.case import Case
from losslab.doctor.events import SchedulerStep, StepDone
from losslab.doctor.place import Place
from losslab.doctor.rule import Rule, Sighting

LEAST_STEPS = 16
LOWEST = 1e-3
SWINGS = 3


@dataclass
class Schedule:
    """What was seen of one schedule.

    ``early`` counts its steps before the optimizer's first; ``last`` tells whose step came last.
    """

    place: Place
    of: "weakref.ref[Any]"
    name: str
    optimizer: int
    early: int = 0
    steps: int = 0
    optimizer_steps: int = 0
    low: int = 0
    last: str = "schedule"
    period: int = 0


@dataclass
class Memory:
    """Schedules by id, those that are gone too; ``stepped`` holds optimizers, by number."""

    schedules: list[Schedule] = field(default_factory=list)
    stepped: set[int] = field(default_factory=set)


def on_schedule(event: SchedulerStep, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Count a step of a schedule."""
    if event.optimizer is None or case.known(event.optimizer) is None:
        return iter(())
    number = case.number(event.optimizer)
    known = next((one for one in memory.schedules if one.of() is event.scheduler), None)
    if known is None:
        name = type(event.scheduler).__name__
        known = Schedule(event.place, weakref.ref(event.scheduler), name, number)
        if name == "CosineAnnealingLR":
            known.period = int(event.scheduler.T_max)
        memory.schedules.append(known)
    known.early += number not in memory.stepped
    known.steps += 1
    known.last = "schedule"
    return iter(())


def on_step(event: StepDone, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Count a step of the optimizer, and whether its learning rate was next to nothing."""
    number = case.number(event.optimizer)
    memory.stepped.add(number)
    for known in memory.schedules:
        if known.optimizer == number:
            group = event.optimizer.param_groups[0]
            rate, start = group["lr"], group.get("initial_lr")
            known.optimizer_steps += 1
            known.last = "optimizer"
            if isinstance(rate, float) and isinstance(start, float):
                known.low += rate < LOWEST * start
    return iter(())


def finish(case: Case, memory: Memory) -> Iterator[Sighting]:
    """Report schedules that came first, and those that ran out."""
    for known in memory.schedules:
        first = known.early == 1 and known.last == "optimizer" and known.steps > 1
        together = abs(known.steps - known.optimizer_steps) <= 2
        often = together and known.optimizer_steps >= LEAST_STEPS
        if often and known.low > known.optimizer_steps // 2:
            yield Sighting(
                place=known.place,
                message=f"{known.name} was stepped with every step of the optimizer, and in "
                f"{known.low} of {known.optimizer_steps} steps the learning rate was below a "
                "thousandth of where it began",
                fix="scheduler.step() once per epoch, behind the loop over batches",
                count=known.low,
            )
        elif first and known.name != "LambdaLR":
            yield Sighting(
                place=known.place,
                message=f"{known.name} made its step before the optimizer's, in all "
                f"{known.steps} rounds: its first learning rate was never used",
                fix="optimizer.step() first, then scheduler.step()",
                count=known.steps,
            )
        elif often and known.period and known.steps >= SWINGS * known.period:
            yield Sighting(
                place=known.place,
                message=f"{known.steps} steps of a cosine with T_max={known.period}, one per step "
                "of the optimizer: the learning rate fell and rose several times",
                fix="scheduler.step() once per epoch, or T_max=epochs * len(loader)",
                severity="advice",
            )


RULE = Rule(
    code="LL308",
    name="schedule-out-of-step",
    severity="warning",
    page=__doc__,
    handlers={SchedulerStep: on_schedule, StepDone: on_step},
    memory=Memory,
    finish=finish,
)
