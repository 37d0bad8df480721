"""A loss is summed, or averaged over too much, for the learning rate in use.

What it finds
    As a warning, a loss with ``reduction="sum"`` that goes straight to backward and grows tenfold
    or is lost under plain SGD whose learning rate times the rows is at least 1. As advice,
    ``kl_div`` with "mean", which divides by all elements instead of by the rows.

Why it hurts
    A sum over N rows is N times as steep as their mean: the same learning rate overshoots. The
    "mean" of kl_div is the divergence divided by the number of classes.

Bad
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(8):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values, reduction="sum")
        loss.backward()
        optimizer.step()

Good
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(8):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x).squeeze(1), values, reduction="mean")
        loss.backward()
        optimizer.step()

Blind spots
    Sums added to other terms. Sums made by ``.sum()``. Optimizers that adapt their step: they do
    not feel a factor.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import Backward, LossCall, StepBegin
from losslab.doctor.evidence.graph import stamp
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

GROWTH = 10.0


@dataclass
class Sum:
    """A summed loss at one place: rows, loss per row at first and since, and the SGD's rate."""

    name: str
    rows: int
    first: float
    highest: float = 0.0
    rate: float = 0.0
    backwards: int = 0


@dataclass
class Memory:
    """Sums by place; the last one made, by its operation; and the one whose step is to come."""

    places: dict[Place, Sum] = field(default_factory=dict)
    made: tuple[tuple[str, int], Place] | None = None
    stepping: Place | None = None


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
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
        made_by = stamp(call.output)
        memory.made = None if made_by is None else (made_by, call.place)
        if call.due:
            each = float(call.output.detach()) / max(scores.shape[0], 1)
            each = each if math.isfinite(each) else math.inf
            known = memory.places.setdefault(call.place, Sum(call.name, 0, each))
            known.rows = max(known.rows, scores.shape[0])
            known.highest = max(known.highest, each)


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See whether the sum itself is what is minimised."""
    memory.stepping = None
    if memory.made is not None and event.accumulates and len(event.losses) == 1:
        made_by, place = memory.made
        if stamp(event.losses[0]) == made_by and place in memory.places:
            memory.places[place].backwards += 1
            memory.stepping = place
    memory.made = None
    return iter(())


def on_step(event: StepBegin, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Take the learning rate, if the optimizer does not adapt its step."""
    if memory.stepping is not None and type(event.optimizer).__name__ == "SGD":
        known = memory.places[memory.stepping]
        rates = [float(group["lr"]) for group in event.optimizer.param_groups]
        known.rate = max(known.rate, *rates)
    memory.stepping = None
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report sums that grew under a learning rate that is large for so many rows."""
    for place, known in memory.places.items():
        grew = 0 < known.first < math.inf and known.highest >= GROWTH * known.first
        if known.rate * known.rows >= 1 and grew:
            to = f"{known.highest:.3g}" if known.highest < math.inf else "inf or nan"
            yield Diagnostic(
                place=place,
                message=f"{known.name} is summed over {known.rows} rows, which makes a learning "
                f"rate of {known.rate:g} one of {known.rate * known.rows:.3g} for their mean; the "
                f"loss per row went from {known.first:.3g} to {to}",
                fix=f'reduction="mean", or lr={known.rate / known.rows:.2g}',
                count=known.backwards,
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
