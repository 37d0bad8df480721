"""The loops that Python calls: training steps, scores and predictions.

Models are trained one after the other, so that each has the cache to itself. The loops call one of
two functions for the losses of a batch: ``scalar_loss_gradients`` for networks of one output,
whose rows the compiler vectorizes, and ``row_loss_gradients`` for all others.
"""

from typing import Any

import numpy as np

from losslab.training.engines.compiled import intrinsics
from losslab.training.engines.compiled.elementary import exp, log, rowmath
from losslab.training.engines.compiled.intrinsics import (
    allocate_scalar,
    view_data,
    view_matrix,
    view_model,
    view_vector,
    view_workspace,
)
from losslab.training.engines.compiled.jit import njit_internal
from losslab.training.engines.compiled.layers import (
    backward,
    forward,
    gather_rows,
    partition_rows,
    transpose_weights,
)
from losslab.training.engines.compiled.state import (
    BOTH_PHASES,
    ROW_PHASE,
    WEIGHT_PHASE,
    Array,
    Batch,
    Data,
    DropoutMasks,
    Epoch,
    KernelPointers,
    Models,
    WorkShare,
    Workspace,
)
from losslab.training.run import SMALLEST_PROBABILITY

# What ``score`` sums besides the loss.
SELECT_LOSS, SELECT_LOG_LOSS, SELECT_RMSE = range(3)
# How an objective's ``link`` maps predictions to values or probabilities.
NONE, EXP, SIGMOID, SOFTMAX = range(4)
LINKS = {"none": NONE, "exp": EXP, "sigmoid": SIGMOID, "softmax": SOFTMAX}
ROWS_PER_SCORE = 128


def scalar_loss_gradients(
    z: Array, targets: Array, params: Array, gradients: Array, losses: Array
) -> None:
    """Fill ``losses`` and ``gradients`` of rows of one output and one target each."""
    output, target = allocate_scalar(), allocate_scalar()
    gradient, prediction = allocate_scalar(), allocate_scalar()
    for r in range(len(losses)):
        output[0], target[0] = z[r, 0], targets[r, 0]
        head_forward(output, prediction)
        losses[r] = loss(prediction, target, gradient, params)
        head_backward(output, prediction, gradient)
        gradients[r, 0] = gradient[0]


def row_loss_gradients(
    z: Array, targets: Array, params: Array, gradients: Array, losses: Array
) -> None:
    """Fill ``losses`` and ``gradients`` of rows of any length."""
    outputs, width = z.shape[1], targets.shape[1]
    prediction = np.empty(outputs)
    for r in range(len(losses)):
        output = view_vector(z, r * outputs, outputs)
        gradient = view_vector(gradients, r * outputs, outputs)
        head_forward(output, prediction)
        losses[r] = loss(prediction, view_vector(targets, r * width, width), gradient, params)
        head_backward(output, prediction, gradient)


def head_forward(z: Array, prediction: Array) -> None:
    """Placeholder for a head's row function, which is bound when compiled."""
    raise NotImplementedError


def head_backward(z: Array, prediction: Array, gradient: Array) -> None:
    """Placeholder for a head's chain rule."""
    raise NotImplementedError


def loss(prediction: Array, target: Array, gradient: Array, params: Array) -> float:
    """Placeholder for a loss's row kernel."""
    raise NotImplementedError


def train(
    models: Models,
    data: Data,
    epoch: Epoch,
    sizes: Array,
    pointers: KernelPointers,
    params: Array,
    workspace: Workspace,
    share: WorkShare,
    losses: Array,
    finite: Array,
) -> None:
    """Execute steps of an epoch with every model, or a part of them.

    A step has two phases. In the first each row of the batch goes forward and back through the
    network, independently of the others; in the second each weight's gradient is summed over all
    rows and the weight is updated. Cores that share a step therefore synchronize twice, and share
    no sum.

    Shape:
        sizes (layers,), params ``(Q,)`` -> losses ``(M,)``, to which each row's loss times its
        weight is added; finite ``(M,)``: whether all weights are, filled when both phases are
        executed.
    """
    rows, steps = epoch.order.shape[1], epoch.learning_rates.shape[1]
    table, scratch = view_data(data), view_workspace(workspace, share.part, share.parts)
    for m in range(len(models.weights)):
        model, seed, steps_before = view_model(models, m), models.seeds[m], models.steps_done[m]
        order = view_vector(epoch.order, m * rows, rows)
        learning_rates = view_vector(epoch.learning_rates, m * steps, steps)
        if share.phase == BOTH_PHASES:
            transpose_weights(model.weights, sizes, scratch.transposed_weights)
        for step in range(share.first, share.last):
            start = step * epoch.batch_size
            size = min(epoch.batch_size, rows - start)
            batch_rows = view_vector(order, start, size)
            first, last = partition_rows(size, share.part, share.parts)
            steps_done = steps_before + step
            batch = Batch(size, first, last, learning_rates[step], steps_done + 1)
            masks = DropoutMasks(seed, steps_done, epoch.threshold, epoch.scale)
            if share.phase != WEIGHT_PHASE:
                _compute_row_losses(
                    model.weights, table, batch_rows, sizes, pointers, params, scratch, batch, masks
                )
            backward(model, sizes, pointers, scratch, batch, masks, share)
            if share.phase != ROW_PHASE and share.part == 0:
                total = 0.0
                for r in range(size):
                    total += scratch.losses[r]
                losses[m] += total
        if share.phase == BOTH_PHASES:
            finite[m] = _are_finite(model.weights)


@njit_internal
def _compute_row_losses(
    weights: Array,
    data: Data,
    batch_rows: Array,
    sizes: Array,
    pointers: KernelPointers,
    params: Array,
    workspace: Workspace,
    batch: Batch,
    masks: DropoutMasks,
) -> None:
    """Compute the losses of some rows of a batch, and the gradient of the batch's mean in ``z``."""
    inputs, outputs = sizes[0], sizes[-1]
    count, first = batch.last - batch.first, batch.first
    rows = view_vector(batch_rows, first, count)
    x = view_matrix(workspace.activations, first * inputs, count, inputs)
    gather_rows(data.features, rows, x)
    for r in range(count):
        if data.weight[rows[r]] == 0.0:
            x[r, :] = 0.0  # an overflow on the way must not spoil the sums of other rows
    bounds = (batch.size, batch.first, batch.last)
    offset = forward(weights, sizes, pointers.activate, workspace, bounds, masks)
    z = view_matrix(workspace.preactivations, offset + first * outputs, count, outputs)
    total = 0.0
    for row in batch_rows:
        total += data.weight[row]
    losses = view_vector(workspace.losses, batch.first, count)
    _compute_batch_loss(z, data, rows, pointers.loss_gradient, params, losses, total)


@njit_internal
def _compute_batch_loss(
    z: Array,
    data: Data,
    rows: Array,
    loss_gradient: int,
    params: Array,
    losses: Array,
    total: float,
) -> None:
    """Fill ``losses`` with every row's loss, and ``z`` with the gradient of the batch's mean.

    A row is computed in float64, whatever the network's dtype is; a row of weight zero is absent,
    even where its loss is infinite or NaN.
    """
    count, outputs = z.shape
    wide, gradients = np.empty((count, outputs)), np.empty((count, outputs))
    targets = np.empty((count, data.targets.shape[1]))
    for r in range(count):
        for k in range(outputs):
            wide[r, k] = z[r, k]
    gather_rows(data.targets, rows, targets)
    intrinsics.loss_gradient(loss_gradient, wide, targets, params, gradients, losses)
    for r in range(count):
        weight = data.weight[rows[r]]
        share = weight / total
        losses[r] = weight * losses[r] if weight else 0.0
        for k in range(outputs):
            z[r, k] = gradients[r, k] * share if weight else 0.0


@njit_internal
def _are_finite(numbers: Array) -> bool:
    """Whether no number is infinite or NaN."""
    # Counted, since the order of an integer sum is free.
    nonfinite, infinite = 0, numbers.dtype.type(np.inf)
    for i in range(len(numbers)):
        nonfinite += not abs(numbers[i]) < infinite
    return nonfinite == 0


def score(
    weights: Array,
    data: Data,
    labels: Array,
    rows: Array,
    sizes: Array,
    pointers: KernelPointers,
    predict: int,
    params: Array,
    selection: int,
    link: int,
    workspace: Workspace,
    outputs: Array,
    sums: Array,
) -> None:
    """Compute ``z`` of some rows, and sum their losses and selection scores.

    Shape:
        weights ``(M, P)``, labels ``(N,)``, rows ``(R,)`` -> outputs ``(M, R, K)``, sums ``(M, 2)``
    """
    width = sizes[-1]
    prediction, gradients = np.empty(width), np.empty((ROWS_PER_SCORE, width))
    target_memory = np.empty((ROWS_PER_SCORE, data.targets.shape[1]))
    no_dropout = DropoutMasks(0, 0, 0, 1.0)
    for m in range(len(weights)):
        transpose_weights(weights[m], sizes, workspace.transposed_weights)
        for start in range(0, len(rows), ROWS_PER_SCORE):
            block = rows[start : start + ROWS_PER_SCORE]
            size = len(block)
            x = view_matrix(workspace.activations, 0, size, sizes[0])
            gather_rows(data.features, block, x)
            offset = forward(
                weights[m], sizes, pointers.activate, workspace, (size, 0, size), no_dropout
            )
            z_native = view_matrix(workspace.preactivations, offset, size, width)
            z = view_matrix(outputs, (m * len(rows) + start) * width, size, width)
            for r in range(size):
                for k in range(width):
                    z[r, k] = z_native[r, k]
            targets = view_matrix(target_memory, 0, size, target_memory.shape[1])
            gather_rows(data.targets, block, targets)
            losses = view_vector(workspace.losses, 0, size)
            intrinsics.loss_gradient(pointers.loss_gradient, z, targets, params, gradients, losses)
            for r in range(size):
                weight, label = data.weight[block[r]], labels[block[r]]
                if weight == 0.0:
                    continue
                value = losses[r]
                sums[m, 0] += weight * value
                if selection != SELECT_LOSS:
                    output = view_vector(z, r * width, width)
                    intrinsics.predict(predict, output, prediction)
                    value = _compute_selection(selection, link, prediction, label, targets[r])
                sums[m, 1] += weight * value


@njit_internal
def _compute_selection(
    selection: int, link: int, prediction: Array, label: int, target: Array
) -> Any:
    """Compute the squared error of a value, or the log loss of the class ``label``."""
    if selection == SELECT_RMSE:
        value = exp(prediction[0]) if link == EXP else prediction[0]
        return (value - target[0]) ** 2
    return -log(min(max(_compute_probability(link, prediction, label), SMALLEST_PROBABILITY), 1.0))


@njit_internal
def _compute_probability(link: int, prediction: Array, label: int) -> Any:
    """Compute the probability of the class ``label``, as ``Objective.predict_proba`` does."""
    if link == SOFTMAX:
        largest, total = prediction.max(), 0.0
        for k in range(len(prediction)):
            total += exp(prediction[k] - largest)
        return exp(prediction[label] - largest) / total
    single = len(prediction) == 1  # the second class's; the first one has the rest
    value = prediction[0] if single else prediction[label]
    if link == EXP:
        value = exp(value)
    if link == SIGMOID:
        value = rowmath.sigmoid(value)
    return 1.0 - value if single and label != 1 else value


def predict_rows(z: Array, predict: int, link: int, predictions: Array, linked: Array) -> None:
    """Fill ``predictions`` with the head's output of rows, and ``linked`` with their meaning.

    Shape:
        z ``(R, K)`` -> predictions ``(R, K)``, linked ``(R, K)``: probabilities or values
    """
    rows, outputs = z.shape
    for r in range(rows):
        prediction = view_vector(predictions, r * outputs, outputs)
        intrinsics.predict(predict, view_vector(z, r * outputs, outputs), prediction)
        _apply_link(link, prediction, view_vector(linked, r * outputs, outputs))


@njit_internal
def _apply_link(link: int, prediction: Array, linked: Array) -> None:
    largest, total = prediction[0], 0.0
    for k in range(len(prediction)):
        largest = max(largest, prediction[k])
    for k in range(len(prediction)):
        if link == SOFTMAX:
            linked[k] = exp(prediction[k] - largest)
        elif link == EXP:
            linked[k] = exp(prediction[k])
        elif link == SIGMOID:
            linked[k] = rowmath.sigmoid(prediction[k])
        else:
            linked[k] = prediction[k]
        total += linked[k]
    if link == SOFTMAX:
        for k in range(len(prediction)):
            linked[k] /= total
