"""The first loss of a classifier is far above that of a uniform guess over its classes.

What it finds:
    The first ``cross_entropy`` of a layer's scores at a line, before any step, if it is over three
    times ln K for K classes.

Why it hurts:
    An untrained classifier should be near ln K. A loss far above it means large and wrong scores:
    inputs that are not scaled, or initial weights that are too large. The first steps only undo
    that.

Bad:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x * 500), labels)
    loss.backward()

Good:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels)
    loss.backward()

Blind spots:
    Losses that start too low. A model that was trained before on other data may start high as well.
"""

import math
from collections.abc import Iterator

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.axes import get_class_axis
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

TIMES = 3.0


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the first loss with an even guess."""
    scores = call.prediction
    fresh = call.number == 1 and call.step == 0 and call.output.requires_grad
    if call.name != "cross_entropy" or not fresh or call.reduction != "mean":
        return
    if state.find_origin(scores, "linear") is None:
        return  # similarities of pairs, for one, have a scale of their own
    classes = scores.shape[get_class_axis(scores)]
    loss = float(call.output.detach())
    even = math.log(classes) if classes > 1 else math.inf
    if math.isfinite(loss) and loss > TIMES * even:
        yield Diagnostic(
            place=call.place,
            message=f"the first loss is {loss:.3g}; an even guess over {classes} classes has "
            f"{even:.3g}",
            fix="x = (x - x.mean(0)) / x.std(0), or smaller initial weights in the last layer",
        )


RULE = Rule(
    code="LL502",
    name="start-far-from-even",
    severity="advice",
    page=__doc__,
    handlers={LossCall: on_loss},
    symptom_of=("LL1", "LL2"),
)
