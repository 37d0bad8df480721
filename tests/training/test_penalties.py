"""Penalties: what they cost, their proximal steps, and that all engines take the same ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import nn

from engine_samples import assert_equal_results, bits, tables, train_both_ways, train_in_order
from losslab import MLP, Trainer
from losslab.core.errors import LosslabError, OptionError
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.penalties import group_lasso
from losslab.training.run import Run

FAST = pytest.mark.parametrize("engine", ["stacked", "compiled"])
REAL = sorted(set(PENALTIES) - {"none"})
OPTIMIZER_SETTINGS = {
    "sgd": {"lr": 0.05},
    "sgd with momentum": {"lr": 0.02, "optimizer_params": {"momentum": 0.9, "nesterov": 1.0}},
    "adam": {"lr": 0.01},
    "adamw": {"lr": 0.01},
    "rmsprop": {"lr": 0.003, "optimizer_params": {"momentum": 0.5}},
}


def a_run(**given_settings):
    usual = {"loss": "mse", "task": "regression", "hidden": (9, 5), "penalty": "l1", "alpha": 0.02}
    return Run(**{**usual, "batch_size": 30, "epochs": 3, "dtype": "float64", **given_settings})


def cost(penalty, weights, alpha, **own):
    """What weights cost, from the formula, in NumPy."""
    ratio = {"l1": 1.0, "l2": 0.0, "weight_decay": 0.0}.get(penalty, own.get("l1_ratio", 0.5))
    if penalty == "group_lasso":
        return alpha * np.sqrt((weights**2).sum(1)).sum()
    return alpha * (ratio * np.abs(weights) + (1 - ratio) / 2 * weights**2).sum()


# What they cost and their proximal steps


@pytest.mark.parametrize("penalty", REAL)
def test_the_value_is_that_of_the_formula(penalty):
    weights = torch.randn(4, 3, dtype=torch.float64)
    found = float(PENALTIES[penalty].value(weights, 0.3, **PENALTIES[penalty].bind({})))
    assert found == pytest.approx(cost(penalty, weights.numpy(), 0.3), rel=1e-12)


@pytest.mark.parametrize("penalty", REAL)
@pytest.mark.parametrize("alpha", [0.01, 0.7, 20.0])
def test_the_step_is_the_minimum_of_penalty_and_distance_in_the_metric_of_the_sizes(penalty, alpha):
    generator = np.random.default_rng(1)
    weights, sizes = generator.normal(size=(3, 4)), generator.uniform(0.05, 2.0, size=(3, 4))
    if penalty == "weight_decay":
        sizes = np.full_like(sizes, 0.5)  # it knows the learning rate only
    stepped = torch.tensor(weights)
    PENALTIES[penalty].proximal_step(
        stepped, torch.tensor(sizes), 0.5, alpha, **PENALTIES[penalty].bind({})
    )

    def objective(flat):
        w = flat.reshape(weights.shape)
        return cost(penalty, w, alpha) + ((w - weights) ** 2 / (2 * sizes)).sum()

    # The minimum is unique, so whatever a search without gradients finds is no lower.
    least = objective(stepped.numpy().ravel())
    start = stepped.numpy().ravel() + 1e-3 * generator.normal(size=12)
    searched = minimize(objective, start, method="Powell", options={"ftol": 1e-14, "xtol": 1e-9})
    assert least <= searched.fun + 1e-9
    for _ in range(200):
        assert least <= objective(stepped.numpy().ravel() + 0.1 * generator.normal(size=12))


def test_some_groups_are_left_and_some_are_zero_in_all_their_members():
    weights = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    group_lasso.apply_proximal_step(
        weights, torch.tensor([[1.0, 0.1], [1.0, 2.0], [1.0, 1.0]]), 0.0, 1.0
    )
    assert (weights == 0).all(1).tolist() == [False, True, True]


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3),
    st.lists(st.floats(1e-12, 1e6), min_size=3, max_size=3),
    st.floats(0, 1e3),
)
@settings(deadline=None)
def test_the_length_of_a_group_solves_its_equation_whatever_the_sizes(weights, sizes, alpha):
    before, thresholds = np.array(weights), np.array(sizes) * alpha
    after = torch.tensor([weights], dtype=torch.float64)
    group_lasso.apply_proximal_step(after, torch.tensor([sizes], dtype=torch.float64), 0.0, alpha)
    length = math.hypot(*after[0].tolist())  # where squares underflow, a norm would be 0
    assert np.isfinite(length)
    if alpha == 0:
        np.testing.assert_array_equal(after[0], before)
    elif length == 0:
        assert ((before / thresholds) ** 2).sum() <= 1 + 1e-6
    else:
        # What is left may be the difference of two numbers that are almost equal.
        slack = 1e-9 * np.abs(before).max()
        np.testing.assert_allclose(
            after[0], before * length / (length + thresholds), rtol=1e-5, atol=slack
        )


@pytest.mark.parametrize("penalty", REAL)
def test_an_alpha_of_zero_changes_nothing_and_what_is_not_a_number_stays_so(penalty):
    weights = torch.tensor([[1.5, -2.0], [float("nan"), 1.0]])
    before = weights.clone()
    PENALTIES[penalty].proximal_step(weights, 0.1, 0.1, 0.0, **PENALTIES[penalty].bind({}))
    torch.testing.assert_close(weights[0], before[0], rtol=0, atol=0)
    PENALTIES[penalty].proximal_step(weights, 0.1, 0.1, 0.1, **PENALTIES[penalty].bind({}))
    assert weights[1, 0].isnan()


# The trainer


@pytest.mark.parametrize("setting", OPTIMIZER_SETTINGS)
def test_a_steady_gradient_moves_a_number_by_its_step_size(setting):
    own = OPTIMIZER_SETTINGS[setting]
    spec = OPTIMIZERS[setting.split()[0]]
    weight = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    params = {**own.get("optimizer_params", {}), "weight_decay": 0.0}
    optimizer = spec.build([weight], own["lr"], params)
    gradient = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64)
    for _ in range(3000):
        before = weight.detach().clone()
        weight.grad = gradient.clone()
        optimizer.step()
    sizes = spec.compute_step_sizes(optimizer, weight)
    torch.testing.assert_close(before - weight.detach(), sizes * gradient, rtol=1e-6, atol=0)


def test_the_trainer_makes_zeros_that_a_gradient_never_makes():
    torch.manual_seed(0)
    X, y = torch.randn(200, 10), torch.randn(200, 1)
    y = X[:, :1] + 0.1 * y
    model = MLP(10, (8,), 1, seed=0)
    Trainer(
        model, nn.MSELoss(), "adam", 0.01, "group_lasso", alpha=0.1, batch_size=50, progress=False
    ).train((X, y), epochs=150)
    first = model.layers[0].weight.detach()
    unused = (first == 0).all(0)
    assert not unused[0]
    assert unused.sum() >= 7
    assert (model.layers[2].weight != 0).any()


def test_biases_convolutions_and_frozen_weights():
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3), nn.Linear(3, 1))
    model[2].requires_grad_(False)
    before = {name: own.detach().clone() for name, own in model.named_parameters()}
    trainer = Trainer(model, nn.MSELoss(), "sgd", 0.1, "l1", alpha=1e6, progress=False)
    trainer.train((torch.randn(20, 1, 6), torch.randn(20, 1)), epochs=1)
    after = dict(model.named_parameters())
    assert (after["0.weight"] == 0).all()
    assert (after["3.weight"] == 0).all()
    assert (after["3.bias"] != 0).all()
    torch.testing.assert_close(after["2.weight"], before["2.weight"], rtol=0, atol=0)


def test_an_optimizer_of_unknown_steps_gets_no_penalty():
    model = MLP(3, (4,), 1)
    with pytest.raises(OptionError, match="whose step sizes losslab knows"):
        Trainer(model, nn.MSELoss(), torch.optim.Adagrad, 0.1, "l1", alpha=0.1)


@pytest.mark.parametrize(
    ("optimizer", "setting"),
    [
        (torch.optim.SGD, {"momentum": 0.9, "dampening": 0.5}),
        (torch.optim.Adam, {"amsgrad": True}),
        (torch.optim.RMSprop, {"centered": True}),
        (torch.optim.SGD, {"maximize": True}),
    ],
)
def test_an_optimizer_set_to_steps_of_other_sizes_gets_no_penalty(optimizer, setting):
    model = MLP(3, (4,), 1)
    given = optimizer(model.parameters(), lr=0.1, **setting)
    with pytest.raises(OptionError, match=f"with {list(setting)[-1]}"):
        Trainer(model, nn.MSELoss(), given, penalty="l1", alpha=0.1)
    Trainer(model, nn.MSELoss(), given)


# All engines alike


@FAST
@pytest.mark.parametrize("setting", OPTIMIZER_SETTINGS)
@pytest.mark.parametrize("penalty", REAL)
def test_penalised_training_equals_the_trainer(penalty, setting, engine):
    run = a_run(penalty=penalty, optimizer=setting.split()[0], **OPTIMIZER_SETTINGS[setting])
    assert_equal_results(*train_both_ways(run, tables("regression"), engine), tolerance=1e-8)


@FAST
def test_zeros_are_the_same_zeros(engine):
    run = a_run(penalty="elastic_net", alpha=0.1, epochs=20, penalty_params={"l1_ratio": 0.8})
    found, by_trainer = train_both_ways(run, tables("regression"), engine)
    for (mine, _), (other, _) in zip(found.layers, by_trainer.layers, strict=True):
        assert ((mine == 0) == (other == 0)).all()
    assert any((weights == 0).any() for weights, _ in found.layers)


@FAST
@pytest.mark.parametrize("penalty", REAL)
def test_a_run_has_the_same_bits_alone_and_beside_other_alphas(penalty, engine):
    splits = tables("regression")
    runs = [
        a_run(penalty=penalty, alpha=alpha, seed=seed, lr=lr, split=split, dtype="float32")
        for alpha, seed, lr, split in [(0, 0, 0.01, 0), (0.01, 1, 0.1, 1), (50, 2, 0.01, 0)]
    ]
    together = train_in_order(runs, splits, engine)
    for run, result in zip(runs, together, strict=True):
        assert bits(train_in_order([run], splits, engine)[0]) == bits(result)


@FAST
def test_an_alpha_of_zero_is_no_penalty(engine):
    splits = tables("regression")
    free, none = train_in_order(
        [a_run(alpha=0.0), a_run(alpha=0.0, penalty="none")], splits, engine
    )
    assert bits(free) == bits(none)


@FAST
@pytest.mark.parametrize("penalty", ["l2", "weight_decay", "l1"])
def test_no_alpha_is_too_strong_to_train(penalty, engine):
    (result,) = train_in_order(
        [a_run(penalty=penalty, alpha=1e6, lr=0.5)], tables("regression"), engine
    )
    assert result.diverged_at is None
    assert all(np.abs(weights).max() < 1e-3 for weights, _ in result.layers)


# What a run says of it


def test_penalty_alpha_and_its_settings_are_part_of_what_a_run_is():
    base = a_run(penalty="elastic_net")
    others = [
        replace(base, penalty="l1"),
        replace(base, alpha=0.03),
        replace(base, penalty_params={"l1_ratio": 0.1}),
    ]
    assert len({base.key, *(other.key for other in others)}) == 4
    assert replace(base, penalty_params={"l1_ratio": 0.5}).key == base.key


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"penalty": "lasso"}, "l1"),
        ({"alpha": -1.0}, "needed alpha as a number of at least 0"),
        ({"alpha": float("nan")}, "needed alpha as a number of at least 0"),
        ({"alpha": "auto"}, "needed alpha as a number of at least 0"),
        ({"penalty": "none"}, "needed a penalty for alpha to scale"),
        ({"penalty_params": {"l1_ratio": 0.5}}, "'l1_ratio'"),
        ({"penalty": "elastic_net", "penalty_params": {"l1_ratio": 1.5}}, "l1_ratio in"),
        ({"penalty_params": 0.5}, "penalty_params as a mapping"),
    ],
)
def test_a_penalty_that_is_none_is_refused_when_the_run_is_made(wrong, message):
    with pytest.raises(LosslabError, match=message):
        a_run(**wrong)
