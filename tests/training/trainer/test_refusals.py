"""Everything the trainer refuses, with the fix."""

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional

from losslab import LOSSES, MLP, Trainer, objective
from losslab.core.errors import (
    ContractError,
    DataError,
    LosslabError,
    ObjectiveError,
    OptimizerError,
    OptionError,
    UnknownNameError,
)
from trainer_samples import (
    CODES2,
    CODES3,
    COLUMN,
    EPOCHS,
    FRAME,
    QUIET,
    SIDES,
    SIGNS,
    TWO,
    UNSURE,
    VALUES,
    Echo,
    F,
    N,
    X,
    loop_by_hand,
    network,
)

# Wrong pairings of prediction and target.


def refusal(criterion, prediction, target, **settings):
    with pytest.raises(ContractError) as caught:
        Trainer(Echo(), criterion, progress=False, **settings).train(
            (torch.tensor(prediction), torch.tensor(target)), 1
        )
    return caught.value


@pytest.mark.parametrize(
    ("criterion", "prediction", "target", "needed"),
    [
        (nn.L1Loss(), UNSURE, [0, 1, 1, 1], "the same shape"),
        (nn.MSELoss(), UNSURE, [0.0, 1.0, 1.0, 1.0], "the same shape"),
        (nn.MSELoss(), [0.0, 1.0, 2.0], TWO[:3], "the same shape"),
        (nn.HuberLoss(), UNSURE, [0.0, 1.0, 1.0, 1.0], "the same shape"),
        (functional.mse_loss, [0.0, 1.0, 2.0], TWO[:3], "the same shape"),
        (lambda z, y: (z - y).abs().mean(), UNSURE, [0.0, 1.0, 1.0, 1.0], "the same shape"),
        (nn.MSELoss(), UNSURE, [[0], [1], [1], [1]], "a floating-point target"),
        (nn.BCEWithLogitsLoss(), UNSURE, SIDES, "[0, 1]"),
        (LOSSES["hinge"].module(), UNSURE, TWO, "{-1, 1}"),
        (nn.CrossEntropyLoss(), [[1.0, 0.0], [0.0, 1.0]], [1, 2], "class indices from 0 to 1"),
        (nn.CrossEntropyLoss(), [[1.0, 0.0], [0.0, 1.0]], [-1, 1], "class"),
        (nn.CrossEntropyLoss(), [[1.0, 0.0], [0.0, 1.0]], [0.0, 1.0], "an int64 target"),
        (nn.CrossEntropyLoss(), [[1.0, 0.0]], [[1.0, 1.0]], "sum to 1"),
        (nn.CrossEntropyLoss(), UNSURE, [0, 0, 0, 0], "at least 2"),
        (nn.CrossEntropyLoss(), UNSURE, TWO, "at least 2"),
    ],
)
def test_a_wrong_pairing_is_refused_with_the_fix(criterion, prediction, target, needed):
    error = refusal(criterion, prediction, target)
    assert needed in error.needed
    assert error.fix


def test_the_classic_shape_bug_is_refused_with_the_reshape_that_mends_it():
    """(N, 1) outputs against (N,) integer targets, as in many a homework."""
    error = refusal(nn.L1Loss(), UNSURE, [0, 1, 1, 1])
    assert "prediction (4, 1) and target (4,)" in error.got
    assert "target.float().reshape(-1, 1)" in error.fix
    error = refusal(functional.l1_loss, UNSURE, [0, 1, 1, 1])
    assert "broadcast to 4 x 4" in error.got


@pytest.mark.parametrize("criterion", [nn.L1Loss(), LOSSES["l1"].module(), LOSSES["l1"]])
def test_unchecked_gives_the_number_that_plain_pytorch_gives(criterion):
    by_hand, trained = network(), network()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own word on broadcasting
        optimizer = torch.optim.Adam(by_hand.parameters(), lr=0.01)
        expected = loop_by_hand(by_hand, optimizer, functional.l1_loss, CODES2)
        trainer = Trainer(trained, criterion, lr=0.01, unchecked=True, **QUIET)
        assert trainer.train((X, CODES2), EPOCHS) == pytest.approx(expected, rel=1e-12)


def test_an_unchecked_module_of_losslab_is_taken_at_its_word():
    trainer = Trainer(network(), LOSSES["hinge"].module(unchecked=True), **QUIET)
    with torch.no_grad():
        expected = (1 - COLUMN * trainer.model(X)).clamp(min=0).mean()
    assert trainer.evaluate((X, COLUMN))[0] == pytest.approx(float(expected))


def test_one_row_broadcasts_to_nothing_wrong():
    flat = nn.Sequential(network(), nn.Flatten(0))
    trainer = Trainer(flat, lambda z, y: (z - y).abs().mean(), progress=False)
    with torch.no_grad():
        expected = (flat(X[:1]) - VALUES[:1]).abs()
    loss, _ = trainer.evaluate((X[:1], VALUES[:1].unsqueeze(1)))
    assert loss == pytest.approx(float(expected))


def test_an_objective_that_is_wrong_on_purpose_trains():
    goal = objective("bce_with_logits", "binary", head="sigmoid", unchecked=True)
    expected = functional.binary_cross_entropy_with_logits
    by_hand, trained = network(), network()
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    losses = loop_by_hand(by_hand, optimizer, lambda z, y: expected(z.sigmoid(), y), COLUMN)
    trainer = Trainer(trained, goal, "sgd", 0.1, **QUIET)
    assert trainer.train((X, CODES2), EPOCHS) == pytest.approx(losses, rel=1e-10)


def test_an_output_of_the_wrong_width_for_the_objective_is_refused():
    goal = objective("cross_entropy", "multiclass", n_classes=3)
    with pytest.raises(ContractError) as caught:
        Trainer(network(1), goal, **QUIET).train((X, CODES3), 1)
    assert "needs a model output of shape (N, 3)" in str(caught.value)
    assert "got shape (10, 1)" in str(caught.value)
    assert "n_outputs=objective.width" in caught.value.fix
    flat = nn.Sequential(nn.Linear(F, 1), nn.Flatten(0)).double()
    trainer = Trainer(flat, objective("mse", "binary"), **QUIET)
    with pytest.raises(ContractError, match="leave out the squeeze"):
        trainer.train((X, CODES2), 1)


@pytest.mark.parametrize(
    ("model", "inputs", "got", "fix"),
    [
        (network(), X[:10, :2], "shape (10, 2)", "pass as many features, or build the model for 2"),
        (network(), X[:10, 0], "shape (10,)", "or build the model for 1: MLP(1, ...)"),
        (MLP(1, (4,), 1).double(), X[:10, 0], "shape (10,)", "X.reshape(-1, 1)"),
    ],
    ids=["other columns", "one row of numbers", "one feature without its axis"],
)
@pytest.mark.parametrize("use", ["train", "evaluate", "predict"])
def test_inputs_of_another_width_than_the_model_takes_are_refused(model, inputs, got, fix, use):
    trainer = Trainer(model, objective("mse", "binary"), **QUIET)
    calls = {
        "train": lambda: trainer.train((inputs, CODES2[:10]), 1),
        "evaluate": lambda: trainer.evaluate((inputs, CODES2[:10])),
        "predict": lambda: trainer.predict(inputs),
    }
    with pytest.raises(ContractError, match="first layer needs inputs of shape") as caught:
        calls[use]()
    assert caught.value.got == got
    assert fix in caught.value.fix


def test_a_model_that_fails_for_another_reason_keeps_its_own_error():
    broken = nn.Sequential(nn.Linear(F, 4), nn.Linear(3, 1)).double()
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        Trainer(broken, nn.MSELoss(), **QUIET).train((X, COLUMN), 1)


@pytest.mark.parametrize(
    ("labels", "got"),
    [
        (CODES2 + 1, "values from 1 to 2"),
        (SIGNS.ravel(), "values from -1 to 1"),
        (CODES2 * 0.5, "values from 0 to 0.5"),
        (COLUMN, "shape (10, 1)"),
        (np.array(["no", "yes"])[CODES2.numpy()], "dtype"),
        (pd.Series(np.array(["no", "yes"])[CODES2.numpy()]), "without"),
    ],
    ids=["from one", "signs", "halves", "column", "words", "series of words"],
)
def test_labels_that_are_no_class_codes_are_refused(labels, got):
    with pytest.raises(DataError) as caught:
        Trainer(network(), objective("mse", "binary"), **QUIET).train((X, labels), 1)
    assert got in caught.value.got
    assert "y" in caught.value.fix


# The optimizer of another model.


def test_an_optimizer_from_an_earlier_model_is_refused_with_the_reason():
    """The notebook's bug: the model is re-created, the optimizer still trains the old one."""
    optimizer = torch.optim.Adam(network().parameters())
    with pytest.raises(OptimizerError) as caught:
        Trainer(network(), nn.MSELoss(), optimizer)
    assert "misses 4 of its 4 and holds 4 of another model" in caught.value.got
    assert "re-created after the optimizer" in caught.value.fix


def test_an_optimizer_of_some_parameters_is_refused_with_the_way_to_freeze():
    model = network()
    with pytest.raises(OptimizerError) as caught:
        Trainer(model, nn.MSELoss(), torch.optim.SGD(model.layers[2].parameters(), lr=0.1))
    assert "misses 2 of its 4 and holds 0 of another model" in caught.value.got
    assert "requires_grad_(False)" in caught.value.fix


def test_an_optimizer_of_this_model_and_another_is_refused():
    model, other = network(), network()
    optimizer = torch.optim.SGD([*model.parameters(), *other.parameters()], lr=0.1)
    with pytest.raises(OptimizerError, match="misses 0 of its 4 and holds 4 of another model"):
        Trainer(model, nn.MSELoss(), optimizer)


def test_a_factory_that_ignores_its_parameters_is_refused():
    old = network()
    with pytest.raises(OptimizerError, match="another model"):
        Trainer(network(), nn.MSELoss(), lambda _: torch.optim.SGD(old.parameters(), lr=0.1))


# Everything else that cannot be used.


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"optimizer": "adm"}, UnknownNameError, "did you mean 'adam'"),
        ({"optimizer": 3}, OptionError, "needed an optimizer"),
        ({"optimizer": nn.MSELoss}, OptionError, "needed an optimizer"),
        ({"optimizer": torch.optim.LBFGS}, OptimizerError, "LBFGS"),
        ({"optimizer_params": {"betas": (0.9, 0.9)}}, OptionError, "betas"),
        ({"lr": 0.0}, OptionError, "learning rate"),
        ({"lr": float("nan")}, OptionError, "learning rate"),
        ({"lr": "0.1"}, OptionError, "learning rate"),
        ({"batch_size": 0}, OptionError, "batch_size"),
        ({"batch_size": 2.5}, OptionError, "batch_size"),
        ({"alpha": 0.1}, OptionError, "needed a penalty for alpha to scale"),
        ({"model": nn.Flatten()}, OptionError, "parameters to train"),
        ({"model": network().requires_grad_(False)}, OptionError, "none of them trainable"),
        ({"model": MLP}, OptionError, "the class MLP"),
        ({"objective_or_criterion": "mse"}, OptionError, r"objective\('mse', task"),
        ({"objective_or_criterion": nn.MSELoss}, OptionError, r"build it: MSELoss\(\)"),
        ({"objective_or_criterion": None}, OptionError, "needed an objective"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_when_the_trainer_is_built(
    settings, error, message
):
    given = {"model": network(), "objective_or_criterion": nn.MSELoss(), **settings}
    with pytest.raises(error, match=message):
        Trainer(**given)


def test_settings_beside_a_factory_are_refused():
    with pytest.raises(OptionError, match="given by name or class"):
        Trainer(
            network(),
            nn.MSELoss(),
            functools.partial(torch.optim.SGD, lr=0.1),
            optimizer_params={"momentum": 0.9},
        )


HOLED = X.clone()
HOLED[3, 1] = float("nan")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, COLUMN[:-1]), r"shapes \(45, 4\) and \(44, 1\)"),
        ((X[:0], COLUMN[:0]), "at least one row"),
        ((X, COLUMN, COLUMN), "tuple"),
        ((HOLED, COLUMN), "nan in row 3, column 1"),
        ((pd.DataFrame(HOLED.numpy(), columns=list("abcd")), COLUMN), "row 3, column 'b'"),
        ((pd.DataFrame({"sex": ["f", "m"]}), COLUMN[:2]), "sex"),
        ((pd.DataFrame({"age": pd.array([1, None])}), COLUMN[:2]), "row 1, column 'age'"),
        (
            (pd.DataFrame({"paid": [True, False], "age": pd.array([1, None])}), COLUMN[:2]),
            "row 1, column 'age'",
        ),
        ((X, torch.full((N, 1), float("inf"))), "inf in row 0"),
        (([[1.0], [1.0, 2.0]], COLUMN[:2]), "same length"),
        ((X, torch.tensor(1.0)), "shapes"),
        (X, r"tuple \(X, y\)"),
        (FRAME, r"tuple \(X, y\)"),
        (None, r"tuple \(X, y\)"),
        ([], "at least one batch"),
        ([X], "pairs"),
        ([(X, COLUMN, COLUMN)], "a tuple of 3 as batch 1"),
        ([{"x": X, "y": COLUMN}], "a dict of 2 as batch 1"),
        ([(X, COLUMN), (X, COLUMN[1:])], "batch 2"),
        ([(X, COLUMN), (HOLED, COLUMN)], "x of batch 2"),
    ],
)
def test_data_that_cannot_be_used_is_refused(data, message):
    trainer = Trainer(network(), nn.MSELoss(), progress=False)
    with pytest.raises(DataError, match=message):
        trainer.train(data, 1)
    with pytest.raises(DataError, match=message):
        trainer.evaluate(data)


def test_missing_values_in_what_is_to_be_predicted_are_refused():
    with pytest.raises(DataError, match="nan in row 3"):
        Trainer(network(), nn.MSELoss(), progress=False).predict(HOLED)


@pytest.mark.parametrize("epochs", [0, -1, 2.0, True, "3"])
def test_epochs_must_be_a_whole_number_of_at_least_one(epochs):
    with pytest.raises(OptionError, match="epochs"):
        Trainer(network(), nn.MSELoss(), progress=False).train((X, COLUMN), epochs)


def pairs():
    yield X, VALUES


def test_a_generator_is_refused_where_more_than_one_pass_is_needed():
    trainer = Trainer(
        network(), lambda z, y: (z.mean(1) - y).abs().mean(), unchecked=True, progress=False
    )
    with pytest.raises(OptionError, match="empty after one pass"):
        trainer.train(pairs(), 2)
    assert len(trainer.train(pairs(), 1)) == 1
    trainer = Trainer(network(), objective("mse", "regression"), progress=False)
    with pytest.raises(OptionError, match="one to fit the target encoding"):
        trainer.train(pairs(), 1)


def test_evaluation_before_the_encoding_is_fitted_is_refused():
    with pytest.raises(ObjectiveError, match="train first"):
        Trainer(network(), objective("mse", "regression")).evaluate((X, VALUES))


class Pair(nn.Linear):
    def forward(self, x):
        return super().forward(x), x


@pytest.mark.parametrize(
    ("model", "criterion", "message"),
    [
        (Pair(F, 1).double(), nn.MSELoss(), "returns one tensor"),
        (network(), lambda z, y: 0.5, "returns a tensor"),
        (network(), lambda z, y: (z.detach() - y).mean(), "without a gradient"),
    ],
)
def test_models_and_criteria_that_cannot_be_trained_are_refused(model, criterion, message):
    with pytest.raises(ContractError, match=message):
        Trainer(model, criterion, progress=False).train((X, COLUMN), 1)


def test_row_weights_need_an_objective():
    trainer = Trainer(network(), nn.MSELoss(), progress=False)
    with pytest.raises(OptionError, match="row weights need an objective"):
        trainer.step(X, COLUMN, torch.ones(N))


def test_every_refusal_is_a_losslab_error():
    for error in (ContractError, DataError, ObjectiveError, OptimizerError, OptionError):
        assert issubclass(error, LosslabError)
