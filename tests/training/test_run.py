"""A run whose settings cannot be used is refused when it is built, with a fix."""

import math
from dataclasses import replace

import numpy as np
import pytest

from losslab import MLP, Run, Trainer, objective, train
from losslab.core.errors import LosslabError, OptionError, UnknownNameError


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


NAMED = {
    "loss": "huber(delta=2)",
    "optimizer": "sgd(momentum=0.9, nesterov=true)",
    "schedule": "step(stages=2, gamma=0.5)",
    "penalty": "elastic_net(l1_ratio=0.25)",
}
APART = {
    "loss": ("huber", {"delta": 2.0}),
    "optimizer": ("sgd", {"momentum": 0.9, "nesterov": 1.0}),
    "schedule": ("step", {"stages": 2.0, "gamma": 0.5}),
    "penalty": ("elastic_net", {"l1_ratio": 0.25}),
}


def test_settings_may_stand_in_brackets_after_a_name():
    named = Run(task="regression", alpha=0.1, **NAMED)
    apart = {kind: name for kind, (name, _) in APART.items()}
    params = {f"{kind}_params": settings for kind, (_, settings) in APART.items()}
    assert named == Run(task="regression", alpha=0.1, **apart, **params)
    assert named.key == Run(task="regression", alpha=0.1, **apart, **params).key
    assert replace(named, epochs=3).optimizer_params == APART["optimizer"][1]


@pytest.mark.parametrize("kind", NAMED)
def test_settings_in_brackets_are_completed_by_others_but_none_is_given_twice(kind):
    usual = {"loss": "mse", "task": "regression"}
    (name, value), *others = APART[kind][1].items()
    with pytest.raises(OptionError, match=f"needed {name} of {kind} '{APART[kind][0]}' once"):
        Run(**{**usual, kind: NAMED[kind], f"{kind}_params": {name: value}})
    params = dict(others)
    run = Run(**{**usual, kind: f"{APART[kind][0]}({name}={value})", f"{kind}_params": params})
    assert getattr(run, f"{kind}_params") == APART[kind][1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimizer": "sgd(speed=1)"}, "optimizer 'sgd' has no setting 'speed'"),
        ({"optimizer": "sgd(momentum=1.5)"}, "optimizer 'sgd' needs momentum in [0, 1)"),
        (
            {"optimizer": "sgd(momentum)"},
            "needed an optimizer as NAME or NAME(SETTING=",
        ),
        ({"optimizer": "sgdd(momentum=0.9)"}, "did you mean 'sgd'?"),
        ({"schedule": "cosine(stages=3)"}, "schedule 'cosine' has no setting 'stages'"),
        ({"penalty": "l1(l1_ratio=0.5)", "alpha": 0.1}, "penalty 'l1' has no setting 'l1_ratio'"),
    ],
)
def test_settings_in_brackets_that_cannot_be_used_are_refused(settings, words):
    with pytest.raises(LosslabError) as caught:
        Run(**{"loss": "mse", "task": "regression", **settings})
    assert words in str(caught.value)


def test_a_trainer_takes_names_with_settings_too():
    model = MLP(2, (4,), 1, seed=0)
    goal = objective("mse", "regression")
    trainer = Trainer(
        model, goal, "sgd(momentum=0.9)", penalty="elastic_net(l1_ratio=1)", alpha=0.1
    )
    assert trainer.optimizer.param_groups[0]["momentum"] == 0.9
    with pytest.raises(OptionError, match="needed momentum of optimizer 'sgd' once"):
        Trainer(model, goal, "sgd(momentum=0.9)", optimizer_params={"momentum": 0.5})
