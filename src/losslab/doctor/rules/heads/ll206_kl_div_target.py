"""The target of kl_div is not a distribution, or its logarithm without ``log_target=True``.

What it finds:
    ``kl_div`` whose target is the output of log_softmax without ``log_target=True``, or of softmax
    with it; raw scores, ReLU or tanh as target; values of unknown origin that can only be the wrong
    one of the two; as a warning, 0/1 rows or counts that do not sum to one.

Why it hurts:
    The target weighs the terms, so it must be probabilities: with negative weights the loss is nan,
    with others its minimum is not at the target.

Bad:
    scores, teacher = nn.Linear(4, 3)(x).log_softmax(1), nn.Linear(4, 3)(x).log_softmax(1)
    loss = F.kl_div(scores, teacher.detach(), reduction="batchmean")

Good:
    scores, teacher = nn.Linear(4, 3)(x).log_softmax(1), nn.Linear(4, 3)(x).log_softmax(1)
    loss = F.kl_div(scores, teacher.detach(), reduction="batchmean", log_target=True)

Blind spots:
    Rows with fractions that do not sum to one: they may be weighted. Negative values with reduction
    "none": they may be masked afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.provenance import DESCRIPTIONS, NO_LOGARITHMS
from losslab.doctor.evidence.values import count_class_distributions, sample_rows, summarize_values
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 32
LOGARITHMS = ("log_softmax", "log_sigmoid")
PROBABILITIES = ("softmax", "softmin", "sigmoid", "hardsigmoid", "exp")
NO_PROBABILITIES = (*LOGARITHMS, "linear", "relu", "tanh")
FIX = "pass teacher.softmax(1), or teacher.log_softmax(1) with log_target=True"


@dataclass
class Targets:
    """Targets of other origin at one place: how many rows, and what all of them were so far."""

    rows: int = 0
    calls: int = 0
    probabilities_for_logs: bool = True
    counts: bool = True


Memory = dict[Place, Targets]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Check where the target comes from, else look at its values."""
    target = call.target
    if call.name != "kl_div" or target is None or not target.ndim:
        return
    logs = bool(call.arguments.get("log_target"))
    origin = state.find_origin(target, *(NO_LOGARITHMS if logs else NO_PROBABILITIES))
    if origin is not None:
        option = ""
        if origin.name in (PROBABILITIES if logs else LOGARITHMS):
            option = ", with log_target=True" if logs else ", without log_target=True"
        yield Diagnostic(
            place=call.place,
            message=f"the target of kl_div is {DESCRIPTIONS[origin.name]}{option}, made at line "
            f"{origin.place.line}",
            fix=FIX,
        )
    elif call.due:
        values = summarize_values(target)
        negative = values is not None and values.finite and values.lowest < -1e-3
        if values is not None and negative and not logs and call.reduction != "none":
            yield Diagnostic(
                place=call.place,
                message=f"the target of kl_div has values down to {values.lowest:.3g}, without "
                "log_target=True; a probability is never below 0, and the loss is nan",
                fix=FIX,
            )
        targets = memory.setdefault(call.place, Targets())
        probabilities = count_class_distributions(target) if logs else 0
        counts = 0 if logs or negative else _count_integer_rows(call, state, target)
        targets.rows += probabilities or counts
        targets.calls += 1
        targets.probabilities_for_logs &= probabilities > 0
        targets.counts &= counts > 0


def _count_integer_rows(call: LossCall, state: WatchState, target: "Tensor") -> int:
    """Count the rows, if they hold integers and do not sum to one where they should."""
    origin = state.find_origin(call.prediction, "log_softmax")
    if origin is None or origin.axis is None or target.shape != call.prediction.shape:
        return 0
    rows = sample_rows(target, origin.axis)
    # A one-hot row times its weight has a single entry.
    several = (rows.sum(-1) > 1.5) & ((rows != 0).sum(-1) > 1)
    return len(rows) if bool((rows == rows.round()).all()) and bool(several.any()) else 0


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where all targets were of one wrong kind."""
    for place, targets in memory.items():
        if targets.rows < LEAST_ROWS:
            continue
        if targets.probabilities_for_logs:
            yield Diagnostic(
                place=place,
                message="the target of kl_div has rows that are non-negative and sum to 1 in all "
                f"{targets.rows} looked at, with log_target=True",
                fix=FIX,
                count=targets.calls,
            )
        elif targets.counts:
            yield Diagnostic(
                place=place,
                message="the target of kl_div holds whole numbers whose rows do not sum to 1, in "
                f"all {targets.calls} calls looked at",
                fix="target / target.sum(1, keepdim=True)",
                severity="warning",
                count=targets.calls,
            )


RULE = Rule(
    code="LL206",
    name="kl-div-target",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
