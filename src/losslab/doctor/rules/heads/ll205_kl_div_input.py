"""The input of kl_div is no log-probability.

What it finds
    ``kl_div`` (``nn.KLDivLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU and
    their like, exp or a linear layer; of other origin, rows that are non-negative and sum to one in
    every call looked at, or, as a warning, values above zero against a target whose rows are
    distributions.

Why it hurts
    kl_div takes no logarithm of its input. Without one it is no divergence: it has no minimum at
    the target, and turns negative or falls without end.

Bad
    net = nn.Linear(4, 3)
    loss = F.kl_div(net(x).softmax(1), torch.rand(32, 3).softmax(1), reduction="batchmean")

Good
    net = nn.Linear(4, 3)
    loss = F.kl_div(net(x).log_softmax(1), torch.rand(32, 3).softmax(1), reduction="batchmean")

Blind spots
    Rows that are below zero without being normalised. Other origin with fewer than 32 rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import count_whole_rows, values_of
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 32
MADE_BY = {
    "softmax": "probabilities (softmax)",
    "softmin": "probabilities (softmin)",
    "sigmoid": "probabilities (sigmoid)",
    "hardsigmoid": "probabilities (hardsigmoid)",
    "relu": "the output of ReLU",
    "relu6": "the output of ReLU6",
    "softplus": "the output of softplus",
    "exp": "the output of exp",
    "tanh": "the output of tanh",
    "linear": "the raw scores of a layer",
}
# Divided by a prior, probabilities have logarithms above zero.
LOGARITHMS = ("log", "log_softmax", "log_sigmoid")
FIX = 'F.kl_div(scores.log_softmax(1), target, reduction="batchmean")'


@dataclass
class Seen:
    """Input of other origin at one place: how many rows, and what all of it was so far."""

    rows: int = 0
    calls: int = 0
    probabilities: bool = True
    positive: bool = True


@dataclass
class Memory:
    """By place."""

    places: dict[Place, Seen] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Ask where the input comes from, else look at its values."""
    if call.name != "kl_div" or not call.prediction.ndim:
        return
    origin = case.origin(call.prediction)
    if origin is not None and origin.name in MADE_BY:
        yield Diagnostic(
            place=call.place,
            message=f"the input of kl_div is {MADE_BY[origin.name]}, made at line "
            f"{origin.place.line}, and not log-probabilities",
            fix=FIX,
        )
    elif call.due:
        seen = memory.places.setdefault(call.place, Seen())
        given, due = count_whole_rows(call.prediction), _distributions_due(call)
        seen.rows += given or due
        seen.calls += 1
        seen.probabilities &= given > 0
        logarithm = origin is not None and origin.name in LOGARITHMS
        seen.positive &= due > 0 and not logarithm and positive(call.prediction)


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where all input was of one wrong kind."""
    for place, seen in memory.places.items():
        if seen.rows < LEAST_ROWS:
            continue
        if seen.probabilities:
            yield Diagnostic(
                place=place,
                message="the input of kl_div has rows that are non-negative and sum to 1 in all "
                f"{seen.rows} looked at: probabilities, and not their logarithms",
                fix=FIX,
                count=seen.calls,
            )
        elif seen.positive:
            yield Diagnostic(
                place=place,
                message="the input of kl_div has values above 0 in every call looked at, and the "
                "target's rows are distributions; the logarithm of a probability is never above 0",
                fix=FIX,
                severity="warning",
                count=seen.calls,
            )


def positive(tensor: "Tensor") -> bool:
    """Tell whether there are values that no logarithm of a probability has."""
    values = values_of(tensor)
    return values is not None and values.finite and values.highest > 0.01


def _distributions_due(call: LossCall) -> int:
    """Count the target's rows that were looked at, if they are distributions."""
    target = call.target
    if target is None:
        return 0
    return count_whole_rows(target.exp() if call.arguments.get("log_target") else target)


RULE = Rule(
    code="LL205",
    name="kl-div-input",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
