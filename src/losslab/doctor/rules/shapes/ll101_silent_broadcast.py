"""Prediction and target have different shapes and are broadcast against each other.

What it finds:
    A loss between an (N, 1) prediction and an (N,) target, or the reverse, or the same with more
    axes: in PyTorch's elementwise losses, and in the user's own arithmetic that ends in the loss.

Why it hurts:
    Every prediction is compared with every target, so the best the model can do is to predict the
    mean. No exception is raised.

Bad:
    net = nn.Linear(4, 1)
    loss = ((net(x) - values) ** 2).mean()
    loss.backward()

Good:
    net = nn.Linear(4, 1)
    loss = ((net(x).squeeze(1) - values) ** 2).mean()
    loss.backward()

Blind spots:
    Arithmetic in NumPy. Differences of two tensors that both depend on the model, which are usually
    pairs meant to be compared. Differences from a parameter itself: centers, thresholds. An axis
    inserted into a prediction for the difference, and losses without a reduction of such a
    prediction or without a graph: costs of all pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Arithmetic, Backward, LossCall
from losslab.doctor.evidence.axes import format_pairs, is_column_against_row, stretches_both
from losslab.doctor.evidence.graph import get_stamp, reach
from losslab.doctor.evidence.values import as_tensor
from losslab.doctor.fixes.call_fix import Call, CallFix, Change, format_axis_call
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

ELEMENTWISE = (
    *("mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits", "kl_div", "poisson_nll"),
    *("gaussian_nll", "soft_margin", "hinge_embedding"),
)
MOST_OPEN = 64


@dataclass
class Memory:
    """Differences that may end in a loss, by the operation that computed them."""

    open: dict[tuple[str, int], Diagnostic] = field(default_factory=dict)
    confirmed: set[tuple[str, int]] = field(default_factory=set)


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the shapes of prediction and target."""
    prediction, target = call.prediction, call.target
    if call.name not in ELEMENTWISE or target is None:
        return
    if call.reduction == "none" and (not call.output.requires_grad or has_new_axis(prediction)):
        return  # all pairs are what is asked for
    if is_column_against_row(prediction.shape, target.shape):
        yield describe(call.place, "prediction", prediction, "target", target)
    elif prediction.ndim != target.ndim and stretches_both(prediction.shape, target.shape):
        yield describe(call.place, "prediction", prediction, "target", target, proven=False)


def on_arithmetic(event: Arithmetic, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Remember a difference between something learned and something given."""
    left, right = event.left, event.right
    if event.name != "sub" or left.requires_grad == right.requires_grad:
        return
    if (left if left.requires_grad else right).grad_fn is None:
        return  # a parameter is no prediction
    if not is_column_against_row(left.shape, right.shape):
        return
    if has_new_axis(left if left.ndim > right.ndim else right):
        return
    diagnostic = describe(event.place, "left", left, "right", right)
    operation = get_stamp(event.output)
    if event.place.key in memory.confirmed:
        yield diagnostic
    elif operation is not None:
        memory.open[operation] = diagnostic
        if len(memory.open) > MOST_OPEN:
            del memory.open[next(iter(memory.open))]


def on_backward(event: Backward, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Confirm the differences that the loss is computed from."""
    nodes = reach(event.losses).nodes if memory.open else ()
    for operation in [one for one in memory.open if one in nodes]:
        diagnostic = memory.open.pop(operation)
        memory.confirmed.add(diagnostic.place.key)
        yield diagnostic


def has_new_axis(tensor: "Tensor") -> bool:
    """Tell whether the last operation on a tensor inserted an axis, to form pairs.

    For data, only an inner axis shows that: a column of targets is as often a mistake.
    """
    if tensor.grad_fn is not None:
        return bool(tensor.grad_fn.name() == "UnsqueezeBackward0")
    base = tensor._base
    return base is not None and base.ndim < tensor.ndim and tensor.shape[-1] != 1


def describe(  # noqa: PLR0913  two sides, each with a name
    place: Place, one: str, left: "Tensor", two: str, right: "Tensor", *, proven: bool = True
) -> Diagnostic:
    """Describe what broadcasting makes of two shapes."""
    if not proven:
        fix = "reshape one side, so that both have the same shape"
    elif {left.ndim, right.ndim} == {1, 2}:
        fix = "prediction.squeeze(1), or target.unsqueeze(1): the same shape on both sides"
    else:
        fix = "squeeze or unsqueeze one side, so that both have the same shape"
    return Diagnostic(
        place=place,
        message=f"{one} {tuple(left.shape)}, {two} {tuple(right.shape)}: "
        f"the loss is over all {format_pairs(left.shape, right.shape)} pairs",
        fix=fix,
        severity="error" if proven else "warning",
    )


def reshape_target(call: Call) -> Change | None:
    """Reshape the second operand like the first."""
    by_hand = not call.loss_parameters
    if by_hand:
        position, prediction, target = 1, as_tensor(call.args[0]), as_tensor(call.args[1])
    else:
        position, prediction, target = call.get_loss_arguments()
    if prediction is None or target is None:
        return None
    if not is_column_against_row(prediction.shape, target.shape):
        return None
    suffix = format_axis_call(target.shape, prediction.shape)
    target = target.reshape(prediction.shape)
    return call.replace(position, "target", target, suffix, method=by_hand)


RULE = Rule(
    code="LL101",
    name="silent-broadcast",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Arithmetic: on_arithmetic, Backward: on_backward},
    memory=Memory,
    call_fix=CallFix(
        title="target reshaped",
        apply=reshape_target,
        losses=("all",),
        functions=("sub", "subtract", "__sub__", "__rsub__", "rsub"),
    ),
)
