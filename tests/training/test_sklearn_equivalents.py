"""Linear runs come to the coefficients, and to the zeros, of scikit-learn's penalised models."""

import numpy as np
import pytest
from sklearn import datasets, linear_model
from sklearn.preprocessing import StandardScaler

from losslab.core.errors import OptionError
from losslab.training.engines.fleet import train
from losslab.training.run import Run
from losslab.training.sklearn_equivalents import EQUIVALENTS, convert_penalty
from losslab.training.split_arrays import SplitArrays

PRECISE = {"tol": 1e-10, "max_iter": 100_000}
SAGA = {"solver": "saga", **PRECISE}
VALUES = {
    "ridge": linear_model.Ridge(alpha=10.0),
    "ridge, strong": linear_model.Ridge(alpha=1000.0),
    "lasso": linear_model.Lasso(alpha=2.0, **PRECISE),
    "lasso, strong": linear_model.Lasso(alpha=20.0, **PRECISE),
    "elastic net": linear_model.ElasticNet(alpha=0.5, l1_ratio=0.5, **PRECISE),
    "elastic net, mostly l1": linear_model.ElasticNet(alpha=5.0, l1_ratio=0.9, **PRECISE),
}
CLASSES = {
    "l2": linear_model.LogisticRegression(C=0.1, **PRECISE),
    "l1": linear_model.LogisticRegression(C=0.1, l1_ratio=1.0, **SAGA),
    "l1, weak": linear_model.LogisticRegression(C=0.5, l1_ratio=1.0, **SAGA),
    "elastic net": linear_model.LogisticRegression(C=0.1, l1_ratio=0.5, **SAGA),
}
# An adaptive optimizer and a plain one: the proximal step is taken in the metric of either.
OPTIMIZERS = {
    "adam": {"optimizer": "adam", "lr": 0.05, "epochs": 8000},
    "sgd": {
        "optimizer": "sgd",
        "optimizer_params": {"momentum": 0.97},
        "lr": 0.2,
        "epochs": 2500,
    },
}
FITTED_TO = {}
FLEETS = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def table_of(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def fitted(X, y, estimators, spread, optimizer, **settings):
    """Every estimator and its run, all trained as one fleet."""
    rows = np.arange(len(X))
    table = SplitArrays(X=X, y=y, train=rows, validation=rows[:0], test=rows[:0])
    runs = [
        Run(
            hidden=(),
            batch_size=len(X),
            dtype="float64",
            schedule="cosine",
            **{**OPTIMIZERS[optimizer], **settings},
            **convert_penalty(estimator, len(X), spread),
        )
        for estimator in estimators
    ]
    found = {result.run.key: result.layers[0] for result in train(runs, X, y, [table])}
    return [
        (fit_once(estimator, X, y), *found[run.key])
        for estimator, run in zip(estimators, runs, strict=True)
    ]


def fit_once(estimator, X, y):
    """The estimator, fitted unless it was to the same table."""
    if not np.array_equal(FITTED_TO.get(id(estimator), ()), y):
        estimator.fit(X, y)
        FITTED_TO[id(estimator)] = y
    return estimator


def assert_same(coefficients, ours):
    """Within a thousandth of the largest, and zero in the same places."""
    np.testing.assert_allclose(
        ours, coefficients, rtol=1e-3, atol=1e-3 * np.abs(coefficients).max()
    )
    assert ((ours == 0) == (coefficients == 0)).all()


@FLEETS
def test_values_have_the_coefficients_of_ridge_lasso_and_elastic_net(optimizer):
    X, y = table_of("diabetes")
    zeros, enough = 0, {"adam": 2500, "sgd": 1500}[optimizer]
    for estimator, weights, bias in fitted(
        *(X, y, list(VALUES.values()), y.std(), optimizer),
        loss="mse",
        task="regression",
        epochs=enough,
    ):
        assert_same(estimator.coef_, weights[:, 0] * y.std())
        assert bias[0] * y.std() + y.mean() == pytest.approx(estimator.intercept_, rel=1e-3)
        zeros += (weights == 0).sum()
    assert zeros > 5, "the penalties must be strong enough to make zeros"


@FLEETS
def test_two_classes_have_the_coefficients_of_logistic_regression(optimizer):
    X, y = table_of("breast_cancer")
    zeros, faster = 0, {"lr": 1.0} if optimizer == "sgd" else {}
    for estimator, weights, _ in fitted(
        *(X, y, list(CLASSES.values()), 1.0, optimizer),
        loss="bce_with_logits",
        task="binary",
        **faster,
    ):
        assert_same(estimator.coef_[0], weights[:, 0])
        zeros += (weights == 0).sum()
    assert zeros > 30


def test_three_classes_have_the_coefficients_of_logistic_regression():
    X, y = table_of("iris")
    for estimator, weights, _ in fitted(
        *(X, y, list(CLASSES.values()), 1.0, "adam"),
        loss="cross_entropy",
        task="multiclass",
        n_classes=3,
    ):
        assert_same(estimator.coef_.T, weights)


def test_a_ridge_classifier_is_a_squared_error_on_the_plain_output():
    X, y = table_of("breast_cancer")
    ((estimator, weights, bias),) = fitted(
        *(X, y, [linear_model.RidgeClassifier(alpha=5.0)], 1.0, "adam"),
        loss="mse",
        task="binary",
        head="identity",
    )
    assert_same(estimator.coef_.ravel(), 2 * weights[:, 0])
    assert 2 * bias[0] - 1 == pytest.approx(float(np.ravel(estimator.intercept_)[0]), abs=1e-3)


def test_counts_have_the_coefficients_of_poisson_regression():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 4))
    y = generator.poisson(np.exp(0.5 + X @ [0.4, -0.2, 0.0, 0.1])).astype(float)
    estimator = linear_model.PoissonRegressor(alpha=0.3, tol=1e-10, max_iter=10_000)
    ((estimator, weights, _),) = fitted(
        *(X, y, [estimator], 1.0, "adam"), loss="poisson_nll", task="count"
    )
    assert_same(estimator.coef_, weights[:, 0])


def test_every_equivalent_is_tested_here_and_others_are_refused():
    used = [*VALUES.values(), *CLASSES.values()]
    assert {type(one).__name__ for one in used} | {"RidgeClassifier", "PoissonRegressor"} == set(
        EQUIVALENTS
    )
    with pytest.raises(OptionError, match="LinearRegression"):
        convert_penalty(linear_model.LinearRegression(), 10)


@pytest.mark.parametrize(("named", "ratio"), [("l1", 1.0), ("l2", 0.0), ("elasticnet", 0.3)])
def test_penalties_named_as_before_scikit_learn_1_8_are_read_too(named, ratio):
    class LogisticRegression:
        def get_params(self):
            return {"C": 0.5, "penalty": named, "l1_ratio": 0.3 if named == "elasticnet" else None}

    found = convert_penalty(LogisticRegression(), 100)
    assert found["alpha"] == pytest.approx(0.02)
    kinds = {0.0: "l2", 1.0: "l1"}
    assert found["penalty"] == kinds.get(ratio, "elastic_net")
    assert found.get("penalty_params", {"l1_ratio": ratio}) == {"l1_ratio": ratio}
