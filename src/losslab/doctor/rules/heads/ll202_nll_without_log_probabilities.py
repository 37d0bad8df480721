"""NLL gets something that is no log-probability.

What it finds
    ``nll_loss`` (``nn.NLLLoss``) whose input is the output of softmax, sigmoid, tanh, ReLU and
    their like, exp or a linear layer; as a warning, input of unknown origin some row of which has
    values above and below zero, or is itself a distribution.

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
    Rows that are below zero without being normalised: masked classes look the same. Rows above
    zero that do not sum to one: log-probabilities times a negative reward look the same.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import class_axis
from losslab.doctor.evidence.values import distributions, sample_rows
from losslab.doctor.rule import Diagnostic, Nothing, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

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
ROUNDING = 0.01
FIX = "F.cross_entropy(scores, target), or F.nll_loss(scores.log_softmax(1), target)"


def on_loss(call: LossCall, case: WatchState, memory: Nothing) -> Iterator[Diagnostic]:
    """Ask where the input comes from, else look for values that no logarithm has."""
    if call.name != "nll":
        return
    origin = case.origin(call.prediction)
    if origin is not None and origin.name in MADE_BY:
        yield Diagnostic(
            place=call.place,
            message=f"the input of nll is {MADE_BY[origin.name]}, made at line "
            f"{origin.place.line}, and not log-probabilities",
            fix=FIX,
        )
    elif origin is None and call.due:
        highest = above_logarithms(call.prediction)
        if highest is not None:
            yield Diagnostic(
                place=call.place,
                message=f"the input of nll has values up to {highest:.3g}; the logarithm of "
                "a probability is never above 0",
                fix=FIX,
                severity="warning",
            )


def above_logarithms(scores: "Tensor") -> float | None:
    """Give the highest value, if there are some that no logarithm of a probability has.

    A row of one sign may be log-probabilities times a reward, unless it sums to one.
    """
    rows = sample_rows(scores, class_axis(scores))
    if not rows.numel() or not bool(rows.isfinite().all()):
        return None
    # log(p + 1e-8) may be a rounding above zero.
    both = (rows > ROUNDING).any(1) & (rows < 0).any(1)
    if bool(both.any()):
        return float(rows[both].max())
    return float(rows.max()) if distributions(rows, -1) else None


RULE = Rule(
    code="LL202",
    name="nll-without-log-probabilities",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
)
