"""The predicted class is the arg-max over a single column, which is always 0.

What it finds
    ``argmax`` or ``max(...).indices`` of a model's output over an axis of length one, in every
    call at that place; without a known origin, if the result is compared with 0/1 labels. Of
    ``max``, whose values may be all that is wanted, only if the indices are compared or taken out.

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

from losslab.doctor.events import Comparison, Cut, Reduction
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.values import values_of
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

MOST_LAYERS = 10_000
OUTPUTS = ("linear", "sigmoid", "softmax", "log_softmax", "relu", "tanh")


@dataclass
class Calls:
    """The calls at one place on one layer's output, as long as all were over one column.

    ``output``: of what a model put out; ``used``: the indices were; ``labels``: beside 0/1 labels.
    """

    rows: int = 0
    count: int = 0
    output: bool = False
    used: bool = False
    labels: bool = False


@dataclass
class Memory:
    """By place and layer, 0 if unknown; None where a call was over more columns.

    Several models may be evaluated in one line, and a list of candidates may be one long.
    """

    places: dict[tuple[Place, int], Calls | None] = field(default_factory=dict)


def on_reduction(event: Reduction, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look at how long the axis is."""
    if event.name not in ("argmax", "max") or event.axis is None or not event.input.ndim:
        return iter(())
    key = event.place, _layer(case.origin(event.input))
    if len(memory.places) >= MOST_LAYERS and key not in memory.places:
        return iter(())
    calls = memory.places.setdefault(key, Calls())
    if event.input.shape[event.axis] != 1:
        memory.places[key] = None
    elif calls is not None:
        calls.rows += event.input.numel()
        calls.count += 1
        last = event.axis == -1 and event.input.ndim >= 2
        calls.output |= last and case.came_from(event.input, *OUTPUTS) is not None
        calls.used |= event.name == "argmax"
    return iter(())


def on_cut(event: Cut, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See indices taken out as numbers."""
    calls = _calls(case.came_from(event.input, "argmax"), memory)
    if calls is not None and event.name in ("item", "numpy", "tolist"):
        calls.used = True
    return iter(())


def _layer(origin: Origin | None) -> int:
    """The id of the weight of the layer that a tensor's values go back to."""
    while origin is not None and origin.name != "linear":
        origin = origin.of
    weight = None if origin is None or origin.weight is None else origin.weight()
    return 0 if weight is None else id(weight)


def _calls(origin: Origin | None, memory: Memory) -> Calls | None:
    """Find the calls that an arg-max came from."""
    return None if origin is None else memory.places.get((origin.place, _layer(origin.of)))


def on_comparison(event: Comparison, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """See a result compared with labels."""
    if event.name not in ("eq", "ne") or isinstance(event.right, float | int):
        return iter(())
    for guess, labels in ((event.left, event.right), (event.right, event.left)):
        calls = _calls(case.came_from(guess, "argmax"), memory)
        if calls is not None and not calls.labels:
            values = values_of(labels)
            calls.used = True
            calls.labels = values is not None and values.kinds == (0.0, 1.0)
    return iter(())


def finish(case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where every call was over one column."""
    for (place, _), calls in memory.places.items():
        # One value in all may be a batch of one row, or a beam of one.
        if calls is None or calls.rows <= calls.count:
            continue
        if calls.labels or (calls.output and calls.used):
            yield Diagnostic(
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
    handlers={Reduction: on_reduction, Comparison: on_comparison, Cut: on_cut},
    memory=Memory,
    finish=finish,
)
