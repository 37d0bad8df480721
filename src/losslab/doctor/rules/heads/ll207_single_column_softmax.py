"""Softmax over a single column, which is always 1.

What it finds
    A loss whose input went through softmax or log_softmax over an axis of length one, and
    ``cross_entropy`` of scores with a single class, in every call at that place.

Why it hurts
    Softmax makes a row sum to one, so a row of one value becomes 1 and its logarithm 0, whatever
    the model says. All gradients are zero: nothing is learned.

Bad
    net = nn.Linear(4, 1)
    loss = F.cross_entropy(net(x), binary.unsqueeze(1))

Good
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x), binary.unsqueeze(1))

Blind spots
    Losses written by hand. Batches of one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.events import LossCall
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState


@dataclass
class Calls:
    """The calls at one place, as long as all were over one column."""

    loss: str
    made_at: Place | None
    rows: int = 0
    count: int = 0


@dataclass
class Memory:
    """By place; None where a call was over more columns, as lists of varying length are."""

    places: dict[Place, Calls | None] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look at how long the axis of softmax was."""
    origin = case.came_from(call.prediction, "softmax", "log_softmax")
    if origin is not None:
        columns, made_at = origin.columns, origin.place
    elif call.name == "cross_entropy" and call.prediction.ndim > 1:
        columns, made_at = call.prediction.shape[1], None
    else:
        return iter(())
    calls = memory.places.setdefault(call.place, Calls(call.name, made_at))
    if columns != 1:
        memory.places[call.place] = None
    elif calls is not None:
        calls.rows += call.prediction.numel()
        calls.count += 1
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where every call was over one column."""
    for place, calls in memory.places.items():
        # One row in all may be a list with one entry.
        if calls is None or calls.rows <= calls.count:
            continue
        made = f"softmax at line {calls.made_at.line}" if calls.made_at else calls.loss
        yield Diagnostic(
            place=place,
            message=f"{made} works along an axis of length 1: of all {calls.rows} scores it makes "
            "probability 1, and every gradient is 0",
            fix="F.binary_cross_entropy_with_logits(scores.squeeze(1), target.float()), or one "
            "output per class",
            count=calls.count,
        )


RULE = Rule(
    code="LL207",
    name="single-column-softmax",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
