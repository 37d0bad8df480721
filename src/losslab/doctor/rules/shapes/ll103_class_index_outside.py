"""A target names a class that has no column in the scores.

What it finds:
    A run that ended in cross_entropy, nll_loss, one_hot or gather because an index lies outside
    0..K-1: labels counted from 1, a void label such as 255 or -1 without ``ignore_index``, a head
    with too few outputs.

Why it hurts:
    K columns of scores stand for classes 0 to K-1. On a GPU the exception is a failed assertion
    that points to another line.

Bad:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels + 1)

Good:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels)

Blind spots:
    Labels from 1 with a head that has one output too many: class 0 may be a rare one. Values that
    are out of reach after a failed assertion on a GPU.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslab.doctor.events import Failed
from losslab.doctor.evidence.axes import OF_CLASSES, get_class_axis, has_one_index_each, is_integer
from losslab.doctor.evidence.values import as_readable
from losslab.doctor.rule import Diagnostic, NoMemory, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

MOST_LISTED = 3


def on_failed(event: Failed, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the range of the indices with the number of columns."""
    found = _find_indices(event)
    if found is None or not is_integer(found[1]):
        return
    name, target, columns = found
    ignored = event.arguments.get("ignore_index", -100)
    target = target[target != ignored] if isinstance(ignored, int) else target
    outside = sorted(set(target[(target < 0) | (target >= columns)].tolist()))
    if not outside:
        return
    low, high = int(target.min()), int(target.max())
    listed = ", ".join(map(str, outside[:MOST_LISTED]))
    more = ", ..." if len(outside) > MOST_LISTED else ""
    yield Diagnostic(
        place=event.place,
        message=f"the indices for {name} go from {low} to {high}; {columns} columns stand for "
        f"classes 0 to {columns - 1}, and there is none for {listed}{more}",
        fix=_choose_fix(event, low, high, columns, outside),
    )


def _find_indices(event: Failed) -> "tuple[str, Tensor, int] | None":
    """Return the function's name, the indices and the number of columns."""
    given = event.arguments
    if event.loss in OF_CLASSES:
        scores, target = as_readable(given.get("input")), as_readable(given.get("target"))
        if scores is None or target is None or not scores.ndim:
            return None
        fits = has_one_index_each(scores, target)
        return (event.loss, target, scores.shape[get_class_axis(scores)]) if fits else None
    source = as_readable(given.get("0"))
    if event.function == "one_hot":
        columns = given.get("num_classes", given.get("1"))
        if source is None or not isinstance(columns, int):
            return None
        return "one_hot", source, columns
    if event.function == "gather" and source is not None and source.requires_grad:
        axis, index = (
            given.get("dim", given.get("1")),
            as_readable(given.get("index", given.get("2"))),
        )
        fits = isinstance(axis, int) and -source.ndim <= axis < source.ndim
        return ("gather", index, source.shape[axis]) if fits and index is not None else None
    return None


def _choose_fix(event: Failed, low: int, high: int, columns: int, outside: list[int]) -> str:
    if low == 1 and high == columns:
        return "target - 1: count classes from 0"
    if event.loss is not None and len(outside) == 1:
        return f"ignore_index={outside[0]} if that label means void; or one output per class"
    if low >= 0:
        return f"one output per class: {high + 1} for labels up to {high}"
    return "number the classes 0, 1, 2, ...: torch.unique(labels, return_inverse=True)[1]"


RULE = Rule(
    code="LL103",
    name="class-index-outside",
    severity="error",
    page=__doc__,
    handlers={Failed: on_failed},
)
