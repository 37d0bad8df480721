"""Cross-entropy gets the output of softmax instead of scores.

What it finds:
    ``cross_entropy`` (``nn.CrossEntropyLoss``) whose input went through softmax along the class
    axis, anywhere; also input of unknown origin, if its rows are non-negative and sum to one in
    every call looked at; also a softmax of a softmax, such as ``log_softmax`` over probabilities
    before ``nll_loss``.

Why it hurts:
    Cross-entropy applies log-softmax itself. Probabilities differ by at most 1, so the loss cannot
    fall below log(1 + (K - 1) / e), and gradients vanish where they are needed.

Bad:
    net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    loss = F.cross_entropy(net(x), labels)

Good:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels)

Blind spots:
    Probabilities multiplied by a temperature. Inputs of unknown origin with fewer than 32 rows in
    all.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import get_class_axis
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import count_distributions
from losslab.doctor.fixes.call_fix import Call, CallFix, Change, undo_activation
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 32


@dataclass
class Rows:
    """Input of other origin at one place: rows looked at, all of them distributions so far."""

    rows: int = 0
    columns: int = 0
    calls: int = 0


Memory = Suspects[Place, Rows]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Check where the input comes from, else look at its values."""
    scores = call.prediction
    if call.name not in ("cross_entropy", "nll") or not scores.ndim:
        return
    axis = get_class_axis(scores)
    columns = scores.shape[axis]
    origin = _skip_log_softmax(call.name, state.find_origin(scores))
    if origin is not None and origin.name == "softmax":
        # Over one class all that can be said is said by LL207.
        if origin.axis == axis and columns > 1:
            here = origin.place.file == call.place.file
            line = f"line {origin.place.line}" if here else "elsewhere"
            what = f"went through softmax ({line}) before the loss's own"
            yield describe(call.place, call.name, columns, what)
    elif call.name == "cross_entropy" and call.due:
        record = memory.track(call.place, Rows())
        rows = count_distributions(scores, axis) if record is not None and columns > 1 else 0
        if record is None or not rows:
            memory.rule_out(call.place)
        else:
            record.rows, record.columns = record.rows + rows, columns
            record.calls += 1


def _skip_log_softmax(loss: str, origin: Origin | None) -> Origin | None:
    """Look behind a log-softmax, which belongs to nll and does no harm before cross-entropy."""
    if origin is None or origin.name != "log_softmax":
        return origin if loss == "cross_entropy" else None
    inner = origin.of
    if inner is None or inner.name != "softmax" or inner.axis is None:
        return origin
    return replace(inner, axis=origin.axis) if inner.axis == origin.along else origin


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where every row was a distribution."""
    for place, record in memory.items():
        if record.rows >= LEAST_ROWS:
            what = f"has rows that are non-negative and sum to 1 in all {record.rows} looked at"
            yield describe(place, "cross_entropy", record.columns, what, count=record.calls)


def describe(place: Place, loss: str, columns: int, what: str, count: int = 1) -> Diagnostic:
    """Describe the input and the lowest loss that it allows."""
    floor = math.log1p((columns - 1) / math.e)
    return Diagnostic(
        place=place,
        message=f"the input of {loss} {what}; over {columns} classes the loss stays above "
        f"{floor:.3f}",
        fix="pass the scores themselves: remove the softmax, or F.nll_loss(p.log(), target)",
        count=count,
    )


def undo_softmax(call: Call) -> Change | None:
    """Pass the recorded scores, or logarithms of the probabilities, whose softmax they are."""

    def invert(probabilities: "Tensor") -> "Tensor":
        from torch import finfo

        return probabilities.clamp_min(finfo(probabilities.dtype).tiny).log()

    return undo_activation(call, "softmax", invert, ".log()")


RULE = Rule(
    code="LL201",
    name="softmax-before-cross-entropy",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
    call_fix=CallFix(
        title="scores in place of the softmax",
        apply=undo_softmax,
        losses=("cross_entropy",),
    ),
)
