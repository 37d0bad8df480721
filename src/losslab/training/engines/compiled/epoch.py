"""Steps of several models, one model after the other, so that each has the cache to itself.

The loops call one of two functions for the losses of a batch: ``scalar_loss_gradients`` for
networks of one output, whose rows the compiler puts side by side into vectors, and
``row_loss_gradients`` for all others.
"""

import numpy as np

from losslab.training.engines.compiled import pointers
from losslab.training.engines.compiled.jit import Array, inner
from losslab.training.engines.compiled.layers import (
    backward,
    bounds,
    forward,
    gather,
    transpose_weights,
)
from losslab.training.engines.compiled.state import (
    BOTH,
    ROWS,
    WEIGHTS,
    Batch,
    Calls,
    Data,
    DropoutMasks,
    Epoch,
    Models,
    Share,
    Workspace,
)
from losslab.training.engines.compiled.views import (
    line,
    matrix,
    model_of,
    one_number,
    uncounted,
    uncounted_data,
)


def scalar_loss_gradients(
    z: Array, targets: Array, params: Array, gradients: Array, values: Array
) -> None:
    """Fill ``values`` and ``gradients`` of rows of one output and one target each."""
    own, target, gradient, prediction = one_number(), one_number(), one_number(), one_number()
    for r in range(len(values)):
        own[0], target[0] = z[r, 0], targets[r, 0]
        head_forward(own, prediction)
        values[r] = loss(prediction, target, gradient, params)
        head_backward(own, prediction, gradient)
        gradients[r, 0] = gradient[0]


def row_loss_gradients(
    z: Array, targets: Array, params: Array, gradients: Array, values: Array
) -> None:
    """Fill ``values`` and ``gradients`` of rows of any length."""
    outputs, width = z.shape[1], targets.shape[1]
    prediction = np.empty(outputs)
    for r in range(len(values)):
        own, gradient = line(z, r * outputs, outputs), line(gradients, r * outputs, outputs)
        head_forward(own, prediction)
        values[r] = loss(prediction, line(targets, r * width, width), gradient, params)
        head_backward(own, prediction, gradient)


def head_forward(z: Array, prediction: Array) -> None:
    """Stands for a head's row function, which is put in its place when compiled."""
    raise NotImplementedError


def head_backward(z: Array, prediction: Array, gradient: Array) -> None:
    """Stands for a head's chain rule."""
    raise NotImplementedError


def loss(prediction: Array, target: Array, gradient: Array, params: Array) -> float:
    """Stands for a loss's row kernel."""
    raise NotImplementedError


def train(
    models: Models,
    data: Data,
    epoch: Epoch,
    sizes: Array,
    calls: Calls,
    params: Array,
    room: Workspace,
    share: Share,
    losses: Array,
    finite: Array,
) -> None:
    """Make some steps of an epoch with every model, or a part of them.

    A step has two halves. In the first each row of the batch goes forward and back through the
    network, whatever the others do; in the second each weight is summed up over all rows and
    updated. Cores that share a step therefore meet twice, and share no sum.

    Shape
        sizes (layers,), params ``(Q,)`` -> losses ``(M,)``, to which each row's loss times its
        weight is added; finite ``(M,)``: whether all weights are, filled when both halves are
        done.
    """
    rows, steps = epoch.order.shape[1], epoch.rates.shape[1]
    table, own = uncounted_data(data), uncounted(room, share.part, share.parts)
    for m in range(len(models.weights)):
        model, seed, before = model_of(models, m), models.seeds[m], models.counts[m]
        order, rates = line(epoch.order, m * rows, rows), line(epoch.rates, m * steps, steps)
        if share.does == BOTH:
            transpose_weights(model.weights, sizes, own.transposed)
        for step in range(share.first, share.last):
            start = step * epoch.batch_size
            size = min(epoch.batch_size, rows - start)
            chosen = line(order, start, size)
            first, last = bounds(size, share.part, share.parts)
            made = before + step
            batch = Batch(size, first, last, rates[step], made + 1)
            fates = DropoutMasks(seed, made, epoch.threshold, epoch.scale)
            if share.does != WEIGHTS:
                _loss_of_rows(model.weights, table, chosen, sizes, calls, params, own, batch, fates)
            backward(model, sizes, calls, own, batch, fates, share)
            if share.does != ROWS and share.part == 0:
                total = 0.0
                for r in range(size):
                    total += own.values[r]
                losses[m] += total
        if share.does == BOTH:
            finite[m] = all_finite(model.weights)


@inner
def _loss_of_rows(
    weights: Array,
    data: Data,
    chosen: Array,
    sizes: Array,
    calls: Calls,
    params: Array,
    room: Workspace,
    batch: Batch,
    fates: DropoutMasks,
) -> None:
    """Take some rows of a batch to their losses, and to the gradient of their mean in ``z``."""
    inputs, outputs = sizes[0], sizes[-1]
    count, first = batch.last - batch.first, batch.first
    own = line(chosen, first, count)
    x = matrix(room.after, first * inputs, count, inputs)
    gather(data.features, own, x)
    for r in range(count):
        if data.weight[own[r]] == 0.0:
            x[r, :] = 0.0  # what would overflow on the way must not spoil the others' sums
    rows = (batch.size, batch.first, batch.last)
    place = forward(weights, sizes, calls.activate, room, rows, fates)
    z = matrix(room.before, place + first * outputs, count, outputs)
    total = 0.0
    for row in chosen:
        total += data.weight[row]
    values = line(room.values, batch.first, count)
    batch_loss(z, data, own, calls.loss_gradient, params, values, total)


@inner
def batch_loss(
    z: Array,
    data: Data,
    chosen: Array,
    loss_gradient: int,
    params: Array,
    values: Array,
    total: float,
) -> None:
    """Fill ``values`` with the loss of every row, and ``z`` with the gradient of the batch's mean.

    A row is computed in float64, whatever the network's numbers are; a row of weight zero is
    absent, even where its loss is infinite or not a number.
    """
    rows, outputs = z.shape
    wide, gradients = np.empty((rows, outputs)), np.empty((rows, outputs))
    targets = np.empty((rows, data.targets.shape[1]))
    for r in range(rows):
        for k in range(outputs):
            wide[r, k] = z[r, k]
    gather(data.targets, chosen, targets)
    pointers.loss_gradient(loss_gradient, wide, targets, params, gradients, values)
    for r in range(rows):
        weight = data.weight[chosen[r]]
        share = weight / total
        values[r] = weight * values[r] if weight else 0.0
        for k in range(outputs):
            z[r, k] = gradients[r, k] * share if weight else 0.0


@inner
def all_finite(numbers: Array) -> bool:
    """Whether no number is infinite or NaN."""
    # Counted, since whole numbers may be summed in any order.
    lost, infinite = 0, numbers.dtype.type(np.inf)
    for i in range(len(numbers)):
        lost += not abs(numbers[i]) < infinite
    return lost == 0
