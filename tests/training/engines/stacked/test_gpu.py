"""The stacked engine on a GPU gives what it gives on a CPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine_samples import CLASSES, assert_equal_results, bits, tables
from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS
from losslab.training.engines.stacked import train_stacked
from losslab.training.engines.stacked.engine import _StackedFleet
from losslab.training.run import Run

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU: torch.cuda.is_available() is False"
)


def make_run(**settings):
    usual = {"loss": "mse", "task": "binary", "hidden": (9, 5), "activation": "tanh"}
    return Run(**{**usual, "batch_size": 13, "epochs": 5, "dtype": "float64", **settings})


def train_on_both(runs, splits):
    found = train_stacked(runs, splits, device="cuda"), train_stacked(runs, splits)
    return zip(*found, strict=True)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: f"{p.task}-{p.loss}-{p.head}")
def test_training_on_a_gpu_equals_training_on_a_cpu_in_float64(pair, optimizer):
    run = make_run(
        loss=pair.loss,
        head=pair.head,
        task=pair.task,
        n_classes=CLASSES.get(pair.task),
        optimizer=optimizer,
        lr=0.01,
    )
    for ours, oracle in train_on_both([run, replace(run, seed=1, split=1)], tables(pair.task)):
        assert_equal_results(ours, oracle, tolerance=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_schedules_dropout_and_weights_are_the_same_on_a_gpu(activation):
    weight = np.random.default_rng(0).integers(0, 3, size=203).astype(float)
    splits = [replace(table, weight=weight) for table in tables("binary")]
    runs = [
        make_run(activation=activation, dropout=0.3, schedule=schedule, seed=seed, split=seed)
        for schedule in ("constant", "warmup_cosine")
        for seed in range(3)
    ]
    for ours, oracle in train_on_both(runs, splits):
        assert_equal_results(ours, oracle, tolerance=1e-8)


def test_a_run_has_the_same_numbers_on_a_gpu_alone_and_in_a_fleet():
    splits = tables("binary")
    runs = [
        make_run(loss=loss, seed=seed, split=seed)
        for loss in ("mse", "bce_with_logits", "hinge")
        for seed in range(3)
    ]
    for together, run in zip(train_stacked(runs, splits, device="cuda"), runs, strict=True):
        (alone,) = train_stacked([run], splits, device="cuda")
        assert_equal_results(together, alone, tolerance=1e-10)
        assert bits(alone) == bits(train_stacked([run], splits, device="cuda")[0])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_never_waits_for_the_gpu(optimizer, monkeypatch):
    step = _StackedFleet.train_step

    def watched(self, *given):
        torch.cuda.set_sync_debug_mode("error")
        try:
            step(self, *given)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(_StackedFleet, "train_step", watched)
    runs = [make_run(optimizer=optimizer, dropout=0.2, seed=seed, split=seed) for seed in range(3)]
    train_stacked(runs, tables("binary"), device="cuda")
