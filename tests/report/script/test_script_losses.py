"""A written script contains a user's own loss, or imports it."""

import functools
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from losslab.core.errors import OptionError
from losslab.losses.spec import Loss
from losslab.report.script.script import write_script
from script_driver import assert_same_training, setup_for


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


OWN = '''
from __future__ import annotations

import math
import torch
import torch.nn.functional as F
from torch import Tensor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowhere import Unknown

SCALE = 1.5
WEIGHTS = (1.0, [2, "x"])


def softly(error: Tensor) -> Unknown:
    return SCALE * F.softplus(error) + math.log(2.0) * len(WEIGHTS)


def own(prediction: Tensor, target: Tensor) -> Tensor:
    """Say "how" it works.

    At length.
    """
    return softly(prediction - target) + torch.abs(prediction)


def loss(prediction, target):
    return own(prediction, target).mean()


def main(prediction, target):
    return (prediction - target) ** 4


def with_power(prediction, target, power=3.0):
    return own(prediction, target).abs() ** power


def made(power):
    def inner(prediction, target):
        return (prediction - target).abs() ** power

    return inner


nameless = lambda prediction, target: (prediction - target).abs()
inner = made(2.0)
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A user's own module of losses."""
    Path("mylosses.py").write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(os.fspath(tmp_path))
    yield __import__("mylosses")
    del sys.modules["mylosses"]


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("own", False),
        ("loss", False),
        ("main", True),
        ("nameless", True),
        ("with_power", False),
        ("inner", False),
    ],
)
def test_an_own_loss_is_copied_or_else_imported(own, name, imported):
    setup = setup_for("regression", loss=getattr(own, name))
    text = write_script(setup)
    assert ("from mylosses import" in text) is imported
    assert_same_training(setup)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_an_own_loss_trains_classes_too(own, task):
    assert_same_training(setup_for(task, loss="mylosses:own"))
    assert_same_training(setup_for(task, loss="mylosses:own", head="sigmoid"))


def test_an_own_loss_with_fixed_settings_keeps_them(own):
    partial = functools.partial(own.with_power, power=1.5)
    setup = setup_for("regression", loss=partial)
    assert "power=1.5" in write_script(setup)
    assert_same_training(setup)


@pytest.mark.parametrize(
    ("task", "criterion", "head"),
    [
        ("regression", nn.HuberLoss(delta=0.5), None),
        ("binary", nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0])), None),
        ("multiclass", nn.CrossEntropyLoss(label_smoothing=0.1), None),
        ("multiclass", nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5])), None),
        ("regression", nn.SmoothL1Loss(reduction="none"), None),
    ],
)
def test_a_torch_criterion_keeps_its_settings(task, criterion, head):
    assert_same_training(setup_for(task, loss=criterion, head=head))


def test_a_loss_that_sums_over_outputs_does_so(own):
    loss = replace(setup_for("multiclass", loss="mse").run.objective.loss)
    own_loss = Loss(
        name="own",
        tasks=loss.tasks,
        fn=own.own,
        prediction=loss.prediction,
        target=loss.target,
        over_outputs="sum",
    )
    assert_same_training(setup_for("multiclass", loss=own_loss))


def test_a_loss_that_can_be_neither_copied_nor_imported_is_refused():
    with pytest.raises(OptionError, match="fix: write it with def at the top level"):
        write_script(setup_for("regression", loss=lambda p, t: (p - t).abs()))


def test_a_pairing_wrong_on_purpose_is_called_so():
    setup = setup_for("multiclass", loss="cross_entropy", head="softmax", unchecked=True)
    text = " ".join(write_script(setup).replace("#", "").split())
    assert "Wrong on purpose: loss 'cross_entropy' needs raw scores" in text
    assert_same_training(setup)


@pytest.mark.parametrize(
    ("task", "loss", "head", "params"),
    [
        ("binary", "kl_div", None, {"smoothing": 0.1}),
        ("multiclass", "kl_div", None, {"smoothing": 0.25}),
        ("multiclass", "mse", "softmax", {"smoothing": 0.1}),
        ("binary", "focal", None, {"gamma": 0.5}),
        ("multiclass", "focal", None, {"gamma": 0.5}),
        ("multiclass", "multi_margin", None, {"p": 2.0, "margin": 0.5}),
        ("regression", "smooth_l1", None, {"beta": 0.25}),
    ],
)
def test_parameters_reach_the_script(task, loss, head, params):
    setup = setup_for(task, loss=loss, head=head, loss_params=params)
    done = assert_same_training(setup)
    assert ("Label smoothing" in write_script(setup)) == ("smoothing" in params)
    usual = assert_same_training(setup_for(task, loss=loss, head=head))
    assert done.printed[0] != usual.printed[0]


@pytest.mark.parametrize(
    ("task", "loss", "head"),
    [
        ("multiclass", "nll", "relu"),
        ("multiclass", "nll", "softmax"),
        ("binary", "kl_div", "softmax"),
        ("binary", "bce_with_logits", "sigmoid"),
        ("binary", "cosine_embedding", "identity"),
        ("multiclass", "focal", "log_softmax"),
        ("regression", "mse", "tanh"),
    ],
)
def test_a_script_of_a_wrong_pairing_trains_as_losslab_does(task, loss, head):
    setup = setup_for(task, loss=loss, head=head, unchecked=True)
    assert "# Wrong on purpose: " in write_script(setup)
    assert_same_training(setup)
