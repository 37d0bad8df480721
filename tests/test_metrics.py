"""Every metric against plain loops, and every claim of its entry; then evaluate and the choice."""

import math
import pickle
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslab import metrics
from losslab.core.errors import ContractError, DataError, OptionError
from losslab.metrics.catalog import METRICS
from losslab.metrics.choice import default_metric, rope_for
from losslab.metrics.evaluate import evaluate
from losslab.metrics.spec import TASKS

N_CLASSES = {"binary": 2, "multiclass": 4}
CASES = [
    pytest.param(metric, task, id=f"{metric.name}-{task}")
    for metric in METRICS.values()
    for task in metric.tasks
]
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
every_case = pytest.mark.parametrize(("metric", "task"), CASES)


def target(task, n=60, seed=0):
    generator = np.random.default_rng(seed)
    if task in N_CLASSES:
        return generator.permutation(np.arange(n) % N_CLASSES[task])
    return generator.poisson(4, n).astype(float) if task == "count" else generator.normal(50, 9, n)


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


# Oracles: the definitions, row by row, in plain Python.


def loop_accuracy(y, classes):
    return sum(a == b for a, b in zip(y, classes, strict=True)) / len(y)


def loop_balanced_accuracy(y, classes):
    recalls = []
    for k in sorted(set(y)):
        rows = [b == k for a, b in zip(y, classes, strict=True) if a == k]
        recalls.append(sum(rows) / len(rows))
    return sum(recalls) / len(recalls)


def loop_log_loss(y, p):
    return -sum(math.log(row[k]) for k, row in zip(y, p, strict=True)) / len(y)


def loop_brier(y, p):
    total = 0.0
    for k, row in zip(y, p, strict=True):
        total += sum((q - (j == k)) ** 2 for j, q in enumerate(row))
    return total / len(y) / (2 if len(p[0]) == 2 else 1)


def loop_ece(y, p):
    total = 0.0
    for b in range(15):
        low, high = b / 15, (b + 1) / 15
        rows = [(k, row) for k, row in zip(y, p, strict=True) if low < max(row) <= high]
        if rows:
            right = sum(list(row).index(max(row)) == k for k, row in rows) / len(rows)
            sure = sum(max(row) for _, row in rows) / len(rows)
            total += len(rows) / len(y) * abs(right - sure)
    return total


def loop_auc(y, p):
    def one_against_the_rest(k):
        wins = [
            (a > b) + (a == b) / 2
            for label, a in zip(y, p[:, k], strict=True)
            for other, b in zip(y, p[:, k], strict=True)
            if label == k and other != k
        ]
        return sum(wins) / len(wins)

    present = [1] if p.shape[1] == 2 else sorted(set(y))
    return sum(map(one_against_the_rest, present)) / len(present)


def loop_rmse(y, values):
    return math.sqrt(sum((b - a) ** 2 for a, b in zip(y, values, strict=True)) / len(y))


def loop_mae(y, values):
    return sum(abs(b - a) for a, b in zip(y, values, strict=True)) / len(y)


def loop_r2(y, values):
    mean = sum(y) / len(y)
    return 1 - len(y) * loop_rmse(y, values) ** 2 / sum((a - mean) ** 2 for a in y)


ORACLES = {
    name.removeprefix("loop_"): oracle
    for name, oracle in globals().items()
    if name.startswith("loop_")
}


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


# The catalogue


def test_every_file_is_listed_and_its_function_and_key_have_its_name():
    folder = Path(metrics.__path__[0])
    files = sorted(
        path
        for family in ("classification", "regression")
        for path in (folder / family).glob("*.py")
        if path.stem != "__init__"
    )
    assert sorted(path.stem for path in files) == sorted(METRICS), (
        f"add the missing line to {folder / 'catalog.py'}"
    )
    for path in files:
        module = import_module(f"losslab.metrics.{path.parent.name}.{path.stem}")
        metric = METRICS[path.stem]
        assert module.SPEC is metric
        assert metric.fn is getattr(module, path.stem)
        assert metric.fn.__name__ == metric.name
        assert set(metric.tasks) <= (
            set(N_CLASSES) if path.parent.name == "classification" else {"regression", "count"}
        )


@every_metric
def test_an_entry_is_documented_and_its_reference_is_the_one_of_its_page(metric):
    page = metric.fn.__doc__
    positions = [page.index(f"\n    {h}\n") for h in ("Formula", "Shape", "Reference", "Example")]
    assert positions == sorted(positions)
    assert metric.reference in " ".join(page.split())


def test_readers_can_tell_metrics_apart_by_their_labels():
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)


@every_metric
def test_an_entry_survives_pickling(metric):
    assert pickle.loads(pickle.dumps(metric)) == metric


# The claims


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


# Corners


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
def test_ece_of_a_forecast_that_keeps_its_word_is_zero(sizes):
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


# evaluate


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


def test_scores_stand_in_for_probabilities_only_where_the_order_is_all():
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
def test_only_metrics_that_accept_scores_are_had_from_scores(metric):
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
        ({"y": [0.0, 1.0], "classes": [0, 1]}, ContractError, "target as whole-number"),
        ({"y": [0, 2], "classes": [0, 1]}, ContractError, "target as class codes from 0 to 1"),
        ({"y": [-1, 1], "classes": [0, 1]}, ContractError, "target as class codes"),
        ({"classes": [[0], [1]]}, ContractError, r"classes of shape \(2,\), but got \(2, 1\)"),
        ({"classes": [0.2, 0.9]}, ContractError, "classes as whole-number"),
        ({"classes": [0, 2]}, ContractError, "classes as class codes from 0 to 1"),
        ({"probabilities": [0.2, 0.9]}, ContractError, r"probabilities of shape \(2, 2\)"),
        ({"probabilities": np.eye(3)[:2]}, ContractError, r"got \(2, 3\)"),
        ({"probabilities": [[2.0, -1.0], [0.5, 0.5]]}, ContractError, "at least 0"),
        ({"probabilities": [[0.2, 0.2], [0.5, 0.5]]}, ContractError, "misses 1 by 0.6"),
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
def test_predictions_that_do_not_fit_are_refused_and_never_mended(arguments, error, message):
    arguments = {"task": "binary", "y": [0, 1], **arguments}
    with pytest.raises(error, match=message):
        evaluate(**arguments)


# The choice


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
    choice = default_metric(task, y)
    assert choice.metric is METRICS[name]
    assert reason in choice.reason


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_default_metric_of_its_own(task):
    assert task in default_metric(task, target(task)).metric.tasks


@every_metric
def test_the_region_of_practical_equivalence_is_one_hundredth(metric):
    y = target(metric.tasks[0])
    unit = math.sqrt(np.mean((y - y.mean()) ** 2)) if metric.name in ("rmse", "mae") else 1
    assert rope_for(metric, y) == pytest.approx(0.01 * unit)
