"""What a look at a loss surface found, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """One descent, seen on a plane.

    Args:
        label: optimizer and learning rate, as a reader would write them.
        optimizer: with its settings.
        lr: its learning rate.
        steps: after how many steps each point was reached, ``(T,)``, from 0.
        epochs: the same in passes over the rows; of a plain function, steps.
        places: where each point is on the plane, or nearest to it, ``(T, 2)``.
        loss: the true loss at each point, ``(T,)``.
        on_plane: the loss at its place on the plane, ``(T,)``.
        away: how far the point is from the plane, ``(T,)``.
        outcome: arrives, descends, rises, crawls, bounces, stays or diverges.
        description: what happened, in words.
    """

    label: str
    optimizer: str
    lr: float
    steps: NDArray[np.int64]
    epochs: Array
    places: Array
    loss: Array
    on_plane: Array
    away: Array
    outcome: str
    description: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Surface:
    """The loss on a plane, with the paths that were taken.

    Args:
        title: the loss with its head; of a plain function, how large the steps are.
        x, y: the grid's places along each axis, ``(R,)``.
        values: the loss at ``x[i], y[j]`` in ``values[j, i]``, ``(R, R)``; not finite where it
            overflows.
        axes: what the directions are.
        explained: the share of the paths' variance along each direction, or in the plane.
        minima: the lowest points where they are known.
        n_parameters: the weights and biases of a network.
        paths: one for each optimizer and learning rate.
    """

    title: str
    x: Array
    y: Array
    values: Array
    axes: tuple[str, str]
    explained: tuple[float, ...]
    minima: tuple[tuple[float, float], ...]
    n_parameters: int
    paths: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class LandscapeResult:
    """Everything that was found.

    Args:
        name: of the data set, or of the plain function.
        formula: of the plain function, in LaTeX; empty for data.
        n_rows: how many rows the loss is a mean over; 0 for a plain function.
        steps_an_epoch: how many batches make a pass over them; 0 for a plain function.
        quantity: what the surface's height is.
        plane: how the plane was chosen; empty for a plain function.
        surfaces: one for each loss; of a plain function, for each learning rate.
        lowest: the value at the minima where they are known, else NaN.
        settings: what a reader should know of how it was made.
        notes: what a reader should be told.
        seconds: how long it took.
    """

    name: str
    formula: str
    n_rows: int
    steps_an_epoch: int
    quantity: str
    plane: str
    surfaces: tuple[Surface, ...]
    lowest: float
    settings: Mapping[str, str]
    notes: tuple[str, ...]
    seconds: float
