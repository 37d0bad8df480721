"""Losses as modules in somebody's own PyTorch loop."""

import re

import pytest
import torch
from torch import nn

from losslab.core.errors import ContractError, OptionError
from losslab.losses.catalog import LOSSES

WITH_A_CLASS = [loss for loss in LOSSES.values() if loss.torch_class]


@pytest.mark.parametrize("loss", WITH_A_CLASS, ids=[loss.name for loss in WITH_A_CLASS])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_module_drops_into_a_plain_loop(loss, reduction):
    criterion = getattr(nn, loss.torch_class.removeprefix("torch.nn."))(reduction=reduction)
    trained = [
        trained_weights(each, loss) for each in (loss.module(reduction=reduction), criterion)
    ]
    torch.testing.assert_close(*trained)
    assert not torch.equal(trained[0], trained_weights(lambda p, y: 0 * p, loss))


def trained_weights(criterion, loss):
    torch.manual_seed(3)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.randn(8, 4)
    seed = torch.Generator().manual_seed(1)
    target = loss.target.sample(*((8,) if loss.target.integer else (8, 3)), generator=seed)
    for _ in range(5):
        optimizer.zero_grad()
        prediction = model(x)
        value = criterion(prediction, target if loss.target.integer else target.float())
        value.sum().backward()
        optimizer.step()
    return model.weight.detach()


column, flat = torch.zeros(4, 1), torch.zeros(4)
scores = torch.zeros(4, 3)

REFUSED = {
    "a column against a flat target": (
        *("mse", column, flat),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4, 1) and target (4,)",
        "target.reshape((4, 1)), or reshape the prediction likewise",
    ),
    "a single number against a batch": (
        *("l1", flat, torch.zeros(())),
        "loss 'l1' needs a prediction and a target of the same shape",
        "prediction (4,) and target ()",
        "give both one entry per row and output; nothing is broadcast",
    ),
    "integer values": (
        *("mse", flat, flat.long()),
        "loss 'mse' needs a floating-point target (float value or probability in (-inf, inf), "
        "shape (...))",
        "dtype torch.int64",
        "target.float()",
    ),
    "yes and no": (
        *("bce_with_logits", flat, flat.bool()),
        "loss 'bce_with_logits' needs a floating-point target (float probability in [0, 1], "
        "shape (...))",
        "dtype torch.bool",
        "target.float()",
    ),
    "integer predictions": (
        *("mse", flat.long(), flat),
        "loss 'mse' needs a floating-point prediction (float value or probability in (-inf, inf), "
        "shape (...))",
        "dtype torch.int64",
        "prediction.float()",
    ),
    "0/1 labels for signs": (
        *("hinge", flat, torch.tensor([0.0, 1.0, 1.0, 0.0])),
        "loss 'hinge' needs a target that is float signs in {-1, 1}, shape (...)",
        "values from 0 to 1",
        "turn 0/1 labels into signs: 2 * target - 1",
    ),
    "signs for 0/1 labels": (
        *("bce_with_logits", flat, torch.tensor([-1.0, 1.0, 1.0, -1.0])),
        "loss 'bce_with_logits' needs a target that is float probability in [0, 1], shape (...)",
        "values from -1 to 1",
        "turn signs into 0/1: (target + 1) / 2; scale 0..255 masks by 1/255",
    ),
    "a missing value": (
        *("mse", flat, torch.tensor([1.0, float("nan"), 2.0, 3.0])),
        "loss 'mse' needs a target that is float value or probability in (-inf, inf), shape (...)",
        "1 value that is not finite",
        "drop or fill in missing values first; a smaller learning rate keeps outputs finite",
    ),
    "diverged outputs": (
        *("mse", torch.full((4,), torch.inf), flat),
        "loss 'mse' needs a prediction that is float value or probability in (-inf, inf), "
        "shape (...)",
        "4 values that are not finite",
        "drop or fill in missing values first; a smaller learning rate keeps outputs finite",
    ),
    "classes counted from 1": (
        *("cross_entropy", scores, torch.tensor([1, 2, 3, 1])),
        "loss 'cross_entropy' needs class indices from 0 to 2, for 3 outputs",
        "values from 1 to 3",
        "number the classes from 0, and give the last layer one output per class",
    ),
    "one output for two classes": (
        *("cross_entropy", column, torch.tensor([0, 1, 1, 0])),
        "loss 'cross_entropy' needs class indices from 0 to 0, for 1 output",
        "values from 0 to 1",
        "number the classes from 0, and give the last layer one output per class",
    ),
    "negative classes": (
        *("cross_entropy", scores, torch.tensor([-100, 0, 1, 2])),
        "loss 'cross_entropy' needs a target that is integer class index in [0, inf), shape (...)",
        "values from -100 to 2",
        "bring the values into [0, inf)",
    ),
    "float classes": (
        *("cross_entropy", scores, flat),
        "loss 'cross_entropy' needs an int64 target (integer class index in [0, inf), shape (...))",
        "dtype torch.float32",
        "target.long()",
    ),
    "short integers": (
        *("cross_entropy", scores, flat.to(torch.int32)),
        "loss 'cross_entropy' needs an int64 target (integer class index in [0, inf), shape (...))",
        "dtype torch.int32",
        "target.long()",
    ),
    "classes in a column": (
        *("cross_entropy", scores, column.long()),
        "loss 'cross_entropy' needs a prediction (..., K) and a target of its shape without K",
        "prediction (4, 3) and target (4, 1)",
        "target.squeeze(-1), one class index per row",
    ),
    "one-hot rows": (
        *("cross_entropy", scores, scores),
        "loss 'cross_entropy' needs a prediction (..., K) and a target of its shape without K",
        "prediction (4, 3) and target (4, 3)",
        "target.argmax(-1) turns one-hot rows into class indices",
    ),
    "classes on axis 1": (
        *("cross_entropy", torch.zeros(4, 3, 5), torch.zeros(4, 5).long()),
        "loss 'cross_entropy' needs a prediction (..., K) and a target of its shape without K",
        "prediction (4, 3, 5) and target (4, 5)",
        "prediction.movedim(1, -1): the classes come last, unlike in PyTorch",
    ),
    "classes of other rows": (
        *("cross_entropy", scores, torch.zeros(5).long()),
        "loss 'cross_entropy' needs a prediction (..., K) and a target of its shape without K",
        "prediction (4, 3) and target (5,)",
        "pass one score per class and one class index per row: prediction (N, K), target (N,)",
    ),
}


@pytest.mark.parametrize(
    ("name", "prediction", "target", "needed", "got", "fix"), REFUSED.values(), ids=list(REFUSED)
)
def test_what_the_contract_forbids_is_refused_with_the_fix(
    name, prediction, target, needed, got, fix
):
    with pytest.raises(ContractError) as caught:
        LOSSES[name].module()(prediction, target)
    assert str(caught.value) == f"{needed}, but got {got}.\n  fix: {fix}"


def test_the_plain_call_is_unreduced_and_refuses_to_broadcast():
    assert LOSSES["mse"](column, column).shape == (4, 1)
    assert LOSSES["cross_entropy"](scores, flat.long()).shape == (4,)
    with pytest.raises(ContractError, match="same shape"):
        LOSSES["mse"](column, flat)


@pytest.mark.parametrize(
    ("name", "criterion", "prediction", "target"),
    [
        ("mse", nn.MSELoss(), torch.tensor([[1.0], [2.0]]), torch.tensor([3.0, 5.0])),
        ("l1", nn.L1Loss(), torch.tensor([[1.0], [2.0]]), torch.tensor([3.0, 5.0])),
        ("bce_with_logits", nn.BCEWithLogitsLoss(), torch.ones(3), torch.tensor([-1.0, 1.0, 7.0])),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_an_unchecked_module_behaves_as_plain_pytorch(name, criterion, prediction, target):
    ours = LOSSES[name].module(unchecked=True)(prediction, target)
    torch.testing.assert_close(ours, criterion(prediction, target))


def test_a_mean_over_classes_is_a_mean_over_rows():
    values = torch.tensor([[[1.0, 2.0], [0.0, 3.0]]])
    target = torch.tensor([[0, 1]])
    unreduced = LOSSES["cross_entropy"].module(reduction="none")(values, target)
    assert unreduced.shape == (1, 2)
    assert LOSSES["cross_entropy"].module()(values, target) == unreduced.mean()


def test_an_empty_batch_passes_the_checks():
    assert LOSSES["cross_entropy"].module(reduction="sum")(scores[:0], flat[:0].long()) == 0


def test_an_unknown_reduction_is_refused():
    with pytest.raises(OptionError, match=r"one of mean, sum, none, but got 'max'"):
        LOSSES["mse"].module(reduction="max")


def test_parameters_the_loss_has_not_are_refused_by_its_module():
    with pytest.raises(OptionError, match=re.escape("loss 'mse' needs parameters that it has")):
        LOSSES["mse"].module(gamma=2.0)


def test_a_module_names_its_loss():
    assert repr(LOSSES["mse"].module()) == "LossModule(mse, reduction='mean')"
