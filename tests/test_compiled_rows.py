"""Every row function of the catalogues compiles as it stands, and computes the same bits."""

import numpy as np
import pytest

from compiled_calls import for_python
from losslab import objective
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS, PAIRINGS
from losslab.training.compiled.kernels import _slope_function, _with_rowmath


def rows(width):
    return 3 * np.random.default_rng(width).normal(size=(20, width))


@pytest.mark.parametrize("head", HEADS.values(), ids=list(HEADS))
def test_a_head_compiles_and_gives_the_same(head):
    forward, backward = (for_python(_with_rowmath(part)) for part in (head.forward, head.backward))
    for width in (head.min_width, 3):
        for z in rows(width):
            expected, found = np.empty(width), np.empty(width)
            head.forward(z, expected)
            forward(z, found)
            np.testing.assert_array_equal(found, expected)
            slope, theirs = np.linspace(-1, 2, width), np.linspace(-1, 2, width)
            backward(z, found, slope)
            head.backward(z, expected, theirs)
            np.testing.assert_array_equal(slope, theirs)


USUAL = {(pair.task, pair.loss): pair for pair in reversed(PAIRINGS)}


@pytest.mark.parametrize("pair", USUAL.values(), ids=[f"{task}-{loss}" for task, loss in USUAL])
def test_a_loss_under_its_usual_head_compiles_and_gives_the_same(pair):
    built = objective(pair.loss, pair.task, pair.head, n_classes=3)
    compiled = for_python(_slope_function(built))
    labels = np.arange(20) % 2
    targets = built.codec.encode(labels).double().numpy().reshape(20, -1)
    params = np.array(list(built.loss.params.values()))
    for z, target in zip(rows(built.width), targets, strict=True):
        slope, prediction, theirs, expected = (np.empty(built.width) for _ in range(4))
        value = compiled(z, target, slope, params, prediction)
        built.head.forward(z, expected)
        by_python = built.loss.kernel(expected.tolist(), target.tolist(), theirs, params)
        built.head.backward(z, expected, theirs)
        np.testing.assert_array_equal(value, by_python)
        np.testing.assert_array_equal(slope, theirs)


def test_every_loss_of_the_catalogue_is_compiled_above():
    assert {loss for _, loss in USUAL} == set(LOSSES)
