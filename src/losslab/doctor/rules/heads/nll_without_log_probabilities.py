"""NLL gets something that is no log-probability.

What it finds
    ``nll_loss`` (``nn.NLLLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU or a
    linear layer; as a warning, input of unknown origin with values above zero.

Why it hurts
    The loss is minus the input at the target's class. Without a logarithm it has no floor: the
    scores grow for ever, or, of probabilities, the mean absolute error is trained instead.

Bad
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    loss = F.nll_loss(net(x), labels)

Good
    net = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))
    loss = F.nll_loss(net(x), labels)

Blind spots
    Rows that are below zero without being normalised: masked classes look the same. Rows of which
    each has one sign: log-probabilities times a reward.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.case import Case
from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import sample, values_of
from losslab.doctor.rule import Nothing, Rule, Sighting

if TYPE_CHECKING:
    from torch import Tensor

MADE_BY = {
    "softmax": "probabilities (softmax)",
    "sigmoid": "probabilities (sigmoid)",
    "relu": "the output of ReLU",
    "tanh": "the output of tanh",
    "linear": "the raw scores of a layer",
}
FIX = "F.cross_entropy(scores, target), or F.nll_loss(scores.log_softmax(1), target)"


def on_loss(call: LossCall, case: Case, memory: Nothing) -> Iterator[Sighting]:
    """Ask where the input comes from, else look for values that no logarithm has."""
    if call.name != "nll":
        return
    origin = case.origin(call.prediction)
    if origin is not None and origin.name in MADE_BY:
        yield Sighting(
            place=call.place,
            message=f"the input of nll is {MADE_BY[origin.name]}, made at line "
            f"{origin.place.line}, and not log-probabilities",
            fix=FIX,
        )
    elif origin is None and call.due:
        values = values_of(call.prediction)
        # log(p + 1e-8) may be a rounding above zero.
        positive = values is not None and values.finite and values.highest > 0.01
        if values is not None and positive and not scaled_rows(call.prediction):
            yield Sighting(
                place=call.place,
                message=f"the input of nll has values up to {values.highest:.3g}; the logarithm of "
                "a probability is never above 0",
                fix=FIX,
                severity="warning",
            )


def scaled_rows(scores: "Tensor") -> bool:
    """Tell whether each row has one sign, but not all the same: each times a factor of its own."""
    rows = sample(scores)
    if rows.ndim < 2:
        return False
    above, below = (rows > 0).flatten(1).any(1), (rows < 0).flatten(1).any(1)
    return bool(below.any()) and not bool((above & below).any())


RULE = Rule(
    code="LL202",
    name="nll-without-log-probabilities",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
)
