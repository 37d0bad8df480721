"""Cores that share the steps of one model change no bit of it."""

import threading

import numpy as np
import pytest

from engine_samples import bits, tables
from losslab.training.engines.compiled import engine, train_compiled
from losslab.training.result import Hooks, TrainingStopped
from losslab.training.run import Run

SHAPES = [
    (30, (64, 64, 64), 33),
    (4, (20,), 13),
    (61, (128, 33), 100),
    (7, (5, 40), 7),
    (3, (), 50),
    (520, (510, 20), 130),  # large enough to be packed in blocks
]


@pytest.fixture
def any_step_is_shared(monkeypatch):
    """Let cores share any step, however small."""
    monkeypatch.setattr(engine, "_MIN_OPERATIONS_PER_CORE", 1)


@pytest.mark.parametrize(("n_features", "hidden", "batch_size"), SHAPES, ids=str)
@pytest.mark.parametrize("cores", [2, 3, 7])
@pytest.mark.parametrize("settings", [{}, {"dropout": 0.4, "schedule": "cosine"}], ids=str)
def test_a_model_has_the_same_bits_on_any_number_of_cores(
    n_features, hidden, batch_size, cores, settings, any_step_is_shared
):
    run = Run(
        loss="cross_entropy",
        task="multiclass",
        n_classes=3,
        hidden=hidden,
        batch_size=batch_size,
        epochs=3,
        activation="tanh",
        optimizer="adamw",
        **settings,
    )
    splits = tables("multiclass", n_features)
    (alone,) = train_compiled([run], splits)
    (shared,) = train_compiled([run], splits, Hooks(cores=cores))
    assert bits(shared) == bits(alone)
    assert len(set(alone.train_loss)) == 3, "training must have moved the weights"


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize(("n_features", "hidden", "batch_size"), SHAPES, ids=str)
def test_cores_never_write_to_the_same_place(
    n_features, hidden, batch_size, dropout, any_step_is_shared, monkeypatch
):
    touched_twice = 0

    def run_one_by_one(self, tasks):
        nonlocal touched_twice
        models, *_, workspace, _, losses, finite = tasks[0].args
        shared = [models.weights, models.state, *workspace, losses, finite]
        touched = [np.zeros(array.shape, dtype=int) for array in shared]
        for task in tasks:
            before = [array.copy() for array in shared]
            task()
            for count, old, new in zip(touched, before, shared, strict=True):
                count += old != new
        touched_twice += sum((count > 1).sum() for count in touched)

    monkeypatch.setattr(engine.CorePool, "run", run_one_by_one)
    run = Run(
        loss="mse",
        task="regression",
        hidden=hidden,
        batch_size=batch_size,
        dropout=dropout,
        epochs=2,
        activation="tanh",
    )
    train_compiled([run], tables("regression", n_features), Hooks(cores=3))
    assert touched_twice == 0


def test_several_models_of_a_group_are_shared_one_after_the_other(any_step_is_shared):
    runs = [
        Run(loss="mse", task="regression", hidden=(24,), seed=seed, lr=lr, epochs=2)
        for seed, lr in [(0, 0.01), (1, 0.01), (1, 1e30)]
    ]
    splits = tables("regression")
    alone, shared = train_compiled(runs, splits), train_compiled(runs, splits, Hooks(cores=2))
    assert [bits(result) for result in shared] == [bits(result) for result in alone]
    assert shared[2].diverged_at == 1


def test_small_steps_are_not_shared():
    with engine.CorePool(cores=8, operations=6 * 32 * 12_800) as small:
        assert small.size == 1
    with engine.CorePool(cores=8, operations=6 * 256 * 560_000) as large:
        assert large.size == 8
    with engine.CorePool(cores=1, operations=10**12) as alone:
        assert alone.size == 1


def test_stopping_ends_all_threads(any_step_is_shared):
    run = Run(loss="mse", task="regression", hidden=(24,), epochs=10_000)
    asked = iter([False] * 20)
    before = threading.active_count()
    with pytest.raises(TrainingStopped):
        train_compiled([run], tables("regression"), Hooks(cores=3, stop=lambda: next(asked, True)))
    assert threading.active_count() == before


def test_an_error_in_one_task_reaches_the_caller():
    def fail():
        raise ZeroDivisionError

    done = []
    with engine.CorePool(cores=2, operations=10**12) as two, pytest.raises(ZeroDivisionError):
        two.run([lambda: done.append(np.pi), fail])
    assert done == [np.pi]
