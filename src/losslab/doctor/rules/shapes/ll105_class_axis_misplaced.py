"""The class axis of the scores is not where cross-entropy looks for it.

What it finds:
    cross_entropy or nll_loss that got (N, L, C) instead of (N, C, L): raised, or silent with
    probabilities as target; scores brought to the right shape by ``view`` or ``reshape``, which
    mixes classes and positions, instead of ``transpose`` or ``permute``.

Why it hurts:
    Where the shapes happen to fit no exception is raised, and a column mixes the scores of several
    positions and classes: the loss falls a little and then stalls.

Bad:
    net = nn.Linear(4, 3)
    scores = net(x.view(8, 4, 4)).view(8, 3, 4)
    loss = F.cross_entropy(scores, labels.view(8, 4))

Good:
    net = nn.Linear(4, 3)
    scores = net(x.view(8, 4, 4)).transpose(1, 2)
    loss = F.cross_entropy(scores, labels.view(8, 4))

Blind spots:
    As many positions as classes. Scores that were added, scaled or normalized after the last layer.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import OF_CLASSES, get_class_axis, has_one_index_each, is_integer
from losslab.doctor.evidence.provenance import Origin
from losslab.doctor.evidence.values import as_readable, count_distributions
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Size, Tensor

SCORES = ("linear", "log_softmax", "softmax")


def on_loss(call: LossCall, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Check where the class axis went, and along which axis a soft target sums to one."""
    scores, target = call.prediction, call.target
    if call.name not in OF_CLASSES or target is None or scores.ndim < 2:
        return
    origin = state.find_origin(scores, *SCORES)
    if origin is not None and _mixes_classes(origin, scores.shape):
        yield Diagnostic(
            place=call.place,
            message=f"the {origin.columns} scores of each place (line {origin.place.line}) were "
            f"torn apart by a view; the input {tuple(scores.shape)} mixes classes and places",
            fix="scores.movedim(-1, 1) for (N, L, C), or scores.movedim(1, -1).reshape(-1, C) "
            "for (N, C, L), in place of view or reshape",
        )
    elif call.due and scores.ndim > 2 and _sums_along_last_axis(call, target):
        yield Diagnostic(
            place=call.place,
            message=f"target {tuple(target.shape)} sums to 1 along its last axis and not along "
            f"axis 1, along which {call.name} compares",
            fix="scores.movedim(-1, 1) and target.movedim(-1, 1): (N, C, L)",
        )


def _mixes_classes(origin: Origin, shape: "Size") -> bool:
    """Tell whether axis 1 is as long as the class axis was, but holds something else."""
    columns = origin.columns
    if not origin.mixed or columns is None or columns < 2:
        return False
    return shape[1] == columns and shape[1:].count(columns) == 1


def _sums_along_last_axis(call: LossCall, target: "Tensor") -> bool:
    if target.shape != call.prediction.shape or is_integer(target):
        return False
    rows = count_distributions(target, -1)
    return rows > 0 and not count_distributions(target, get_class_axis(target))


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Look for a target that fits all axes but the last, where PyTorch raised."""
    given = event.arguments
    scores, target = as_readable(given.get("input")), as_readable(given.get("target"))
    if event.loss not in OF_CLASSES or scores is None or target is None or scores.ndim < 3:
        return
    if target.shape == scores.shape[:-1] and not has_one_index_each(scores, target):
        yield Diagnostic(
            place=event.place,
            message=f"scores {tuple(scores.shape)}, target {tuple(target.shape)}: the classes are "
            f"along the last axis, and {event.loss} takes axis 1 for them",
            fix="scores.movedim(-1, 1), or scores.flatten(0, -2) and target.flatten()",
        )


RULE = Rule(
    code="LL105",
    name="class-axis-misplaced",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
)
