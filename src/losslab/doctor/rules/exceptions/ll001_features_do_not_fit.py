"""The input of a linear layer has a different number of features than the layer expects.

What it finds:
    A run that ended because the last axis of a layer's input is not as long as the layer's
    ``in_features``.

Why it hurts:
    Nothing is trained. PyTorch's message shows both matrices flattened and transposed, so you have
    to guess which axis is wrong.

Bad:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(16, 1))
    net(x)

Good:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    net(x)

Blind spots:
    Convolutions and recurrent layers. Which of two layers is wrong is not known.
"""

from collections.abc import Iterator

from losslab.doctor.events import Failed
from losslab.doctor.evidence.values import as_readable
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the last axis of the input with the layer."""
    table, factor = as_readable(event.arguments.get("0")), as_readable(event.arguments.get("1"))
    if event.function != "linear" or table is None or factor is None:
        return
    given, weight = table.shape, factor.shape
    if len(given) == 0 or len(weight) != 2 or given[-1] == weight[1]:
        return
    flat, hint, fix = given[1:].numel(), "", f"nn.Linear({given[-1]}, {weight[0]})"
    if len(given) > 2 and flat == weight[1]:
        hint, fix = f"; flattened, its rows would have {flat}", "x = x.flatten(1)"
    yield Diagnostic(
        place=event.place,
        message=f"a linear layer made for {weight[1]} features got an input of shape "
        f"{tuple(given)}, which has {given[-1]}{hint}",
        fix=fix,
    )


RULE = Rule(
    code="LL001",
    name="features-do-not-fit",
    severity="error",
    page=__doc__,
    handlers={Failed: on_failed},
)
