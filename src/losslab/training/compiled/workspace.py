"""Memory for the state of a group and for one batch of one model."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.training.compiled.backward import ROWS_AT_ONCE
from losslab.training.compiled.emitted import VECTOR
from losslab.training.compiled.state import Room
from losslab.training.compiled.tiles import WIDEST
from losslab.training.layout import Layout, padded

# A copy of more rows would stay in no cache; without room for it, nothing is copied.
DEEPEST = 8192


def zeros(dtype: str, *shape: int) -> NDArray[np.floating]:
    """Zeros that begin at a cache line, unlike NumPy's."""
    return torch.zeros(*shape, dtype=getattr(torch, dtype)).numpy()


def make_room(layout: Layout, rows: int, dtype: str, parts: int = 1) -> Room:
    """Room for a batch of up to ``rows`` rows, of which ``parts`` may be worked on at once."""
    layers = _layers(layout.sizes, rows)
    depth = min(max(rows, *layout.sizes), DEEPEST)
    stripe = WIDEST * VECTOR // np.dtype(dtype).itemsize
    return Room(
        before=zeros(dtype, layers),
        after=zeros(dtype, layers),
        slopes=zeros(dtype, rows * max(layout.sizes)),
        plain=zeros(dtype, rows * max(layout.sizes)),
        gradient=zeros(dtype, layout.size),
        turned=zeros(dtype, layout.size),
        panel=zeros(dtype, parts * depth * stripe),
        across=zeros(dtype, parts * ROWS_AT_ONCE * min(rows, DEEPEST)),
        zeros=zeros(dtype, max(layout.sizes)),
        values=zeros("float64", rows),
    )


def _layers(sizes: Sequence[int], rows: int) -> int:
    return sum(padded(rows * size) for size in sizes)
