"""Softmax over a single column is always 1.

What it finds:
    A loss whose input went through softmax or log_softmax over an axis of length one, and
    ``cross_entropy`` of scores with a single class, in every call at that place.

Why it hurts:
    Softmax makes a row sum to one, so a row of one value becomes 1 and its logarithm 0, whatever
    the model outputs. All gradients are zero: nothing is learned.

Bad:
    net = nn.Linear(4, 1)
    loss = F.cross_entropy(net(x), binary.unsqueeze(1))

Good:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x), binary.unsqueeze(1))

Blind spots:
    Losses written by hand. Batches of one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState


@dataclass
class Calls:
    """The calls at one place, as long as all were over one column."""

    loss: str
    softmax: Place | None
    rows: int = 0
    count: int = 0


# Calls over more columns rule a place out, such as lists of varying length.
Memory = Suspects[Place, Calls]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Check how long the axis of softmax was."""
    origin = state.find_origin(call.prediction, "softmax", "log_softmax")
    if origin is not None:
        columns, softmax = origin.columns, origin.place
    elif call.name == "cross_entropy" and call.prediction.ndim > 1:
        columns, softmax = call.prediction.shape[1], None
    else:
        return
    calls = memory.track(call.place, Calls(call.name, softmax))
    if columns != 1:
        memory.rule_out(call.place)
    elif calls is not None:
        calls.rows += call.prediction.numel()
        calls.count += 1


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where every call was over one column."""
    for place, calls in memory.items():
        # One row in all may be a list with one entry.
        if calls.rows <= calls.count:
            continue
        subject = f"softmax at line {calls.softmax.line}" if calls.softmax else calls.loss
        yield Diagnostic(
            place=place,
            message=f"{subject} works along an axis of length 1: of all {calls.rows} scores it "
            "makes probability 1, and every gradient is 0",
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
