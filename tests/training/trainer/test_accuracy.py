"""Which accuracy the trainer reports, and when it reports none."""

import math
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional

from losslab import LOSSES, Trainer, objective
from trainer_samples import (
    SIDES,
    TWO,
    UNSURE,
    Echo,
)

INSIDE = [[0.1], [0.3], [0.7], [0.9]]
LOGS = torch.tensor([[0.7, 0.3], [0.9, 0.1]]).log().tolist()


def accuracy_of(criterion, prediction, target, **settings):
    trainer = Trainer(Echo(), criterion, progress=False, batch_size=2, **settings)
    return trainer.evaluate((torch.tensor(prediction), torch.tensor(target)))[1]


@pytest.mark.parametrize(
    ("criterion", "prediction", "target", "expected"),
    [
        (nn.BCEWithLogitsLoss(), UNSURE, TWO, 1.0),
        (functional.binary_cross_entropy_with_logits, UNSURE, TWO, 1.0),
        (LOSSES["bce_with_logits"].module(), UNSURE, TWO, 1.0),
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0])), UNSURE, TWO, 1.0),
        (nn.BCELoss(), INSIDE, TWO, 0.75),
        (nn.MSELoss(), UNSURE, TWO, 0.75),
        (nn.L1Loss(), UNSURE, TWO, 0.75),
        (lambda z, y: ((z - y) ** 4).mean(), UNSURE, TWO, 0.75),
        (lambda z, y: functional.softplus((1 - 2 * y) * z).mean(), UNSURE, TWO, 1.0),
        (LOSSES["hinge"].module(), UNSURE, SIDES, 1.0),
        (nn.SoftMarginLoss(), UNSURE, SIDES, 1.0),
        (nn.MSELoss(), UNSURE, SIDES, 1.0),
        (LOSSES["hinge"].module(), UNSURE, [[1.0]] * 4, 0.75),
        (nn.BCEWithLogitsLoss(), UNSURE, [[0.0]] * 4, 0.25),
        (nn.MSELoss(), UNSURE, [[0.5], [1.0], [2.0], [7.0]], None),
        (nn.MSELoss(), UNSURE, [[0.0], [1.0], [2.0], [1.0]], None),
        (nn.MSELoss(), [-2.0, 0.3, 0.7, 2.0], [0.0, 1.0, 1.0, 1.0], 0.75),
        (nn.BCEWithLogitsLoss(), UNSURE, [[0.0], [0.9], [1.0], [1.0]], None),
        (nn.CrossEntropyLoss(), [[1.0, 0.0, 2.0], [3.0, 0.0, 1.0]], [2, 1], 0.5),
        (nn.NLLLoss(), LOGS, [0, 1], 0.5),
        (nn.KLDivLoss(reduction="batchmean"), LOGS, [[1.0, 0.0], [0.0, 1.0]], 0.5),
        (nn.KLDivLoss(reduction="batchmean"), LOGS, [[0.95, 0.05], [0.05, 0.95]], 0.5),
        (nn.KLDivLoss(reduction="batchmean"), LOGS, [[0.5, 0.5], [0.05, 0.95]], None),
        (nn.CrossEntropyLoss(), LOGS, [[0.95, 0.05], [0.05, 0.95]], 0.5),
        (nn.MSELoss(), [[0.7, 0.3], [0.9, 0.1]], [[0.95, 0.05], [0.05, 0.95]], None),
        (nn.PoissonNLLLoss(), UNSURE, TWO, None),
        (LOSSES["focal"], UNSURE, TWO, 1.0),
        (LOSSES["focal"], LOGS, [0, 1], 0.5),
        (LOSSES["squared_hinge"], UNSURE, SIDES, 1.0),
        (LOSSES["cosine_embedding"], [[0.7, 0.3], [0.9, 0.1]], [[1.0, 0.0], [0.0, 1.0]], 0.5),
        (nn.MSELoss(), [[1.0, 0.0, 2.0], [3.0, 0.0, 1.0]], [[0.0, 0, 1], [0, 1, 0]], 0.5),
        (nn.BCEWithLogitsLoss(), [[1.0, 0.0], [3.0, 1.0]], [[1.0, 1.0], [0.0, 1.0]], None),
        (nn.MSELoss(), [[1.0, 0.0], [3.0, 1.0]], [[1.5, 0.0], [0.0, 1.0]], None),
        # The classes cost the same nowhere that is known: no accuracy rather than a wrong one.
        (lambda z, y: ((1 + 8 * y) * (z - y) ** 2).mean(), UNSURE, TWO, None),
    ],
)
def test_accuracy_is_by_threshold_sign_or_arg_max_as_the_criterion_reads_outputs(
    criterion, prediction, target, expected
):
    assert accuracy_of(criterion, prediction, target) == expected


def test_one_column_is_never_read_by_arg_max():
    """The notebook's bug: over one column the arg-max is always 0, the majority's share."""
    target = [[0.0]] * 6 + [[1.0]] * 4
    scores = [[-1.0]] * 6 + [[1.0]] * 4
    assert accuracy_of(nn.MSELoss(), scores, target) == 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own word on broadcasting
        flat = [row[0] for row in target]
        assert accuracy_of(nn.L1Loss(), scores, flat, unchecked=True) == 1.0


@pytest.mark.parametrize(
    ("criterion", "prediction", "target"),
    [
        (nn.BCEWithLogitsLoss(), [[math.nan], [2.0]], [[0.0], [1.0]]),
        (nn.CrossEntropyLoss(), [[math.nan, 0.0], [0.0, 2.0]], [0, 1]),
        (nn.MSELoss(), [[math.nan, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]]),
        (objective("mse", "binary"), [[math.nan], [2.0]], [0, 1]),
    ],
)
def test_a_row_without_a_number_is_wrong(criterion, prediction, target):
    assert accuracy_of(criterion, prediction, target, unchecked=True) == 0.5
