"""Wrong pairings of a model's end with a loss: refused before a step, plain PyTorch unchecked."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from losslab import LOSSES, Trainer, objective
from losslab.core.errors import ContractError
from losslab.training.trainer.output_activation import find_output_activation
from trainer_samples import (
    CODES2,
    CODES3,
    COLUMN,
    EPOCHS,
    ONE_HOT,
    QUIET,
    SIGNS,
    VALUES,
    F,
    K,
    X,
    loop_by_hand,
    network,
    same_weights,
    weights,
)

COUNTS = (VALUES - VALUES.min()).round().unsqueeze(1)
BATCHMEAN = nn.KLDivLoss(reduction="batchmean")


class Ending(nn.Module):
    """A network that calls a function at the end of its forward pass."""

    def __init__(self, width, fn):
        super().__init__()
        self.network, self.fn = network(width), fn

    def forward(self, x):
        return self.fn(self.network(x))


def width_for(target):
    return K if target.ndim == 1 else target.shape[1]


def raw(z):
    return z


def softmax(z):
    return functional.softmax(z, -1)


def log_softmax(z):
    return z.log_softmax(-1)


SCORES = ("needs raw scores", "leave out {}")
LOGS = ("needs log-probabilities", "end the model in torch.nn.LogSoftmax(-1) instead of {}")

# criterion, target, what ends the model, what is needed, what came, the fix
WRONG = [
    (nn.CrossEntropyLoss(), CODES3, softmax, *SCORES),
    (nn.CrossEntropyLoss(label_smoothing=0.1), CODES3, torch.sigmoid, *SCORES),
    (nn.CrossEntropyLoss(), ONE_HOT, torch.relu, *SCORES),
    (LOSSES["cross_entropy"], CODES3, softmax, *SCORES),
    (nn.BCEWithLogitsLoss(), COLUMN, torch.sigmoid, *SCORES),
    (nn.BCEWithLogitsLoss(), ONE_HOT, softmax, *SCORES),
    (nn.BCEWithLogitsLoss(), ONE_HOT, log_softmax, *SCORES),
    (nn.BCEWithLogitsLoss(), COLUMN, torch.relu, *SCORES),
    (LOSSES["hinge"], SIGNS, torch.sigmoid, *SCORES),
    (LOSSES["squared_hinge"].module(), SIGNS, softmax, *SCORES),
    (LOSSES["focal"], COLUMN, torch.sigmoid, *SCORES),
    (LOSSES["focal"].module(gamma=1.0), CODES3, softmax, *SCORES),
    (nn.MultiMarginLoss(), CODES3, softmax, *SCORES),
    (nn.NLLLoss(), CODES3, torch.relu, *LOGS),
    (nn.NLLLoss(), CODES3, softmax, *LOGS),
    (nn.NLLLoss(), CODES3, torch.sigmoid, *LOGS),
    (LOSSES["nll"].module(), CODES3, torch.relu, *LOGS),
    (BATCHMEAN, ONE_HOT, torch.relu, *LOGS),
    (BATCHMEAN, ONE_HOT, softmax, *LOGS),
    (nn.BCELoss(), COLUMN, torch.relu, "needs probabilities", "torch.nn.Sigmoid() instead of {}"),
    (nn.PoissonNLLLoss(), COUNTS, torch.exp, "needs log-rates", "leave out {}"),
]

every_wrong_pairing = pytest.mark.parametrize(
    ("criterion", "target", "end", "needed", "fix"),
    WRONG,
    ids=[f"{case[2].__name__} into {getattr(case[0], 'label', case[0])}" for case in WRONG],
)


def refusal(model, criterion, target, **settings):
    before = weights(model)
    with pytest.raises(ContractError) as caught:
        Trainer(model, criterion, **QUIET, **settings).train((X, target), 1)
    assert all(torch.equal(a, b) for a, b in zip(before, weights(model), strict=True))
    return caught.value


@every_wrong_pairing
def test_an_output_from_a_function_that_the_loss_cannot_do_with_is_refused_before_any_step(
    criterion, target, end, needed, fix
):
    error = refusal(Ending(width_for(target), end), criterion, target)
    assert needed in error.needed
    assert error.got.endswith(f"from a model whose output comes from {end.__name__}")
    assert fix.format(end.__name__) in error.fix


@pytest.mark.parametrize(
    ("criterion", "target", "end"),
    [case[:3] for case in WRONG if not isinstance(case[0], nn.BCELoss)],  # this one may raise
)
def test_the_same_pairing_unchecked_trains_as_a_loop_written_by_hand(criterion, target, end):
    by_hand, trained = (Ending(width_for(target), end) for _ in range(2))
    plain = criterion.module() if hasattr(criterion, "module") else criterion
    if hasattr(plain, "unchecked"):
        plain = plain.loss.module(unchecked=True)
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=1e-3)
    expected = loop_by_hand(by_hand, optimizer, plain, target)
    trainer = Trainer(trained, criterion, "sgd", 1e-3, unchecked=True, **QUIET)
    assert trainer.train((X, target), EPOCHS) == pytest.approx(expected, rel=1e-12)
    assert same_weights(by_hand, trained)


@pytest.mark.parametrize("end", [raw, torch.relu, torch.tanh])
def test_what_pytorch_raises_is_raised_unchecked(end):
    model = Ending(1, lambda z: 5.0 * end(z))
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        Trainer(model, nn.BCELoss(), unchecked=True, **QUIET).train((X, COLUMN), 1)


@pytest.mark.parametrize(
    ("criterion", "target", "fix"),
    [
        (nn.BCELoss(), COLUMN, "end the model in torch.nn.Sigmoid()"),
        (nn.NLLLoss(), CODES3, "end the model in torch.nn.LogSoftmax(-1)"),
        (BATCHMEAN, ONE_HOT, "end the model in torch.nn.LogSoftmax(-1)"),
    ],
)
def test_raw_scores_of_a_linear_layer_are_refused_where_probabilities_are_due(
    criterion, target, fix
):
    error = refusal(network(width_for(target)), criterion, target)
    assert error.got == "scores from a model whose output comes from a linear layer"
    assert error.fix == fix


def test_values_tell_where_the_graph_does_not():
    error = refusal(Ending(1, lambda z: 3.0 * z), nn.BCELoss(), COLUMN)
    assert "[0, 1]" in error.needed
    assert "torch.nn.Sigmoid()" in error.fix
    error = refusal(Ending(K, lambda z: 1.0 * softmax(z)), nn.NLLLoss(), CODES3)
    assert "log probability" in error.needed
    error = refusal(Ending(K, functional.logsigmoid), nn.NLLLoss(), CODES3)
    assert "rows whose exponentials sum to" in error.got


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.L1Loss(), nn.BCELoss()])
def test_a_softmax_over_one_output_is_refused(criterion):
    error = refusal(Ending(1, softmax), criterion, COLUMN)
    assert "it is always 1" in error.got
    assert "torch.nn.Sigmoid()" in error.fix


# What is right, or can't be told to be wrong, is left alone.


@pytest.mark.parametrize(
    ("criterion", "target", "end"),
    [
        (nn.CrossEntropyLoss(), CODES3, raw),
        (nn.CrossEntropyLoss(), CODES3, log_softmax),  # the same gradients, computed twice
        (nn.MultiMarginLoss(), CODES3, log_softmax),
        (nn.CrossEntropyLoss(), CODES3, lambda z: 3.0 * z.tanh()),
        (nn.CrossEntropyLoss(), CODES3, lambda z: functional.dropout(z.relu(), 0.1)),
        (nn.NLLLoss(), CODES3, log_softmax),
        (nn.NLLLoss(), CODES3, lambda z: softmax(z).log()),
        (BATCHMEAN, ONE_HOT, log_softmax),
        (nn.BCEWithLogitsLoss(), COLUMN, raw),
        (nn.BCELoss(), COLUMN, torch.sigmoid),
        (nn.BCELoss(), ONE_HOT, softmax),
        (nn.BCELoss(), ONE_HOT, lambda z: log_softmax(z).exp()),
        (nn.BCELoss(), ONE_HOT, lambda z: (z - z.logsumexp(-1, keepdim=True)).exp()),
        (nn.MSELoss(), COLUMN, torch.sigmoid),
        (nn.MSELoss(), COLUMN, lambda z: softmax(torch.cat([z, -z], 1))[:, :1]),
        (nn.L1Loss(), COUNTS, torch.relu),
        (nn.HuberLoss(), COUNTS, functional.softplus),
        (nn.MSELoss(), COUNTS, torch.exp),
        (nn.MSELoss(), (0.9 * ONE_HOT + 0.1 / K).log(), log_softmax),  # logarithms as targets
        (nn.PoissonNLLLoss(), COUNTS, raw),
        (LOSSES["cosine_embedding"], ONE_HOT, torch.relu),
        (lambda z, y: (z - y).abs().mean(), ONE_HOT, softmax),
    ],
)
def test_what_is_right_or_unknown_is_not_refused(criterion, target, end):
    model = Ending(width_for(target), end)
    assert len(Trainer(model, criterion, **QUIET).train((X, target), 1)) == 1


@pytest.mark.parametrize(
    "rearranged",
    [
        lambda p: p.view(-1, 1).squeeze(1),
        lambda p: p.reshape(-1),
        lambda p: p.unsqueeze(0).transpose(0, 1).clone(),
        lambda p: p[:, :1].flatten(),
        lambda p: p.select(1, 0),
        lambda p: p.float().T.contiguous(),
        lambda p: p.unbind(1)[0],
        nn.Identity(),
    ],
)
def test_the_output_activation_is_found_through_rearranging_functions(rearranged):
    z = torch.zeros(4, 1, dtype=torch.float64, requires_grad=True)
    assert find_output_activation(rearranged(z.sigmoid())).name == "sigmoid"


@pytest.mark.parametrize(
    "unknown",
    [
        lambda z: 1 - z.sigmoid(),
        lambda z: z.sigmoid() + z,
        lambda z: torch.cat([z.sigmoid(), z], 1),
        lambda z: z.sigmoid().detach(),
        lambda z: z.clamp(0, 1),
        raw,
    ],
)
def test_an_activation_followed_by_another_function_is_unknown(unknown):
    z = torch.zeros(4, 1, requires_grad=True)
    assert find_output_activation(unknown(z)) is None


# A head applied twice.


@pytest.mark.parametrize(
    ("goal", "labels", "end", "needed"),
    [
        (objective("mse", "binary"), CODES2, torch.sigmoid, "head 'sigmoid' needs the raw output"),
        (objective("bce", "binary"), CODES2, torch.relu, "head 'sigmoid' needs the raw output"),
        (
            objective("mse", "multiclass", n_classes=K),
            CODES3,
            softmax,
            "head 'softmax' needs the raw output",
        ),
        (
            objective("nll", "multiclass", n_classes=K),
            CODES3,
            softmax,
            "head 'log_softmax' needs the raw output",
        ),
        (
            objective("mse", "count", head="exp"),
            COUNTS.ravel(),
            torch.exp,
            "head 'exp' needs the raw output",
        ),
        (objective("cross_entropy", "binary"), CODES2, softmax, "needs raw scores"),
        (objective("bce_with_logits", "binary"), CODES2, torch.sigmoid, "needs raw scores"),
        (objective("mse", "regression"), VALUES, torch.relu, "task 'regression' needs a head"),
        (objective("poisson_nll", "count"), COUNTS.ravel(), torch.exp, "needs log-rates"),
    ],
)
def test_a_model_that_ends_in_a_head_is_refused_where_the_objective_has_its_own(
    goal, labels, end, needed
):
    error = refusal(Ending(goal.width, end), goal, labels)
    assert needed in error.needed
    assert f"comes from {end.__name__}" in error.got
    assert f"leave out {end.__name__} at the end of the model" in error.fix
    trainer = Trainer(Ending(goal.width, end), goal, unchecked=True, **QUIET)
    assert len(trainer.train((X, labels), 1)) == 1


@pytest.mark.parametrize(
    ("goal", "labels", "end"),
    [
        (objective("nll", "multiclass", n_classes=K), CODES3, log_softmax),
        (objective("cross_entropy", "multiclass", n_classes=K), CODES3, log_softmax),
        (objective("mse", "multiclass", n_classes=K), CODES3, log_softmax),
        (objective("mse", "binary", head="identity"), CODES2, torch.sigmoid),
        (objective("cosine_embedding", "multiclass", n_classes=K), CODES3, torch.relu),
        (objective("bce_with_logits", "binary", head="sigmoid", unchecked=True), CODES2, raw),
        (objective("mse", "binary"), CODES2, raw),
    ],
)
def test_an_end_that_spoils_nothing_for_the_objective_is_left_alone(goal, labels, end):
    assert len(Trainer(Ending(goal.width, end), goal, **QUIET).train((X, labels), 1)) == 1


# Targets that a loss of probabilities or counts can't read.


@pytest.mark.parametrize(
    ("criterion", "target", "end", "needed"),
    [
        (nn.NLLLoss(), CODES3 + 1, log_softmax, "class indices from 0 to 2"),
        (nn.NLLLoss(), ONE_HOT, log_softmax, "without K"),
        (BATCHMEAN, CODES3, log_softmax, "same shape"),
        (BATCHMEAN, 2 * ONE_HOT, log_softmax, "[0, 1]"),
        (BATCHMEAN, ONE_HOT / 2, log_softmax, "summing to 1"),
        (BATCHMEAN, ONE_HOT.long(), log_softmax, "floating-point"),
        (nn.BCELoss(), SIGNS, torch.sigmoid, "[0, 1]"),
        (nn.BCELoss(), COLUMN.ravel(), torch.sigmoid, "same shape"),
        (LOSSES["focal"], SIGNS, raw, "{0, 1}"),
        (LOSSES["squared_hinge"], COLUMN, raw, "{-1, 1}"),
        (nn.MultiMarginLoss(), CODES3 - 1, raw, "class index"),
        (nn.MultiMarginLoss(), CODES3 + 1, raw, "class indices from 0 to 2"),
        (nn.PoissonNLLLoss(), -1.0 - COUNTS, raw, "[0, inf)"),
        (nn.PoissonNLLLoss(), COUNTS.ravel(), lambda z: z[:, :1], "same shape"),
        (nn.SmoothL1Loss(), COLUMN.long(), raw, "floating-point"),
        (nn.MSELoss(), COLUMN.long(), raw, "floating-point"),
    ],
)
def test_targets_outside_the_contract_are_refused_before_any_step(criterion, target, end, needed):
    width = K if target.ndim == 1 else width_for(target)
    error = refusal(Ending(width, end), criterion, target)
    assert needed in error.needed
    assert error.fix


def test_ignored_rows_of_nll_are_not_checked():
    target = CODES3.clone()
    target[:5] = -100
    model = Ending(K, log_softmax)
    loss, _ = Trainer(model, nn.NLLLoss(), batch_size=len(X), progress=False).evaluate((X, target))
    with torch.no_grad():
        assert loss == pytest.approx(float(functional.nll_loss(model(X), target)))
    with pytest.raises(ContractError, match="class index"):
        Trainer(model, nn.NLLLoss(ignore_index=-1), **QUIET).train((X, target), 1)


def test_classes_per_pixel_are_along_the_second_axis():
    torch.manual_seed(0)
    pixels, classes = torch.randn(4, F, 5, 5), torch.randint(0, 3, (4, 5, 5))
    rows = functional.one_hot(classes, 3).movedim(-1, 1).float()
    model = nn.Sequential(nn.Conv2d(F, 3, 1), nn.LogSoftmax(1))
    for criterion, target in ((nn.NLLLoss(), classes), (BATCHMEAN, rows)):
        assert Trainer(model, criterion, progress=False).evaluate((pixels, target))[0] > 0
    with pytest.raises(ContractError, match="scores from a model whose output comes from a linear"):
        Trainer(nn.Conv2d(F, 3, 1), nn.NLLLoss(), progress=False).train((pixels, classes), 1)


@pytest.mark.parametrize(
    ("criterion", "target", "end"),
    [
        (nn.NLLLoss(), CODES3, log_softmax),
        (LOSSES["bce"].module(), COLUMN, torch.sigmoid),
        (LOSSES["kl_div"], ONE_HOT, log_softmax),
    ],
)
def test_a_model_that_diverges_breaks_no_contract(criterion, target, end):
    trainer = Trainer(Ending(width_for(target), lambda z: end(torch.nan * z)), criterion, **QUIET)
    with pytest.warns(RuntimeWarning, match="diverged"):
        trainer.train((X, target), 1)


def test_bce_loss_of_pytorch_names_divergence_as_the_reason():
    trainer = Trainer(Ending(1, lambda z: (z * torch.nan).sigmoid()), nn.BCELoss(), **QUIET)
    with pytest.raises(ContractError, match="training has diverged") as caught:
        trainer.train((X, COLUMN), 1)
    assert "lower the learning rate" in caught.value.fix
