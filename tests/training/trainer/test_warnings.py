"""What the trainer says once and lets pass: unscaled columns, a stuck model, the unknown."""

import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from losslab import LOSSES, Trainer, objective
from losslab.core.errors import ContractError
from trainer_samples import CODES2, COLUMN, QUIET, SIGNS, VALUES, F, N, X, network


def warned(trainer, data, epochs=3):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer.train(data, epochs)
    return [str(warning.message) for warning in caught]


# Columns of unlike scale.

FARES = X.clone()
FARES[:, 2] = 60 * X[:, 2].exp()
SCALES = r"the columns of x differ in scale by a factor of \d+: column 2 reaches \d+"


@pytest.mark.parametrize(
    "data",
    [(FARES, COLUMN), DataLoader(TensorDataset(FARES, COLUMN), batch_size=8)],
    ids=["arrays", "loader"],
)
def test_columns_of_unlike_scale_are_warned_of_once(data):
    trainer = Trainer(network(), nn.MSELoss(), **QUIET)
    with pytest.warns(RuntimeWarning, match=SCALES) as caught:
        trainer.train(data, 2)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert "scale the features first" in str(caught[0].message)
    assert warned(trainer, data) == []


def test_the_columns_named_are_the_largest_and_the_smallest():
    x = torch.ones(20, 3) * torch.tensor([2.0, 900.0, 0.5])
    model = nn.Linear(3, 1)
    assert warned(Trainer(model, nn.MSELoss(), progress=False), (x, torch.ones(20, 1))) == [
        "the columns of x differ in scale by a factor of 1800: column 1 reaches 900, column 2 only "
        "0.5; scale the features first, for example by (x - x.mean(0)) / x.std(0) of the training "
        "rows"
    ]


def test_an_objective_warns_of_columns_too():
    trainer = Trainer(network(), objective("bce_with_logits", "binary"), **QUIET)
    with pytest.warns(RuntimeWarning, match=SCALES):
        trainer.train((FARES, CODES2), 1)


RARE = X.clone()
RARE[:, 1] = (torch.arange(N) == 7).double() * N**0.5
RARE[:, 3] = 0.0
OUTLIER = X.clone()
OUTLIER[3, 2] = 200.0
HOT = nn.functional.one_hot(torch.arange(N) % F, F).double()


@pytest.mark.parametrize(
    ("model", "x"),
    [
        (network(), X),
        (network(), RARE),
        (network(), OUTLIER),
        (network(), HOT),
        (network(), 255 * HOT),
        (network(), 1e-4 * HOT * torch.logspace(0, 4, F)),
        (network(), FARES[:12]),
        (network(), (1000 * X).long()),
        (nn.Sequential(nn.BatchNorm1d(F), network()).double(), FARES),
        (nn.Sequential(nn.LayerNorm(F), network()).double(), FARES),
        (nn.Sequential(nn.Unflatten(1, (1, F)), nn.Conv1d(1, 1, F), nn.Flatten()).double(), FARES),
    ],
    ids=[
        *("standardised", "a rare category", "an outlier", "one-hot", "one scale for all", "small"),
        *("few rows", "whole numbers", "batch norm", "layer norm", "convolution"),
    ],
)
def test_columns_that_are_fine_or_not_read_as_they_are_raise_no_alarm(model, x):
    assert warned(Trainer(model, nn.MSELoss(), **QUIET), (x, COLUMN[: len(x)])) == []


class Scaling(nn.Module):
    """Scale the inputs by numbers of its own."""

    def __init__(self):
        super().__init__()
        self.register_buffer("spread", FARES.std(0))
        self.network = network()

    def forward(self, x):
        return self.network(x / self.spread)


def test_a_model_that_scales_its_inputs_raises_no_alarm():
    assert warned(Trainer(Scaling(), nn.MSELoss(), **QUIET), (FARES, COLUMN)) == []


# A model that is stuck.


def ending_in(last, bias):
    """A network whose last layer gives nearly ``bias`` for every row."""
    model = nn.Sequential(network(), last)
    with torch.no_grad():
        model[0].layers[-1].weight.mul_(0.01)
        model[0].layers[-1].bias.fill_(bias)
    return model


@pytest.mark.parametrize(
    ("last", "bias", "criterion", "said"),
    [
        (
            nn.ReLU(),
            -5.0,
            nn.MSELoss(),
            "every output is 0 and no gradient flows: the last ReLU is",
        ),
        (nn.ReLU(), -5.0, nn.L1Loss(), "every output is 0 and no gradient flows: the last ReLU is"),
        (nn.Sigmoid(), 900.0, nn.MSELoss(), "every output is 1 and no gradient flows: sigmoid at "),
        (nn.Tanh(), -900.0, nn.MSELoss(), "every output is -1 and no gradient flows: tanh at the "),
        (nn.Hardtanh(), 5.0, nn.MSELoss(), "every output is 1 and no gradient flows: training st"),
    ],
)
def test_a_model_that_is_stuck_is_warned_of_once(last, bias, criterion, said):
    trainer = Trainer(ending_in(last, bias), criterion, **QUIET)
    heard = warned(trainer, (X, COLUMN)) + warned(trainer, (X, COLUMN))
    assert len(heard) == 1
    assert heard[0].startswith(said)
    assert "fresh weights" in heard[0]


def test_a_saturated_head_of_an_objective_is_warned_of():
    trainer = Trainer(ending_in(nn.Identity(), 900.0), objective("mse", "binary"), **QUIET)
    (heard,) = warned(trainer, (X, CODES2))
    assert heard.startswith("every output is 1 and no gradient flows: sigmoid at the end of the ")


def test_looking_for_a_stuck_model_leaves_no_trace():
    dead = nn.Sequential(nn.BatchNorm1d(F), nn.Dropout(0.5), ending_in(nn.ReLU(), -5.0)).double()
    plain = nn.Sequential(nn.BatchNorm1d(F), nn.Dropout(0.5), ending_in(nn.ReLU(), -5.0)).double()
    states = []
    for model, unchecked in ((dead, False), (plain, True)):
        torch.manual_seed(1)
        trainer = Trainer(model, nn.MSELoss(), unchecked=unchecked, **QUIET)
        assert len(warned(trainer, (X, COLUMN), 2)) == (not unchecked)
        states.append([*model.state_dict().values(), torch.get_rng_state()])
        assert model.training
    assert all(torch.equal(a, b) for a, b in zip(*states, strict=True))


@pytest.mark.parametrize(
    ("model", "criterion", "x", "y"),
    [
        (ending_in(nn.ReLU(), -5.0), nn.MSELoss(), X, torch.zeros_like(COLUMN)),
        (ending_in(nn.ReLU(), 5.0), nn.MSELoss(), X, COLUMN),
        (network(), nn.MSELoss(), 0 * X, COLUMN),
        (ending_in(nn.Identity(), 0.0), LOSSES["hinge"], X, SIGNS),
        (nn.Linear(F, 1).double(), lambda z, y: (1 + (z - y).clamp(min=9.0)).mean(), X, COLUMN),
        (ending_in(nn.ReLU(), -5.0), nn.MSELoss(), X[:1], torch.ones(1, 1).double()),
    ],
    ids=["zeros met", "alive", "same rows", "margins", "nothing left to gain", "one row"],
)
def test_a_model_that_moves_or_has_arrived_raises_no_alarm(model, criterion, x, y):
    assert warned(Trainer(model, criterion, lr=1e-4, progress=False), (x, y)) == []


def test_rare_gradients_are_gradients():
    """Most rows of a batch give nothing to a ReLU, some batches nothing at all."""
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.fill_(0.0)
    x = -torch.rand(40, 1) - 1
    x[0] = 1.0
    trainer = Trainer(model, nn.MSELoss(), batch_size=4, lr=1e-6, progress=False)
    assert warned(trainer, (x, torch.full((40, 1), 2.0))) == []


def test_sparse_gradients_are_taken_as_gradients():
    model = nn.Sequential(nn.Embedding(5, 3, sparse=True), nn.Flatten(), nn.Linear(3, 1))
    codes = torch.arange(10).unsqueeze(1) % 5
    trainer = Trainer(model, nn.MSELoss(), optimizer=torch.optim.SparseAdam, progress=False)
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense"):
        trainer.train((codes, torch.ones(10, 1)), 1)
    trainer = Trainer(model, nn.MSELoss(), "sgd", progress=False)
    assert warned(trainer, (codes, torch.ones(10, 1))) == []


@pytest.mark.parametrize(("model", "x"), [(ending_in(nn.ReLU(), -5.0), X), (network(), FARES)])
def test_unchecked_says_nothing(model, x):
    assert warned(Trainer(model, nn.MSELoss(), unchecked=True, **QUIET), (x, COLUMN)) == []


# Criteria that are in no catalogue.

COUNTS = (VALUES - VALUES.min()).round().unsqueeze(1)


@pytest.mark.parametrize(
    ("criterion", "name"),
    [
        (nn.PoissonNLLLoss(log_input=False), r"PoissonNLLLoss\(log_input=False\)"),
        (nn.MultiLabelMarginLoss(), "MultiLabelMarginLoss"),
        (nn.TripletMarginLoss(margin=2.0), r"TripletMarginLoss\(margin=2\)"),
    ],
)
def test_a_criterion_without_a_contract_is_warned_of_when_the_trainer_is_built(criterion, name):
    with pytest.warns(UserWarning, match=f"no contract for {name}") as caught:
        Trainer(network(), criterion)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Trainer(network(), criterion, unchecked=True)


class Own(nn.MSELoss):
    pass


@pytest.mark.parametrize(
    "criterion",
    [nn.L1Loss(), nn.SoftMarginLoss(), Own(), lambda z, y: (z - y).abs().mean(), LOSSES["focal"]],
)
def test_criteria_that_are_known_or_the_users_own_are_passed_over_in_silence(criterion):
    Trainer(network(), criterion)


@pytest.mark.filterwarnings("ignore:losslab has no contract")
def test_a_criterion_without_a_contract_trains():
    model = nn.Sequential(network(), nn.Softplus())
    trainer = Trainer(model, nn.PoissonNLLLoss(log_input=False), **QUIET)
    assert len(trainer.train((X, COUNTS), 1)) == 1


@pytest.mark.parametrize(
    ("criterion", "right", "wrong", "fix"),
    [
        (nn.SoftMarginLoss(), SIGNS, COLUMN, "2 * target - 1"),
        (nn.SoftMarginLoss(), SIGNS.long(), COLUMN.long(), "2 * target - 1"),
        (nn.HingeEmbeddingLoss(margin=2.0), SIGNS, COLUMN, "2 * target - 1"),
        (nn.MultiLabelSoftMarginLoss(), COLUMN, SIGNS, "(target + 1) / 2"),
        (nn.SoftMarginLoss(), SIGNS, SIGNS.ravel(), "target.reshape(-1, 1)"),
    ],
)
def test_targets_that_pytorchs_pages_rule_out_are_refused(criterion, right, wrong, fix):
    trainer = Trainer(network(), criterion, **QUIET)
    with pytest.raises(ContractError, match=type(criterion).__name__) as caught:
        trainer.train((X, wrong), 1)
    assert fix in caught.value.fix
    assert len(trainer.train((X, right), 1)) == 1
