"""The logarithm of a softmax or sigmoid, taken by hand; or the logarithm of zero.

What it finds:
    ``log`` of the output of softmax or sigmoid, as advice. As a warning, if a result that has a
    gradient is minus infinity because the output of softmax, sigmoid or ReLU was 0.

Why it hurts:
    In single precision a softmax is exactly 0 for scores that are 104 apart. Its logarithm is minus
    infinity and its gradient nan, which ruins the training; adding 1e-8 stops learning there.

Bad:
    probability = nn.Linear(4, 3)(x).softmax(1)
    loss = F.nll_loss(probability.log(), labels)

Good:
    scores = nn.Linear(4, 3)(x)
    loss = F.nll_loss(scores.log_softmax(1), labels)

Blind spots:
    Zeros of unknown origin: the logarithm of a mask is meant to be minus infinity. Logarithms
    without a gradient.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import Activation
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

INSTEAD = {
    "softmax": "scores.log_softmax(dim)",
    "sigmoid": "F.logsigmoid(scores), and F.logsigmoid(-scores) for one minus it",
    "relu": "F.softplus(scores).log(), or no ReLU and no logarithm",
}


@dataclass
class Logarithms:
    """The logarithms at one place: of what, how many values, and how many of them were of 0."""

    function: str
    line: int
    count: int = 0
    values: int = 0
    zeros: int = 0


Memory = dict[Place, Logarithms]


def on_activation(event: Activation, state: WatchState, memory: Memory) -> None:
    """Check what the logarithm is taken of, and whether it is finite."""
    if event.name != "log" or not event.place.direct or not event.output.requires_grad:
        return
    origin = state.find_origin(event.input, *INSTEAD)
    if origin is not None:
        logs = memory.setdefault(event.place, Logarithms(origin.name, origin.place.line))
        logs.count += 1
        if event.due:
            logs.values += event.output.numel()
            logs.zeros += int((event.output.detach() == -math.inf).sum())


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Warn of zeros; advise where there were none."""
    for place, logs in memory.items():
        if logs.zeros:
            yield Diagnostic(
                place=place,
                message=f"log of the output of {logs.function}: of {logs.values} values looked at "
                f"{logs.zeros} are 0, so the result is -inf and its gradient nan",
                fix=INSTEAD[logs.function],
                severity="warning",
                count=logs.count,
            )
        elif logs.function != "relu":
            yield Diagnostic(
                place=place,
                message=f"log of the output of {logs.function}, made at line {logs.line}",
                fix=INSTEAD[logs.function],
                count=logs.count,
            )


RULE = Rule(
    code="LL209",
    name="log-of-softmax-by-hand",
    severity="advice",
    page=__doc__,
    handlers={Activation: on_activation},
    memory=Memory,
    finish=finish,
)
