"""The head's last function cannot reach the values of the target.

What it finds:
    mse, l1, smooth_l1 or huber loss of an output of ReLU, sigmoid, tanh, softmax and similar
    functions, where at least a tenth of the targets lie far outside that function's range, in every
    call looked at.

Why it hurts:
    The loss cannot reach its minimum. The output is pushed to the end of its range, where its
    gradient vanishes, and all targets beyond it get the same prediction.

Bad:
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    loss = F.mse_loss(net(x).squeeze(1), 100 * values)

Good:
    net = nn.Linear(4, 1)
    loss = F.mse_loss(net(x).squeeze(1), 100 * values)

Blind spots:
    Targets slightly outside the range: they may be noisy, or rounded. Losses with reduction "none",
    whose targets may be masked afterwards. Outputs scaled after the function.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import sample
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LOSSES = ("mse", "l1", "smooth_l1", "huber")
RANGES = {
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exp": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "log_softmax": (-math.inf, 0.0),
    "log_sigmoid": (-math.inf, 0.0),
}
LEAST_TARGETS = 16
LEAST_SHARE = 0.1
ROUNDING = 1e-3


@dataclass
class Targets:
    """The targets under one function, and how many of them are far outside its range."""

    function: str
    line: int
    count: int = 0
    outside: int = 0
    calls: int = 0
    lowest: float = math.inf
    highest: float = -math.inf


# A prediction of another function, or targets that fit, rule a place out.
Memory = Suspects[Place, Targets]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Compare the targets with the range of the function that computed the prediction."""
    if call.name not in LOSSES or call.target is None or call.reduction == "none" or not call.due:
        return
    origin = state.find_origin(call.prediction, *RANGES)
    if origin is None:
        memory.rule_out(call.place)
        return
    targets = memory.track(call.place, Targets(origin.name, origin.place.line))
    if targets is None or targets.function != origin.name:
        memory.rule_out(call.place)
        return
    values = sample(call.target).double()
    values = values[values.isfinite()]
    if not values.numel():
        return
    low, high = RANGES[origin.name]
    # Noise may carry targets over the end of a range; half a unit, or half their spread, is more.
    margin = 0.5
    if math.isinf(low) or math.isinf(high):
        # Targets that are all alike have no spread but that of rounding.
        margin = max(0.5 * float(values.std(correction=0)), ROUNDING)
    outside = int(((values < low - margin) | (values > high + margin)).sum())
    if not outside and values.numel() >= LEAST_TARGETS:
        memory.rule_out(call.place)
        return
    targets.count, targets.outside = targets.count + values.numel(), targets.outside + outside
    targets.calls += 1
    targets.lowest = min(targets.lowest, float(values.min()))
    targets.highest = max(targets.highest, float(values.max()))


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where many targets are out of reach."""
    for place, targets in memory.items():
        if targets.count < LEAST_TARGETS or targets.outside < LEAST_SHARE * targets.count:
            continue
        low, high = RANGES[targets.function]
        yield Diagnostic(
            place=place,
            message=f"the prediction is the output of {targets.function} (line {targets.line}) "
            f"and lies in [{low:g}, {high:g}]; the targets reach from {targets.lowest:.3g} to "
            f"{targets.highest:.3g}, {targets.outside / targets.count:.0%} of them far outside",
            fix="leave the last function away, or bring the targets into its range",
            count=targets.calls,
        )


RULE = Rule(
    code="LL208",
    name="head-cannot-reach-target",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
