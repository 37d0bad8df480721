"""The target of kl_div is no distribution, or its logarithm where that is not asked for.

What it finds
    ``kl_div`` whose target is the output of log_softmax without ``log_target=True``, or of softmax
    with it; raw scores, ReLU or tanh as target; values of other origin that can only be the one
    where the other is due; as a warning, 0/1 rows or counts that do not sum to one.

Why it hurts
    The target weighs the terms, so it must be probabilities: of negative weights the logarithm is
    nan, of others the minimum lies somewhere else than at the target.

Bad
    scores, teacher = nn.Linear(4, 3)(x).log_softmax(1), nn.Linear(4, 3)(x).log_softmax(1)
    loss = F.kl_div(scores, teacher.detach(), reduction="batchmean")

Good
    scores, teacher = nn.Linear(4, 3)(x).log_softmax(1), nn.Linear(4, 3)(x).log_softmax(1)
    loss = F.kl_div(scores, teacher.detach(), reduction="batchmean", log_target=True)

Blind spots
    Rows that sum to something else than one and hold fractions: they may be weighted. Negative
    values where no reduction is asked for: they may be masked afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import count_whole_rows, sample_rows, values_of
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 32
WITHOUT_LOG_TARGET = {
    "log_softmax": "log-probabilities (log_softmax), without log_target=True",
    "log_sigmoid": "log-probabilities (log_sigmoid), without log_target=True",
    "linear": "the raw scores of a layer",
    "relu": "the output of ReLU",
    "tanh": "the output of tanh",
}
WITH_LOG_TARGET = {
    "softmax": "probabilities (softmax), with log_target=True",
    "softmin": "probabilities (softmin), with log_target=True",
    "sigmoid": "probabilities (sigmoid), with log_target=True",
    "hardsigmoid": "probabilities (hardsigmoid), with log_target=True",
    "exp": "the output of exp, with log_target=True",
    "linear": "the raw scores of a layer",
    "relu": "the output of ReLU",
    "relu6": "the output of ReLU6",
    "softplus": "the output of softplus",
    "tanh": "the output of tanh",
}
FIX = "pass teacher.softmax(1), or teacher.log_softmax(1) with log_target=True"


@dataclass
class Seen:
    """Targets of other origin at one place: how many rows, and what all of them were so far."""

    rows: int = 0
    calls: int = 0
    probabilities_for_logs: bool = True
    counts: bool = True


@dataclass
class Memory:
    """By place."""

    places: dict[Place, Seen] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Ask where the target comes from, else look at its values."""
    target = call.target
    if call.name != "kl_div" or target is None or not target.ndim:
        return
    logs = bool(call.arguments.get("log_target"))
    origin, wrong = case.origin(target), WITH_LOG_TARGET if logs else WITHOUT_LOG_TARGET
    if origin is not None and origin.name in wrong:
        yield Diagnostic(
            place=call.place,
            message=f"the target of kl_div is {wrong[origin.name]}, made at line "
            f"{origin.place.line}",
            fix=FIX,
        )
    elif call.due:
        values = values_of(target)
        negative = values is not None and values.finite and values.lowest < -1e-3
        if values is not None and negative and not logs and call.reduction != "none":
            yield Diagnostic(
                place=call.place,
                message=f"the target of kl_div has values down to {values.lowest:.3g}, without "
                "log_target=True; a probability is never below 0, and the loss is nan",
                fix=FIX,
            )
        seen = memory.places.setdefault(call.place, Seen())
        probabilities = count_whole_rows(target) if logs else 0
        counts = 0 if logs or negative else _counts(call, case, target)
        seen.rows += probabilities or counts
        seen.calls += 1
        seen.probabilities_for_logs &= probabilities > 0
        seen.counts &= counts > 0


def _counts(call: LossCall, case: WatchState, target: "Tensor") -> int:
    """Count the rows looked at, if they are whole and do not sum to one where they should."""
    origin = case.came_from(call.prediction, "log_softmax")
    if origin is None or origin.axis is None or target.shape != call.prediction.shape:
        return 0
    rows = sample_rows(target, origin.axis)
    # A one-hot row times its weight has a single entry.
    several = (rows.sum(-1) > 1.5) & ((rows != 0).sum(-1) > 1)
    whole = bool((rows == rows.round()).all())
    return len(rows) if whole and bool(several.any()) else 0


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where all targets were of one wrong kind."""
    for place, seen in memory.places.items():
        if seen.rows < LEAST_ROWS:
            continue
        if seen.probabilities_for_logs:
            yield Diagnostic(
                place=place,
                message="the target of kl_div has rows that are non-negative and sum to 1 in all "
                f"{seen.rows} looked at, with log_target=True",
                fix=FIX,
                count=seen.calls,
            )
        elif seen.counts:
            yield Diagnostic(
                place=place,
                message="the target of kl_div holds whole numbers whose rows do not sum to 1, in "
                f"all {seen.calls} calls looked at",
                fix="target / target.sum(1, keepdim=True)",
                severity="warning",
                count=seen.calls,
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
