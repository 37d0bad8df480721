"""Every metric against plain loops, and every claim of its entry; then evaluate and the choice."""

import inspect
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslab.core.tasks import TASKS
from losslab.metrics.catalog import METRICS
from metric_samples import N_CLASSES, ORACLES, every_metric, target

CASES = [
    pytest.param(metric, task, id=f"{metric.name}-{task}")
    for metric in METRICS.values()
    for task in metric.tasks
]


every_case = pytest.mark.parametrize(("metric", "task"), CASES)


def perfect(metric, y, task):
    return np.eye(N_CLASSES[task])[y] if metric.needs == "probabilities" else y


def worst(metric, y, task):
    """Say with certainty what is false; for values, miss by far."""
    if task not in N_CLASSES:
        return y + 1000.0
    wrong = (y + 1) % N_CLASSES[task]
    return np.eye(N_CLASSES[task])[wrong] if metric.needs == "probabilities" else wrong


def random_prediction(metric, task, n=60, seed=1):
    generator = np.random.default_rng(seed)
    if metric.needs == "classes":
        return generator.integers(0, N_CLASSES[task], n)
    if metric.needs == "probabilities":
        return generator.dirichlet(np.ones(N_CLASSES[task]), n)
    return generator.normal(50, 9, n)


def aimed_at(y, prediction):
    """Give what the prediction should have been: one-hot rows for probabilities."""
    return np.eye(prediction.shape[1])[y] if prediction.ndim == 2 else y


def mean_cross_entropy(y, p):
    return -np.mean(np.log(p[np.arange(len(y)), y]))


# The mean over rows of each loss that can have a home advantage, given what a network predicts.
MEAN_LOSSES = {
    "mse": lambda y, p: np.mean((p - aimed_at(y, p)) ** 2),
    "l1": lambda y, p: np.mean(np.abs(p - aimed_at(y, p))),
    "cross_entropy": mean_cross_entropy,
    "bce_with_logits": mean_cross_entropy,  # the same for two classes, its only task
}


LOSS_TASKS = {
    "mse": set(TASKS),
    "l1": set(TASKS),
    "cross_entropy": {"binary", "multiclass"},
    "bce_with_logits": {"binary"},
}


def test_the_function_of_a_metric_has_its_name():
    assert all(metric.fn.__name__ == name for name, metric in METRICS.items())


@every_metric
def test_an_entry_is_documented_and_its_reference_is_the_one_of_its_page(metric):
    page = inspect.getdoc(metric.fn)
    positions = [page.index(f"\n{h}:\n") for h in ("Formula", "Shape", "References", "Examples")]
    assert positions == sorted(positions)
    assert metric.reference in " ".join(page.split())


def test_metrics_have_unique_labels():
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)


@every_metric
def test_an_entry_survives_pickling(metric):
    assert pickle.loads(pickle.dumps(metric)) == metric


@every_case
@pytest.mark.parametrize("seed", range(3))
def test_a_metric_is_what_a_plain_loop_computes(metric, task, seed):
    y, prediction = target(task, seed=seed), random_prediction(metric, task, seed=seed + 10)
    assert metric.fn(y, prediction) == pytest.approx(ORACLES[metric.name](y, prediction))


@every_case
def test_a_perfect_prediction_is_best_a_random_one_worse_and_a_wrong_one_worst(metric, task):
    y = target(task)
    sign = 1 if metric.higher_is_better else -1
    best, middle, least = (
        sign * metric.fn(y, prediction)
        for prediction in (
            perfect(metric, y, task),
            random_prediction(metric, task),
            worst(metric, y, task),
        )
    )
    assert best > middle > least
    end = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
    assert sign * best == pytest.approx(end, abs=1e-12)


@every_case
@pytest.mark.parametrize("seed", range(5))
def test_no_value_lies_outside_the_bounds(metric, task, seed):
    y, (low, high) = target(task, seed=seed), metric.bounds
    for prediction in (
        random_prediction(metric, task, seed=seed),
        worst(metric, y, task),
        perfect(metric, y, task),
    ):
        assert low - 1e-12 <= metric.fn(y, prediction) <= high + 1e-12


@every_metric
def test_finite_bounds_are_reached(metric):
    reached = [
        metric.fn(y, kind(metric, y, task))
        for task in metric.tasks
        for y in [target(task)]
        for kind in (perfect, worst)
    ]
    for bound, extreme in zip(metric.bounds, (min(reached), max(reached)), strict=True):
        assert math.isinf(bound) or extreme == pytest.approx(bound, abs=1e-12)


@every_case
@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(metric, task, seed):
    y, prediction = target(task), random_prediction(metric, task)
    order = np.random.default_rng(seed).permutation(len(y))
    assert metric.fn(y[order], prediction[order]) == pytest.approx(metric.fn(y, prediction))


@every_case
def test_metrics_are_in_target_units_exactly_where_they_say_so(metric, task):
    if task in N_CLASSES:
        assert not metric.in_target_units
        return
    y, values = target(task), random_prediction(metric, task)
    scale = 7.0 if metric.in_target_units else 1.0
    assert metric.fn(7 * y, 7 * values) == pytest.approx(scale * metric.fn(y, values))


FAVOUR_CASES = [
    pytest.param(metric, task, loss, id=f"{metric.name}-{task}-{loss}")
    for metric in METRICS.values()
    if metric.needs != "classes"
    for task in metric.tasks
    for loss, tasks in LOSS_TASKS.items()
    if task in tasks
]


@pytest.mark.parametrize(("metric", "task", "loss"), FAVOUR_CASES)
def test_a_metric_favours_the_losses_that_order_predictions_as_it_does(metric, task, loss):
    y, sign = target(task), 1 if metric.higher_is_better else -1
    predictions = [random_prediction(metric, task, seed=seed) for seed in range(30)]
    by_metric = np.argsort([-sign * metric.fn(y, p) for p in predictions])
    by_loss = np.argsort([MEAN_LOSSES[loss](y, p) for p in predictions])
    assert np.array_equal(by_metric, by_loss) == (loss in metric.favours)


@every_metric
def test_only_losses_whose_order_is_tested_are_favoured(metric):
    tested = {loss for loss, tasks in LOSS_TASKS.items() if tasks & set(metric.tasks)}
    assert set(metric.favours) <= (tested if metric.needs != "classes" else set())
