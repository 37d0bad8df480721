"""Names with settings, as in ``huber(delta=2)``, mean the same wherever a loss is named."""

import pytest
import torch

from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.registry import parse_name
from losslab.losses.catalog import LOSSES
from losslab.losses.resolve import resolve_loss
from losslab.objectives.build import objective


@pytest.mark.parametrize(
    ("text", "name", "settings"),
    [
        ("huber", "huber", {}),
        ("huber()", "huber", {}),
        (" huber( delta = 2 ) ", "huber", {"delta": 2.0}),
        ("sgd(momentum=0.9,nesterov=True)", "sgd", {"momentum": 0.9, "nesterov": 1.0}),
        ("step(gamma=1e-1, warm=false,)", "step", {"gamma": 0.1, "warm": 0.0}),
        ("my.losses:huberish(delta=2)", "my.losses:huberish", {"delta": 2.0}),
    ],
)
def test_a_name_is_parsed_with_its_settings(text, name, settings):
    assert parse_name(text) == (name, settings)


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("huber(delta=2", "'huber(delta=2'"),
        ("huber(2)", "'2'"),
        ("huber(=2)", "'=2'"),
        ("huber(delta=two)", "'delta=two'"),
        ("huber(delta=1, delta=2)", "'delta=2'"),
        ("two words", "'two words'"),
        (3, "3"),
    ],
)
def test_a_text_of_another_form_is_refused(text, got):
    with pytest.raises(OptionError, match=r"needed --loss as NAME or NAME\(SETTING") as caught:
        parse_name(text, needed="--loss", example="--loss mse")
    assert (caught.value.got, caught.value.fix) == (got, "--loss mse")


def test_a_loss_can_be_named_with_its_parameters():
    built = objective("huber(delta=2)", task="regression")
    assert built.loss == LOSSES["huber"].bind(delta=2.0)
    assert resolve_loss("huber(delta=2)") == built.loss


def test_parameters_of_the_target_encoding_can_be_part_of_the_name():
    built = objective("kl_div(smoothing=0.1)", task="multiclass", n_classes=3)
    assert built.loss_label == "kl_div(smoothing=0.1)"


def test_parameters_in_the_name_and_beside_it_are_merged():
    built = objective("multi_margin(p=2)", task="multiclass", n_classes=3, margin=0.5)
    assert built.loss.params == {"p": 2.0, "margin": 0.5}


def test_a_parameter_that_is_set_twice_is_refused():
    with pytest.raises(OptionError, match="needed delta of loss 'huber' once") as caught:
        objective("huber(delta=2)", task="regression", delta=2.0)
    assert caught.value.got == "'huber(delta=2)' and delta=2.0"


def test_an_unknown_parameter_in_the_name_is_corrected():
    with pytest.raises(OptionError, match="loss 'huber' has no parameter 'dleta'") as caught:
        objective("huber(dleta=2)", task="regression")
    assert caught.value.fix == "did you mean 'delta'?"


@pytest.mark.parametrize("name", ["nn.HuberLoss(delta=2)", "hubert(delta=2)", "huber (delta=2)"])
def test_an_unknown_name_with_parameters_is_corrected(name):
    with pytest.raises(UnknownNameError, match="did you mean 'huber'"):
        objective(name, task="regression")


def test_a_loss_takes_its_parameters_when_it_is_called():
    prediction, target = torch.tensor([5.0]), torch.tensor([0.0])
    assert LOSSES["huber"](prediction, target, delta=2).item() == 8.0
    scores, index = torch.tensor([[0.0, 0.0]]), torch.tensor([0])
    by_class = LOSSES["focal"](scores, index, gamma=0.0)
    torch.testing.assert_close(by_class, LOSSES["cross_entropy"](scores, index))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"dleta": 2}, "loss 'huber' has no parameter 'dleta'.\n  fix: did you mean 'delta'?"),
        ({"delta": -1}, r"loss 'huber' needs delta in (0, inf), but got -1."),
    ],
)
def test_a_call_refuses_parameters_that_do_not_fit(params, message):
    with pytest.raises(OptionError) as caught:
        LOSSES["huber"](torch.ones(1), torch.ones(1), **params)
    assert str(caught.value).startswith(message)
