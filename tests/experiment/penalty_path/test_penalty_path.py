"""Penalty paths: their numbers against independent computations."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.preprocessing import StandardScaler

import losslab
from losslab.experiment.penalty_path.findings import choose_alpha, estimate
from losslab.metrics.catalog import METRICS
from losslab.training.engines.fleet import train_chunks
from path_samples import QUICK, TWO, frame, linear, two_species


def scores(matrix):
    return [estimate(values, test_to_train=0.25) for values in matrix]


def softmax(z):
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def estimate_by_hand(values, holdouts):
    """Mean and corrected standard error, written out."""
    n, ratio = len(values), np.mean([len(one.test) / len(one.train) for one in holdouts])
    mean = sum(values) / n
    variance = sum((value - mean) ** 2 for value in values) / (n - 1)
    return mean, math.sqrt((1 / n + ratio) * variance)


def measure_by_hand(result, data, holdout):
    """What a network with one hidden layer of ReLU says, from its weights alone."""
    X = data.X.to_numpy()
    X = StandardScaler().fit(X[holdout.train]).transform(X)
    (w1, b1), (w2, b2) = result.layers
    p = sigmoid(np.maximum(X @ w1 + b1, 0) @ w2 + b2)[:, 0]
    right = (p > 0.5) == data.y
    surprise = -np.log(np.where(data.y == 1, p, 1 - p))
    found = {
        "nonzero_weights": (w1 != 0).sum() + (w2 != 0).sum(),
        "used_features": sum(bool((row != 0).any()) for row in w1),
        "l1_norm": abs(w1).sum() + abs(w2).sum(),
        "l2_norm": math.sqrt((w1**2).sum() + (w2**2).sum()),
        "l2_norm_layer_1": math.sqrt((w1**2).sum()),
        "l2_norm_layer_2": math.sqrt((w2**2).sum()),
    }
    for part, rows in (("train", holdout.train), ("test", holdout.test)):
        found[f"{part}_accuracy"] = right[rows].mean()
        found[f"{part}_log_loss"] = surprise[rows].mean()
    return found


def test_every_number_of_the_frame_follows_from_the_weights_of_the_runs():
    path = two_species()
    study, table = path.outcome.study, path.frame()
    assert table.alpha.tolist() == [0.0, 0.01, 10.0]
    runs = [run for repetition in study.runs for run in repetition]
    results = [result for part in train_chunks(runs, study.tables) for result in part]
    for row, alpha in zip(table.to_dict("records"), table.alpha, strict=True):
        own = sorted((one for one in results if one.run.alpha == alpha), key=lambda r: r.run.split)
        measured = [measure_by_hand(one, study.data, study.holdouts[one.run.split]) for one in own]
        assert len(measured) == 3
        for name in measured[0]:
            mean, error = estimate_by_hand([one[name] for one in measured], study.holdouts)
            assert row[name] == pytest.approx(mean, rel=1e-4, abs=1e-6), (alpha, name)
            if f"{name}_se" in row:
                assert row[f"{name}_se"] == pytest.approx(error, rel=1e-3, abs=1e-5), (alpha, name)


def test_repetitions_differ_in_rows_and_initial_weights_but_alphas_do_not():
    study = two_species().outcome.study
    held = [tuple(one.test) for one in study.holdouts]
    assert len(set(held)) == 3
    assert len({one.seed for one in study.holdouts}) == 3
    for at, repetition in enumerate(study.runs):
        assert {(run.seed, run.split) for run in repetition} == {(study.holdouts[at].seed, at)}
        for one in study.holdouts:
            assert np.bincount(study.data.y[one.test]).tolist() == [10, 10]
            assert not set(one.train) & set(one.test)
            assert len(one.train) + len(one.test) == len(study.data)


def test_the_last_weights_are_measured_even_if_earlier_ones_were_better():
    for result in two_species().outcome.first:
        assert result.best_epoch == result.run.epochs
        assert np.isnan(result.validation_loss).all()


def test_l1_makes_every_weight_exactly_zero_and_the_report_says_so():
    path = two_species()
    assert path.frame().nonzero_weights.tolist()[-1] == 0
    assert path.frame().used_features.tolist()[-1] == 0
    assert "Weights reach exactly zero" in str(path)
    assert "all at alpha 10" in str(path)


def test_l2_makes_the_weights_of_a_linear_model_small_but_not_zero():
    table = linear("l2").frame()
    assert (table.nonzero_weights == 12).all()
    assert table.l2_norm.is_monotonic_decreasing


def test_the_group_lasso_makes_all_weights_of_a_feature_zero_at_once():
    path = losslab.penalty_path(
        "iris", kind="group_lasso", alphas="0.01:0.5:4", hidden="none", seeds=1, epochs=60
    )
    kept = path.frame()
    assert (kept.nonzero_weights == 3 * kept.used_features).all()
    assert (kept.used_features < 4).any()


def test_coefficients_are_named_by_feature_and_class_and_are_the_weights():
    path = linear(seeds=1)
    names = [(one.feature, one.output) for one in path.findings.coefficients]
    assert names[:3] == [
        ("sepal length (cm)", name) for name in ("setosa", "versicolor", "virginica")
    ]
    table = path.frame()
    for row, result in zip(table.to_dict("records"), path.outcome.first, strict=True):
        weights = result.layers[0][0]
        for feature in range(4):
            for k, name in enumerate(path.findings.data.classes):
                shown = row[f"coefficient of {path.findings.network.features[feature]} for {name}"]
                assert shown == pytest.approx(float(weights[feature, k]))


def test_coefficients_of_a_regression_are_in_the_units_of_the_target():
    path = losslab.penalty_path(
        "diabetes", kind="l2", alphas=[0.1, 0.3], hidden="none", seeds=1, batch_size=1000
    )
    study = path.outcome.study
    rows, y = study.holdouts[0].train, study.data.y
    assert path.findings.unit == "progression"
    for alpha, point in zip((0.1, 0.3), path.findings.points, strict=True):
        ridge = Ridge(alpha=alpha * len(rows) / 2).fit(study.tables[0].X[rows], y[rows])
        found = [value.mean for value in point.coefficients]
        np.testing.assert_allclose(found, ridge.coef_, atol=0.01 * abs(ridge.coef_).max())


@pytest.mark.parametrize("alpha", [0.01, 0.1])
def test_the_usual_settings_bring_a_linear_model_near_its_optimum(alpha):
    path = losslab.penalty_path(
        "breast_cancer", kind="l2", alphas=[alpha, 1], hidden="none", seeds=1
    )
    study = path.outcome.study
    rows = study.holdouts[0].train
    X, y = study.tables[0].X[rows], study.data.y[rows]
    exact = LogisticRegression(C=1 / (alpha * len(rows)), max_iter=5000, tol=1e-8).fit(X, y).coef_
    found = path.outcome.first[0].layers[0][0][:, 0]
    np.testing.assert_allclose(found, exact.ravel(), atol=0.05 * abs(exact).max())


def test_squared_error_on_linear_scores_is_the_ridge_classifier():
    path = losslab.penalty_path(
        "breast_cancer", kind="l2", alphas=[0.1, 1], hidden="none", loss="mse", head="identity",
        seeds=1, batch_size=1000,
    )  # fmt: skip
    study = path.outcome.study
    X, y, rows = study.tables[0].X, study.data.y, study.holdouts[0].train
    ridge = RidgeClassifier(alpha=0.1 * len(rows) / 2).fit(X[rows], y[rows])
    held = study.holdouts[0].test
    assert path.findings.points[0].test["accuracy"].mean == ridge.score(X[held], y[held])
    assert path.findings.metrics == ("accuracy",)


def test_the_coefficient_of_a_level_missing_in_a_repetition_is_zero():
    kind = ["a", "b"] * 20
    level = ["rare" if row == 7 else "usual" if row % 3 else "other" for row in range(40)]
    data = frame(kind=kind, level=level)
    path = losslab.penalty_path(
        data, target="kind", kind="l1", alphas=[0.001, 0.01], hidden="none", epochs=5, seeds=8
    )
    inputs = path.outcome.study.inputs
    lacking = [at for at, names in enumerate(inputs) if "level=rare" not in names]
    assert lacking
    rare = [one.feature for one in path.findings.coefficients].index("level=rare")
    values = path.findings.points[0].coefficients[rare].values
    assert all(values[at] == 0 for at in lacking)
    assert any(values)


# The rule of one standard error, by hand. Means 0.90, 0.95, 0.94, 0.90; the best has the values
# 0.93, 0.95, 0.97: s = 0.02, and 0.02 * sqrt(1/3 + 0.25) = 0.01528, so 0.9347 is near enough.
HAND = [
    [0.90, 0.90, 0.90],
    [0.93, 0.95, 0.97],
    [0.90, 0.95, 0.97],
    [0.88, 0.90, 0.92],
]


def test_the_largest_alpha_within_one_standard_error_of_the_best_is_chosen():
    choice = choose_alpha([0.0, 0.1, 1.0, 10.0], scores(HAND), METRICS["accuracy"])
    assert (choice.alpha, choice.best, choice.mean) == (1.0, 0.1, pytest.approx(0.95))
    assert choice.error == pytest.approx(0.0152752523)
    assert choice.bound == pytest.approx(0.9347247477)
    for words in ("alpha 1 ", "0.94,", "0.95 ± 0.015", "alpha 0.1 ", "Nadeau", "N = 3 repetitions"):
        assert words in choice.reason


def test_the_rule_is_reversed_for_metrics_where_lower_is_better():
    errors = [[1 - value for value in row] for row in HAND]
    choice = choose_alpha([0.0, 0.1, 1.0, 10.0], scores(errors), METRICS["log_loss"])
    assert (choice.alpha, choice.best) == (1.0, 0.1)
    assert choice.bound == pytest.approx(0.0652752523)


def test_of_equal_means_the_largest_alpha_is_the_best():
    choice = choose_alpha([0.1, 1.0, 10.0], scores([[0.9] * 3] * 2 + [[0.8] * 3]), METRICS["r2"])
    assert (choice.alpha, choice.best, choice.error) == (1.0, 1.0, 0.0)


def test_one_repetition_has_no_standard_error_and_the_best_mean_is_taken():
    choice = choose_alpha([0.1, 1.0], scores([[0.9], [0.89]]), METRICS["accuracy"])
    assert choice.alpha == 0.1
    assert math.isnan(choice.error)
    assert "N = 1 repetition gives no standard error" in choice.reason


def test_an_alpha_that_diverged_is_neither_best_nor_chosen():
    matrix = [[0.9, 0.9], [0.95, math.nan], [0.9, 0.9]]
    choice = choose_alpha([0.1, 1.0, 10.0], scores(matrix), METRICS["accuracy"])
    assert choice.alpha == 10.0
    assert choose_alpha([0.1], scores([[math.nan]]), METRICS["accuracy"]) is None


def test_runs_that_all_diverge_leave_no_choice_and_no_numbers():
    path = losslab.penalty_path(
        "diabetes", alphas=[1e-3, 1], hidden="none", optimizer="sgd", lr=1e30, epochs=3, seeds=2
    )
    assert path.chosen is None
    assert path.frame().diverged.tolist() == [2, 2]
    assert path.frame().test_rmse.isna().all()
    assert "2 diverged" in str(path)
    assert "No alpha can be chosen" in path.verdict
    json.dumps(path.to_dict(), allow_nan=False)
    path.plot().canvas.draw()


@pytest.mark.parametrize(
    ("data", "task", "loss", "metric"),
    [
        ("iris", "multiclass", "cross_entropy", "accuracy"),
        ("breast_cancer", "binary", "bce_with_logits", "accuracy"),
        ("diabetes", "regression", "mse", "rmse"),
    ],
)
def test_each_task_has_its_usual_loss_and_metric(data, task, loss, metric):
    found = losslab.penalty_path(data, alphas=[0.1, 1], epochs=2, seeds=1).findings
    assert (found.data.task, found.network.loss, found.metric.name) == (task, loss, metric)


def test_counts_have_coefficients_of_the_logarithm():
    data = frame(kind=np.random.default_rng(1).poisson(3, 40))
    found = losslab.penalty_path(
        data, target="kind", task="count", alphas=[0.1, 1], epochs=2, seeds=1, hidden="none"
    ).findings
    assert (found.network.loss, found.metric.name, found.unit) == (
        "poisson_nll",
        "rmse",
        "log of kind",
    )


def test_the_l1_ratio_of_elastic_net_is_used_and_shown():
    path = losslab.penalty_path(
        "iris", kind="elastic_net", l1_ratio=0.25, alphas=[0.1, 1], epochs=2, seeds=1
    )
    assert path.outcome.study.runs[0][0].penalty_params == {"l1_ratio": 0.25}
    assert path.frame().l1_ratio.tolist() == [0.25, 0.25]
    assert "l1_ratio 0.25" in str(path)


def test_prefixes_of_features_and_classes_are_resolved_and_noted():
    found = two_species().findings
    assert found.network.features == ("sepal length (cm)", "petal length (cm)")
    assert found.data.classes == ("setosa", "versicolor")
    assert (found.data.task, found.data.n_rows) == ("binary", 100)
    assert "feature 'sepal length' is column 'sepal length (cm)'" in found.notes
    assert "kept 100 of 150 rows, those of setosa, versicolor" in found.notes


def test_groups_are_not_split_when_rows_are_held_out():
    data = frame(house=[f"h{row // 4}" for row in range(40)])
    path = losslab.penalty_path(
        data, target="kind", groups="house", alphas=[0.1, 1], epochs=1, seeds=3
    )
    for one in path.outcome.study.holdouts:
        assert not set(one.train // 4) & set(one.test // 4)


def test_the_same_options_give_the_same_numbers():
    again = losslab.penalty_path("iris", **TWO, **QUICK, kind="l1", alphas=[0, 0.01, 10], seeds=3)
    pd.testing.assert_frame_equal(again.frame(), two_species().frame())


def test_a_path_renders_as_text_and_in_notebooks():
    path = two_species()
    assert repr(path) == "<PenaltyPath of l1 at 3 alphas on 'iris'>"
    assert "held out ± SE" in str(path)
    html = path._repr_html_()
    assert html.count("<tr>") == 4
    assert "← chosen" in html
    assert path.verdict in html


def test_names_are_escaped_in_html():
    data = frame().rename(columns={"width": "<b>width"})
    path = losslab.penalty_path(
        data, target="kind", alphas=[0.1, 1], epochs=1, seeds=1, hidden="none"
    )
    assert "<b>" not in path._repr_html_()
