"""The input of kl_div is no log-probability.

What it finds
    ``kl_div`` (``nn.KLDivLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU or a
    linear layer; of unknown origin, rows that are non-negative and sum to one in every call looked
    at, or, as a warning, values above zero against a target whose rows are distributions.

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
    Rows that are below zero without being normalised. Unknown origin with fewer than 32 rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.case import Case
from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import values_of, whole_rows
from losslab.doctor.place import Place
from losslab.doctor.rule import Rule, Sighting

if TYPE_CHECKING:
    from torch import Tensor

LEAST_ROWS = 32
MADE_BY = {
    "softmax": "probabilities (softmax)",
    "sigmoid": "probabilities (sigmoid)",
    "relu": "the output of ReLU",
    "tanh": "the output of tanh",
    "linear": "the raw scores of a layer",
}
FIX = 'F.kl_div(scores.log_softmax(1), target, reduction="batchmean")'


@dataclass
class Seen:
    """Input of unknown origin at one place: how much, and what all of it was so far."""

    rows: int = 0
    calls: int = 0
    probabilities: bool = True
    positive: bool = True


@dataclass
class Memory:
    """By place."""

    places: dict[Place, Seen] = field(default_factory=dict)


def on_loss(call: LossCall, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Ask where the input comes from, else look at its values."""
    if call.name != "kl_div" or not call.prediction.ndim:
        return
    origin = case.origin(call.prediction)
    if origin is not None and origin.name in MADE_BY:
        yield Sighting(
            place=call.place,
            message=f"the input of kl_div is {MADE_BY[origin.name]}, made at line "
            f"{origin.place.line}, and not log-probabilities",
            fix=FIX,
        )
    elif origin is None and call.due:
        seen = memory.places.setdefault(call.place, Seen())
        seen.rows += call.prediction.numel() // max(call.prediction.shape[-1], 1)
        seen.calls += 1
        seen.probabilities &= whole_rows(call.prediction)
        seen.positive &= positive(call.prediction) and _is_distribution(call)


def finish(case: Case, memory: Memory) -> Iterator[Sighting]:
    """Report the places where all input was of one wrong kind."""
    for place, seen in memory.places.items():
        if seen.rows < LEAST_ROWS:
            continue
        if seen.probabilities:
            yield Sighting(
                place=place,
                message="the input of kl_div has rows that are non-negative and sum to 1 in all "
                f"{seen.rows} looked at: probabilities, and not their logarithms",
                fix=FIX,
                count=seen.calls,
            )
        elif seen.positive:
            yield Sighting(
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


def _is_distribution(call: LossCall) -> bool:
    target = call.target
    if target is None or not target.ndim:
        return False
    return whole_rows(target.exp() if call.arguments.get("log_target") else target)


RULE = Rule(
    code="LL205",
    name="kl-div-input",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
