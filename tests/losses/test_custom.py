"""A user's own loss: a function, a criterion, a partial; what it is taken for; its identity."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

import own_losses
from losslab.contracts.interval import REALS
from losslab.core.errors import ContractError, LosslabError, OptionError, UnknownNameError
from losslab.losses.catalog import LOSSES
from losslab.losses.custom import find_contract, is_plain, wrap_custom_loss
from losslab.losses.resolve import resolve_loss
from losslab.objectives.build import objective

Z = torch.tensor([[0.2], [-1.0], [2.5]])
TARGET = torch.tensor([[0.0], [1.0], [2.0]])


@pytest.mark.parametrize(
    ("loss", "reduces"),
    [
        (lambda p, y: (p - y).abs().pow(3).mean(), "rows"),
        (lambda p, y: (p - y).abs().pow(3).mean(-1), "nothing"),
        (lambda p, y: (p - y).abs().pow(3), "nothing"),
        (own_losses.closure(3.0), "nothing"),
        (own_losses.cubic, "nothing"),
        (own_losses.with_keyword, "nothing"),
    ],
    ids=["one value", "a value a row", "a value an element", "closure", "partial", "keyword"],
)
def test_a_function_may_return_one_value_or_rows_or_elements(loss, reduces):
    built = objective(loss, "regression")
    assert built.loss.reduces == reduces
    assert (built.head.name, built.codec.name, built.width) == ("identity", "standardized", 1)
    torch.testing.assert_close(built(Z, TARGET), (Z - TARGET).abs().pow(3).mean())
    if reduces == "nothing":
        assert built.compute_rows(Z, TARGET).shape == (3,)


@pytest.mark.parametrize(
    "criterion",
    [nn.SmoothL1Loss(beta=0.0), nn.HuberLoss(reduction="sum"), nn.MSELoss(reduction="sum")],
)
def test_a_torch_criterion_is_used_as_it_is(criterion):
    built = objective(criterion, "regression")
    assert built.loss.reduces == "rows"
    torch.testing.assert_close(built(Z, TARGET), criterion(Z, TARGET))


def test_an_unreduced_torch_criterion_gives_rows():
    built = objective(nn.MSELoss(reduction="none"), "regression")
    assert built.loss.reduces == "nothing"
    torch.testing.assert_close(built.compute_rows(Z, TARGET), (Z - TARGET).square()[:, 0])


@pytest.mark.parametrize(
    ("criterion", "name", "task"),
    [
        (nn.CrossEntropyLoss(), "cross_entropy", "multiclass"),
        (nn.CrossEntropyLoss(), "cross_entropy", "binary"),
        (nn.MSELoss(), "mse", "regression"),
        (nn.BCEWithLogitsLoss(), "bce_with_logits", "binary"),
        (nn.BCELoss(), "bce", "binary"),
        (nn.NLLLoss(), "nll", "multiclass"),
        (nn.KLDivLoss(reduction="batchmean"), "kl_div", "multiclass"),
        (nn.CosineEmbeddingLoss(), "cosine_embedding", "multiclass"),
        (nn.MultiMarginLoss(), "multi_margin", "multiclass"),
        (nn.PoissonNLLLoss(), "poisson_nll", "count"),
        (nn.SmoothL1Loss(), "smooth_l1", "regression"),
        (LOSSES["focal"].module(), "focal", "multiclass"),
        (LOSSES["hinge"].module(), "hinge", "binary"),
        (LOSSES["mse"].module(reduction="none", unchecked=True), "mse", "binary"),
    ],
)
def test_a_plain_criterion_is_the_catalogues_loss(criterion, name, task):
    assert objective(criterion, task, n_classes=3) == objective(name, task, n_classes=3)


@pytest.mark.parametrize(
    ("criterion", "name", "params", "task"),
    [
        (nn.HuberLoss(delta=0.5), "huber", {"delta": 0.5}, "regression"),
        (nn.SmoothL1Loss(beta=0.3), "smooth_l1", {"beta": 0.3}, "regression"),
        (nn.MultiMarginLoss(p=2, margin=0.5), "multi_margin", {"p": 2, "margin": 0.5}, "binary"),
        (nn.CosineEmbeddingLoss(margin=0.2), "cosine_embedding", {"margin": 0.2}, "binary"),
        (LOSSES["focal"].module(gamma=1.0), "focal", {"gamma": 1.0}, "multiclass"),
    ],
)
def test_a_criterion_with_a_parameter_of_the_catalogue_is_its_loss(criterion, name, params, task):
    assert objective(criterion, task, n_classes=3) == objective(name, task, n_classes=3, **params)


@pytest.mark.parametrize(
    "criterion",
    [nn.PoissonNLLLoss(log_input=False), nn.KLDivLoss(reduction="batchmean", log_target=True)],
)
def test_a_criterion_that_reads_something_else_is_not_the_catalogues(criterion):
    assert find_contract(criterion) is None
    assert not is_plain(criterion)


def test_a_mean_over_rows_and_outputs_keeps_its_own_value():
    criterion = nn.KLDivLoss(reduction="mean")
    built = objective(criterion, "multiclass", n_classes=3)
    assert (built.head.name, built.codec.name) == ("log_softmax", "one_hot")
    z = torch.randn(5, 3)
    target = built.codec.encode(torch.tensor([0, 1, 2, 1, 0]))
    with pytest.warns(UserWarning, match="batchmean"):
        ours = built(z, target)
    torch.testing.assert_close(ours, objective("kl_div", "multiclass", n_classes=3)(z, target) / 3)


def test_a_summed_focal_module_reads_class_indices_too():
    built = objective(LOSSES["focal"].module(reduction="sum"), "multiclass", n_classes=3)
    z, target = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    mean = objective("focal", "multiclass", n_classes=3)(z, target)
    torch.testing.assert_close(built(z, target), 5 * mean)


def test_a_cosine_criterion_that_does_not_average_is_refused_for_classes():
    with pytest.raises(ContractError) as caught:
        objective(nn.CosineEmbeddingLoss(reduction="sum"), "binary")
    assert str(caught.value) == (
        "loss 'cosine_embedding' needs the mean over the rows, each against its own target, "
        "but got CosineEmbeddingLoss(reduction='sum').\n"
        "  fix: reduction='mean'; for pairs with labels use losslab.Trainer"
    )


def test_a_summed_module_of_the_catalogue_stays_summed():
    built = objective(LOSSES["mse"].module(reduction="sum"), "regression")
    torch.testing.assert_close(built(Z, TARGET), (Z - TARGET).square().sum())


def test_a_criterion_with_settings_keeps_its_contract_but_not_its_claims():
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    built = objective(criterion, "multiclass", n_classes=3)
    assert (built.loss.name, built.head.name, built.codec.name) == (
        "cross_entropy",
        "identity",
        "class_index",
    )
    assert built.gives_probabilities
    assert (built.loss.kernel, built.loss.elicits, built.loss.proper) == (None, None, False)
    z, target = torch.randn(6, 3), torch.arange(6) % 3
    torch.testing.assert_close(built(z, target), criterion(z, target))
    with pytest.raises(LosslabError, match="needs raw scores"):
        objective(criterion, "multiclass", head="softmax", n_classes=3)


@pytest.mark.parametrize(
    ("loss", "task", "head", "codec", "boundary"),
    [
        (functional.binary_cross_entropy_with_logits, "binary", "identity", "zero_one", 0.0),
        (functional.mse_loss, "binary", "identity", "zero_one", 0.5),
        (functional.binary_cross_entropy, "binary", "sigmoid", "zero_one", 0.0),
        (functional.cross_entropy, "binary", "identity", "class_index", None),
        (functional.cross_entropy, "multiclass", "identity", "class_index", None),
        (nn.MultiMarginLoss(), "multiclass", "identity", "class_index", None),
        (functional.binary_cross_entropy, "multiclass", "softmax", "one_hot", None),
        (functional.huber_loss, "multiclass", "identity", "one_hot", None),
    ],
)
def test_what_a_function_reads_decides_head_targets_and_boundary(loss, task, head, codec, boundary):
    built = objective(loss, task, n_classes=3)
    assert (built.head.name, built.codec.name) == (head, codec)
    z = torch.linspace(-2, 2, 21).unsqueeze(1).expand(-1, built.width)
    target = built.codec.encode(torch.arange(21) % 2)
    assert built(z, target).isfinite()
    if boundary is not None:
        assert torch.equal(built.predict(z), (z[:, 0] > boundary).long())


def root_of_what_is_left(prediction, target):
    """A loss of values from 0 to 8, beyond which it is NaN."""
    return (prediction.sqrt() + (8 - prediction).sqrt() - target).square()


def test_a_loss_that_is_finite_just_above_one_is_not_taken_for_one_of_probabilities():
    built = objective(root_of_what_is_left, "binary")
    assert built.head.name == "identity"
    assert built.loss.prediction.within == REALS


def test_a_function_is_not_heard_while_it_is_tried(recwarn):
    wrap_custom_loss(functional.mse_loss)
    assert not recwarn.list


def test_a_loss_that_reduces_its_rows_takes_no_weights():
    built = objective(lambda p, y: (p - y).square().mean(), "regression")
    with pytest.raises(ContractError, match="needs to return one value per row to be weighted"):
        built(Z, TARGET, torch.ones(3))


@pytest.mark.parametrize(
    ("loss", "needed", "got", "fix"),
    [
        (
            lambda p: p,
            "needs to take (prediction, target)",
            "TypeError",
            "pass a function of only these two tensors",
        ),
        (
            lambda p, y: (p - y).sum(0),
            "needs to return a tensor of one value in all, per row or per element",
            "Tensor of shape (3,) for 4 rows of 3 outputs",
            "return values.mean(), values.mean(-1) or values",
        ),
        (
            lambda p, y: float((p - y).sum()),
            "needs to return a tensor",
            "float for 4 rows of 3 outputs",
            "return values.mean()",
        ),
        (
            nn.MSELoss,
            "needed a loss: a name, or a function of (prediction, target)",
            "the class MSELoss itself",
            "create an instance: MSELoss()",
        ),
        (3, "needed a loss: a name, or a function of (prediction, target)", "3", "loss='mse'"),
    ],
    ids=["one argument", "mean over rows", "a number", "a class", "no function"],
)
def test_what_is_no_loss_is_refused_with_the_fix(loss, needed, got, fix):
    with pytest.raises(ContractError) as caught:
        objective(loss, "regression")
    assert needed in caught.value.needed
    assert caught.value.got.startswith(got)
    assert caught.value.fix.startswith(fix)


def test_a_module_and_function_name_a_loss(tmp_path, monkeypatch):
    Path(tmp_path, "mylosses_a.py").write_text(
        "def triple(p, y):\n    return 3 * (p - y).abs()\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    before = [entry for entry in sys.path if entry != str(tmp_path)]
    monkeypatch.setattr(sys, "path", [*before])
    loss = resolve_loss("mylosses_a:triple")
    assert sys.path == before, "the folder is looked in for this import only"
    assert loss.name == "triple"
    assert loss(torch.tensor([2.0]), torch.tensor([1.0])).item() == 3.0


@pytest.mark.parametrize(
    ("source", "name", "kind", "got", "fix"),
    [
        (None, "mylosses_b:f", OptionError, "'mylosses_b' (ModuleNotFoundError", "run in the"),
        ("def f(:", "mylosses_c:f", OptionError, "'mylosses_c' (SyntaxError", "run in the folder"),
        ("1 / 0", "mylosses_d:f", OptionError, "'mylosses_d' (ZeroDivisionError", "run in the"),
        ("def fun(p, y): ...", "mylosses_e:fan", OptionError, "'fan'", "did you mean 'fun'?"),
    ],
)
def test_a_module_that_cannot_be_used_is_explained(
    tmp_path, monkeypatch, source, name, kind, got, fix
):
    if source is not None:
        Path(tmp_path, f"{name.split(':')[0]}.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as caught:
        resolve_loss(name)
    assert caught.value.got.startswith(got)
    assert caught.value.fix.startswith(fix)


def test_a_loss_of_ones_own_takes_no_parameters_by_name():
    with pytest.raises(
        OptionError, match="needed a loss of the catalogue for parameters, but got power for loss"
    ):
        resolve_loss(own_losses.closure(2.0), power=3.0)


def test_a_loss_itself_resolves_to_itself():
    assert resolve_loss(LOSSES["mse"]) == LOSSES["mse"]
    with pytest.raises(UnknownNameError):
        resolve_loss("quartic")


def test_scores_that_weigh_one_class_more_have_their_boundary_at_zero():
    def weighted(prediction, target):
        weight = torch.tensor(3.0)
        return functional.binary_cross_entropy_with_logits(prediction, target, pos_weight=weight)

    def focal(prediction, target):
        each = functional.binary_cross_entropy_with_logits(prediction, target, reduction="none")
        share = 0.25 * target + 0.75 * (1 - target)
        return (share * (1 - torch.exp(-each)) ** 2 * each).mean()

    for loss in (weighted, focal):
        built = objective(loss, task="binary")
        assert built.predict(torch.tensor([[0.3], [-0.3]])).tolist() == [1, 0]
    values = objective(lambda p, t: ((p - t) ** 4).mean(), task="binary")
    assert values.predict(torch.tensor([[0.3], [0.7]])).tolist() == [0, 1]


def test_a_loss_that_falls_beyond_only_one_class_is_of_values():
    def one_sided(prediction, target):
        return ((1 - target) * 2 * prediction.exp() + target * (prediction - 1) ** 2).mean()

    built = objective(one_sided, task="binary")
    assert built.predict(torch.tensor([[0.3], [0.7]])).tolist() == [0, 1]
