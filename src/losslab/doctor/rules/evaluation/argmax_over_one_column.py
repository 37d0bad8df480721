"""The predicted class is the arg-max over a single column, which is always 0.

What it finds
    ``argmax`` or ``max(...).indices`` of a model's output over an axis of length one, in every
    call at that place; without a known origin, if the result is compared with 0/1 labels.

Why it hurts
    The largest of one value is at place 0, whatever the model has learned. The accuracy is the
    share of class 0.

Bad
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    accuracy = (net(x).argmax(dim=1) == binary).float().mean()

Good
    net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
    accuracy = ((net(x).squeeze(1) > 0.5) == binary).float().mean()

Blind spots
    Outputs turned into NumPy arrays first. Batches of one row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from losslab.doctor.case import Case
from losslab.doctor.events import Comparison, Reduction
from losslab.doctor.evidence.values import values_of
from losslab.doctor.place import Place
from losslab.doctor.rule import Rule, Sighting

OUTPUTS = ("linear", "sigmoid", "softmax", "log_softmax", "relu", "tanh")


@dataclass
class Calls:
    """The calls at one place, as long as all were over one column."""

    rows: int = 0
    count: int = 0
    proven: bool = False


@dataclass
class Memory:
    """By place; None where a call was over more columns."""

    places: dict[Place, Calls | None] = field(default_factory=dict)


def on_reduction(event: Reduction, case: Case, memory: Memory) -> Iterator[Sighting]:
    """Look at how long the axis is."""
    if event.name not in ("argmax", "max") or event.axis is None or not event.input.ndim:
        return iter(())
    calls = memory.places.setdefault(event.place, Calls())
    if event.input.shape[event.axis] != 1:
        memory.places[event.place] = None
    elif calls is not None:
        calls.rows += event.input.numel()
        calls.count += 1
        last = event.axis == -1 and event.input.ndim >= 2
        calls.proven |= last and case.came_from(event.input, *OUTPUTS) is not None
    return iter(())


def on_comparison(event: Comparison, case: Case, memory: Memory) -> Iterator[Sighting]:
    """See a result compared with labels."""
    if event.name not in ("eq", "ne") or isinstance(event.right, float | int):
        return iter(())
    for guess, labels in ((event.left, event.right), (event.right, event.left)):
        origin = case.came_from(guess, "argmax")
        calls = None if origin is None else memory.places.get(origin.place)
        if calls is not None and not calls.proven:
            values = values_of(labels)
            calls.proven = values is not None and values.kinds == (0.0, 1.0)
    return iter(())


def finish(case: Case, memory: Memory) -> Iterator[Sighting]:
    """Report places where every call was over one column."""
    for place, calls in memory.places.items():
        # One value in all may be a batch of one row, or a beam of one.
        if calls is not None and calls.proven and calls.rows > calls.count:
            yield Sighting(
                place=place,
                message=f"arg-max over an axis of length 1: all {calls.rows} predictions are 0",
                fix="(prediction.squeeze(1) > 0.5) for probabilities, > 0 for scores",
                count=calls.count,
            )


RULE = Rule(
    code="LL401",
    name="argmax-over-one-column",
    severity="error",
    page=__doc__,
    handlers={Reduction: on_reduction, Comparison: on_comparison},
    memory=Memory,
    finish=finish,
)
