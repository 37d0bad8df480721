"""Fixes of wrong shapes and dtypes, copied as they are written and applied to all targets."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from losslab import LOSSES, Trainer
from losslab.core.errors import ContractError
from trainer_samples import BATCH, CODES2, CODES3, COLUMN, QUIET, K, N, X, network


class Squeezed(nn.Module):
    """Give one number per row, by whatever means."""

    def __init__(self, squeeze):
        super().__init__()
        self.network, self.squeeze = network(), squeeze

    def forward(self, x):
        return self.squeeze(self.network(x))


def apply_fix(fix, target):
    """Run the code of a fix, which comes before any remark."""
    code = re.split(", one | for |;", fix)[0]
    return eval(code, {"target": target, "torch": torch})


LOGS = nn.Sequential(network(K), nn.LogSoftmax(-1))
UNKNOWN = {
    "a function": functional.l1_loss,
    "a lambda": lambda z, y: (z - y).abs().mean(),
}


@pytest.mark.parametrize(
    ("model", "criterion", "target"),
    [
        (network(), nn.MSELoss(), COLUMN.ravel()),
        (network(), nn.L1Loss(), CODES2),
        (network(), nn.BCEWithLogitsLoss(), CODES2),
        (network(), nn.BCEWithLogitsLoss(), CODES2.bool()),
        (network(), LOSSES["log_cosh"], CODES2),
        (network(), UNKNOWN["a function"], CODES2),
        (network(), UNKNOWN["a lambda"], COLUMN.ravel()),
        (Squeezed(lambda z: z.squeeze(-1)), nn.HuberLoss(), COLUMN),
        (network(K), nn.MSELoss(), CODES3),
        (network(K), nn.SmoothL1Loss(), CODES3.unsqueeze(1)),
        (network(K), nn.MSELoss(), CODES3 + 1.0),
        (LOGS, nn.KLDivLoss(reduction="batchmean"), CODES3),
        (LOGS, nn.KLDivLoss(reduction="batchmean"), CODES3.unsqueeze(1).double()),
        (network(K), nn.CrossEntropyLoss(), CODES3.unsqueeze(1)),
        (network(K), nn.CrossEntropyLoss(), CODES3.unsqueeze(1).double()),
        (network(K), LOSSES["multi_margin"], CODES3.unsqueeze(1).double()),
    ],
)
def test_the_fix_of_a_shape_works_on_all_targets_at_once(model, criterion, target):
    assert N % BATCH, "the last batch is smaller"
    trainer = Trainer(model, criterion, **QUIET)
    with pytest.raises(ContractError) as caught:
        trainer.train((X, target), 1)
    fixed = apply_fix(caught.value.fix, target)
    assert len(fixed) == N
    assert len(trainer.train((X, fixed), 1)) == 1


def test_a_last_batch_of_one_row_shows_what_squeeze_does():
    data = (X[: BATCH + 1], COLUMN[: BATCH + 1].ravel())
    with pytest.raises(ContractError, match=r"prediction \(\) and target \(1,\)") as caught:
        Trainer(Squeezed(torch.squeeze), nn.MSELoss(), **QUIET).train(data, 1)
    assert caught.value.fix.startswith("squeeze(-1) in the model; squeeze() drops")
    assert Trainer(Squeezed(lambda z: z.squeeze(-1)), nn.MSELoss(), **QUIET).train(data, 1)


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.BCEWithLogitsLoss(), nn.PoissonNLLLoss()])
def test_yes_and_no_are_named_as_what_they_are(criterion):
    with pytest.raises(ContractError, match=r"got dtype torch\.bool") as caught:
        Trainer(network(), criterion, **QUIET).train((X, COLUMN.bool()), 1)
    assert caught.value.fix == "target.float()"


@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss(), LOSSES["focal"]])
def test_yes_and_no_may_be_classes(criterion):
    trainer = Trainer(network(2), criterion, **QUIET)
    numbers = Trainer(network(2), criterion, **QUIET)
    losses = trainer.train((X, CODES2.bool()), 2)
    np.testing.assert_array_equal(losses, numbers.train((X, CODES2), 2))
    assert trainer.evaluate((X, CODES2.bool())) == numbers.evaluate((X, CODES2))
