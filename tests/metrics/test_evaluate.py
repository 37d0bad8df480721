"""All metrics of a task at once, and which one a comparison ranks by."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslab.core.errors import ContractError, DataError, OptionError
from losslab.core.tasks import TASKS
from losslab.metrics.catalog import METRICS, choose_metric, choose_rope
from losslab.metrics.evaluate import evaluate
from metric_samples import N_CLASSES, ORACLES, every_metric, loop_auc, target


def test_log_loss_of_a_sure_mistake_is_the_clipped_one():
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0]])
    value = METRICS["log_loss"].fn(np.array([1, 1]), probabilities)
    assert value == pytest.approx(-math.log(np.finfo(np.float64).eps) / 2)


@pytest.mark.parametrize("name", ["log_loss", "brier", "ece", "auc"])
def test_a_fold_may_lack_a_class(name):
    y, p = np.array([0, 2, 2, 0, 0]), np.random.default_rng(0).dirichlet(np.ones(4), 5)
    assert METRICS[name].fn(y, p) == pytest.approx(ORACLES[name](y, p))


def test_balanced_accuracy_leaves_out_classes_without_rows():
    y, classes = np.array([0, 0, 2, 2]), np.array([0, 1, 2, 3])
    assert METRICS["balanced_accuracy"].fn(y, classes) == 0.5


@pytest.mark.parametrize("prediction", [np.array([0.1, 0.9]), np.full((2, 2), 0.5), np.eye(3)[:2]])
def test_auc_of_one_class_is_not_defined(prediction):
    assert math.isnan(METRICS["auc"].fn(np.array([1, 1]), prediction))


def test_r2_of_one_row_is_not_defined():
    assert math.isnan(METRICS["r2"].fn(np.array([1.0]), np.array([1.0])))


@settings(deadline=None)
@given(st.integers(2, 5), st.integers(0, 1000))
def test_probabilities_in_float32_give_the_same_metrics(n_classes, seed):
    generator = np.random.default_rng(seed)
    task = "binary" if n_classes == 2 else "multiclass"
    y = generator.integers(0, n_classes, 40)
    p = generator.dirichlet(np.ones(n_classes), 40).clip(1e-6)
    p /= p.sum(axis=1, keepdims=True)
    single = evaluate(task, y, probabilities=p.astype(np.float32))
    assert single == pytest.approx(evaluate(task, y, probabilities=p), rel=1e-5, nan_ok=True)


@pytest.mark.parametrize("sizes", [[3, 14], [1, 1], [15]])
def test_ece_of_a_calibrated_forecast_is_zero(sizes):
    # In each group of n rows, k are of class 1 and all are promised k / n.
    y, p = [], []
    for n in sizes:
        k = (2 * n + 2) // 3
        y += [1] * k + [0] * (n - k)
        p += [k / n] * n
    probabilities = np.column_stack([1 - np.array(p), p])
    assert METRICS["ece"].fn(np.array(y), probabilities) == pytest.approx(0, abs=1e-12)


def test_ece_counts_a_confidence_on_an_edge_to_the_bin_below():
    # 0.6 = 9 / 15 shares the bin (8/15, 9/15] with 0.55.
    probabilities = np.array([[0.6, 0.4], [0.55, 0.45]])
    assert METRICS["ece"].fn(np.array([0, 1]), probabilities) == pytest.approx(0.15 / 2)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classification_gets_each_of_its_metrics_from_the_right_input(task):
    y, k = target(task), N_CLASSES[task]
    p = np.random.default_rng(3).dirichlet(np.ones(k), len(y))
    got = evaluate(task, y, classes=p.argmax(axis=1), probabilities=p, n_classes=k)
    assert list(got) == [name for name, metric in METRICS.items() if task in metric.tasks]
    for name, value in got.items():
        given_input = p.argmax(axis=1) if METRICS[name].needs == "classes" else p
        assert value == pytest.approx(ORACLES[name](y, given_input))
        assert type(value) is float


@pytest.mark.parametrize("task", ["regression", "count"])
def test_regression_gets_its_metrics_from_values(task):
    y = target(task)
    got = evaluate(task, y, values=y + 1)
    assert list(got) == ["rmse", "mae", "r2"]
    assert (got["rmse"], got["mae"]) == pytest.approx((1, 1))


def test_without_probabilities_their_metrics_are_absent():
    assert list(evaluate("binary", [0, 1], classes=[0, 1])) == ["accuracy", "balanced_accuracy"]
    assert evaluate("binary", [0, 1]) == {}


def test_scores_replace_probabilities_only_in_metrics_of_order():
    y, scores = target("binary"), np.random.default_rng(5).normal(0, 3, 60)
    got = evaluate("binary", y, classes=scores > 0, scores=scores)
    assert list(got) == ["accuracy", "balanced_accuracy", "auc"]
    p = 1 / (1 + np.exp(-scores))
    both = evaluate("binary", y, probabilities=np.column_stack([1 - p, p]), scores=-scores)
    assert both["auc"] == pytest.approx(got["auc"])
    many = np.random.default_rng(6).normal(0, 3, (60, 4))
    y = target("multiclass")
    assert evaluate("multiclass", y, scores=many)["auc"] == pytest.approx(loop_auc(y, many))


@every_metric
def test_only_metrics_that_accept_scores_are_computed_from_scores(metric):
    if "binary" in metric.tasks:
        got = evaluate("binary", [0, 1], scores=[0.5, -3.0])
        assert (metric.name in got) == metric.accepts_scores


def test_predictions_that_are_not_finite_make_only_their_metrics_nan():
    p = [[math.nan, math.nan], [0.5, 0.5]]
    got = evaluate("binary", [0, 1], classes=[0, 1], probabilities=p)
    assert got["accuracy"] == 1
    assert all(math.isnan(got[name]) for name in ("log_loss", "brier", "ece", "auc"))
    assert all(map(math.isnan, evaluate("count", [0.0, 1.0], values=[math.inf, 0]).values()))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"task": "ranking"}, OptionError, "needed a task"),
        ({"task": "binery"}, OptionError, "did you mean 'binary'"),
        ({"y": []}, DataError, "at least one row"),
        ({"y": [[0], [1]]}, DataError, r"\(2, 1\)"),
        ({"y": [0.0, 1.0], "classes": [0, 1]}, ContractError, "target as integer"),
        ({"y": [0, 2], "classes": [0, 1]}, ContractError, "target as class codes from 0 to 1"),
        ({"y": [-1, 1], "classes": [0, 1]}, ContractError, "target as class codes"),
        ({"classes": [[0], [1]]}, ContractError, r"classes of shape \(2,\), but got \(2, 1\)"),
        ({"classes": [0.2, 0.9]}, ContractError, "classes as integer"),
        ({"classes": [0, 2]}, ContractError, "classes as class codes from 0 to 1"),
        ({"probabilities": [0.2, 0.9]}, ContractError, r"probabilities of shape \(2, 2\)"),
        ({"probabilities": np.eye(3)[:2]}, ContractError, r"got \(2, 3\)"),
        ({"probabilities": [[2.0, -1.0], [0.5, 0.5]]}, ContractError, "at least 0"),
        ({"probabilities": [[0.2, 0.2], [0.5, 0.5]]}, ContractError, "sum differs from 1 by 0.6"),
        ({"scores": [[0.2, 0.2], [0.5, 0.5]]}, ContractError, r"scores of shape \(2,\)"),
        ({"task": "multiclass", "probabilities": [0, 1]}, ContractError, r"shape \(2, K\)"),
        ({"task": "multiclass", "classes": [0, -1]}, ContractError, "0 to K - 1"),
        (
            {"task": "multiclass", "probabilities": np.eye(2), "n_classes": 3},
            ContractError,
            r"probabilities of shape \(2, 3\), but got \(2, 2\)",
        ),
        ({"task": "regression", "values": [[0.0], [1.0]]}, ContractError, r"\(2, 1\)"),
    ],
)
def test_predictions_that_do_not_fit_are_refused_and_never_fixed(arguments, error, message):
    arguments = {"task": "binary", "y": [0, 1], **arguments}
    with pytest.raises(error, match=message):
        evaluate(**arguments)


@pytest.mark.parametrize(
    ("task", "y", "name", "reason"),
    [
        ("binary", [0] * 7 + [1] * 3, "accuracy", "70.0 % of the rows, at most 70 %"),
        ("binary", [1] * 71 + [0] * 29, "balanced_accuracy", "71.0 % of the rows, more than 70 %"),
        ("multiclass", [0, 1, 2], "accuracy", "33.3 %"),
        ("multiclass", [2] * 9 + [0, 1], "balanced_accuracy", "81.8 %"),
        ("regression", [0.0, 1.5], "rmse", "target's units"),
        ("count", [3.0, 3.0, 3.0], "rmse", "target's units"),
    ],
)
def test_the_default_metric_and_its_reason(task, y, name, reason):
    choice = choose_metric(task, y)
    assert choice.metric is METRICS[name]
    assert reason in choice.reason


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_default_metric_of_its_own(task):
    assert task in choose_metric(task, target(task)).metric.tasks


@every_metric
def test_the_region_of_practical_equivalence_is_one_hundredth(metric):
    y = target(metric.tasks[0])
    unit = math.sqrt(np.mean((y - y.mean()) ** 2)) if metric.name in ("rmse", "mae") else 1
    assert choose_rope(metric, y) == pytest.approx(0.01 * unit)
