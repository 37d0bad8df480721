"""The place where a proximal penalty takes hold: after each step, on weights but not on biases."""

import numba
import numpy as np
import pytest

from engine_samples import tables
from losslab.training.engines.compiled import engine
from losslab.training.engines.compiled.intrinsics import get_address
from losslab.training.engines.compiled.jit import OPTIONS
from losslab.training.engines.compiled.state import get_signatures
from losslab.training.initialization import draw_weights
from losslab.training.result import Hooks
from losslab.training.run import Run

ALPHA, LR = 0.3, 0.05


def soft_threshold(weights, state, settings, penalty, lr, count, first, layer):
    """The proximal step of alpha * |w|, in the first layer only."""
    if layer == 0:
        for r in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                w = weights[r, j]
                weights[r, j] = np.sign(w) * max(abs(w) - lr * penalty[0], 0.0)


@pytest.fixture(scope="module")
def proximal_step():
    return numba.njit(get_signatures("float64")["proximal_step"], **OPTIONS)(soft_threshold)


def train_group(run, table, proximal_step, alpha):
    group = engine._CompiledGroup([run], table, Hooks())
    group.pointers = group.pointers._replace(proximal_step=get_address(proximal_step))
    group.models = group.models._replace(penalty=np.array([[alpha, 1.0]]))
    for epoch in range(run.epochs):
        group.train_epoch(epoch)
        group.validate(epoch)
    return group.models.weights[0], group.layout


@pytest.mark.parametrize("schedule", ["constant", "linear"])
def test_a_proximal_step_follows_every_step_at_its_learning_rate(proximal_step, schedule):
    run = Run(
        loss="mse",
        task="regression",
        hidden=(),
        optimizer="sgd",
        lr=LR,
        schedule=schedule,
        batch_size=1000,
        epochs=40,
        dtype="float64",
    )
    table = tables("regression")[0]
    flat, layout = train_group(run, table, proximal_step, ALPHA)
    X, y = table.X[table.train], table.y[table.train]
    y = (y - y.mean()) / y.std()
    (weights, bias), *_ = draw_weights(layout.sizes, run.seed)
    w, b = weights[:, 0].copy(), bias[0]
    for step in range(run.epochs):
        lr = LR * (1 - step / run.epochs if schedule == "linear" else 1)
        error = X @ w + b - y
        gradient = 2 * X.T @ error / len(y)
        b -= lr * 2 * error.mean()
        w -= lr * gradient
        w = np.sign(w) * np.maximum(np.abs(w) - lr * ALPHA, 0)
    np.testing.assert_allclose(flat[: len(w)], w, atol=1e-12)
    assert (w == 0).any(), "the penalty must be strong enough to be seen"
    assert ((flat[: len(w)] == 0) == (w == 0)).all()
    assert flat[32] == pytest.approx(b, abs=1e-12)  # the bias lies behind the padded weights


def test_without_a_penalty_no_weight_becomes_zero(proximal_step):
    run = Run(loss="mse", task="regression", hidden=(20,), epochs=2, dtype="float64")
    table = tables("regression")[0]
    plain, _ = train_group(run, table, proximal_step, 0.0)
    strong, _ = train_group(run, table, proximal_step, 10.0)
    first_layer = 6 * 20
    assert (strong[:first_layer] == 0).mean() > (plain[:first_layer] == 0).mean()
    assert (plain[:first_layer] != 0).all()
