"""Short floats, evaluation before training, and labels that only unchecked training takes."""

import pytest
import torch
from torch import nn

from losslab import Trainer, objective
from losslab.core.errors import ContractError, LosslabError

X = torch.randn(48, 5, generator=torch.Generator().manual_seed(0))
K = torch.arange(48) % 3


def network(outputs, *last):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, outputs), *last)


SOFT = torch.randn(48, 3, generator=torch.Generator().manual_seed(1)).softmax(-1)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ("criterion", "last", "target"),
    [
        (nn.NLLLoss(), [nn.LogSoftmax(-1)], K),
        (nn.KLDivLoss(reduction="batchmean"), [nn.LogSoftmax(-1)], SOFT),
        (nn.CrossEntropyLoss(), [], SOFT),
        (objective("nll", "multiclass", n_classes=3), [], K),
        (objective("kl_div", "multiclass", n_classes=3, smoothing=0.1), [], K),
    ],
    ids=["nll", "kl_div", "soft cross_entropy", "nll objective", "kl_div objective"],
)
def test_networks_of_short_floats_train(dtype, criterion, last, target):
    trainer = Trainer(network(3, *last).to(dtype), criterion, "sgd", lr=0.01)
    assert trainer.train((X, target), epochs=1)[0] < 2


def test_soft_targets_of_short_floats_train():
    soft = SOFT.to(torch.bfloat16)
    assert Trainer(network(3), nn.CrossEntropyLoss()).train((X, soft), epochs=1)[0] < 2


@pytest.mark.parametrize(
    ("model", "criterion", "target"),
    [
        (network(3, nn.Softmax(-1)), nn.CrossEntropyLoss(), K),
        (network(1, nn.Sigmoid()), nn.BCEWithLogitsLoss(), (K > 1).float().reshape(-1, 1)),
        (network(3, nn.Softmax(-1)), objective("cross_entropy", "multiclass", n_classes=3), K),
    ],
    ids=["softmax", "sigmoid", "objective"],
)
def test_a_wrong_output_is_refused_by_evaluation_too(model, criterion, target):
    with pytest.raises(ContractError, match=r"needs (raw )?scores"):
        Trainer(model, criterion).evaluate((X, target))
    loss, _ = Trainer(model, criterion, unchecked=True).evaluate((X, target))
    assert 0 < loss < 5


def test_labels_that_are_no_class_codes_train_unchecked_as_plain_pytorch_would():
    signs = 2 * (K > 1).long() - 1
    with pytest.raises(LosslabError, match="class codes from 0 to 1"):
        Trainer(network(1), objective("bce_with_logits", "binary")).train((X, signs), epochs=1)
    model, twin = network(1), network(1)
    goal = objective("bce_with_logits", "binary")
    trainer = Trainer(model, goal, "sgd", lr=0.1, unchecked=True, batch_size=48)
    (loss,) = trainer.train((X, signs), epochs=1)
    plain = nn.BCEWithLogitsLoss()(twin(X), signs.float().reshape(-1, 1))
    assert loss == pytest.approx(plain.item(), rel=1e-6)
