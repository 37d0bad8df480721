"""The columns of a model's input have very different scales.

What it finds:
    A table that is trained on and whose widest column spans over 100 times as much as the
    narrowest, given to a model in which a linear layer takes it as it is, and no normalization.

Why it hurts:
    A large column outweighs the others in every first-layer sum, and no learning rate fits all
    columns: training is slow, or ends at a constant prediction.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    table = x * torch.tensor([1.0, 1.0, 40.0, 1000.0])
    F.mse_loss(net(table).squeeze(1), values).backward()
    optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(net.parameters())
    table = x * torch.tensor([1.0, 1.0, 40.0, 1000.0])
    table = (table - table.mean(0)) / table.std(0)
    F.mse_loss(net(table).squeeze(1), values).backward()
    optimizer.step()

Blind spots:
    Models that change their input before a linear layer takes it, if only by a view, or whose
    layers are matrix products written by hand.
"""

import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from losslab.doctor.events import Forward
from losslab.doctor.evidence.passes import find_tensor
from losslab.doctor.evidence.values import as_readable, as_tensor, sample_rows
from losslab.doctor.fixes.call_fix import Call, CallFix, Change
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

MOST_COLUMNS = 1000
LEAST_ROWS = 16
TIMES = 100.0


@dataclass
class Columns:
    """The bounds of each column, over the calls looked at."""

    lowest: list[float]
    highest: list[float]
    rows: int = 0


@dataclass
class Memory:
    """Columns by place and the model's id; places without a table, or whose model scales it."""

    columns: dict[tuple[Place, int], Columns] = field(default_factory=dict)
    ruled_out: set[Place] = field(default_factory=set)


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Take the bounds of the columns of a table that may be trained on."""
    if not event.due or not event.module.training or event.place in memory.ruled_out:
        return
    output = find_tensor(event.output)
    table = as_readable(event.inputs[0]) if event.inputs else None
    if output is None or not output.requires_grad or table is None:
        return
    if next(event.module.parameters(), None) is None:
        return  # a criterion, often called in the same line as the model
    fits = table.ndim == 2 and 1 < table.shape[1] <= MOST_COLUMNS and table.is_floating_point()
    # A layer takes the input as it is, and no normalization does.
    unscaled = "linear" in event.takers and not any("Norm" in taker for taker in event.takers)
    if not fits or not unscaled:
        memory.ruled_out.add(event.place)
        return
    if table.requires_grad or not len(table):
        return
    key = event.place, id(event.module)
    known = memory.columns.get(key, Columns([], []))
    rows = sample_rows(table).float()
    low, high = rows.amin(0).tolist(), rows.amax(0).tolist()
    if known.rows and len(low) == len(known.lowest):
        low = [min(pair) for pair in zip(low, known.lowest, strict=True)]
        high = [max(pair) for pair in zip(high, known.highest, strict=True)]
    memory.columns[key] = Columns(low, high, known.rows + len(rows))


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Compare the spans of the columns."""
    for (place, _), columns in memory.columns.items():
        if place in memory.ruled_out or columns.rows < LEAST_ROWS or not state.steps:
            continue
        spans = [high - low for low, high in zip(columns.lowest, columns.highest, strict=True)]
        some = [span for span in spans if 0 < span < float("inf")]
        if some and max(some) > TIMES * min(some):
            narrow, wide = spans.index(min(some)), spans.index(max(some))
            yield Diagnostic(
                place=place,
                message=f"column {wide} of the input spans {spans[wide]:.3g}, column {narrow} "
                f"{spans[narrow]:.3g}",
                fix="x = (x - x.mean(0)) / x.std(0), with the figures of the training data",
            )


@dataclass
class ColumnSums:
    """Sums over the rows that one layer was trained on so far, so that memory stays flat."""

    rows: int = 0
    total: "Tensor | float" = 0.0
    squares: "Tensor | float" = 0.0

    def add(self, table: "Tensor") -> None:
        """Count more rows."""
        exact = table.detach().double()
        self.rows += len(table)
        self.total = self.total + exact.sum(0)
        self.squares = self.squares + exact.square().sum(0)

    def standardize(self, table: "Tensor") -> "Tensor":
        """Subtract the mean and divide by the standard deviation, unless that is zero."""
        import torch

        mean = torch.as_tensor(self.total / self.rows)
        spread = torch.as_tensor(self.squares / self.rows - mean.square()).clamp_min(0).sqrt()
        spread[spread == 0] = 1.0
        return ((table.double() - mean) / spread).to(table.dtype)


# By id, as tensors compare themselves elementwise; an entry goes with its weight.
_SUMS: dict[int, ColumnSums] = {}


def standardize_input(call: Call) -> Change | None:
    """Standardize the input of a first layer that was reached from a finding's line."""
    import torch

    table, weight = as_tensor(call.get(0, "input")), as_tensor(call.get(1, "weight"))
    if table is None or table.ndim != 2 or table.requires_grad or weight is None:
        return None
    if call.state.find_origin(table) is not None:
        return None
    if id(weight) not in _SUMS:
        if call.lines.isdisjoint(_list_callers()):
            return None
        _SUMS[id(weight)] = ColumnSums()
        weakref.finalize(weight, _SUMS.pop, id(weight), None)
    sums = _SUMS[id(weight)]
    if torch.is_grad_enabled():
        sums.add(table)
    return call.replace(0, "input", sums.standardize(table))


def _list_callers() -> Iterator[tuple[str, int]]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


RULE = Rule(
    code="LL504",
    name="unscaled-inputs",
    severity="advice",
    page=__doc__,
    handlers={Forward: on_forward},
    memory=Memory,
    finish=finish,
    call_fix=CallFix(
        title="inputs scaled", apply=standardize_input, functions=("linear",), anywhere=True
    ),
)
