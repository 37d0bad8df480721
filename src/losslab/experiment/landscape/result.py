"""The surfaces of a loss landscape with the paths over them, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """One descent, projected onto a plane.

    Attributes:
        label: optimizer and learning rate.
        optimizer: with its settings.
        lr: its learning rate.
        steps: the number of steps before each point, ``(T,)``, from 0.
        epochs: the same in passes over the rows; steps on a plain function.
        places: the places of the plane nearest to each point, ``(T, 2)``.
        loss: the true loss at each point, ``(T,)``.
        on_plane: the loss at its place on the plane, ``(T,)``.
        away: the distance of each point from the plane, ``(T,)``.
        outcome: arrives, descends, rises, crawls, bounces, stays or diverges.
        description: the outcome in words.
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
    """The loss on a plane, with the paths over it.

    Attributes:
        title: the loss with its head; on a plain function, the size of the steps.
        x, y: the coordinates of the grid along each axis, ``(R,)``.
        values: the loss at ``x[i], y[j]`` in ``values[j, i]``, ``(R, R)``; not finite where it
            overflows.
        axes: the labels of both directions.
        explained: the share of the paths' variance along each direction, or in the plane.
        minima: the global minima if they are known.
        n_parameters: the number of weights and biases of a network.
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
    """Everything that a landscape shows.

    Attributes:
        name: of the data set, or of the plain function.
        formula: of the plain function, in LaTeX; empty for data.
        n_rows: the number of rows the loss is a mean over; 0 for a plain function.
        steps_an_epoch: the number of batches per epoch; 0 for a plain function.
        quantity: what the height of a surface means.
        plane: how the plane was chosen; empty for a plain function.
        surfaces: one for each loss; on a plain function, one for each learning rate.
        lowest: the value at the minima if they are known, else NaN.
        settings: of the training.
        notes: about the table or the function.
        seconds: the duration.
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
