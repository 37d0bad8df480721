"""Arguments in the wrong place, and attributes that can't be changed afterwards."""

import copy

import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from losslab import Trainer, objective
from losslab.core.errors import DataError, OptionError
from losslab.course import SimpleMLPTrainer
from trainer_samples import CODES2, COLUMN, FRAME, QUIET, X, network

LOADER = "DataLoader({}, batch_size=32, shuffle=True)"
ROWS = TensorDataset(X, COLUMN)


def course_trainer(criterion=None, **settings):
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    return SimpleMLPTrainer(model, criterion or nn.MSELoss(), optimizer, **settings)


@pytest.mark.parametrize("y", [COLUMN, COLUMN.numpy(), COLUMN.tolist(), pd.Series(CODES2)])
def test_a_target_in_the_place_of_the_epochs_is_refused_without_printing_it(y):
    with pytest.raises(OptionError, match="epochs to be a whole number") as caught:
        Trainer(network(), nn.MSELoss(), **QUIET).train(X, y)
    assert len(caught.value.got) < 40
    assert "45" in caught.value.got
    assert caught.value.fix == "pass arrays as one tuple: train((X, y), epochs=10)"
    for unchecked in (False, True):
        with pytest.raises(OptionError, match="needed num_epochs to be a whole number") as caught:
            course_trainer(unchecked=unchecked).train(X, y)
        assert caught.value.fix == "pass arrays as one tuple: train((X, y), num_epochs=10)"


@pytest.mark.parametrize("unchecked", [False, True])
def test_the_number_of_epochs_has_its_own_name_in_the_course(unchecked):
    with pytest.raises(OptionError, match="needed num_epochs") as caught:
        course_trainer(unchecked=unchecked).train((X, COLUMN), 0)
    assert caught.value.fix == "num_epochs=10"


@pytest.mark.parametrize(
    ("data", "got", "loader"),
    [
        (ROWS, "TensorDataset, which gives single rows", "dataset"),
        (Subset(ROWS, range(9)), "Subset, which gives single rows", "dataset"),
        (FRAME, "DataFrame of shape (45, 4)", "TensorDataset(X, y)"),
        (X, "Tensor of shape (45, 4)", "TensorDataset(X, y)"),
    ],
)
def test_a_dataset_or_a_table_is_refused_with_the_loader_it_needs(data, got, loader):
    for use in (
        lambda: Trainer(network(), nn.MSELoss(), **QUIET).train(data, 1),
        lambda: course_trainer().train(data, 1),
        lambda: course_trainer().evaluate(data),
        lambda: course_trainer(unchecked=True).train(data, 1),
    ):
        with pytest.raises(DataError) as caught:
            use()
        assert caught.value.got == got
        assert LOADER.format(loader) in caught.value.fix


class Batches(torch.utils.data.Dataset):
    """A data set that gives whole batches by itself."""

    def __iter__(self):
        yield from DataLoader(ROWS, batch_size=20)


def test_a_dataset_that_yields_batches_is_a_loader():
    assert len(Trainer(network(), nn.MSELoss(), progress=False).train(Batches(), 2)) == 2


@pytest.mark.parametrize("build", [Trainer, SimpleMLPTrainer])
def test_criterion_and_optimizer_in_each_others_place_are_refused_with_the_order(build):
    model = network()
    with pytest.raises(OptionError, match="got the optimizer SGD") as caught:
        build(model, torch.optim.SGD(model.parameters(), lr=0.1), nn.MSELoss())
    assert caught.value.fix == "the order is (model, criterion, optimizer)"
    with pytest.raises(OptionError, match="got the class Adam") as caught:
        Trainer(model, torch.optim.Adam, nn.MSELoss())
    assert caught.value.fix == "the order is (model, criterion, optimizer)"


@pytest.mark.parametrize(
    ("trainer", "name", "value"),
    [
        (Trainer(network(), nn.MSELoss()), "model", network()),
        (Trainer(network(), nn.MSELoss()), "criterion", nn.L1Loss()),
        (Trainer(network(), objective("mse", "binary")), "criterion", nn.L1Loss()),
        (Trainer(network(), nn.MSELoss()), "optimizer", torch.optim.Adam(network().parameters())),
        (Trainer(network(), nn.MSELoss()), "unchecked", True),
        (Trainer(network(), nn.MSELoss()), "lr", 0.1),
        (course_trainer(), "model", network()),
        (course_trainer(), "criterion", nn.L1Loss()),
        (course_trainer(), "optimizer", torch.optim.Adam(network().parameters())),
        (course_trainer(unchecked=True), "unchecked", False),
    ],
)
def test_what_a_trainer_was_built_with_cannot_be_changed_in_silence(trainer, name, value):
    before = getattr(trainer, name)
    with pytest.raises(OptionError, match=f"{type(trainer).__name__} needs its {name}") as caught:
        setattr(trainer, name, value)
    assert getattr(trainer, name) is before
    assert caught.value.fix


def test_what_the_fix_for_the_learning_rate_says_works():
    trainer = Trainer(network(), nn.MSELoss(), lr=0.01, **QUIET)
    with pytest.raises(OptionError) as caught:
        trainer.lr = 0.1
    exec(caught.value.fix.split(": ")[1], {"trainer": trainer})
    assert trainer.optimizer.param_groups[0]["lr"] == 0.01


def test_what_a_trainer_reads_at_each_use_may_be_changed():
    trainer = Trainer(network(), nn.MSELoss(), **QUIET)
    trainer.batch_size, trainer.seed, trainer.progress = 45, 1, False
    trainer.train((X, COLUMN), 1)
    assert trainer.optimizer.state[next(trainer.model.parameters())]["step"] == 1


def test_the_criterion_is_as_it_was_given():
    criterion = nn.MSELoss()
    assert Trainer(network(), criterion).criterion is criterion
    assert Trainer(network(), objective("mse", "binary")).criterion is None


def test_a_copied_trainer_trains_its_own_model():
    trainer = Trainer(network(), nn.MSELoss(), **QUIET)
    twin = copy.deepcopy(trainer)
    assert twin.model is not trainer.model
    assert twin.train((X, COLUMN), 2) == trainer.train((X, COLUMN), 2)
