"""Random numbers of a run depend on its seed and on what they are for, and on nothing else."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from losslab.core.hashing import derive_seed
from losslab.training.initialization import draw_batch_order, draw_weights


def fresh(seed, purpose, counter):
    """A generator of its own for a stream."""
    return np.random.Generator(np.random.Philox(key=derive_seed(seed, purpose, counter)))


@pytest.mark.parametrize("seed", [0, 7, 2**70])
def test_orders_are_those_of_a_stream_for_every_seed_and_epoch(seed):
    orders = [draw_batch_order(57, seed, epoch) for epoch in range(3)]
    for epoch, order in enumerate(orders):
        assert (order == fresh(seed, "batches", epoch).permutation(57)).all()
    assert not (orders[0] == orders[1]).all()


def test_weights_are_those_of_a_stream_for_every_layer():
    (first, _), (second, bias) = draw_weights((4, 8, 2), seed=3)
    assert (first == fresh(3, "weights", 0).uniform(-0.5, 0.5, (4, 8))).all()
    stream, bound = fresh(3, "weights", 1), 1 / np.sqrt(8)
    assert (second == stream.uniform(-bound, bound, (8, 2))).all()
    assert (bias == stream.uniform(-bound, bound, 2)).all()


def test_what_was_drawn_before_or_in_another_thread_changes_nothing():
    expected = {
        (seed, epoch): draw_batch_order(100, seed, epoch) for seed in range(9) for epoch in (0, 1)
    }
    with ThreadPoolExecutor(4) as pool:
        asked = list(expected) * 20
        found = pool.map(lambda place: draw_batch_order(100, *place), asked)
        for place, order in zip(asked, found, strict=True):
            assert (order == expected[place]).all()
