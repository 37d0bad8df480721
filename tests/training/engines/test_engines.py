"""Every engine gives what the plain trainer gives, whatever shares a fleet."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine_samples import (
    BATCH_SIZES,
    CLASSES,
    FLEET_SIZES,
    NETS,
    assert_equal_results,
    bits,
    tables,
    train_both_ways,
    train_in_order,
)
from losslab.core.errors import ContractError, DataError, OptionError, UnknownNameError
from losslab.data.split import SplitPlan, make_splits
from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS
from losslab.training.engines import fleet
from losslab.training.engines.catalog import ENGINES
from losslab.training.engines.fleet import FleetOptions, train, train_chunks
from losslab.training.engines.stacked import train_stacked
from losslab.training.run import Run

FAST = pytest.mark.parametrize("engine", ["stacked", "compiled"])


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@FAST
@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: f"{p.task}-{p.loss}-{p.head}")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_float64_training_equals_the_trainer_after_fifty_steps(pair, optimizer, engine):
    run = Run(
        loss=pair.loss,
        head=pair.head,
        task=pair.task,
        n_classes=CLASSES.get(pair.task),
        hidden=(9, 5),
        activation="tanh",
        optimizer=optimizer,
        lr=0.01,
        batch_size=13,
        epochs=5,
        dtype="float64",
    )
    assert_equal_results(*train_both_ways(run, tables(pair.task), engine), tolerance=1e-8)


@FAST
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("penalty", ["none", "l1"])
def test_large_layers_equal_the_trainer(optimizer, penalty, engine):
    """So large that the compiled engine packs panels, and updates weights in blocks."""
    run = Run(
        loss="mse",
        task="regression",
        hidden=(290, 270, 3),
        activation="tanh",
        optimizer=optimizer,
        penalty=penalty,
        alpha=0.001 if penalty == "l1" else 0.0,
        lr=0.001,
        batch_size=127,
        epochs=4,
        dtype="float64",
    )
    assert_equal_results(*train_both_ways(run, tables("regression", 300), engine), tolerance=1e-8)


@FAST
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_size", [1, 30, 43, 200])
def test_activations_and_ragged_batches_equal_the_trainer(activation, batch_size, engine):
    run = Run(
        loss="bce_with_logits",
        task="binary",
        hidden=(11, 6),
        activation=activation,
        batch_size=batch_size,
        epochs=1 if batch_size == 1 else 4,
        dtype="float64",
        split=2,
    )
    assert_equal_results(*train_both_ways(run, tables("binary"), engine), tolerance=1e-8)


@FAST
@pytest.mark.parametrize(
    "settings",
    [
        ("sgd", {"momentum": 0.9}),
        ("sgd", {"momentum": 0.9, "nesterov": 1.0, "weight_decay": 0.01}),
        ("adam", {"beta1": 0.5, "weight_decay": 0.1}),
        ("rmsprop", {"momentum": 0.5}),
    ],
    ids=str,
)
def test_optimizer_settings_equal_the_trainer(settings, engine):
    optimizer, params = settings
    run = Run(
        loss="mse",
        task="regression",
        hidden=(8,),
        optimizer=optimizer,
        optimizer_params=params,
        lr=0.003,
        batch_size=13,
        epochs=5,
        dtype="float64",
    )
    assert_equal_results(*train_both_ways(run, tables("regression"), engine), tolerance=1e-8)


# Adam divides gradients that cancel by their own rounding error, so that of two ways to sum them
# up neither is the right one; the stacked engine sums as the trainer does.
@pytest.mark.parametrize(
    ("engine", "optimizer"), [("stacked", "adam"), ("stacked", "sgd"), ("compiled", "sgd")]
)
@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: f"{p.task}-{p.loss}-{p.head}")
def test_float32_training_equals_the_trainer_for_three_steps(pair, engine, optimizer):
    run = Run(
        loss=pair.loss,
        head=pair.head,
        task=pair.task,
        n_classes=CLASSES.get(pair.task),
        optimizer=optimizer,
        batch_size=50,
        epochs=1,
    )
    fast, looped = train_both_ways(run, tables(pair.task), engine)
    for ours, theirs in zip(fast.layers, looped.layers, strict=True):
        for array, oracle in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(array, oracle, rtol=1e-5, atol=1e-5)


@FAST
@pytest.mark.parametrize("net", NETS, ids=str)
@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_a_run_has_the_same_bits_alone_and_in_any_fleet_even_beside_diverging_ones(
    net, batch_size, engine
):
    n_features, hidden, activation = net
    splits = tables("binary", n_features)
    template = Run(
        loss="mse",
        task="binary",
        hidden=hidden,
        activation=activation,
        batch_size=batch_size,
        epochs=1 if batch_size < 10 else 2,
    )
    losses = ("mse", "l1", "bce_with_logits", "hinge")
    runs = [
        replace(template, loss=loss, lr=lr, seed=seed, split=seed % 3)
        for seed in range(2)
        for loss in losses
        for lr in (0.001, 0.03)
    ]
    runs.insert(1, replace(template, lr=1e30, seed=7))
    alone = {run.key: bits(train_in_order([run], splits, engine)[0]) for run in runs}
    for size in FLEET_SIZES[1:]:
        for result in train_in_order(runs[:size], splits, engine):
            assert bits(result) == alone[result.run.key]


def test_several_classes_have_the_same_bits_alone_and_together():
    splits = tables("multiclass")
    template = Run(loss="mse", task="multiclass", n_classes=3, hidden=(16,), epochs=2)
    runs = [
        replace(template, loss=loss, seed=seed, split=seed)
        for loss in ("mse", "cross_entropy", "l1")
        for seed in range(3)
    ]
    for run, result in zip(runs, train_stacked(runs, splits), strict=True):
        assert bits(result) == bits(train_stacked([run], splits)[0])


@FAST
def test_a_diverging_run_is_marked_with_its_epoch_and_keeps_no_later_weights(engine):
    splits = tables("regression")
    calm = Run(loss="mse", task="regression", hidden=(8,), epochs=4, optimizer="sgd", lr=0.01)
    wild = replace(calm, lr=1e4)
    marked, fine = train_in_order([wild, calm], splits, engine)
    assert marked.diverged_at is not None
    assert np.isnan(marked.train_loss[marked.diverged_at - 1 :]).all()
    assert marked.best_epoch < marked.diverged_at
    assert fine.diverged_at is None
    assert np.isfinite(fine.train_loss).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_finite_training_that_is_never_scored_has_not_diverged_and_keeps_its_last_epoch(engine):
    (table,) = tables("regression", n_splits=1)
    y = table.y.copy()
    y[table.validation] = 1e200  # squared, it is more than a float64 can hold
    run = Run(loss="mse", task="regression", hidden=(8,), epochs=4, dtype="float64")
    (unscored,) = train_in_order([run], [replace(table, y=y)], engine)
    (last,) = train_in_order([run], [replace(table, validation=table.validation[:0])], engine)
    assert np.isinf(unscored.selection).all()
    assert unscored.diverged_at is None
    assert unscored.best_epoch == last.best_epoch == 4
    for ours, theirs in zip(unscored.layers, last.layers, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])


@FAST
def test_folds_of_unequal_size_use_every_training_row_in_every_epoch(engine):
    splits = tables("regression")
    # A constant-rate linear step on the sum of rows would miss none: compare with full batches.
    for split in range(3):
        run = Run(
            loss="mse",
            task="regression",
            hidden=(),
            batch_size=500,
            epochs=3,
            optimizer="sgd",
            lr=0.1,
            split=split,
            dtype="float64",
        )
        assert_equal_results(*train_both_ways(run, splits, engine), tolerance=1e-10)


def test_the_best_epoch_of_the_validation_rows_is_kept():
    splits = tables("binary")
    run = Run(loss="bce_with_logits", task="binary", lr=0.03, epochs=30, hidden=(32,))
    (result,) = train([run], splits[0].X, splits[0].y, splits)
    assert result.best_epoch == int(np.argmin(result.selection)) + 1 < 30
    table = splits[0]
    with torch.no_grad():
        z = result.model()(torch.tensor(table.X[table.validation], dtype=torch.float32))
    y = torch.tensor(table.y[table.validation], dtype=torch.float32).unsqueeze(1)
    oracle = functional.binary_cross_entropy_with_logits(z, y)
    assert result.best == pytest.approx(float(oracle), rel=1e-4)


def quartic_mean(prediction, target):
    return ((prediction - target) ** 4).mean()


def quartic_rows(prediction, target):
    return ((prediction - target) ** 4).mean(-1)


def branching(prediction, target):
    error = (prediction - target).abs().mean()
    return error if error > 0.1 else error * error  # a Python branch that vmap refuses


@pytest.mark.parametrize(
    "loss",
    [quartic_mean, quartic_rows, branching, torch.nn.HuberLoss(delta=0.5)],
    ids=["mean", "rows", "branching", "criterion"],
)
def test_a_users_own_loss_trains_in_a_fleet_as_by_the_trainer(loss):
    run = Run(
        loss=loss,
        task="regression",
        hidden=(7,),
        batch_size=30,
        epochs=3,
        dtype="float64",
        lr=0.003,
    )
    assert_equal_results(*train_both_ways(run, tables("regression")), tolerance=1e-8)


def only_for_few_rows(prediction, target):
    if len(prediction) > 4:
        raise ValueError("too many rows")
    return ((prediction - target) ** 2).mean()


def test_a_users_own_loss_that_fails_while_training_is_named_with_its_error():
    splits = tables("regression")
    run = Run(loss=only_for_few_rows, task="regression", epochs=1)
    with pytest.raises(ContractError, match=r"'only_for_few_rows' needs .*ValueError: too many"):
        list(train([run], splits[0].X, splits[0].y, splits))


def test_a_users_own_class_loss_gets_class_indices():
    smoothed = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    run = Run(loss=smoothed, task="multiclass", n_classes=3, hidden=(7,), epochs=3, dtype="float64")
    assert run.objective.codec.name == "class_index"
    assert_equal_results(*train_both_ways(run, tables("multiclass")), tolerance=1e-8)


def test_runs_of_any_shape_train_in_one_call_and_all_come_back():
    splits = tables("binary")
    runs = [
        Run(loss=loss, task="binary", hidden=hidden, optimizer=optimizer, epochs=2, seed=seed)
        for loss in ("mse", "cross_entropy")
        for hidden in ((), (8,))
        for optimizer in ("sgd", "adam")
        for seed in range(3)
    ]
    results = list(train(runs, splits[0].X, splits[0].y, splits))
    assert sorted(result.run.key for result in results) == sorted(run.key for run in runs)


@pytest.mark.parametrize("engine", ENGINES)
def test_closing_the_iterator_stops_training(engine, monkeypatch):
    monkeypatch.setattr(fleet, "_BLOCK", 1)  # so that the short run is not kept for the end
    splits = tables("binary")
    long = Run(loss="mse", task="binary", epochs=5000, seed=1)
    runs = [replace(long, epochs=1, hidden=()), *(replace(long, seed=seed) for seed in range(16))]
    ended = []
    options = FleetOptions(engine=engine, after_epoch=ended.extend)
    results = train_chunks(iter(runs), splits, options)
    assert next(results)[0].run.epochs == 1
    results.close()
    at_once = len(ended)
    assert at_once < 1 + 16 * 5000, "it waited for all of them"
    time.sleep(0.05)
    assert len(ended) == at_once, "something still trains"


def test_splits_carry_over_from_make_splits():
    table = tables("binary")[0]
    splits = make_splits(table.y, "binary", SplitPlan(n_splits=3, repeats=1))
    runs = [Run(loss="mse", task="binary", epochs=1, split=split) for split in range(3)]
    results = {r.run.split: r for r in train(runs, table.X, table.y, splits)}
    assert [len(results[s].test_output) for s in range(3)] == [len(s.test) for s in splits]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((4, 2)), np.zeros((4, 1)), r"needed X of shape \(N, F\) and y of shape \(N,\)"),
        (np.zeros(4), np.zeros(4), r"X \(4,\)"),
        (np.full((4, 2), np.nan), np.zeros(4), "finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(X, y, message):
    with pytest.raises(DataError, match=message):
        list(train([Run(loss="mse", task="regression")], X, y))


def test_a_split_that_is_not_there_and_an_unknown_engine_are_refused():
    X, y = np.zeros((4, 2)), np.zeros(4)
    with pytest.raises(OptionError, match=r"needed run\.split from 0 to 0"):
        list(train([Run(loss="mse", task="regression", split=3)], X, y))
    with pytest.raises(OptionError, match="did you mean 'stacked'"):
        list(train([Run(loss="mse", task="regression")], X, y, engine="staked"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"batch_size": 0}, OptionError, "batch_size"),
        ({"epochs": 0}, OptionError, "epochs"),
        ({"lr": 0.0}, OptionError, "learning rate above 0"),
        ({"lr": float("nan")}, OptionError, "learning rate above 0"),
        ({"hidden": (4, 0)}, OptionError, "hidden"),
        ({"dtype": "float16"}, OptionError, "dtype"),
        ({"activation": "rely"}, UnknownNameError, "did you mean 'relu'"),
        ({"optimizer": "adm"}, UnknownNameError, "did you mean 'adam'"),
        ({"loss": "mes"}, UnknownNameError, "did you mean 'mse'"),
        ({"head": "softmx"}, UnknownNameError, "did you mean 'softmax'"),
        ({"optimizer_params": {"momentum": 0.9}}, OptionError, "momentum"),
    ],
)
def test_a_run_that_cannot_train_is_refused_when_it_is_made(change, error, message):
    with pytest.raises(error, match=message):
        Run(**{"loss": "mse", "task": "regression", **change})
