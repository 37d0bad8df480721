"""Targets that the function at the end of a model can't give."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from losslab import LOSSES, Trainer
from losslab.core.errors import ContractError
from trainer_samples import CODES2, COLUMN, ONE_HOT, QUIET, SIGNS, VALUES, F, K, N, X, numbers

STANDARD = ((VALUES - VALUES.mean()) / VALUES.std()).unsqueeze(1)
NOISE = 0.02 * numbers(N, 1, seed=3)
SPIKES = torch.where(STANDARD > 1, STANDARD, 0.0)


def model(last, width=1):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(F, 8), nn.Tanh(), nn.Linear(8, width), last).double()


def trained(last, criterion, target, width=1, **settings):
    return Trainer(model(last, width), criterion, **QUIET, **settings).train((X, target), 1)


SIGMOID = "needs targets between 0 and 1, which is all that a model ending in sigmoid can give"
LEAVE_OUT = "leave out {} at the end of the model"


@pytest.mark.parametrize(
    ("last", "criterion", "target", "needed", "fix"),
    [
        (nn.Sigmoid(), nn.MSELoss(), SIGNS, SIGMOID, "(target + 1) / 2"),
        (nn.Sigmoid(), nn.L1Loss(), SIGNS, SIGMOID, "(target + 1) / 2"),
        (nn.Sigmoid(), LOSSES["mse"].module(), COLUMN + 1, SIGMOID, "target - 1"),
        (
            *(nn.Sigmoid(), nn.HuberLoss(), STANDARD, SIGMOID),
            LEAVE_OUT.format("sigmoid") + ", or scale the targets to lie between 0 and 1",
        ),
        (
            *(nn.Tanh(), nn.MSELoss(), VALUES.unsqueeze(1), "needs targets between -1 and 1"),
            LEAVE_OUT.format("tanh") + ", or scale the targets to lie between -1 and 1",
        ),
        (nn.ReLU(), nn.MSELoss(), STANDARD, "of 0 and more", LEAVE_OUT.format("relu")),
        (nn.ReLU(), nn.L1Loss(), -STANDARD.exp(), "of 0 and more", LEAVE_OUT.format("relu")),
        (nn.Softplus(), LOSSES["log_cosh"], SIGNS, "0 and more", LEAVE_OUT.format("softplus")),
    ],
)
def test_targets_out_of_range_are_refused_before_any_step(last, criterion, target, needed, fix):
    with pytest.raises(ContractError) as caught:
        trained(last, criterion, target)
    assert needed in caught.value.needed
    assert caught.value.got.startswith("values from ")
    assert caught.value.fix == fix
    assert len(trained(last, criterion, target, unchecked=True)) == 1


@pytest.mark.parametrize(
    ("last", "target", "fix"),
    [
        (nn.Softmax(-1), 2 * ONE_HOT - 1, "(target + 1) / 2"),
        (
            nn.LogSoftmax(-1),
            ONE_HOT,
            "end the model in torch.nn.Softmax(-1) instead of log_softmax",
        ),
    ],
)
def test_rows_out_of_range_are_refused(last, target, fix):
    with pytest.raises(ContractError, match="a model ending in") as caught:
        trained(last, nn.MSELoss(), target, K)
    assert caught.value.fix == fix


def test_four_rows_are_enough_for_labels():
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    xor = torch.tensor([[-1.0], [1.0], [1.0], [-1.0]])
    network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
    with pytest.raises(ContractError, match="targets between 0 and 1"):
        Trainer(network, nn.MSELoss(), progress=False).train((corners, xor), 1)


@pytest.mark.parametrize(
    ("last", "criterion", "target"),
    [
        (nn.Sigmoid(), nn.MSELoss(), COLUMN),
        (nn.Sigmoid(), nn.MSELoss(), COLUMN + NOISE),
        (nn.Sigmoid(), nn.L1Loss(), 0.05 + 0.9 * COLUMN),
        (nn.Tanh(), nn.MSELoss(), SIGNS),
        (nn.Tanh(), nn.MSELoss(), 0.4 * STANDARD),
        (nn.Tanh(), nn.MSELoss(), COLUMN),
        (nn.ReLU(), nn.MSELoss(), COLUMN),
        (nn.ReLU(), nn.MSELoss(), VALUES.unsqueeze(1)),
        (nn.ReLU(), nn.MSELoss(), SPIKES + NOISE),  # measured: nothing, but for the noise
        (nn.Softplus(), nn.SmoothL1Loss(), COLUMN),  # 0 is approached
        (nn.ReLU(), lambda z, y: (z - y).abs().mean(), STANDARD),
        (nn.Identity(), nn.MSELoss(), STANDARD),
        (nn.LeakyReLU(), nn.MSELoss(), STANDARD),
        (nn.Sequential(nn.Sigmoid(), nn.Linear(1, 1)), nn.MSELoss(), STANDARD),
        (nn.Identity(), nn.PoissonNLLLoss(), COLUMN),
    ],
)
def test_targets_that_can_be_met_but_for_noise_are_not_refused(last, criterion, target):
    assert len(trained(last, criterion, target)) == 1


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_few_rows_of_noise_prove_nothing(rows):
    few = (X[:rows], -NOISE[:rows].abs())
    assert Trainer(model(nn.Softplus()), nn.MSELoss(), progress=False).train(few, 1)


def test_a_target_of_another_shape_or_dtype_is_refused_for_that():
    with pytest.raises(ContractError, match="the same shape"):
        trained(nn.Sigmoid(), nn.MSELoss(), SIGNS.ravel())
    with pytest.raises(ContractError, match="floating-point"):
        trained(nn.Sigmoid(), nn.MSELoss(), (2 * CODES2 - 1).unsqueeze(1))
    with pytest.raises(ContractError, match="one_hot") as caught:
        trained(nn.Softmax(-1), nn.MSELoss(), CODES2 + 1, K)
    rows = functional.one_hot(CODES2 + 1, K).double()
    assert "one column per class" in caught.value.fix
    assert len(trained(nn.Softmax(-1), nn.MSELoss(), rows, K)) == 1
