"""What training and evaluating do: reductions, data, modes, divergence."""

import functools
import math
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import torch
from rich.console import Console
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from losslab import LOSSES, MLP, Trainer, objective
from losslab.core.errors import (
    ContractError,
)
from losslab.training.trainer.progress import show_progress
from trainer_samples import (
    CODES2,
    CODES3,
    COLUMN,
    EPOCHS,
    FRAME,
    QUIET,
    VALUES,
    F,
    K,
    N,
    X,
    loop_by_hand,
    network,
    same_weights,
    weights,
)


@pytest.mark.parametrize(
    "optimizer",
    [
        torch.optim.SGD,
        functools.partial(torch.optim.SGD, lr=0.05),
        lambda parameters: torch.optim.SGD(parameters, lr=0.05),
        "sgd",
    ],
    ids=["class", "partial", "lambda", "name"],
)
def test_an_optimizer_may_be_a_name_a_class_or_a_factory(optimizer):
    by_hand, trained = network(), network()
    loop_by_hand(by_hand, torch.optim.SGD(by_hand.parameters(), lr=0.05), nn.MSELoss(), COLUMN)
    Trainer(trained, nn.MSELoss(), optimizer, 0.05, **QUIET).train((X, COLUMN), EPOCHS)
    assert same_weights(by_hand, trained)


def test_an_instance_that_holds_exactly_this_model_is_taken():
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    assert Trainer(model, nn.MSELoss(), optimizer).optimizer is optimizer


def test_frozen_parameters_stay_as_they_are():
    model = network()
    model.layers[0].requires_grad_(False)
    before = weights(model)
    Trainer(model, nn.MSELoss(), "sgd", 0.1, **QUIET).train((X, COLUMN), 1)
    after = weights(model)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[2], after[2])
    # An instance may hold the frozen ones too: without a gradient they never move.
    Trainer(model, nn.MSELoss(), torch.optim.SGD(model.parameters(), lr=0.1))


@pytest.mark.parametrize(
    "data",
    [
        (X, VALUES),
        (X.numpy(), VALUES.numpy()),
        (FRAME, pd.Series(VALUES.numpy(), index=range(7, N + 7))),
        (X.tolist(), VALUES.tolist()),
        [(X, VALUES)],
        [(X.numpy(), VALUES.numpy())],
        DataLoader(TensorDataset(X, VALUES), batch_size=N),
    ],
    ids=["tensors", "arrays", "tables", "lists", "batches", "array batches", "loader"],
)
def test_data_may_come_in_many_forms(data):
    trainer = Trainer(network(), objective("mse", "regression"), batch_size=N, progress=False)
    expected = Trainer(network(), objective("mse", "regression"), batch_size=N, progress=False)
    assert trainer.train(data, 2) == pytest.approx(expected.train((X, VALUES), 2), rel=1e-9)
    loss, accuracy = trainer.evaluate(data)
    assert loss == pytest.approx(expected.evaluate((X, VALUES))[0], rel=1e-9)
    assert accuracy is None


@pytest.mark.parametrize("dtype", [np.int32, np.uint16, np.int64])
def test_class_indices_may_have_any_integer_type(dtype):
    trainer = Trainer(network(K), nn.CrossEntropyLoss(), **QUIET)
    # Batches cut otherwise are summed in another order, which rounds otherwise in the 16th place.
    expected = pytest.approx(trainer.evaluate((X, CODES3)), rel=1e-12)
    assert trainer.evaluate((X, CODES3.numpy().astype(dtype))) == expected
    assert trainer.evaluate([(X, torch.from_numpy(CODES3.numpy().astype(np.int32)))]) == expected


def test_inputs_targets_and_class_weights_follow_the_device_of_the_model():
    """The device without data stands in for a GPU: mixing it with another is an error as well."""
    model = network(K).to("meta")
    criterion = nn.CrossEntropyLoss(weight=torch.ones(K).double())
    trainer = Trainer(model, criterion, unchecked=True, progress=False)
    assert trainer.step(X, CODES3).device.type == "meta"


def test_floats_follow_the_model_and_whole_numbers_become_floats():
    model = MLP(2, (), 1, seed=0)
    whole = pd.DataFrame({"age": [1, 2, 3], "paid": [True, False, True]})
    trainer = Trainer(model, nn.MSELoss(), progress=False)
    assert math.isfinite(trainer.train((whole, np.array([[0.5], [1.5], [2.5]])), 1)[0])
    assert trainer.predict(whole).dtype == torch.float32


def test_whole_numbers_stay_whole_for_a_model_that_looks_them_up():
    model = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 2))
    words = torch.tensor([[0, 4], [1, 2], [3, 3]])
    goal = objective("cross_entropy", "binary")
    losses = Trainer(model, goal, lr=0.1, progress=False).train((words, [0, 1, 0]), 30)
    assert losses[-1] < losses[0]


def test_an_objective_for_values_is_fitted_once_and_predicts_in_the_targets_own_units():
    goal = objective("mse", "regression")
    trainer = Trainer(network(), goal, lr=0.05, **QUIET)
    trainer.train((X, VALUES), 60)
    codec = trainer.objective.codec
    assert codec.location == pytest.approx(float(VALUES.mean()))
    trainer.train((X, VALUES + 1000), 1)
    assert trainer.objective.codec == codec
    assert goal.codec.location == 0.0
    trainer = Trainer(network(), goal, lr=0.05, **QUIET)
    trainer.train((X, VALUES), 60)
    assert (trainer.predict(X) - VALUES).abs().mean() < 0.2 * VALUES.std()


def test_targets_that_are_already_standardised_count_as_fitted_after_training():
    trainer = Trainer(network(), objective("mse", "regression"), progress=False)
    trainer.train((X[:2], [-1.0, 1.0]), 1)
    assert trainer.evaluate((X[:2], [-1.0, 1.0]))[1] is None


def test_an_objective_fitted_before_is_not_fitted_again():
    goal = objective("mse", "regression").fit(np.array([10.0, 30.0]))
    trainer = Trainer(network(), goal, **QUIET)
    trainer.train((X, VALUES), 1)
    assert trainer.objective.codec.location == 20.0


def test_predictions_for_classes_are_class_codes():
    trainer = Trainer(network(), objective("hinge", "binary"), lr=0.05, **QUIET)
    trainer.train((X, CODES2), 60)
    share = (trainer.predict(X) == CODES2).double().mean()
    assert trainer.evaluate((X, CODES2))[1] == pytest.approx(float(share))
    assert share > 0.8


def test_a_loss_of_the_catalogue_is_a_criterion():
    first = Trainer(network(), LOSSES["mse"], **QUIET).train((X, COLUMN), 2)
    assert first == Trainer(network(), nn.MSELoss(), **QUIET).train((X, COLUMN), 2)


def test_images_against_a_class_per_pixel_are_taken_with_ignored_pixels():
    torch.manual_seed(0)
    model = nn.Conv2d(1, 3, 1)
    pixels, classes = torch.randn(4, 1, 5, 5), torch.randint(0, 3, (4, 5, 5))
    classes[:, 0] = -100
    trainer = Trainer(model, nn.CrossEntropyLoss(), progress=False)
    with torch.no_grad():
        z = model(pixels)
    loss, accuracy = trainer.evaluate((pixels, classes))
    kept = classes != -100
    assert loss == pytest.approx(float(functional.cross_entropy(z, classes)))
    assert accuracy == pytest.approx(float((z.argmax(1) == classes)[kept].double().mean()))


class Noisy(nn.Module):
    """A network with dropout and batch norm, one part of it held in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.drop = nn.Linear(F, 1), nn.BatchNorm1d(1), nn.Dropout(0.5)
        self.modes = []

    def forward(self, x):
        self.modes.append((self.training, torch.is_grad_enabled()))
        return self.drop(self.norm(self.linear(x)))


def test_training_and_evaluation_run_in_their_own_modes_and_evaluation_leaves_no_trace():
    model = Noisy().double()
    model.eval()
    trainer = Trainer(model, nn.MSELoss(), batch_size=N, progress=False)
    trainer.train((X, COLUMN), 1)
    assert model.training
    model.norm.eval()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    assert trainer.evaluate((X, COLUMN)) == trainer.evaluate((X, COLUMN))
    trainer.predict(X)
    assert model.modes == [(True, True), *[(False, False)] * 3]
    assert model.training
    assert model.drop.training
    assert not model.norm.training
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        assert torch.equal(parameter.grad, gradient)


def test_the_mode_is_put_back_even_when_evaluation_fails():
    model = network()
    with pytest.raises(ContractError):
        Trainer(model, nn.MSELoss(), progress=False).evaluate((X, CODES2))
    assert model.training


def test_a_loss_that_is_not_finite_is_recorded_and_warned_of_once():
    trainer = Trainer(network(), objective("mse", "regression"), "sgd", 1e150, **QUIET)
    with pytest.warns(RuntimeWarning, match="in epoch 1: training has diverged") as caught:
        losses = trainer.train((X, VALUES), 3) + trainer.train((X, VALUES), 1)
    assert len(caught) == 1
    assert "lower the learning rate (now 1e+150)" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert len(losses) == 4
    assert not any(math.isfinite(loss) for loss in losses)
    assert not math.isfinite(trainer.evaluate((X, VALUES))[0])


@pytest.mark.parametrize("criterion", [nn.MSELoss(), LOSSES["mse"].module()])
def test_a_criterion_may_diverge_without_breaking_a_contract(criterion):
    trainer = Trainer(network(), criterion, "sgd", 1e150, **QUIET)
    with pytest.warns(RuntimeWarning, match="diverged"):
        trainer.train((X, COLUMN), 2)


def test_the_bar_names_the_epoch_and_its_loss():
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with show_progress(2, 5, True, console) as bar:
        bar.start(1)
        bar.advance(0.75)
        bar.start(2)
        bar.advance(0.5)
    assert "epoch 2/2" in screen.getvalue()
    assert "loss 0.5" in screen.getvalue()


def test_the_bar_is_silent_when_asked_to_be_and_where_there_is_no_terminal(capfd):
    for show, terminal in ((False, True), (True, False)):
        console = Console(file=StringIO(), force_terminal=terminal)
        with show_progress(2, 5, show, console) as bar:
            bar.start(1)
            bar.advance(0.75)
        assert console.file.getvalue() == ""
    Trainer(network(), nn.MSELoss()).train((X, COLUMN), 1)
    assert capfd.readouterr() == ("", "")
