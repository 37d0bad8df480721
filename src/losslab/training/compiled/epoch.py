"""An epoch of several models, one after the other, so that each has the cache to itself."""

import math

import numpy as np

from losslab.training.compiled import pointers
from losslab.training.compiled.jit import Array, inner
from losslab.training.compiled.layers import backward, forward
from losslab.training.compiled.memory import (
    gather,
    largest_weight,
    layers_room,
    matrix,
    room,
    widest_layer,
)


def train_epoch(
    weights: Array,
    gradient: Array,
    slots: Array,
    counts: Array,
    features: Array,
    targets: Array,
    order: Array,
    batch_size: int,
    sizes: Array,
    activate: int,
    derive: int,
    update: int,
    settings: Array,
    slope_of: int,
    params: Array,
    losses: Array,
    finite: Array,
) -> None:
    """Train ``M`` models for one epoch.

    Shape
        weights ``(M, P)``, gradient ``(P,)``, slots ``(M, S, P)``, counts ``(M,)``,
        features ``(N, F)``, targets ``(N, T)``, order ``(M, rows)``, settings ``(M, Q)``,
        params ``(Q,)`` -> losses ``(M,)``, finite ``(M,)``
    """
    before = room(layers_room(sizes, batch_size), weights)
    after = room(layers_room(sizes, batch_size), weights)
    slopes = room(2 * widest_layer(sizes, batch_size), weights)
    turned = room(largest_weight(sizes), weights)
    rows = order.shape[1]
    for m in range(len(weights)):
        total = 0.0
        for start in range(0, rows, batch_size):
            chosen = order[m, start : min(start + batch_size, rows)]
            size = len(chosen)
            gather(features, chosen, matrix(after, 0, size, sizes[0]))
            place = forward(weights[m], sizes, activate, before, after, turned, size)
            z = matrix(before, place, size, sizes[-1])
            slope = matrix(slopes, 0, size, sizes[-1])
            total += batch_loss(z, targets, chosen, slope_of, params, slope)
            backward(
                weights[m], gradient, sizes, derive, before, after, slopes, turned, place, size
            )
            counts[m] += 1
            pointers.update(update, weights[m], gradient, slots[m], settings[m], counts[m])
        losses[m] = total / rows
        finite[m] = math.isfinite(total) and all_finite(weights[m])


@inner
def batch_loss(
    z: Array, targets: Array, chosen: Array, slope_of: int, params: Array, slope: Array
) -> float:
    """Sum the loss of a batch's rows, and fill ``slope`` with that of their mean.

    A row is computed in float64, whatever the network's numbers are.
    """
    rows, outputs = z.shape
    z_row, slope_row, prediction = np.empty(outputs), np.empty(outputs), np.empty(outputs)
    total = 0.0
    for r in range(rows):
        for k in range(outputs):
            z_row[k] = z[r, k]
        total += pointers.slope_of(
            slope_of, z_row, targets[chosen[r]], slope_row, params, prediction
        )
        for k in range(outputs):
            slope[r, k] = slope_row[k] / rows
    return total


@inner
def all_finite(numbers: Array) -> bool:
    """Whether no number is infinite or NaN."""
    finite = True
    for number in numbers:
        finite &= math.isfinite(number)
    return finite
