"""A loss is summed, or averaged over too much, for the learning rate in use.

What it finds:
    As a warning, a loss with ``reduction="sum"`` that goes straight to backward and grows tenfold
    or overflows under plain SGD whose learning rate times the rows is at least 1. As advice,
    ``kl_div`` with "mean", which divides by all elements instead of by the rows.

Why it hurts:
    The gradient of a sum over N rows is N times that of their mean: the same learning rate
    overshoots. The "mean" of kl_div is the divergence divided by the number of classes.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(8):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values, reduction="sum")
        loss.backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(8):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values, reduction="mean")
        loss.backward()
        optimizer.step()

Blind spots:
    Sums added to other terms. Sums computed by ``.sum()``. Optimizers that adapt their step size: a
    factor does not affect them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, LossCall, StepBegin
from losslab.doctor.evidence.graph import get_stamp
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

GROWTH = 10.0


@dataclass
class Sum:
    """A summed loss at one place: rows, its first and highest loss per row, and SGD's rate."""

    name: str
    rows: int
    first: float
    highest: float = 0.0
    rate: float = 0.0
    backwards: int = 0


@dataclass
class Memory:
    """Sums by place; the last one by its operation; and the one whose step is to come."""

    places: dict[Place, Sum] = field(default_factory=dict)
    last: tuple[tuple[str, int] | None, Place] | None = None
    stepping: Sum | None = None


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Follow sums; look at the shape of a kl_div."""
    scores = call.prediction
    if call.name == "kl_div" and call.reduction == "mean":
        if scores.ndim > 1 and scores.shape[-1] > 1:
            yield Diagnostic(
                place=call.place,
                message=f'"mean" divides by all {scores.numel()} elements of '
                f"{tuple(scores.shape)}; the divergence is the mean over {scores.shape[0]} rows",
                fix='reduction="batchmean"',
                severity="advice",
            )
    elif call.reduction == "sum" and scores.ndim:
        memory.last = get_stamp(call.output), call.place
        if call.due:
            per_row = float(call.output.detach()) / max(scores.shape[0], 1)
            per_row = per_row if math.isfinite(per_row) else math.inf
            record = memory.places.setdefault(call.place, Sum(call.name, 0, per_row))
            record.rows = max(record.rows, scores.shape[0])
            record.highest = max(record.highest, per_row)


def on_backward(event: Backward, state: WatchState, memory: Memory) -> None:
    """Check whether the sum itself is what is minimized."""
    memory.stepping = None
    if memory.last is not None and event.accumulates and len(event.losses) == 1:
        operation, place = memory.last
        if operation is not None and get_stamp(event.losses[0]) == operation:
            memory.stepping = memory.places.get(place)
        if memory.stepping is not None:
            memory.stepping.backwards += 1
    memory.last = None


def on_step(event: StepBegin, state: WatchState, memory: Memory) -> None:
    """Take the learning rate, if the optimizer does not adapt its step."""
    record = memory.stepping
    if record is not None and type(event.optimizer).__name__ == "SGD":
        rates = [float(group["lr"]) for group in event.optimizer.param_groups]
        record.rate = max(record.rate, *rates)
    memory.stepping = None


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report sums that grew under a learning rate that is large for so many rows."""
    for place, record in memory.places.items():
        grew = 0 < record.first < math.inf and record.highest >= GROWTH * record.first
        if record.rate * record.rows >= 1 and grew:
            highest = f"{record.highest:.3g}" if record.highest < math.inf else "inf or nan"
            yield Diagnostic(
                place=place,
                message=f"{record.name} is summed over {record.rows} rows, which makes a learning "
                f"rate of {record.rate:g} one of {record.rate * record.rows:.3g} for their mean; "
                f"the loss per row went from {record.first:.3g} to {highest}",
                fix=f'reduction="mean", or lr={record.rate / record.rows:.2g}',
                count=record.backwards,
            )


RULE = Rule(
    code="LL109",
    name="reduction-scale",
    severity="warning",
    page=__doc__,
    handlers={LossCall: on_loss, Backward: on_backward, StepBegin: on_step},
    memory=Memory,
    finish=finish,
)
