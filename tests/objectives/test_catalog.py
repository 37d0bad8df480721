"""Objectives: every pairing of the catalogue, and every pairing that is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from losslab import objective
from losslab.contracts.domain import Domain, Kind
from losslab.contracts.interval import NON_NEGATIVE, UNIT
from losslab.core.errors import ContractError, LosslabError, ObjectiveError
from losslab.core.tasks import TASKS
from losslab.losses.catalog import LOSSES
from losslab.losses.spec import Loss
from losslab.objectives.catalog import (
    CODECS,
    HEADS,
    OWN_LOSS_CODECS,
    PAIRINGS,
    format_width,
    list_losses,
    list_pairings,
)

EVERY_PAIRING = pytest.mark.parametrize(
    "pair", PAIRINGS, ids=[f"{pair.task}-{pair.loss}-{pair.head}" for pair in PAIRINGS]
)
USUAL = [list_pairings(task, loss)[0] for task in TASKS for loss in list_losses(task)]
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def build(pair, **options):
    return objective(pair.loss, pair.task, pair.head, n_classes=3, **options)


def labels_for(built):
    if built.codec.name == "counts":
        return np.array([2.0, 4.0, 3.0, 6.0])
    if built.codec.reads == "values":
        return np.array([2.0, 4.0, 12.0, 6.0])
    return np.arange(8) % (built.codec.n_classes or 2)


def outputs_for(built, rows=40):
    seed = torch.Generator().manual_seed(5)
    return 3 * torch.randn(rows, built.width, dtype=torch.float64, generator=seed)


@EVERY_PAIRING
def test_every_pairing_builds_with_the_right_width_and_targets(pair):
    built = build(pair)
    assert (built.head.name, built.codec.name, built.wrong) == (pair.head, pair.codec, None)
    n_classes = {"binary": 2, "multiclass": 3}.get(pair.task, 1)
    assert built.width == (n_classes if pair.codec in ("class_index", "one_hot") else 1)
    assert built.label == f"{pair.loss} on {pair.head}"
    assert format_width(pair) == ("K" if pair.task == "multiclass" else str(built.width))

    built = built.fit(labels_for(built))
    target = built.codec.encode(labels_for(built), torch.float64)
    z = outputs_for(built, rows=len(target))
    built.check(z, target)
    rows = built.compute_rows(z, target)
    assert rows.shape == (len(target),)
    torch.testing.assert_close(built(z, target), rows.mean(), **EXACT)
    weight = torch.arange(len(target), dtype=torch.float64)
    expected = (weight * rows).sum() / weight.sum()
    torch.testing.assert_close(built(z, target, weight), expected, **EXACT)
    stacked = built(z.expand(2, *z.shape), target.expand(2, *target.shape))
    torch.testing.assert_close(stacked, rows.mean().expand(2), **EXACT)


@pytest.mark.parametrize("pair", USUAL, ids=[f"{pair.task}-{pair.loss}" for pair in USUAL])
def test_the_first_pairing_of_a_loss_is_its_default(pair):
    usual = objective(pair.loss, pair.task, n_classes=3)
    assert (usual.head.name, usual.codec.name) == (pair.head, pair.codec)


@EVERY_PAIRING
def test_predictions_agree_with_plain_formulas(pair):
    built = build(pair).fit(labels_for(build(pair)))
    z = outputs_for(built)
    if built.codec.reads == "values":
        expected = z[:, 0] * np.std(labels_for(built)) + np.mean(labels_for(built))
        if pair.codec == "counts":  # the output is a log rate where nothing else stands at the end
            expected = {"identity": z.exp(), "exp": z.exp(), "softplus": z.exp().log1p()}[pair.head]
            expected = expected[:, 0]
        torch.testing.assert_close(built.predict(z), expected)
    elif built.width > 1:  # every head keeps the order of the scores
        assert torch.equal(built.predict(z), z.argmax(1))
    else:
        boundary = 0.5 if (pair.loss, pair.head) in BOUNDARY_AT_HALF else 0.0
        assert torch.equal(built.predict(z), (z[:, 0] > boundary).long())


BOUNDARY_AT_HALF = {("mse", "identity"), ("l1", "identity")}


@EVERY_PAIRING
def test_probabilities_agree_with_plain_formulas(pair):
    built = build(pair)
    z = outputs_for(built)
    has_link = pair.loss in ("bce_with_logits", "cross_entropy", "focal")
    assert built.gives_probabilities == (
        pair.task in ("binary", "multiclass")
        and (pair.head in ("sigmoid", "softmax", "log_softmax") or has_link)
    )
    if not built.gives_probabilities:
        return
    chances = built.predict_proba(z)
    if built.width == 1:
        positive = 1 / (1 + (-z[:, 0]).exp())
        expected = torch.stack([1 - positive, positive], dim=1)
    else:
        expected = z.exp() / z.exp().sum(1, keepdim=True)
    torch.testing.assert_close(chances, expected)
    assert torch.equal(chances.argmax(1), built.predict(z))


@EVERY_PAIRING
def test_the_decision_is_positive_on_the_second_class_side(pair):
    built = build(pair)
    if pair.task != "binary":
        return
    z = outputs_for(built)
    assert torch.equal((built.decision_function(z) > 0).long(), built.predict(z))
    if built.width == 2:
        torch.testing.assert_close(
            built.decision_function(z), built.head(z)[:, 1] - built.head(z)[:, 0]
        )


@EVERY_PAIRING
def test_training_towards_a_label_predicts_that_label(pair):
    """The gradient points the right way: a few plain steps on one row reach its own label."""
    built = build(pair).fit(labels_for(build(pair)))
    labels = labels_for(built)
    target = built.codec.encode(labels, torch.float64)
    z = torch.zeros(len(labels), built.width, dtype=torch.float64)
    step = 0.01 if pair.codec == "counts" else 0.1  # the gradient of exp grows with its value
    for _ in range(60):
        for _ in range(50):
            z.requires_grad_()
            (gradient,) = torch.autograd.grad(built.compute_rows(z, target).sum(), z)
            z = (z - step * gradient).detach()
        far = np.abs(built.predict(z).double().numpy() - labels)
        if (far < 0.5).all():
            return
    pytest.fail(f"after 3000 steps still {far} away")


DISTRIBUTION = Loss(
    name="distribution",
    tasks=("multiclass",),
    fn=lambda prediction, target: (prediction - target).square(),
    prediction=Domain(kinds=(Kind.PROBABILITY,), within=UNIT, over_outputs=True, sums_to_one=True),
    target=Domain(kinds=(Kind.PROBABILITY,), within=UNIT, over_outputs=True, sums_to_one=True),
)
RATE = replace(LOSSES["mse"], name="rate", target=Domain(kinds=(Kind.VALUE,), within=NON_NEGATIVE))

REFUSED = {
    "sigmoid before bce_with_logits": (
        {"loss": "bce_with_logits", "task": "binary", "head": "sigmoid"},
        "loss 'bce_with_logits' needs raw scores, but got probabilities from head 'sigmoid'.",
        "use head 'identity'",
    ),
    "softmax before cross_entropy": (
        {"loss": "cross_entropy", "task": "multiclass", "head": "softmax", "n_classes": 3},
        "loss 'cross_entropy' needs raw scores, but got probabilities from head 'softmax'.",
        "use head 'identity'",
    ),
    "sigmoid before hinge": (
        {"loss": "hinge", "task": "binary", "head": "sigmoid"},
        "loss 'hinge' needs raw scores, but got probabilities from head 'sigmoid'.",
        "use head 'identity'",
    ),
    "softmax with one output": (
        {"loss": lambda p, y: (p - y).square(), "task": "binary", "head": "softmax"},
        "head 'softmax' needs at least 2 outputs, but got 1 for task 'binary': "
        "one output alone has nothing to be compared with.",
        "use head 'sigmoid' for one output",
    ),
    "cross_entropy for regression": (
        {"loss": "cross_entropy", "task": "regression"},
        "loss 'cross_entropy' needs a task it can train: binary, multiclass, "
        "but got task 'regression'.",
        "for regression use mse, l1, huber, smooth_l1, log_cosh",
    ),
    "hinge for three classes": (
        {"loss": "hinge", "task": "multiclass", "n_classes": 3},
        "loss 'hinge' needs a task it can train: binary, but got task 'multiclass'.",
        "for multiclass use cross_entropy, nll, kl_div, focal, multi_margin, cosine_embedding, "
        "mse, l1",
    ),
    "sigmoid for values": (
        {"loss": "mse", "task": "regression", "head": "sigmoid"},
        "task 'regression' needs a head that gives values of any size, "
        "but got probabilities from head 'sigmoid'.",
        "use head 'identity'",
    ),
    "softmax for counts": (
        {"loss": "l1", "task": "count", "head": "softmax"},
        "task 'count' needs a head that gives values of any size, "
        "but got probabilities from head 'softmax'.",
        "use head 'identity'",
    ),
    "probabilities from scores": (
        {"loss": torch.nn.functional.binary_cross_entropy, "task": "binary", "head": "identity"},
        "loss 'binary_cross_entropy' needs predictions between 0 and 1, "
        "but got scores, values or log-rates of any size from head 'identity'.",
        "use head 'sigmoid'",
    ),
    "class indices for values": (
        {"loss": torch.nn.functional.nll_loss, "task": "regression"},
        "loss 'nll_loss' needs class indices as target, "
        "but got values from target encoding 'standardized'.",
        "use a loss for task 'regression', which reads values",
    ),
    "an unknown task": (
        {"loss": "mse", "task": "regresion"},
        "needed a task, but got 'regresion'.",
        "did you mean 'regression'?",
    ),
    "an unknown head": (
        {"loss": "mse", "task": "binary", "head": "sigmod"},
        "needed the name of a head, but got 'sigmod'.",
        "did you mean 'sigmoid'?",
    ),
    "an unknown loss": (
        {"loss": "mes", "task": "binary"},
        "needed the name of a loss, but got 'mes'.",
        "did you mean 'mse'?",
    ),
    "classes nobody counted": (
        {"loss": "mse", "task": "multiclass"},
        "task 'multiclass' needs the number of classes, but got None.",
        "n_classes=3",
    ),
    "a single class": (
        {"loss": "mse", "task": "multiclass", "n_classes": 1},
        "task 'multiclass' needs the number of classes, but got 1.",
        "n_classes=3",
    ),
    "a parameter the loss has not": (
        {"loss": "mse", "task": "regression", "delta": 1.0},
        "loss 'mse' has no parameter 'delta'.",
        "leave it out",
    ),
    "a misspelt parameter": (
        {"loss": "kl_div", "task": "binary", "smothing": 0.1},
        "loss 'kl_div' has no parameter 'smothing'.",
        "did you mean 'smoothing'?",
    ),
    "smoothing where a class is a number": (
        {"loss": "cross_entropy", "task": "binary", "smoothing": 0.1},
        "loss 'cross_entropy' has no parameter 'smoothing'.",
        "leave it out; kl_div, cosine_embedding, mse, l1 have it, with other targets",
    ),
    "smoothing that leaves nothing": (
        {"loss": "kl_div", "task": "binary", "smoothing": 1.0},
        "target encoding 'one_hot' needs smoothing in [0, 1), but got 1.0.",
        "smoothing=0 is the default",
    ),
    "relu for standardised values": (
        {"loss": "mse", "task": "regression", "head": "relu"},
        "task 'regression' needs a head for values of any size, the range of target "
        "encoding 'standardized', but got values of 0 and more from head 'relu'.",
        "use head 'identity'",
    ),
    "tanh for standardised values": (
        {"loss": "huber", "task": "regression", "head": "tanh"},
        "task 'regression' needs a head for values of any size, the range of target "
        "encoding 'standardized', but got values between -1 and 1 from head 'tanh'.",
        "use head 'identity'",
    ),
    "a rate where its logarithm is due": (
        {"loss": "poisson_nll", "task": "count", "head": "exp"},
        "loss 'poisson_nll' needs log-rates, but got values of 0 and more from head 'exp'.",
        "use head 'identity'",
    ),
    "sigmoids where a distribution is due": (
        {"loss": DISTRIBUTION, "task": "multiclass", "head": "sigmoid", "n_classes": 3},
        "loss 'distribution' needs probabilities in rows, summing to 1, "
        "but got probabilities from head 'sigmoid', each output on its own.",
        "use head 'softmax'",
    ),
    "targets of any size where none is below zero": (
        {"loss": RATE, "task": "regression"},
        "loss 'rate' needs targets of 0 and more, "
        "but got values of any size from target encoding 'standardized'.",
        "use a loss for task 'regression', which reads all of these",
    ),
}


@pytest.mark.parametrize(("options", "message", "fix"), REFUSED.values(), ids=list(REFUSED))
def test_what_does_not_fit_is_refused_with_the_fix(options, message, fix):
    with pytest.raises(LosslabError) as caught:
        objective(**options)
    assert str(caught.value) == f"{message}\n  fix: {fix}"


def objective_error(loss, task, head):
    try:
        objective(loss, task, head, n_classes=3)
    except ObjectiveError as error:
        return error
    return None


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_combination_is_a_pairing_or_refused_or_trains(loss, head, task):
    listed = any(pair.head == head for pair in list_pairings(task, loss))
    wrong = objective_error(loss, task, head)
    if wrong is not None:
        assert not listed
        assert wrong.fix
        assert any(name in wrong.needed for name in (repr(loss), repr(head), repr(task)))
        return
    built = objective(loss, task, head, n_classes=3)
    built.fit(labels_for(built))
    target = built.codec.encode(labels_for(built), torch.float64)
    built.check(outputs_for(built, rows=len(target)), target)
    if built.gives_probabilities:
        chances = built.predict_proba(outputs_for(built))
        torch.testing.assert_close(chances.sum(1), torch.ones(40, dtype=torch.float64))


def test_one_sigmoid_per_class_gives_no_class_probabilities():
    one_against_the_rest = objective("mse", "multiclass", "sigmoid", n_classes=3)
    assert one_against_the_rest.width == 3
    assert not one_against_the_rest.gives_probabilities


def test_an_unchecked_pairing_is_marked_and_computes_what_pytorch_would():
    built = objective("cross_entropy", "multiclass", "softmax", n_classes=3, unchecked=True)
    assert (
        built.wrong
        == "loss 'cross_entropy' needs raw scores, but got probabilities from head " + ("'softmax'")
    )
    z, target = outputs_for(built, rows=8), torch.arange(8) % 3
    theirs = torch.nn.functional.cross_entropy(z.softmax(1), target)
    torch.testing.assert_close(built(z, target), theirs)
    built.check(z, target)


def test_an_unchecked_pairing_that_fits_is_not_marked():
    assert objective("mse", "binary", unchecked=True).wrong is None


def test_prediction_and_probability_of_a_wrong_pairing_agree():
    built = objective("bce_with_logits", "binary", "sigmoid", unchecked=True)
    z = outputs_for(built)
    assert torch.equal(built.predict(z), (z[:, 0] > 0).long())
    assert torch.equal(built.predict_proba(z).argmax(1), built.predict(z))


def test_a_wrong_pairing_for_several_classes_keeps_an_output_per_class():
    built = objective("bce_with_logits", "multiclass", n_classes=3, unchecked=True)
    assert (built.codec.name, built.width, built.gives_probabilities) == ("one_hot", 3, False)


def test_what_cannot_be_computed_at_all_is_refused_even_unchecked():
    with pytest.raises(ObjectiveError, match="not even unchecked") as caught:
        objective("cross_entropy", "regression", unchecked=True)
    assert caught.value.fix.startswith("for regression use mse, l1")


def test_targets_outside_the_contract_are_refused_by_a_fitting_objective():
    built = objective("bce_with_logits", "binary")
    with pytest.raises(ContractError, match=r"in \[0, 1\]"):
        built.check(torch.zeros(2, 1), torch.tensor([[-1.0], [1.0]]))
    with pytest.raises(ContractError, match="same shape"):
        built(torch.zeros(2, 1), torch.zeros(2))


def test_the_catalogue_of_pairings_is_consistent():
    assert len(set(PAIRINGS)) == len(PAIRINGS)
    assert set(OWN_LOSS_CODECS) == set(TASKS)
    for pair in PAIRINGS:
        loss, head, codec = LOSSES[pair.loss], HEADS[pair.head], CODECS[pair.codec]
        if pair.codec == "class_index":
            loss = loss.by_class or loss
        assert pair.task in loss.tasks
        assert loss.prediction.shares_kind(head.emits)
        assert loss.target.shares_kind(codec.emits)
        assert (codec.reads == "values") == (pair.task in ("regression", "count"))
        assert (Kind.CLASS_INDEX in codec.emits) == loss.target.integer
