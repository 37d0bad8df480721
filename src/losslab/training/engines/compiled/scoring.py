"""Outputs of several models on given rows, their loss, and what the best epoch is chosen by."""

from typing import Any

import numpy as np

from losslab.training.engines.compiled import pointers
from losslab.training.engines.compiled.elementary import exp, log, rowmath
from losslab.training.engines.compiled.jit import Array, inner
from losslab.training.engines.compiled.layers import forward, gather, transpose_weights
from losslab.training.engines.compiled.state import Calls, Data, DropoutMasks, Workspace
from losslab.training.engines.compiled.views import line, matrix
from losslab.training.run import SMALLEST_PROBABILITY

OWN_LOSS, LOG_LOSS, RMSE = range(3)  # what is summed besides the loss
NONE, EXP, SIGMOID, SOFTMAX = range(4)  # what an objective's ``link`` does to a prediction
LINKS = {"none": NONE, "exp": EXP, "sigmoid": SIGMOID, "softmax": SOFTMAX}
BLOCK_OF_ROWS = 128


def score(
    weights: Array,
    data: Data,
    labels: Array,
    rows: Array,
    sizes: Array,
    calls: Calls,
    predict: int,
    params: Array,
    selection: int,
    link: int,
    room: Workspace,
    outputs: Array,
    sums: Array,
) -> None:
    """Compute ``z`` of the given rows, and sum their losses and what the selection goes by.

    Shape
        weights ``(M, P)``, labels ``(N,)``, rows ``(R,)`` -> outputs ``(M, R, K)``, sums ``(M, 2)``
    """
    width = sizes[-1]
    prediction, gradients = np.empty(width), np.empty((BLOCK_OF_ROWS, width))
    own_targets = np.empty((BLOCK_OF_ROWS, data.targets.shape[1]))
    nobody = DropoutMasks(0, 0, 0, 1.0)
    for m in range(len(weights)):
        transpose_weights(weights[m], sizes, room.transposed)
        for start in range(0, len(rows), BLOCK_OF_ROWS):
            chosen = rows[start : start + BLOCK_OF_ROWS]
            size = len(chosen)
            gather(data.features, chosen, matrix(room.after, 0, size, sizes[0]))
            place = forward(weights[m], sizes, calls.activate, room, (size, 0, size), nobody)
            block = matrix(room.before, place, size, width)
            z = matrix(outputs, (m * len(rows) + start) * width, size, width)
            for r in range(size):
                for k in range(width):
                    z[r, k] = block[r, k]
            targets = matrix(own_targets, 0, size, own_targets.shape[1])
            gather(data.targets, chosen, targets)
            values = line(room.values, 0, size)
            pointers.loss_gradient(calls.loss_gradient, z, targets, params, gradients, values)
            for r in range(size):
                weight, label = data.weight[chosen[r]], labels[chosen[r]]
                if weight == 0.0:
                    continue
                value = values[r]
                sums[m, 0] += weight * value
                if selection != OWN_LOSS:
                    pointers.predict(predict, line(z, r * width, width), prediction)
                    value = selection_score(selection, link, prediction, label, targets[r])
                sums[m, 1] += weight * value


@inner
def selection_score(selection: int, link: int, prediction: Array, label: int, target: Array) -> Any:
    """Squared error of a value, or log loss of the class ``label``."""
    if selection == RMSE:
        value = exp(prediction[0]) if link == EXP else prediction[0]
        return (value - target[0]) ** 2
    return -log(min(max(probability(link, prediction, label), SMALLEST_PROBABILITY), 1.0))


@inner
def probability(link: int, prediction: Array, label: int) -> Any:
    """The probability of the class ``label``, as ``Objective.predict_proba`` has it."""
    if link == SOFTMAX:
        largest, total = prediction.max(), 0.0
        for k in range(len(prediction)):
            total += exp(prediction[k] - largest)
        return exp(prediction[label] - largest) / total
    single = len(prediction) == 1  # the second class's, and the first one's is the rest
    own = prediction[0] if single else prediction[label]
    if link == EXP:
        own = exp(own)
    if link == SIGMOID:
        own = rowmath.sigmoid(own)
    return 1.0 - own if single and label != 1 else own


def predict_rows(z: Array, predict: int, link: int, prediction: Array, linked: Array) -> None:
    """Fill ``prediction`` with what the head makes of rows, and ``linked`` with what that means.

    Shape
        z ``(R, K)`` -> prediction ``(R, K)``, linked ``(R, K)``: probabilities or values
    """
    rows, outputs = z.shape
    for r in range(rows):
        row, own = line(prediction, r * outputs, outputs), line(linked, r * outputs, outputs)
        pointers.predict(predict, line(z, r * outputs, outputs), row)
        _follow_link(link, row, own)


@inner
def _follow_link(link: int, prediction: Array, linked: Array) -> None:
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
