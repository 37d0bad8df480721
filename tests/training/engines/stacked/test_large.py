"""Large models go one by one in the stacked engine, without a twin."""

from dataclasses import replace

import numpy as np
import pytest

from engine_samples import assert_equal_results, bits, tables, train_both_ways, train_in_order
from losslab.training.engines.stacked import train_stacked
from losslab.training.engines.stacked.engine import _StackedFleet
from losslab.training.run import Run

NETS = [(512, 512), (600, 301), (511, 513, 7)]


def make_run(**settings):
    usual = {"loss": "mse", "task": "binary", "hidden": (512, 512), "batch_size": 200}
    return Run(**{**usual, "epochs": 2, **settings})


@pytest.fixture
def sizes(monkeypatch):
    """How many models each fleet holds."""
    seen = []
    start = _StackedFleet._start_models

    def watched(self):
        seen.append(len(self.runs))
        start(self)

    monkeypatch.setattr(_StackedFleet, "_start_models", watched)
    return seen


def test_only_a_small_lone_model_gets_a_twin(sizes):
    splits = tables("binary")
    train_stacked([make_run(epochs=1)], splits)
    train_stacked([make_run(epochs=1, hidden=(16,))], splits)
    train_stacked([make_run(epochs=1), make_run(epochs=1, seed=1)], splits)
    assert sizes == [1, 2, 2]


@pytest.mark.parametrize("hidden", NETS, ids=str)
@pytest.mark.parametrize("batch_size", [200, 300])
def test_a_large_run_has_the_same_bits_alone_and_in_any_fleet(hidden, batch_size, sizes):
    splits = tables("binary", n_features=9)
    runs = [
        make_run(hidden=hidden, batch_size=batch_size, loss=loss, seed=seed, split=seed)
        for loss in ("mse", "bce_with_logits", "hinge")
        for seed in range(2)
    ]
    alone = {run.key: bits(train_stacked([run], splits)[0]) for run in runs}
    assert set(sizes) == {1}
    for size in (2, 3, 6):
        for result in train_stacked(runs[:size], splits):
            assert bits(result) == alone[result.run.key]


def test_several_outputs_and_weights_and_dropout_have_the_same_bits_too(sizes):
    weight = [0.0, 1.0, 2.5] * 67 + [1.0, 1.0]
    splits = [replace(table, weight=np.array(weight)) for table in tables("multiclass")]
    runs = [
        make_run(task="multiclass", n_classes=3, loss=loss, dropout=0.2, seed=seed, split=seed)
        for loss in ("cross_entropy", "mse")
        for seed in range(2)
    ]
    for run, result in zip(runs, train_stacked(runs, splits), strict=True):
        assert bits(result) == bits(train_stacked([run], splits)[0])
    assert sizes == [4, 1, 1, 1, 1]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_large_run_equals_the_trainer(optimizer):
    run = make_run(optimizer=optimizer, dtype="float64", lr=0.001)
    assert_equal_results(*train_both_ways(run, tables("binary")), tolerance=1e-8)
    (lone,) = train_in_order([run], tables("binary"), "stacked")
    assert_equal_results(lone, *train_in_order([run], tables("binary"), "trainer"), tolerance=1e-8)
