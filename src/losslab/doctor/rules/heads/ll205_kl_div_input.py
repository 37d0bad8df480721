"""The input of kl_div is not log-probabilities.

What it finds:
    ``kl_div`` (``nn.KLDivLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU and
    similar functions, exp or a linear layer; for inputs of unknown origin, rows that are
    non-negative and sum to one in every call looked at, or, as a warning, values above zero against
    a target whose rows are distributions.

Why it hurts:
    kl_div does not take the logarithm of its input. Without one it is no divergence: its minimum is
    not at the target, and it becomes negative or falls without bound.

Bad:
    net = nn.Linear(4, 3)
    loss = F.kl_div(net(x).softmax(1), torch.rand(32, 3).softmax(1), reduction="batchmean")

Good:
    net = nn.Linear(4, 3)
    loss = F.kl_div(net(x).log_softmax(1), torch.rand(32, 3).softmax(1), reduction="batchmean")

Blind spots:
    Rows below zero that are not normalized. Inputs of unknown origin with fewer than 32 rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.provenance import NO_LOGARITHMS, describe_origin
from losslab.doctor.evidence.values import count_class_distributions, summarize_values
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LEAST_ROWS = 32
# Divided by a prior, probabilities have logarithms above zero.
LOGARITHMS = ("log", "log_softmax", "log_sigmoid")
FIX = 'F.kl_div(scores.log_softmax(1), target, reduction="batchmean")'


@dataclass
class Inputs:
    """Input of other origin at one place: how many rows, and what all of it was so far."""

    rows: int = 0
    calls: int = 0
    probabilities: bool = True
    positive: bool = True


Memory = dict[Place, Inputs]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Check where the input comes from, else look at its values."""
    if call.name != "kl_div" or not call.prediction.ndim:
        return
    origin = state.find_origin(call.prediction)
    if origin is not None and origin.name in NO_LOGARITHMS:
        message = f"the input of kl_div is {describe_origin(origin)}, and not log-probabilities"
        yield Diagnostic(place=call.place, message=message, fix=FIX)
    elif call.due:
        inputs = memory.setdefault(call.place, Inputs())
        target, values = call.target, summarize_values(call.prediction)
        rows, target_rows = count_class_distributions(call.prediction), 0
        if target is not None:
            target = target.exp() if call.arguments.get("log_target") else target
            target_rows = count_class_distributions(target)
        inputs.rows += rows or target_rows
        inputs.calls += 1
        inputs.probabilities &= rows > 0
        logarithm = origin is not None and origin.name in LOGARITHMS
        above = values is not None and values.finite and values.highest > 0.01
        inputs.positive &= target_rows > 0 and not logarithm and above


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where all input was of one wrong kind."""
    for place, inputs in memory.items():
        if inputs.rows < LEAST_ROWS:
            continue
        if inputs.probabilities:
            yield Diagnostic(
                place=place,
                message="the input of kl_div has rows that are non-negative and sum to 1 in all "
                f"{inputs.rows} looked at: probabilities, and not their logarithms",
                fix=FIX,
                count=inputs.calls,
            )
        elif inputs.positive:
            yield Diagnostic(
                place=place,
                message="the input of kl_div has values above 0 in every call looked at, and the "
                "target's rows are distributions; the logarithm of a probability is never above 0",
                fix=FIX,
                severity="warning",
                count=inputs.calls,
            )


RULE = Rule(
    code="LL205",
    name="kl-div-input",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
