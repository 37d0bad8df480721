"""Cross-entropy gets the output of softmax instead of scores.

What it finds
    ``cross_entropy`` (``nn.CrossEntropyLoss``) whose input went through softmax along the class
    axis, wherever that happened; also input of other origin, if its rows are non-negative and
    sum to one in every call looked at; also a softmax of a softmax, in the form of
    ``log_softmax`` over probabilities before ``nll_loss``.

Why it hurts
    Cross-entropy applies log-softmax itself. Probabilities differ by at most 1, so the loss cannot
    fall below log(1 + (K - 1) / e), and gradients fade where they are needed.

Bad
    net = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    loss = F.cross_entropy(net(x), labels)

Good
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels)

Blind spots
    Probabilities multiplied by a temperature. Other origin with fewer than 32 rows in all.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.values import count_distributions
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

LEAST_ROWS = 32


@dataclass
class Rows:
    """Input of other origin at one place: rows looked at, all of them distributions so far."""

    rows: int
    columns: int
    calls: int


@dataclass
class Memory:
    """What was seen of inputs of other origin; None where a row was no distribution."""

    places: dict[Place, Rows | None] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Ask where the input comes from, else look at its values."""
    scores = call.prediction
    if call.name not in ("cross_entropy", "nll"):
        return
    axis = -1 if scores.ndim == 1 else 1 - scores.ndim
    origin = before_softmax(call.name, case.origin(scores))
    if origin is not None and origin.name == "softmax":
        # Over one class all that can be said is said by LL207.
        if origin.axis == axis and scores.shape[axis] > 1:
            made = (
                f"line {origin.place.line}" if origin.place.file == call.place.file else "elsewhere"
            )
            what = f"went through softmax ({made}) before the loss's own"
            yield seen(call.place, call.name, scores.shape[axis], what)
    elif call.name == "nll":
        return
    elif call.due and memory.places.get(call.place, Rows(0, 0, 0)) is not None:
        columns = scores.shape[axis]
        rows = memory.places.get(call.place) or Rows(0, columns, 0)
        whole = count_distributions(scores, axis) if columns > 1 else 0
        more = Rows(rows.rows + whole, columns, rows.calls + 1)
        memory.places[call.place] = more if whole else None


def before_softmax(loss: str, origin: Origin | None) -> Origin | None:
    """Look behind a log-softmax, which belongs to nll and does no harm before cross-entropy."""
    if origin is None or origin.name != "log_softmax":
        return origin if loss == "cross_entropy" else None
    inner = origin.of
    if inner is None or inner.name != "softmax" or inner.axis is None:
        return origin
    return replace(inner, axis=origin.axis) if inner.axis == origin.along else origin


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where every row was a distribution."""
    for place, rows in memory.places.items():
        if rows is not None and rows.rows >= LEAST_ROWS:
            what = f"has rows that are non-negative and sum to 1 in all {rows.rows} looked at"
            yield seen(place, "cross_entropy", rows.columns, what, count=rows.calls)


def seen(place: Place, loss: str, columns: int, what: str, count: int = 1) -> Diagnostic:
    """Say what the input is and where the loss ends."""
    floor = math.log1p((columns - 1) / math.e)
    return Diagnostic(
        place=place,
        message=f"the input of {loss} {what}; over {columns} classes the loss stays above "
        f"{floor:.3f}",
        fix="pass the scores themselves: remove the softmax, or F.nll_loss(p.log(), target)",
        count=count,
    )


RULE = Rule(
    code="LL201",
    name="softmax-before-cross-entropy",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
