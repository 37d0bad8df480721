"""LL504: the model's first layer gets columns of mean 0 and spread 1.

The figures are those of the rows trained on so far, kept as sums, so that memory stays flat.
"""

import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

import torch
import torch.nn.functional as F
from torch import Tensor

from losslab.doctor.prove.fix import Call, Change, Fix


@dataclass
class Sums:
    """What is known of the rows that one layer was trained on."""

    rows: int = 0
    total: Tensor | float = 0.0
    squares: Tensor | float = 0.0

    def add(self, table: Tensor) -> None:
        """Count more rows."""
        exact = table.detach().double()
        self.rows += len(table)
        self.total = self.total + exact.sum(0)
        self.squares = self.squares + exact.square().sum(0)

    def scaled(self, table: Tensor) -> Tensor:
        """Take the mean off and divide by the spread; a column without any stays."""
        mean = torch.as_tensor(self.total / self.rows)
        spread = torch.as_tensor(self.squares / self.rows - mean.square()).clamp_min(0).sqrt()
        spread[spread == 0] = 1.0
        return ((table.double() - mean) / spread).to(table.dtype)


# By id, as tensors compare themselves elementwise; an entry goes with its weight.
_KNOWN: dict[int, Sums] = {}


def change(call: Call) -> Change | None:
    """Scale the input of a first layer that was reached from a finding's line."""
    table, weight = call.get(0, "input"), call.get(1, "weight")
    if not isinstance(table, Tensor) or table.ndim != 2 or table.requires_grad:
        return None
    if call.state.origin(table) is not None or not isinstance(weight, Tensor):
        return None
    if id(weight) not in _KNOWN:
        if call.lines.isdisjoint(_lines_above()):
            return None
        _KNOWN[id(weight)] = Sums()
        weakref.finalize(weight, _KNOWN.pop, id(weight), None)
    sums = _KNOWN[id(weight)]
    if torch.is_grad_enabled():
        sums.add(table)
    args, kwargs = call.put(0, "input", sums.scaled(table))
    return Change(args=args, kwargs=kwargs)


def _lines_above() -> Iterator[tuple[str, int]]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


MEND = Fix(
    rule="LL504",
    how="inputs scaled",
    functions=lambda: frozenset({F.linear}),
    change=change,
    anywhere=True,
)
