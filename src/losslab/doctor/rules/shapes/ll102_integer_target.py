"""A loss of floating-point values gets an integer target.

What it finds:
    mse, l1 and other losses of values whose target holds integers. Since version 2.13 PyTorch
    accepts it for mse, l1 and smooth_l1; other losses and earlier versions raise "Found dtype Long
    but expected Float".

Why it hurts:
    Integers in a data set are usually class labels, and a loss of values measures distances between
    their numbers. The same script raises an exception under another version of PyTorch.

Bad:
    net = nn.Linear(4, 1)
    loss = F.mse_loss(net(x).squeeze(1), labels)

Good:
    net = nn.Linear(4, 1)
    loss = F.mse_loss(net(x).squeeze(1), labels.float())

Blind spots:
    Labels that were cast to floating point before. A loss without a graph: as a metric it is right
    under every PyTorch.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import is_integer
from losslab.doctor.evidence.values import as_readable, format_dtype
from losslab.doctor.fixes.call_fix import Call, CallFix, Change
from losslab.doctor.rule import Diagnostic, NoMemory, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

OF_VALUES = ("mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits")


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check the target's dtype, where PyTorch accepted it."""
    trained = call.output.requires_grad
    if trained and call.name in OF_VALUES and call.target is not None and is_integer(call.target):
        yield describe(call.place, call.name, call.target, "the loss took it")


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check the target's dtype, where PyTorch refused it."""
    target = as_readable(event.arguments.get("target"))
    prediction = as_readable(event.arguments.get("input"))
    if event.loss not in OF_VALUES or target is None or not is_integer(target):
        return
    if prediction is not None and prediction.is_floating_point():
        yield describe(event.place, event.loss, target, "PyTorch raised")


def describe(place: Place, loss: str, target: "Tensor", outcome: str) -> Diagnostic:
    """Name the dtype."""
    return Diagnostic(
        place=place,
        message=f"target of {loss} has dtype {format_dtype(target)}, shape {tuple(target.shape)}; "
        f"{outcome}",
        fix="target.float(); for class labels with one score per class: F.cross_entropy",
    )


def cast_target(call: Call) -> Change | None:
    """Cast the target to the dtype of the prediction."""
    position, prediction, target = call.get_loss_arguments()
    if prediction is None or target is None:
        return None
    if not prediction.is_floating_point() or target.is_floating_point():
        return None
    return call.replace(position, "target", target.to(prediction.dtype), ".float()")


RULE = Rule(
    code="LL102",
    name="integer-target",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
    call_fix=CallFix(title="target cast", apply=cast_target, losses=("all",)),
)
