"""The trainer against loops written by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from losslab import LOSSES, Trainer, objective
from trainer_samples import (
    BATCH,
    CODES2,
    CODES3,
    COLUMN,
    EPOCHS,
    ONE_HOT,
    QUIET,
    SIGNS,
    VALUES,
    K,
    N,
    X,
    loop_by_hand,
    network,
    same_weights,
    weights,
)

CRITERIA = {
    "mse on values": (nn.MSELoss(), VALUES.unsqueeze(1), 1),
    "l1 on 0/1": (nn.L1Loss(), COLUMN, 1),
    "huber": (nn.HuberLoss(delta=0.5), VALUES.unsqueeze(1), 1),
    "bce with logits": (nn.BCEWithLogitsLoss(), COLUMN, 1),
    "bce with logits, weighted": (
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]).double()),
        COLUMN,
        1,
    ),
    "cross entropy": (nn.CrossEntropyLoss(), CODES3, K),
    "cross entropy, smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), CODES3, K),
    "cross entropy on probabilities": (nn.CrossEntropyLoss(), 0.9 * ONE_HOT + 0.1 / K, K),
    "mse on one-hot rows": (nn.MSELoss(), ONE_HOT, K),
    "multi margin": (nn.MultiMarginLoss(), CODES3, K),
    "losslab's hinge": (LOSSES["hinge"].module(), SIGNS, 1),
    "losslab's cross entropy": (LOSSES["cross_entropy"].module(), CODES3, K),
    "a lambda": (lambda z, y: ((z - y) ** 4).mean(), COLUMN, 1),
}


OPTIMIZER_CLASSES = {
    "sgd": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {"weight_decay": 0.1}),
    "rmsprop": (torch.optim.RMSprop, {"alpha": 0.9}),
}


every_criterion = pytest.mark.parametrize(
    ("criterion", "target", "width"), CRITERIA.values(), ids=list(CRITERIA)
)


@every_criterion
@pytest.mark.parametrize("name", OPTIMIZER_CLASSES)
def test_training_equals_a_loop_written_by_hand(criterion, target, width, name):
    build, settings = OPTIMIZER_CLASSES[name]
    by_hand, trained = network(width), network(width)
    expected = loop_by_hand(
        by_hand, build(by_hand.parameters(), lr=0.02, **settings), criterion, target
    )
    trainer = Trainer(trained, criterion, name, 0.02, optimizer_params=settings, **QUIET)
    np.testing.assert_allclose(trainer.train((X, target), EPOCHS), expected, rtol=1e-12)
    for a, b in zip(weights(trained), weights(by_hand), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


OBJECTIVES = {
    "binary, bce_with_logits": (
        objective("bce_with_logits", "binary"),
        CODES2,
        lambda z, y: functional.binary_cross_entropy_with_logits(z[:, 0], y.double()),
    ),
    "binary, hinge": (
        objective("hinge", "binary"),
        CODES2,
        lambda z, y: (1 - (2 * y - 1) * z[:, 0]).clamp(min=0).mean(),
    ),
    "binary, mse on sigmoid": (
        objective("mse", "binary"),
        CODES2,
        lambda z, y: ((1 / (1 + torch.exp(-z[:, 0])) - y) ** 2).mean(),
    ),
    "binary, cross_entropy": (
        objective("cross_entropy", "binary"),
        CODES2,
        functional.cross_entropy,
    ),
    "multiclass, cross_entropy": (
        objective("cross_entropy", "multiclass", n_classes=K),
        CODES3,
        functional.cross_entropy,
    ),
    "multiclass, l1 on softmax": (
        objective("l1", "multiclass", n_classes=K),
        CODES3,
        lambda z, y: (z.softmax(1) - functional.one_hot(y, K)).abs().mean(),
    ),
    "regression, mse": (
        objective("mse", "regression"),
        VALUES,
        lambda z, y: ((z[:, 0] - (y - VALUES.mean()) / VALUES.std(correction=0)) ** 2).mean(),
    ),
}


every_objective = pytest.mark.parametrize(
    ("goal", "labels", "by_hand"), OBJECTIVES.values(), ids=list(OBJECTIVES)
)


@every_objective
def test_training_for_an_objective_equals_a_loop_on_its_formula(goal, labels, by_hand):
    plain, trained = network(goal.width), network(goal.width)
    expected = loop_by_hand(
        plain, torch.optim.SGD(plain.parameters(), lr=0.1), by_hand, labels, EPOCHS
    )
    losses = Trainer(trained, goal, "sgd", 0.1, **QUIET).train((X, labels), EPOCHS)
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    for a, b in zip(weights(trained), weights(plain), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


@every_objective
def test_evaluation_for_an_objective_is_the_mean_over_all_rows(goal, labels, by_hand):
    trainer = Trainer(network(goal.width), goal.fit(labels.numpy()), **QUIET)
    loss, accuracy = trainer.evaluate((X, labels))
    with torch.no_grad():
        z = trainer.model(X)
    assert loss == pytest.approx(float(by_hand(z, labels)), rel=1e-10)
    if goal.task == "regression":
        assert accuracy is None
    else:
        guess = z.argmax(1) if z.shape[1] > 1 else (z[:, 0] > 0).long()
        assert accuracy == pytest.approx(float((guess == labels).double().mean()))


def test_a_loader_gives_the_same_as_its_batches_in_a_loop():
    loader = DataLoader(TensorDataset(X, COLUMN), batch_size=BATCH)
    by_hand, trained = network(), network()
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=0.01)
    expected = []
    for _ in range(EPOCHS):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = functional.mse_loss(by_hand(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        expected.append(total / N)
    losses = Trainer(trained, nn.MSELoss(), lr=0.01, progress=False).train(loader, EPOCHS)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)


def test_training_again_goes_on_with_new_batch_orders():
    at_once, in_parts = network(), network()
    whole = Trainer(at_once, nn.MSELoss(), **QUIET).train((X, COLUMN), 4)
    trainer = Trainer(in_parts, nn.MSELoss(), **QUIET)
    parts = trainer.train((X, COLUMN), 1) + trainer.train((X, COLUMN), 3)
    assert parts == whole
    assert same_weights(at_once, in_parts)
    assert trainer.epochs_done == 4


def test_another_seed_visits_the_rows_in_another_order():
    first, second = (
        Trainer(network(), nn.MSELoss(), batch_size=BATCH, seed=seed, progress=False)
        for seed in (0, 1)
    )
    assert first.train((X, COLUMN), 1) != second.train((X, COLUMN), 1)


def test_a_step_with_weights_equals_a_step_on_the_rows_that_count():
    goal = objective("bce_with_logits", "binary")
    weighted, cut = network(), network()
    weight = torch.zeros(N).double()
    weight[:20] = 1.0
    target = goal.codec.encode(CODES2, torch.float64)
    first = Trainer(weighted, goal, "sgd", 0.5, **QUIET).step(X, target, weight)
    second = Trainer(cut, goal, "sgd", 0.5, **QUIET).step(X[:20], target[:20])
    assert first.shape == ()
    assert not first.requires_grad
    torch.testing.assert_close(first, second)
    for a, b in zip(weights(weighted), weights(cut), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    ("criterion", "target", "width"),
    [case for case in CRITERIA.values() if isinstance(case[0], nn.Module)],
    ids=[name for name, case in CRITERIA.items() if isinstance(case[0], nn.Module)],
)
def test_a_sum_steps_on_the_sum_but_reports_the_mean(criterion, target, width):
    summed, unreduced = (with_reduction(criterion, kind) for kind in ("sum", "none"))
    data = (X, target)
    expected = Trainer(network(width), criterion, **QUIET).evaluate(data)
    for other in (summed, unreduced):
        loss, accuracy = Trainer(network(width), other, **QUIET).evaluate(data)
        assert loss == pytest.approx(expected[0], rel=1e-12)
        assert accuracy == expected[1]
    by_hand, trained = network(width), network(width)
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=1e-4)
    loop_by_hand(by_hand, optimizer, summed, target, 1)
    Trainer(trained, summed, "sgd", 1e-4, **QUIET).train(data, 1)
    assert same_weights(by_hand, trained)


def with_reduction(criterion, reduction):
    if hasattr(criterion, "loss"):
        return criterion.loss.module(reduction=reduction)
    settings = {
        name: getattr(criterion, name)
        for name in ("pos_weight", "delta", "label_smoothing")
        if hasattr(criterion, name)
    }
    return type(criterion)(reduction=reduction, **settings)
