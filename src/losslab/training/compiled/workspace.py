"""Memory for the state of a group and for one batch of one model."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from losslab.training.compiled.state import Room
from losslab.training.layout import Layout, padded


def zeros(dtype: str, *shape: int) -> NDArray[np.floating]:
    """Zeros that begin at a cache line, unlike NumPy's."""
    return torch.zeros(*shape, dtype=getattr(torch, dtype)).numpy()


def make_room(layout: Layout, rows: int, dtype: str) -> Room:
    """Room for a batch of up to ``rows`` rows."""
    layers = _layers(layout.sizes, rows)
    return Room(
        before=zeros(dtype, layers),
        after=zeros(dtype, layers),
        slopes=zeros(dtype, layers),
        plain=zeros(dtype, rows * max(layout.sizes)),
        gradient=zeros(dtype, layout.size),
        turned=zeros(dtype, layout.size),
        zeros=zeros(dtype, max(layout.sizes)),
        values=zeros("float64", rows),
    )


def _layers(sizes: Sequence[int], rows: int) -> int:
    return sum(padded(rows * size) for size in sizes)
