"""Small landscapes, computed in a second or less."""

from functools import cache

import numpy as np
import torch

from losslab.data.preprocess import Preprocessor
from losslab.experiment.landscape.problem import make_problem
from losslab.experiment.landscape.trajectory import record_training
from losslab.report.landscape.landscape import landscape
from losslab.training.run import Run
from losslab.training.split_arrays import prepare_arrays

SMALL = {"hidden": (8, 5), "epochs": 4, "resolution": 9}


@cache
def moons(plane="pca", **more):
    return landscape("moons", **{"loss": "mse,bce_with_logits", "plane": plane, **SMALL, **more})


@cache
def plain(name="valley", **more):
    return landscape(name, **more)


def toy(task="binary", rows=70, features=3, seed=0):
    """A prepared table, each of whose labels depends on all features."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, features)).astype(np.float32)
    signal = X.sum(axis=1) + random.normal(0, 0.3, rows)
    y = {
        "binary": (signal > 0).astype(int),
        "multiclass": np.digitize(signal, [-1, 1]),
        "regression": 100 + 10 * signal,
        "count": np.round(np.exp(signal / 2)),
    }[task]
    (table,) = prepare_arrays(X, y)
    return table


def problem(loss="mse", task="binary", hidden=(6, 4), rows=70, **more):
    """A run, its problem, and the weights of its training: ``(T, P)``."""
    run = Run(
        loss=loss,
        task=task,
        n_classes=3 if task == "multiclass" else None,
        hidden=hidden,
        epochs=2,
        batch_size=16,
        **{"lr": 0.01, **more},
    )
    found = make_problem(run, toy(task, rows))
    return run, found, record_training(run, found)


def moons_table():
    """The features and labels of the data set, scaled as every command scales them."""
    from losslab.data.catalog import load_dataset

    data = load_dataset("moons")
    return torch.tensor(Preprocessor().fit(data.X).transform(data.X, np.float32)), data.y
