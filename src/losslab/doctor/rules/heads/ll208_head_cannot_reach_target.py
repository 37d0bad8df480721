"""The head's last function cannot make the values that the target holds.

What it finds
    mse, l1, smooth_l1 or huber loss of an output of ReLU, sigmoid, tanh, softmax and their like,
    where at least a tenth of the targets lie far outside that function's range, in every call
    looked at.

Why it hurts
    The loss cannot fall to its minimum. The output is pressed against the end of its range, where
    its gradient vanishes, and all targets beyond get the same prediction.

Bad
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    loss = F.mse_loss(net(x).squeeze(1), 100 * values)

Good
    net = nn.Linear(4, 1)
    loss = F.mse_loss(net(x).squeeze(1), 100 * values)

Blind spots
    Targets a little outside the range: they may be noisy, or rounded. Losses with reduction
    "none", whose targets may be masked afterwards. Outputs scaled after the function.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.values import sample
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

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
class Seen:
    """The targets looked at under one function, and how many of them are far outside its range."""

    made_by: str
    made_at: Place
    targets: int = 0
    outside: int = 0
    calls: int = 0
    lowest: float = math.inf
    highest: float = -math.inf


@dataclass
class Memory:
    """By place; None where a call's prediction came from something else or its targets fit."""

    places: dict[Place, Seen | None] = field(default_factory=dict)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the targets with the range of what made the prediction."""
    if call.name not in LOSSES or call.target is None or call.reduction == "none":
        return iter(())
    if not call.due:
        return iter(())
    origin = case.came_from(call.prediction, *RANGES)
    fresh = None if origin is None else Seen(origin.name, origin.place)
    seen = memory.places.setdefault(call.place, fresh)
    if seen is None or origin is None or seen.made_by != origin.name:
        memory.places[call.place] = None
        return iter(())
    rows = _values(call.target)
    if not rows.numel():
        return iter(())
    low, high = RANGES[origin.name]
    margin = _margin(low, high, rows)
    outside = int(((rows < low - margin) | (rows > high + margin)).sum())
    if not outside and rows.numel() >= LEAST_TARGETS:
        memory.places[call.place] = None
        return iter(())
    seen.targets, seen.outside = seen.targets + rows.numel(), seen.outside + outside
    seen.calls += 1
    seen.lowest = min(seen.lowest, float(rows.min()))
    seen.highest = max(seen.highest, float(rows.max()))
    return iter(())


def _values(target: "Tensor") -> "Tensor":
    rows = sample(target).double()
    return rows[rows.isfinite()]


def _margin(low: float, high: float, rows: "Tensor") -> float:
    """Noise may carry targets over the end of a range; half a unit, or half their spread, is more.

    Targets that are all alike have no spread but that of rounding.
    """
    if math.isfinite(low) and math.isfinite(high):
        return 0.5
    return max(0.5 * float(rows.std(correction=0)), ROUNDING)


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where many targets are out of reach."""
    for place, seen in memory.places.items():
        if seen is None or seen.targets < LEAST_TARGETS:
            continue
        if seen.outside < LEAST_SHARE * seen.targets:
            continue
        low, high = RANGES[seen.made_by]
        yield Diagnostic(
            place=place,
            message=f"the prediction is the output of {seen.made_by} (line {seen.made_at.line}) "
            f"and lies in [{low:g}, {high:g}]; the targets reach from {seen.lowest:.3g} to "
            f"{seen.highest:.3g}, {seen.outside / seen.targets:.0%} of them far outside",
            fix="leave the last function away, or bring the targets into its range",
            count=seen.calls,
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
