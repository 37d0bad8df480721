"""Rows may count more or less: in every loss and every score, and alike in all engines."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine_samples import CLASSES, assert_equal_results, bits, tables, train_by_trainer
from losslab import MLP
from losslab.core.errors import ContractError, DataError
from losslab.objectives.catalog import PAIRINGS
from losslab.training.engines.fleet import train
from losslab.training.engines.looped import train_looped
from losslab.training.engines.stacked import train_stacked
from losslab.training.initialization import draw_batch_order, draw_weights
from losslab.training.run import Run

FAST = pytest.mark.parametrize("engine", ["stacked", "compiled"])
EVERY = pytest.mark.parametrize("engine", ["trainer", "stacked", "compiled"])
N = 203


def a_run(**settings):
    usual = {"loss": "mse", "task": "regression", "hidden": (9, 5), "activation": "tanh"}
    return Run(**{**usual, "batch_size": 13, "epochs": 3, "dtype": "float64", **settings})


def weights(seed=0):
    """Weights of all sizes, a fifth of them zero."""
    generator = np.random.default_rng(seed)
    drawn = generator.exponential(size=N) * 10.0 ** generator.integers(-2, 3, size=N)
    return np.where(generator.random(N) < 0.2, 0.0, drawn)


def weighted(runs, splits, weight, engine, X=None):
    X = splits[0].X if X is None else X
    given = {r.run.key: r for r in train(runs, X, splits[0].y, splits, engine, weight)}
    return [given[run.key] for run in runs]


@FAST
@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: f"{p.task}-{p.loss}-{p.head}")
def test_weighted_training_equals_the_trainer(pair, engine):
    run = a_run(loss=pair.loss, head=pair.head, task=pair.task, n_classes=CLASSES.get(pair.task))
    splits = tables(pair.task)
    looped = train_by_trainer(run, splits, weights())
    company = [replace(run, seed=1), run, replace(run, split=1)]
    ours = weighted(company, splits, weights(), engine)[1]
    assert_equal_results(ours, looped, tolerance=1e-8)


@FAST
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("batch_size", [1, 30, 200])
def test_weights_schedules_and_dropout_go_together(optimizer, batch_size, engine):
    run = a_run(
        optimizer=optimizer,
        schedule="warmup_cosine",
        dropout=0.2,
        batch_size=batch_size,
        epochs=1 if batch_size == 1 else 3,
    )
    splits = tables("regression")
    looped = train_by_trainer(run, splits, weights())
    assert_equal_results(weighted([run], splits, weights(), engine)[0], looped, tolerance=1e-8)


def test_the_trainers_curves_are_weighted_means():
    splits = tables("regression", n_splits=1)
    (table,) = splits
    run = a_run(lr=1e-12, epochs=1, select="rmse")
    weight = weights()
    (result,) = weighted([run], splits, weight, "trainer")
    fitted = result.objective
    with torch.no_grad():
        z = result.model()(torch.tensor(table.X))[:, 0].numpy()
    location = np.average(table.y[table.train], weights=weight[table.train])
    scale = np.sqrt(np.average((table.y[table.train] - location) ** 2, weights=weight[table.train]))
    assert (fitted.codec.location, fitted.codec.scale) == pytest.approx((location, scale))
    rows = (z - (table.y - location) / scale) ** 2
    for curve, part in (("train_loss", table.train), ("validation_loss", table.validation)):
        mean = np.average(rows[part], weights=weight[part])
        assert getattr(result, curve)[0] == pytest.approx(mean, rel=1e-8)
    validation = np.average(rows[table.validation], weights=weight[table.validation])
    assert result.selection[0] == pytest.approx(scale * np.sqrt(validation), rel=1e-8)


@EVERY
@pytest.mark.parametrize("task", ["binary", "regression", "multiclass", "count"])
def test_integer_weights_equal_repeated_rows(task, engine):
    loss = {"binary": "bce_with_logits", "multiclass": "cross_entropy", "count": "poisson_nll"}
    run = a_run(
        loss=loss.get(task, "mse"),
        task=task,
        n_classes=CLASSES.get(task),
        batch_size=1000,
        optimizer="sgd",
        lr=0.05,
        epochs=8,
    )
    (table,) = tables(task, n_splits=1)
    times = np.random.default_rng(1).integers(1, 4, size=N)
    repeated = replace(
        table,
        train=np.repeat(table.train, times[table.train]),
        validation=np.repeat(table.validation, times[table.validation]),
    )
    (ours,) = weighted([run], [table], times, engine)
    (oracle,) = train([run], table.X, table.y, [repeated], engine)
    assert_equal_results(ours, oracle, tolerance=1e-9)


@EVERY
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_weight_zero_equals_leaving_the_row_out(task, engine):
    loss = "mse" if task == "regression" else "bce_with_logits"
    run = a_run(loss=loss, task=task, batch_size=1000, optimizer="sgd", lr=0.05, epochs=8)
    (table,) = tables(task, n_splits=1)
    weight = (np.random.default_rng(2).random(N) < 0.7).astype(float)
    left = replace(
        table,
        train=table.train[weight[table.train] > 0],
        validation=table.validation[weight[table.validation] > 0],
    )
    (ours,) = weighted([run], [table], weight, engine)
    (oracle,) = train([run], table.X, table.y, [left], engine)
    assert_equal_results(ours, oracle, tolerance=1e-9)


@EVERY
@pytest.mark.parametrize(
    ("spoilt", "value"), [("feature", 1e300), ("feature", 1e200), ("label", 1e300)]
)
def test_a_row_of_weight_zero_does_no_harm_even_where_its_loss_would_not_be_finite(
    spoilt, value, engine
):
    (table,) = tables("count", n_splits=1)
    outlier, unseen = table.train[7], table.validation[3]
    X, y = table.X.copy(), table.y.copy()
    if spoilt == "feature":
        X[[outlier, unseen]] = value
    else:
        y[[outlier, unseen]] = value
    weight = np.ones(N)
    weight[[outlier, unseen]] = 0.0
    run = a_run(
        loss="mse",
        head="identity",
        task="count",
        activation="relu",
        batch_size=1000,
        optimizer="sgd",
    )
    (ours,) = train([run], X, y, [table], engine, weight)
    left = replace(
        table,
        train=np.delete(table.train, 7),
        validation=np.delete(table.validation, 3),
        weight=None,
    )
    (oracle,) = train([run], table.X, table.y, [left], engine)
    assert ours.diverged_at is None
    if spoilt == "feature":
        (counted,) = train([run], X, y, [table], engine)
        assert counted.diverged_at == 1
    assert_equal_results(ours, oracle, tolerance=1e-9)


@EVERY
def test_a_batch_without_weight_is_a_step_along_no_gradient(engine):
    # The moments decay and the weights still move: a rest would leave both as they are.
    (table,) = tables("regression", n_splits=1)
    few = replace(table, train=table.train[:26])
    weight = np.zeros(N)
    weight[few.train[:5]] = weight[few.validation] = 1.0
    run = a_run(optimizer="sgd", optimizer_params={"momentum": 0.9}, lr=0.1, epochs=2, batch_size=1)
    (ours,) = weighted([run], [few], weight, engine)
    assert ours.train_loss == pytest.approx(by_hand(run, few, weight), rel=1e-9)


def by_hand(run, table, weight):
    """Mean training losses of one row per step, by a loop with torch.optim."""
    objective = run.objective.fit(table.y[table.train], weight[table.train])
    x, y = torch.tensor(table.X), objective.codec.encode(table.y, torch.float64)
    model = MLP(table.n_features, run.hidden, 1, run.activation).double()
    model.set_weights(draw_weights(model.sizes, run.seed))
    optimizer = torch.optim.SGD(model.parameters(), lr=run.lr, momentum=0.9)
    means = []
    for epoch in range(run.epochs):
        total = 0.0
        for row in table.train[draw_batch_order(len(table.train), run.seed, epoch)]:
            optimizer.zero_grad()
            loss = (model(x[[row]]) - y[[row]]).square().mean() * float(weight[row] > 0)
            loss.backward()
            optimizer.step()
            total += loss.item() * weight[row]
        means.append(total / weight[table.train].sum())
    return means


@FAST
def test_a_weighted_run_has_the_same_bits_alone_and_in_any_fleet(engine):
    splits = tables("binary")
    runs = [
        a_run(
            loss=loss,
            task="binary",
            activation=activation,
            seed=seed,
            split=split,
            schedule=schedule,
            dropout=rate,
            dtype="float32",
        )
        for loss, activation in (("mse", "relu"), ("bce_with_logits", "relu"), ("hinge", "silu"))
        for seed, split in ((0, 0), (1, 1), (2, 2))
        for schedule, rate in (("constant", 0.0), ("cosine", 0.0), ("linear", 0.4))
    ]
    alone = {run.key: bits(weighted([run], splits, weights(), engine)[0]) for run in runs}
    for size in (2, 5, 27):
        for result in weighted(runs[:size], splits, weights(), engine):
            assert bits(result) == alone[result.run.key]


@EVERY
def test_weights_of_one_are_no_weights(engine):
    splits = tables("binary")
    run = a_run(loss="bce_with_logits", task="binary")
    (ones,) = weighted([run], splits, np.ones(N, dtype=int), engine)
    (none,) = train([run], splits[0].X, splits[0].y, splits, engine)
    assert_equal_results(ones, none, tolerance=1e-12)


def quartic_rows(prediction, target):
    return ((prediction - target) ** 4).mean(-1)


def quartic_mean(prediction, target):
    return ((prediction - target) ** 4).mean()


def test_a_users_own_loss_of_rows_is_weighted_as_by_the_trainer():
    run = a_run(loss=quartic_rows, batch_size=30, lr=0.003)
    splits = tables("regression")
    looped = train_by_trainer(run, splits, weights())
    company = [replace(run, split=1), run, replace(run, seed=4)]
    ours = weighted(company, splits, weights(), "stacked")[1]
    assert_equal_results(ours, looped, tolerance=1e-8)


@pytest.mark.parametrize("engine", ["trainer", "stacked", "auto"])
def test_a_users_own_loss_that_averages_by_itself_takes_no_weights(engine):
    splits = tables("regression")
    with pytest.raises(ContractError, match="one value per row to be weighted") as caught:
        weighted([a_run(loss=quartic_mean)], splits, weights(), engine)
    assert "values.mean(-1)" in caught.value.fix


def shut(splits, rows):
    weight = np.ones(N)
    weight[rows(splits)] = 0.0
    return weight


@pytest.mark.parametrize(
    ("weight", "needed"),
    [
        (lambda splits: np.ones(N - 1), "one number per row"),
        (lambda splits: np.ones((N, 1)), "one number per row"),
        (lambda splits: np.ones(N, dtype=bool), "one number per row"),
        (lambda splits: np.array(["1"] * N), "one number per row"),
        (lambda splits: -np.ones(N), "finite, at least 0, and not all 0"),
        (lambda splits: np.full(N, np.nan), "finite, at least 0, and not all 0"),
        (lambda splits: np.full(N, np.inf), "finite, at least 0, and not all 0"),
        (lambda splits: np.zeros(N), "finite, at least 0, and not all 0"),
        (lambda splits: shut(splits, lambda s: s[1].train), "some training rows of split 1"),
        (lambda splits: shut(splits, lambda s: s[1].validation), "some validation rows of split 1"),
    ],
)
@EVERY
def test_weights_that_cannot_be_used_are_refused(weight, needed, engine):
    splits = tables("regression")
    with pytest.raises(DataError, match=needed):
        weighted([a_run(split=1)], splits, weight(splits), engine)


def test_a_split_without_weight_harms_no_run_that_does_not_use_it():
    splits = tables("regression")
    weight = shut(splits, lambda s: s[1].train)
    # All 203 rows lie in the three parts of every split, so others lose some rows, but not all.
    (result,) = weighted([a_run(split=0)], splits, weight, "stacked")
    assert np.isfinite(result.train_loss).all()


def test_tables_may_hold_their_weights_themselves():
    splits = [replace(table, weight=weights()) for table in tables("regression")]
    run = a_run()
    (ours,), (looped,) = train_stacked([run], splits), train_looped([run], splits)
    assert_equal_results(ours, looped, tolerance=1e-8)
