"""A run whose settings cannot be used is refused when it is made, with the fix."""

import math

import numpy as np
import pytest

from losslab import Run, train
from losslab.core.errors import OptionError, UnknownNameError


@pytest.mark.parametrize(
    ("settings", "needed", "fix"),
    [
        ({"lr": "x"}, "a learning rate above 0", "lr=0.001"),
        ({"lr": None}, "a learning rate above 0", "lr=0.001"),
        ({"lr": math.nan}, "a learning rate above 0", "lr=0.001"),
        ({"hidden": 64}, "hidden as widths of layers", "hidden=(64,)"),
        ({"hidden": "64"}, "hidden as widths of layers", "hidden=(64, 64)"),
        ({"hidden": ("a",)}, "hidden as widths of layers", "hidden=(64, 64)"),
        ({"hidden": (8, 0)}, "hidden as widths of layers", "hidden=(64, 64)"),
        ({"hidden": None}, "hidden as widths of layers", "hidden=(64, 64)"),
        ({"batch_size": "32"}, "batch_size to be a whole number of at least 1", "batch_size=32"),
        ({"batch_size": 0}, "batch_size to be a whole number of at least 1", "batch_size=32"),
        ({"epochs": None}, "epochs to be a whole number of at least 1", "epochs=50"),
        ({"epochs": math.inf}, "epochs to be a whole number of at least 1", "epochs=50"),
        ({"epochs": 1.5}, "epochs to be a whole number of at least 1", "epochs=50"),
        ({"split": -1}, "split to be a whole number of at least 0", "split=0"),
        ({"seed": "a"}, "seed to be a whole number of at least 0", "seed=0"),
        ({"n_classes": "3"}, "n_classes to be a whole number of at least 2", "n_classes=2"),
        ({"loss_params": ("delta", 1)}, "loss_params as a mapping", "loss_params={'delta': 0.5}"),
        ({"optimizer_params": 0.9}, "optimizer_params as a mapping", "{'weight_decay': 0.5}"),
        ({"optimizer_params": {"betas": (0, 1)}}, "has no setting", "beta"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(settings, needed, fix):
    with pytest.raises(OptionError) as caught:
        Run(**{"loss": "mse", "task": "multiclass", "n_classes": 3, **settings})
    assert needed in caught.value.needed
    assert fix in caught.value.fix


@pytest.mark.parametrize("name", ["optimizer", "activation", "head"])
@pytest.mark.parametrize("value", ["nothing like it", 3.5, ["a"]])
def test_a_name_that_is_in_no_catalogue_is_refused(name, value):
    with pytest.raises((UnknownNameError, OptionError)):
        Run(**{"loss": "mse", "task": "regression", name: value})


def test_whole_numbers_of_any_kind_are_taken():
    run = Run(
        loss="mse",
        task="regression",
        hidden=np.array([8, 4]),
        batch_size=np.int64(16),
        epochs=np.float64(3),
    )
    assert run.hidden == (8, 4)
    assert Run(loss="mse", task="regression", hidden=[]).hidden == ()
    assert Run(loss="mse", task="regression", hidden=(2**n for n in (3, 2))).hidden == (8, 4)


def test_a_single_run_is_no_sequence_of_runs():
    with pytest.raises(OptionError, match="needs a sequence of runs") as caught:
        list(train(Run(loss="mse", task="regression"), [[0.0]], [1.0]))
    assert caught.value.fix == "train([run], X, y)"
