"""Splits to train on, and what it means that two engines agree."""

import hashlib
from dataclasses import replace
from functools import cache

import numpy as np

from losslab.training.engines.fleet import train
from losslab.training.split_arrays import SplitArrays

CLASSES = {"binary": 2, "multiclass": 3}
NETS = [
    (4, (64, 64), "relu"),
    (7, (5,), "tanh"),
    (30, (64, 64, 64, 64), "relu"),
    (3, (), "relu"),
    (61, (128, 33), "gelu"),
    (13, (17, 9), "silu"),
]
BATCH_SIZES = (1, 7, 16, 20, 32, 33, 64, 100)
FLEET_SIZES = (1, 2, 5, 17)


@cache
def tables(task, n_features=6, n_rows=203, n_splits=3):
    """Splits of unequal size, as folds of any real table are; the same ones every time."""
    generator = np.random.default_rng(n_features)
    X = generator.normal(size=(n_rows, n_features))
    signal = X[:, 0] - X[:, 1] * X[:, 2] + 0.3 * generator.normal(size=n_rows)
    y = 40 + 9 * signal
    if task == "count":
        y = generator.poisson(np.exp(0.5 * signal)).astype(float)
    if task in CLASSES:
        y = np.digitize(signal, np.quantile(signal, np.arange(1, CLASSES[task]) / CLASSES[task]))
    found = []
    for split in range(n_splits):
        order = generator.permutation(n_rows)
        cuts = [130 + split, 170 - split]
        found.append(
            SplitArrays(
                X=X,
                y=y,
                train=order[: cuts[0]],
                validation=order[cuts[0] : cuts[1]],
                test=order[cuts[1] :],
            )
        )
    return found


def bits(result):
    """Everything a result holds, to the last bit, in a form whose differences are quick to show."""
    arrays = [array for layer in result.layers for array in layer]
    arrays += [result.train_loss, result.validation_loss, result.selection, result.test_output]
    digests = (hashlib.sha256(array.tobytes()).hexdigest() for array in arrays)
    return (*digests, result.best_epoch, result.diverged_at)


def train_in_order(runs, splits, engine):
    """Results by an engine, in the order of the runs."""
    found = {r.run.key: r for r in train(runs, splits[0].X, splits[0].y, splits, engine=engine)}
    return [found[run.key] for run in runs]


def train_both_ways(run, splits, engine="stacked"):
    """The same run by a fast engine, in company, and by the plain trainer."""
    company = [replace(run, seed=run.seed + 1), run, replace(run, split=(run.split + 1) % 3)]
    return train_in_order(company, splits, engine)[1], train_by_trainer(run, splits)


TRAINER_RESULTS = {}


def train_by_trainer(run, splits, weight=None):
    """What the plain trainer makes of a run, once for all engines that are compared with it."""
    key = (run.key, id(splits), None if weight is None else weight.tobytes())
    if key not in TRAINER_RESULTS:
        (result,) = train([run], splits[0].X, splits[0].y, splits, "trainer", weight)
        # With the splits, so that no others get their identity.
        TRAINER_RESULTS[key] = splits, result
    return TRAINER_RESULTS[key][1]


def assert_equal_results(stacked, looped, tolerance):
    for ours, theirs in zip(stacked.layers, looped.layers, strict=True):
        for array, oracle in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(array, oracle, rtol=tolerance, atol=tolerance)
    for curve in ("train_loss", "validation_loss", "selection"):
        np.testing.assert_allclose(
            getattr(stacked, curve), getattr(looped, curve), rtol=tolerance, atol=tolerance
        )
    np.testing.assert_allclose(
        stacked.test_output, looped.test_output, rtol=10 * tolerance, atol=10 * tolerance
    )
    assert stacked.best_epoch == looped.best_epoch
