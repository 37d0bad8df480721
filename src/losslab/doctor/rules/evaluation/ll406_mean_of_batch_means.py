"""The means of batches of unequal size are averaged with equal weights.

What it finds:
    Losses with reduction "mean" over batches of unequal size, taken out with ``item()`` into a
    list or a sum that the same file divides by the number of batches, if that changes the mean.

Why it hurts:
    The rows of a short last batch count more than the others, so the mean depends on the batch size
    and is not comparable with that of another run.

Bad:
    losses = []
    for start in range(0, 32, 20):
        loss = F.mse_loss(x[start:start + 20, 0], values[start:start + 20])
        losses.append(loss.item())
    mean = sum(losses) / len(losses)

Good:
    total = 0.0
    for start in range(0, 32, 20):
        loss = F.mse_loss(x[start:start + 20, 0], values[start:start + 20])
        total += loss.item() * len(x[start:start + 20])
    mean = total / 32

Blind spots:
    Means kept as tensors, and accuracies. Lists that another file averages.
"""

import ast
import re
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Cut, LossCall
from losslab.doctor.evidence.source import parse_line, read_source
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

CUTS = ("item", "float")
LEAST_DIFFERENCE = 1e-5  # of the mean: beyond what float32 rounds


@dataclass
class Batches:
    """The means taken at one place, and how many rows they were over."""

    sizes: set[int] = field(default_factory=set)
    count: int = 0
    rows: int = 0
    means: float = 0.0
    sums: float = 0.0


@dataclass
class Memory:
    """The loss computed last, with its rows, and the means taken at each place."""

    loss: "weakref.ref[Tensor] | None" = None
    rows: int = 0
    places: dict[Place, Batches] = field(default_factory=dict)


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Remember over how many rows the last mean was taken."""
    if call.reduction == "mean" and call.prediction.ndim:
        memory.loss, memory.rows = weakref.ref(call.output), len(call.prediction)


def on_cut(event: Cut, state: WatchState, memory: Memory) -> None:
    """Add a mean that is taken out as a number."""
    if event.name in CUTS and memory.loss is not None and memory.loss() is event.input:
        batches = memory.places.setdefault(event.place, Batches())
        batches.sizes.add(memory.rows)
        batches.count += 1
        batches.rows += memory.rows
        batches.means += event.output
        batches.sums += event.output * memory.rows


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the mean of means with the mean over all rows."""
    for place, batches in memory.places.items():
        if len(batches.sizes) < 2 or not _averages_means(place):
            continue
        of_means, of_rows = batches.means / batches.count, batches.sums / batches.rows
        if abs(of_means - of_rows) > LEAST_DIFFERENCE * abs(of_rows):
            yield Diagnostic(
                place=place,
                message=f"batches of {min(batches.sizes)} to {max(batches.sizes)} rows count "
                f"alike: their mean is {of_means:.5g}, the mean over all rows {of_rows:.5g}",
                fix="total += loss.item() * len(y), divided by the number of rows",
                count=batches.count,
            )


def _averages_means(place: Place) -> bool:
    """Tell whether the line collects means and the file divides them by their number.

    What becomes of a Python number is not seen at run time, so this is read from the source.
    """
    match parse_line(place):
        case ast.Expr(ast.Call(ast.Attribute(collected, "append"), [ast.Call()])):
            name = re.escape(ast.unparse(collected))
            division = rf"sum\({name}\)\s*/\s*len\({name}\)|mean\({name}\)"
        case ast.AugAssign(collected, ast.Add(), ast.Call()):
            name = re.escape(ast.unparse(collected))
            division = rf"(?<![\w.]){name}\s*/=?\s*len\((\w+\.)?\w*(loader|batches|dl)\)"
        case _:
            return False
    return re.search(division, read_source(place.file)) is not None


RULE = Rule(
    code="LL406",
    name="mean-of-batch-means",
    severity="advice",
    page=__doc__,
    handlers={LossCall: on_loss, Cut: on_cut},
    memory=Memory,
    finish=finish,
)
