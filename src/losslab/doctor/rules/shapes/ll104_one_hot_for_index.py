"""A loss expects class indices and gets rows, or the reverse.

What it finds:
    cross_entropy or nll_loss that raised because the target is one-hot integers, floats or a
    column; bce, bce_with_logits or mse that got one index per row for K columns; ``cross_entropy``
    with rows that name several classes at once; ``multilabel_margin_loss`` with 0/1 rows.

Why it hurts:
    Several labels per row are not exclusive, but softmax makes them compete.
    ``multilabel_margin_loss`` reads a row of 0 and 1 as the class numbers 0 and 1.

Bad:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), F.one_hot(labels, 3))

Good:
    net = nn.Linear(4, 3)
    loss = F.cross_entropy(net(x), labels)

Blind spots:
    Rows for cross_entropy that name several classes and were divided by their number: they count as
    soft labels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslab.doctor.events import Failed, LossCall
from losslab.doctor.evidence.axes import OF_CLASSES, get_class_axis, has_one_index_each, is_integer
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import as_readable, format_dtype, sample_rows, summarize_values
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

WITH_ROWS = ("bce", "bce_with_logits", "mse", "l1", "smooth_l1", "huber", "multilabel_soft_margin")
LEAST_ROWS = 16
MULTI_HOT = "F.binary_cross_entropy_with_logits(scores, target) for several labels per row"


@dataclass
class ZeroOneRows:
    """Rows of 0 and 1 at one place: how many, and how many of them name several classes."""

    loss: str
    rows: int = 0
    several: int = 0
    calls: int = 0


Memory = Suspects[Place, ZeroOneRows]


def on_failed(event: Failed, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for a target of the other kind where PyTorch raised."""
    given = event.arguments
    scores, target = as_readable(given.get("input")), as_readable(given.get("target"))
    if event.loss is None or scores is None or target is None or scores.ndim < 2:
        return
    columns, description = scores.shape[get_class_axis(scores)], None
    if event.loss in OF_CLASSES:
        description = _describe_rows(event.loss, scores, target)
    elif event.loss in WITH_ROWS and columns > 1 and tuple(target.shape) == (scores.shape[0],):
        values = summarize_values(target)
        if values is not None and values.integral and values.within(0, columns - 1):
            description = (
                "one class index per row; the loss wants a value for each of the "
                f"{columns} columns",
                f"F.cross_entropy(scores, target), or F.one_hot(target, {columns}).float()",
            )
    if description is not None:
        shapes = f"scores {tuple(scores.shape)}, target {tuple(target.shape)}"
        yield Diagnostic(
            place=event.place,
            message=f"{shapes} of {format_dtype(target)}: {description[0]}",
            fix=description[1],
        )


def _describe_rows(loss: str, scores: "Tensor", target: "Tensor") -> tuple[str, str] | None:
    """Describe the kind of target that stands where PyTorch wants indices, and the fix."""
    axis = get_class_axis(scores)
    if target.shape == scores.shape and (loss == "nll" or is_integer(target)):
        rows = target.detach().sum(axis)
        if bool(((target == 0) | (target == 1)).all()) and bool((rows == 1).all()):
            return f"one-hot rows where {loss} wants class indices", "target.argmax(1)"
        return f"rows of values where {loss} wants class indices", MULTI_HOT
    if has_one_index_each(scores, target) and target.is_floating_point():
        return f"floating point where {loss} wants class indices", "target.long()"
    column = target.ndim == scores.ndim and target.shape[axis] == 1
    if column and has_one_index_each(scores, target.squeeze(axis)):
        cast = "" if is_integer(target) else ".long()"
        return f"a column where {loss} wants one index each", f"target.squeeze(1){cast}"
    return None


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Look for rows that name several classes, and for indices against probabilities."""
    scores, target = call.prediction, call.target
    if target is None or scores.ndim < 2 or not target.numel() or not call.due:
        return
    if call.name in WITH_ROWS and tuple(target.shape) == (scores.shape[0], 1):
        yield from _compare_index_with_probabilities(call, target, state)
    if call.name == "cross_entropy":
        # A square matrix may be of similarities, its target a mask of the pairs that belong.
        square = scores.ndim == 2 and scores.shape[0] == scores.shape[1]
        hot = target.shape == scores.shape and not is_integer(target) and not square
    else:
        # With two columns, (0, 1) is a list of both classes as well as a row of 0 and 1.
        hot = call.name == "multilabel_margin" and scores.shape[1] > 2
    record = memory.track(call.place, ZeroOneRows(call.name)) if hot else None
    if record is None:
        return
    rows = sample_rows(target, get_class_axis(target))
    if not bool(((rows == 0) | (rows == 1)).all()):
        memory.rule_out(call.place)
    record.loss = call.name
    record.rows += len(rows)
    record.several += int((rows.sum(-1) > 1).sum())
    record.calls += 1


def _compare_index_with_probabilities(
    call: LossCall, target: "Tensor", state: WatchState
) -> Iterator[Diagnostic]:
    origin = state.find_origin(call.prediction, "softmax")
    columns = call.prediction.shape[-1]
    if origin is None or origin.axis != -1 or call.prediction.ndim != 2 or columns < 3:
        return
    values = summarize_values(target)
    if values is not None and values.integral and 1 < values.highest <= columns - 1:
        yield Diagnostic(
            place=call.place,
            message=f"probabilities {tuple(call.prediction.shape)} against a column of numbers up "
            f"to {values.highest:g}: every class is compared with the number of the right one",
            fix=f"F.one_hot(target.squeeze(1).long(), {columns}).float(), or F.cross_entropy",
        )


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where every target was of 0 and 1, and rows named several classes."""
    for place, record in memory.items():
        if record.rows < LEAST_ROWS:
            continue
        if record.loss == "multilabel_margin":
            yield Diagnostic(
                place=place,
                message=f"all {record.rows} rows of the target looked at hold only 0 and 1; "
                "multilabel_margin wants the numbers of the classes, filled up with -1",
                fix="F.multilabel_soft_margin_loss(scores, target.float())",
                count=record.calls,
            )
        elif record.several:
            yield Diagnostic(
                place=place,
                message=f"{record.several} of {record.rows} rows of the target hold several ones, "
                "and nothing but 0 and 1: labels that do not exclude each other",
                fix=MULTI_HOT,
                severity="warning",
                count=record.calls,
            )


RULE = Rule(
    code="LL104",
    name="one-hot-for-index",
    severity="error",
    page=__doc__,
    handlers={LossCall: on_loss, Failed: on_failed},
    memory=Memory,
    finish=finish,
)
