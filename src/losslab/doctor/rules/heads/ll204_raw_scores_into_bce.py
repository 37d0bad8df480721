"""BCE gets raw scores instead of probabilities.

What it finds:
    ``binary_cross_entropy`` (``nn.BCELoss``) that raised because its input leaves [0, 1]; where it
    did not raise, input that is the output of ReLU or tanh or, as a warning, of a linear layer.

Why it hurts:
    The loss takes the logarithm of its input and of one minus its input. A score outside [0, 1]
    raises, maybe after hours of training; a ReLU at 0 costs 100 and has no gradient.

Bad:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy(net(x).squeeze(1), binary)

Good:
    net = nn.Linear(4, 1)
    loss = F.binary_cross_entropy_with_logits(net(x).squeeze(1), binary)

Blind spots:
    Scores clamped to [0, 1]. A linear layer on probabilities, which may mix them. ReLU or tanh of
    anything else than a layer's scores, such as tanh of softplus.
"""

from collections.abc import Iterator

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.provenance import DESCRIPTIONS, describe_origin
from losslab.doctor.evidence.values import as_readable, summarize_values
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

NO_PROBABILITIES = ("linear", "relu", "tanh")
FIX = (
    "F.binary_cross_entropy_with_logits(scores, target), or "
    "F.binary_cross_entropy(torch.sigmoid(scores), target)"
)


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check where an input comes from that happens to lie in [0, 1]."""
    if call.name != "bce":
        return
    origin = state.find_origin(call.prediction, *NO_PROBABILITIES)
    if origin is None or "linear" not in origin.chain()[:2]:
        return
    if origin.name == "linear" and origin.given in ("sigmoid", "softmax"):
        return  # it may mix them
    yield Diagnostic(
        place=call.place,
        message=f"the input of bce is {describe_origin(origin)}; it lies in [0, 1] only by chance",
        fix=FIX,
        severity="warning" if origin.name == "linear" else "error",
    )


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Detect an input outside [0, 1] that PyTorch refused."""
    given = as_readable(event.arguments.get("input"))
    if event.loss != "bce" or given is None:
        return
    values = summarize_values(given)
    if values is None or not values.finite or values.within(0.0, 1.0):
        return
    origin = state.find_origin(given, *NO_PROBABILITIES)
    cause = "" if origin is None else f": it is {DESCRIPTIONS[origin.name]}"
    yield Diagnostic(
        place=event.place,
        message=f"the input of bce has values from {values.lowest:.3g} to {values.highest:.3g}"
        f"{cause}; probabilities lie in [0, 1]",
        fix=FIX,
    )


RULE = Rule(
    code="LL204",
    name="raw-scores-into-bce",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
)
