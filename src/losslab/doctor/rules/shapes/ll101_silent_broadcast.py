"""Prediction and target have different shapes and are broadcast against each other.

What it finds
    A loss between an (N, 1) prediction and an (N,) target, or the reverse, or the same with more
    axes: in PyTorch's elementwise losses, and in the user's own arithmetic that ends in the loss.

Why it hurts
    Every prediction is compared with every target, so the best the model can do is to predict
    the mean. Nothing is raised.

Bad
    net = nn.Linear(4, 1)
    loss = ((net(x) - values) ** 2).mean()
    loss.backward()

Good
    net = nn.Linear(4, 1)
    loss = ((net(x).squeeze(1) - values) ** 2).mean()
    loss.backward()

Blind spots
    Arithmetic made in NumPy. Differences of two tensors that both depend on the model, which are
    as a rule pairs meant to be compared. Differences from a parameter itself: centres, thresholds.
    An axis that was put into a prediction for the difference, and losses without a reduction of
    such a prediction or without a graph: costs of all pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Arithmetic, Backward, LossCall
from losslab.doctor.evidence.axes import both_stretch, column_against_row, stretched
from losslab.doctor.evidence.graph import reach, stamp
from losslab.doctor.location import Place
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from torch import Tensor

ELEMENTWISE = (
    *("mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits", "kl_div", "poisson_nll"),
    *("gaussian_nll", "soft_margin", "hinge_embedding"),
)
MOST_OPEN = 64


@dataclass
class Memory:
    """Differences that may end in a loss, by the operation that made them."""

    open: dict[tuple[str, int], Diagnostic] = field(default_factory=dict)
    confirmed: set[tuple[str, int]] = field(default_factory=set)


def on_loss(call: LossCall, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the shapes of prediction and target."""
    target = call.target
    if call.name not in ELEMENTWISE or target is None:
        return
    if call.reduction == "none" and (not call.output.requires_grad or added(call.prediction)):
        return  # all pairs are what is asked for
    if column_against_row(call.prediction.shape, target.shape):
        yield seen(call.place, "prediction", call.prediction, "target", target)
    elif call.prediction.ndim != target.ndim and both_stretch(call.prediction.shape, target.shape):
        yield seen(call.place, "prediction", call.prediction, "target", target, proven=False)


def on_arithmetic(event: Arithmetic, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Keep in mind a difference of something learned and something given."""
    left, right = event.left, event.right
    if event.name != "sub" or left.requires_grad == right.requires_grad:
        return
    if (left if left.requires_grad else right).grad_fn is None:
        return  # a parameter is no prediction
    if not column_against_row(left.shape, right.shape):
        return
    if added(left if left.ndim > right.ndim else right):
        return
    sighting = seen(event.place, "left", left, "right", right)
    if event.place.key in memory.confirmed:
        yield sighting
        return
    made_by = stamp(event.output)
    if made_by is not None:
        memory.open[made_by] = sighting
        if len(memory.open) > MOST_OPEN:
            del memory.open[next(iter(memory.open))]


def on_backward(event: Backward, case: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Confirm the differences that the loss is made of."""
    if not memory.open:
        return
    passed = reach(event.losses).nodes
    for made_by in [one for one in memory.open if one in passed]:
        sighting = memory.open.pop(made_by)
        memory.confirmed.add(sighting.place.key)
        yield sighting


def added(tensor: "Tensor") -> bool:
    """Tell whether the last thing done to a tensor was to put an axis into it, to make pairs.

    Of data only an inner axis tells that: a column of targets is as often a mistake.
    """
    if tensor.grad_fn is not None:
        return bool(tensor.grad_fn.name() == "UnsqueezeBackward0")
    base = tensor._base
    return base is not None and base.ndim < tensor.ndim and tensor.shape[-1] != 1


def seen(  # noqa: PLR0913  two sides, each with a name
    place: Place, one: str, left: "Tensor", two: str, right: "Tensor", *, proven: bool = True
) -> Diagnostic:
    """Say what broadcasting makes of two shapes."""
    shape = stretched(left.shape, right.shape)
    if proven:
        longer, shorter = sorted((left.ndim, right.ndim), reverse=True)
        fix = (
            "prediction.squeeze(1), or target.unsqueeze(1): the same shape on both sides"
            if (longer, shorter) == (2, 1)
            else "squeeze or unsqueeze one side, so that both have the same shape"
        )
    else:
        fix = "reshape one side, so that both have the same shape"
    return Diagnostic(
        place=place,
        message=f"{one} {tuple(left.shape)}, {two} {tuple(right.shape)}: "
        f"the loss is over all {' x '.join(map(str, shape))} pairs",
        fix=fix,
        severity="error" if proven else "warning",
    )


RULE = Rule(
    code="LL101",
    name="silent-broadcast",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Arithmetic: on_arithmetic, Backward: on_backward},
    memory=Memory,
)
