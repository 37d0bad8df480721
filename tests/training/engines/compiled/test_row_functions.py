"""Every row function of the catalogues compiles as it stands, and computes the same bits."""

import numpy as np
import pytest

from compiled_calls import for_python
from losslab import objective
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS, PAIRINGS
from losslab.training.engines.compiled.kernels import _link_loss_gradient, _link_row_function


def rows(width):
    return 3 * np.random.default_rng(width).normal(size=(20, width))


@pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
def test_a_head_compiles_and_gives_the_same(head):
    forward, backward = (
        for_python(_link_row_function(part)) for part in (head.forward, head.backward)
    )
    for width in (head.min_width, 3):
        for z in rows(width):
            expected, found = np.empty(width), np.empty(width)
            head.forward(z, expected)
            forward(z, found)
            np.testing.assert_array_equal(found, expected)
            gradient, theirs = np.linspace(-1, 2, width), np.linspace(-1, 2, width)
            backward(z, found, gradient)
            head.backward(z, expected, theirs)
            np.testing.assert_array_equal(gradient, theirs)


USUAL = {(pair.task, pair.loss): pair for pair in reversed(PAIRINGS)}


@pytest.mark.parametrize("pair", USUAL.values(), ids=[f"{task}-{loss}" for task, loss in USUAL])
def test_a_loss_under_its_usual_head_compiles_and_gives_the_same(pair):
    built = objective(pair.loss, pair.task, pair.head, n_classes=3)
    compiled = for_python(_link_loss_gradient(built))
    z = np.concatenate([rows(built.width), np.full((1, built.width), np.nan)])
    z[:9, 0] = [0.0, -0.0, 1e-300, 40.0, -40.0, 750.0, -750.0, 1e30, -1e30]
    labels = np.arange(len(z)) % 2
    targets = built.codec.encode(labels).double().numpy().reshape(len(z), -1)
    params = np.array(list(built.loss.params.values()))
    gradients, values = np.empty_like(z), np.empty(len(z))
    compiled(z, targets, params, gradients, values)
    for row, target, gradient, value in zip(z, targets, gradients, values, strict=True):
        expected, theirs = np.empty(built.width), np.empty(built.width)
        built.head.forward(row, expected)
        by_python = built.loss.kernel(expected.tolist(), target.tolist(), theirs, params)
        built.head.backward(row, expected, theirs)
        np.testing.assert_array_equal(value, by_python)
        np.testing.assert_array_equal(gradient, theirs)


def test_every_loss_of_the_catalogue_is_compiled_above():
    assert {loss for _, loss in USUAL} == set(LOSSES)
