"""Losses as modules in somebody's own PyTorch loop."""

import re

import pytest
import torch
from torch import nn

from loss_samples import as_prediction
from losslab.core.errors import ContractError, OptionError
from losslab.losses.catalog import LOSSES

WITH_A_CLASS = [loss for loss in LOSSES.values() if loss.torch_class]


@pytest.mark.parametrize("loss", WITH_A_CLASS, ids=[loss.name for loss in WITH_A_CLASS])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_module_drops_into_a_plain_loop(loss, reduction):
    over_rows = loss.over_outputs == "sum" and reduction == "mean"
    criterion = getattr(nn, loss.torch_class.removeprefix("torch.nn."))(
        reduction="batchmean" if over_rows else reduction
    )
    trained = [
        trained_weights(each, loss) for each in (loss.module(reduction=reduction), criterion)
    ]
    torch.testing.assert_close(*trained)
    assert not torch.equal(trained[0], trained_weights(lambda p, *others: 0 * p, loss))


def trained_weights(criterion, loss):
    torch.manual_seed(3)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.randn(8, 4)
    seed = torch.Generator().manual_seed(1)
    target = loss.target.sample(*((8,) if loss.target.integer else (8, 3)), generator=seed)
    target = target if loss.target.integer else target.float()
    label = (torch.tensor([1.0, -1.0] * 4),) if loss.pair_label else ()
    for _ in range(5):
        optimizer.zero_grad()
        prediction = as_prediction(loss, model(x))
        value = criterion(prediction, target, *label)
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
        "target.reshape(-1, 1)",
    ),
    "an integer target against a column": (
        *("mse", column, flat.long()),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4, 1) and target (4,)",
        "target.float().reshape(-1, 1)",
    ),
    "a column of targets against flat predictions": (
        *("mse", flat, column),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4,) and target (4, 1)",
        "target.reshape(-1)",
    ),
    "one row that lost every axis": (
        *("mse", torch.tensor(0.5), flat[:1]),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction () and target (1,)",
        "squeeze(-1) in the model; squeeze() drops every axis of a single row",
    ),
    "as many numbers in other rows": (
        *("mse", torch.zeros(4, 2), torch.zeros(2, 4)),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4, 2) and target (2, 4)",
        "target.reshape((4, 2)), or reshape the prediction likewise",
    ),
    "class indices where one column per class is due": (
        *("kl_div", scores.log_softmax(-1), torch.tensor([0, 1, 2, 0])),
        "loss 'kl_div' needs a prediction and a target of the same shape",
        "prediction (4, 3) and target (4,)",
        "torch.nn.functional.one_hot(target.long().flatten(), 3).float(), one column per class",
    ),
    "a column of classes counted from 1": (
        *("mse", scores, torch.tensor([[1.0], [3.0], [2.0], [1.0]])),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4, 3) and target (4, 1)",
        "torch.nn.functional.one_hot(target.long().flatten() - 1, 3).float(), one column per class",
    ),
    "values that are no classes against several outputs": (
        *("mse", scores, torch.tensor([0.5, 1.0, 2.0, torch.inf])),
        "loss 'mse' needs a prediction and a target of the same shape",
        "prediction (4, 3) and target (4,)",
        "pass tensors of one shape, (rows, outputs); nothing is broadcast",
    ),
    "a single number against a batch": (
        *("l1", flat, torch.zeros(())),
        "loss 'l1' needs a prediction and a target of the same shape",
        "prediction (4,) and target ()",
        "pass tensors of one shape, (rows, outputs); nothing is broadcast",
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
    "probabilities for log-probabilities": (
        *("nll", scores.softmax(-1), torch.tensor([0, 1, 2, 0])),
        "loss 'nll' needs a prediction that is float log probability in (-inf, 0], exponentials "
        "summing to 1, shape (..., K)",
        "values from 0.333333 to 0.333333",
        "end the model in torch.nn.LogSoftmax(-1), fed with raw scores",
    ),
    "a ReLU that happens to be all zero for log-probabilities": (
        *("kl_div", scores, scores.softmax(-1)),
        "loss 'kl_div' needs a prediction that is float log probability in (-inf, 0], "
        "exponentials summing to 1, shape (..., K)",
        "rows whose exponentials sum to 3",
        "end the model in torch.nn.LogSoftmax(-1), fed with raw scores",
    ),
    "a target that is no distribution": (
        *("kl_div", scores.log_softmax(-1), torch.tensor([[0.5, 0.5, 0.5]] * 3 + [[1.0, 0, 0]])),
        "loss 'kl_div' needs a target that is float probability in [0, 1], summing to 1, "
        "shape (..., K)",
        "rows whose numbers sum to 1 up to 1.5",
        "one probability per class: torch.nn.functional.one_hot(labels, K).float()",
    ),
    "scores for probabilities": (
        *("bce", torch.tensor([0.5, 2.0, -1.0, 0.0]), flat),
        "loss 'bce' needs a prediction that is float probability in [0, 1], shape (...)",
        "values from -1 to 2",
        "end the model in torch.nn.Sigmoid(), or give raw scores to a loss that reads them",
    ),
    "negative counts": (
        *("poisson_nll", flat, torch.tensor([0.0, 2.0, -1.0, 4.0])),
        "loss 'poisson_nll' needs a target that is float value in [0, inf), shape (...)",
        "values from -1 to 4",
        "counts start at 0: drop or fix negative ones, or use a loss for regression",
    ),
    "signs for focal's 0 and 1": (
        *("focal", flat, torch.tensor([-1.0, 1.0, 1.0, -1.0])),
        "loss 'focal' needs a target that is float probability in {0, 1}, shape (...)",
        "values from -1 to 1",
        "turn signs into 0/1: (target + 1) / 2; scale 0..255 masks by 1/255",
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
    "float classes in a column": (
        *("cross_entropy", scores, column),
        "loss 'cross_entropy' needs a prediction (..., K) and a target of its shape without K",
        "prediction (4, 3) and target (4, 1)",
        "target.squeeze(-1).long(), one class index per row",
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
    torch.testing.assert_close(LOSSES["cross_entropy"].module()(values, target), unreduced.mean())


def test_an_empty_batch_passes_the_checks():
    assert LOSSES["cross_entropy"].module(reduction="sum")(scores[:0], flat[:0].long()) == 0


def test_an_unknown_reduction_is_refused():
    with pytest.raises(OptionError, match=r"one of mean, sum, none, but got 'max'"):
        LOSSES["mse"].module(reduction="max")


def test_parameters_the_loss_has_not_are_refused_by_its_module():
    with pytest.raises(OptionError, match=re.escape("loss 'mse' has no parameter 'gamma'")):
        LOSSES["mse"].module(gamma=2.0)


def test_a_module_names_its_loss():
    assert repr(LOSSES["mse"].module()) == "LossModule(mse, reduction='mean')"


def test_focal_reads_class_indices_too():
    criterion = LOSSES["focal"].module(gamma=0.0)
    z, labels = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), torch.arange(6) % 3
    # Without focus it is cross-entropy, in either form.
    torch.testing.assert_close(criterion(z, labels), nn.CrossEntropyLoss()(z, labels))
    hot = nn.functional.one_hot(labels, 3).float()
    torch.testing.assert_close(criterion(z, hot), nn.BCEWithLogitsLoss()(z, hot))
    with pytest.raises(ContractError, match="class indices from 0 to 2"):
        criterion(z, labels + 1)


def test_focal_weighs_cross_entropy_by_the_chance_of_the_other_classes():
    z, labels = torch.randn(6, 3, dtype=torch.float64), torch.arange(6) % 3
    chance = z.softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    expected = -((1 - chance) ** 1.5) * chance.log()
    ours = LOSSES["focal"].module(gamma=1.5, reduction="none")(z, labels)
    torch.testing.assert_close(ours, expected)


PAIRS = {
    "0/1 labels": (
        (torch.ones(2, 3), torch.ones(2, 3), torch.tensor([0, 1])),
        "loss 'cosine_embedding' needs a label that is float signs in {-1, 1}, shape (...)",
        "values from 0 to 1",
        "turn 0/1 labels into signs: 2 * label - 1",
    ),
    "a column of labels": (
        (torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 1)),
        "loss 'cosine_embedding' needs pairs of vectors (..., K) and one label per pair, of "
        "shape (...)",
        "vectors (2, 3) and labels (2, 1)",
        "one 1 (alike) or -1 (not alike) for each pair",
    ),
    "vectors of other lengths": (
        (torch.ones(2, 3), torch.ones(2, 4), torch.ones(2)),
        "loss 'cosine_embedding' needs a prediction and a target of the same shape",
        "prediction (2, 3) and target (2, 4)",
        "pass tensors of one shape, (rows, outputs); nothing is broadcast",
    ),
}


@pytest.mark.parametrize(("tensors", "needed", "got", "fix"), PAIRS.values(), ids=list(PAIRS))
def test_pairs_that_are_none_are_refused_with_the_fix(tensors, needed, got, fix):
    with pytest.raises(ContractError) as caught:
        LOSSES["cosine_embedding"].module()(*tensors)
    assert str(caught.value) == f"{needed}, but got {got}.\n  fix: {fix}"


def test_only_losses_of_pairs_take_a_label():
    with pytest.raises(ContractError, match="loss 'mse' needs a prediction and a target, nothing"):
        LOSSES["mse"].module()(column, column, flat)


def test_labels_of_pairs_may_be_integers():
    one, two = torch.randn(4, 3), torch.randn(4, 3)
    labels = torch.tensor([1, -1, -1, 1])
    ours = LOSSES["cosine_embedding"].module(margin=0.25)(one, two, labels)
    torch.testing.assert_close(ours, nn.CosineEmbeddingLoss(margin=0.25)(one, two, labels))


def test_the_mean_over_rows_has_pytorchs_name_where_its_mean_is_another():
    p, y = torch.randn(4, 3).log_softmax(-1), torch.rand(4, 3).softmax(-1)
    expected = nn.KLDivLoss(reduction="batchmean")(p, y)
    for reduction in ("mean", "batchmean"):
        torch.testing.assert_close(LOSSES["kl_div"].module(reduction=reduction)(p, y), expected)
    with pytest.raises(OptionError, match="needed a reduction"):
        LOSSES["mse"].module(reduction="batchmean")
