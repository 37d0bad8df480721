"""A learning-rate schedule is stepped before its optimizer, or far too often.

What it finds:
    A schedule that makes its step before the optimizer's in every round (warning); one stepped
    with every step of the optimizer whose learning rate spent most of the run below a
    thousandth of the highest that was used (warning); a cosine that swung several times (advice).

Why it hurts:
    If it is stepped first, the schedule's first value is never used. An epoch schedule stepped per
    batch runs out within the first epochs: the learning rate is close to zero and training stalls.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    for _ in range(4):
        schedule.step()
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
    for _ in range(4):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()
        schedule.step()

Blind spots:
    The order with LambdaLR, with a rate that rises at first, such as a warm-up from zero, and with
    ReduceLROnPlateau. Epoch schedules stepped per batch that do not get so low within the run.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from losslab.doctor.events import SchedulerStep, StepDone
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_STEPS = 16
LOWEST = 1e-3
SWINGS = 3
# Their first step may well come first.
ANY_ORDER = ("LambdaLR", "ReduceLROnPlateau")


@dataclass
class Schedule:
    """The steps of one schedule.

    ``early`` counts those before the optimizer's first; ``last`` tells whose step came last;
    ``rates`` are the first two that it set.
    """

    place: Place
    scheduler: "weakref.ref[Any]"
    name: str
    optimizer: int
    early: int = 0
    steps: int = 0
    optimizer_steps: int = 0
    low: int = 0
    last: str = "schedule"
    period: int = 0
    rates: tuple[float, ...] = ()


@dataclass
class Memory:
    """Schedules, those that are gone too; ``highest`` has the highest rate of an optimizer's steps.

    It goes by the optimizer's number.
    """

    schedules: list[Schedule] = field(default_factory=list)
    highest: dict[int, float] = field(default_factory=dict)


def on_schedule(event: SchedulerStep, state: WatchState, memory: Memory) -> None:
    """Count a step of a schedule."""
    if event.optimizer is None or not state.has_optimizer(event.optimizer):
        return
    number, scheduler = state.get_number(event.optimizer), event.scheduler
    schedule = next((one for one in memory.schedules if one.scheduler() is scheduler), None)
    if schedule is None:
        name = type(scheduler).__name__
        schedule = Schedule(event.place, weakref.ref(scheduler), name, number)
        if name == "CosineAnnealingLR":
            schedule.period = int(scheduler.T_max)
        memory.schedules.append(schedule)
    schedule.early += number not in memory.highest
    schedule.steps += 1
    rate = event.optimizer.param_groups[0]["lr"]
    if schedule.steps <= 2 and isinstance(rate, float):
        schedule.rates += (rate,)
    schedule.last = "schedule"


def on_step(event: StepDone, state: WatchState, memory: Memory) -> None:
    """Count a step of the optimizer, and whether its learning rate was next to nothing."""
    number = state.get_number(event.optimizer)
    rate = event.optimizer.param_groups[0]["lr"]
    rate = rate if isinstance(rate, float) else 0.0
    memory.highest[number] = max(memory.highest.get(number, 0.0), rate)
    for schedule in memory.schedules:
        if schedule.optimizer == number:
            schedule.optimizer_steps += 1
            schedule.last = "optimizer"
            schedule.low += 0 < rate < LOWEST * memory.highest[number]


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report schedules that came first, and those that ran out."""
    for schedule in memory.schedules:
        first = schedule.early == 1 and schedule.last == "optimizer" and schedule.steps > 1
        rises = schedule.rates == tuple(sorted(schedule.rates)) and len(set(schedule.rates)) > 1
        together = abs(schedule.steps - schedule.optimizer_steps) <= 2
        often = together and schedule.optimizer_steps >= LEAST_STEPS
        if often and schedule.low > schedule.optimizer_steps // 2:
            yield Diagnostic(
                place=schedule.place,
                message=f"{schedule.name} was stepped with every step of the optimizer, and in "
                f"{schedule.low} of {schedule.optimizer_steps} steps the learning rate was below a "
                f"thousandth of its highest, {memory.highest[schedule.optimizer]:g}",
                fix="scheduler.step() once per epoch, behind the loop over batches",
                count=schedule.low,
            )
        elif first and not rises and schedule.name not in ANY_ORDER:
            yield Diagnostic(
                place=schedule.place,
                message=f"{schedule.name} made its step before the optimizer's, in all "
                f"{schedule.steps} rounds: its first learning rate was never used",
                fix="optimizer.step() first, then scheduler.step()",
                count=schedule.steps,
            )
        elif often and schedule.period and schedule.steps >= SWINGS * schedule.period:
            yield Diagnostic(
                place=schedule.place,
                message=f"{schedule.steps} steps of a cosine with T_max={schedule.period}, one per "
                "step of the optimizer: the learning rate fell and rose several times",
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
