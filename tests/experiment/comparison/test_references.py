"""Reference models: on the same splits, trained on all rows but the test rows, by scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from example_studies import RecordingMonitor, compare_table, numbers, study, table
from losslab.experiment.comparison import references
from losslab.experiment.comparison.references import (
    REFERENCES,
    build_reference_spec,
    train_reference,
)
from losslab.experiment.monitor import Monitor
from losslab.experiment.store import Store
from losslab.statistics.resampling import compute_interval


def prepare_by_hand(of, split):
    """Features scaled and one-hot by hand, from the training rows alone."""
    rows, frame = of.splits[split], of.data.X
    numeric = frame[["a", "b"]].to_numpy()
    train = numeric[rows.train]
    scaled = (numeric - train.mean(0)) / train.std(0)
    levels = sorted(set(frame["c"].iloc[rows.train]))
    hot = np.array([[level == own for own in levels] for level in frame["c"]], dtype=float)
    X = np.hstack([scaled, hot]).astype(np.float32)
    rows_used = np.union1d(rows.train, rows.validation)
    assert len(rows_used) + len(rows.test) == len(frame)
    return X[rows_used], of.data.y[rows_used], X[rows.test], of.data.y[rows.test]


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("linear", LogisticRegression(max_iter=5000)),
        ("boosting", HistGradientBoostingClassifier(random_state=0)),
    ],
)
def test_a_classifier_equals_scikit_learn_done_by_hand(task, name, model):
    of = study(table(task, rows=120))
    for split in range(2):
        X, y, X_test, y_test = prepare_by_hand(of, split)
        # The order of rows matters to neither model but for rounding.
        fitted = model.fit(X, y)
        found = train_reference(name, of, split).outcome["metrics"]
        p = fitted.predict_proba(X_test)
        assert found["accuracy"] == metrics.accuracy_score(y_test, fitted.predict(X_test))
        assert found["log_loss"] == pytest.approx(metrics.log_loss(y_test, p), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "model"),
    [("linear", Ridge()), ("boosting", HistGradientBoostingRegressor(random_state=0))],
)
def test_a_regressor_equals_scikit_learn_done_by_hand(name, model):
    of = study(table("regression", rows=120))
    for split in range(2):
        X, y, X_test, y_test = prepare_by_hand(of, split)
        expected = metrics.root_mean_squared_error(y_test, model.fit(X, y).predict(X_test))
        found = train_reference(name, of, split).outcome["metrics"]
        assert found["rmse"] == pytest.approx(expected, rel=1e-4)


def test_the_constant_is_the_mean_or_the_class_frequencies_of_the_rows_it_saw():
    of = study(table("regression"))
    _, y, _, y_test = prepare_by_hand(of, 0)
    found = train_reference("constant", of, 0).outcome["metrics"]
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((y_test - y.mean()) ** 2)))
    of = study(table("multiclass"))
    _, y, _, y_test = prepare_by_hand(of, 0)
    frequencies = np.bincount(y) / len(y)
    found = train_reference("constant", of, 0).outcome["metrics"]
    assert found["log_loss"] == pytest.approx(-np.log(frequencies[y_test]).mean())
    assert found["accuracy"] == np.mean(y_test == frequencies.argmax())


def test_references_stand_on_the_splits_of_the_candidates_unranked():
    found = compare_table(table(), loss="mse", lr=0.01, splits=3, reference=True)
    assert [one.name for one in found.references] == ["constant", "linear", "boosting"]
    of = study(table(), splits=3)
    for one in found.references:
        scores = [
            train_reference(one.name, of, split).outcome["metrics"]["accuracy"]
            for split in range(3)
        ]
        interval = compute_interval(scores, of.test_to_train)
        assert one.scores.values.tolist() == scores
        assert one.scores.mean == one.scores.metrics["accuracy"] == interval.mean
        assert one.scores.low == max(interval.low, 0.0)
        assert one.scores.high == min(interval.high, 1.0)
    assert [row.name for row in found.rows] == ["mse"]


def test_a_reference_says_what_it_is_for_the_task():
    for task, linear in (("binary", "LogisticRegression"), ("regression", "Ridge")):
        found = compare_table(table(task), loss="mse", lr=0.01, reference=True)
        summaries = {one.name: one.summary for one in found.references}
        assert summaries["linear"] == linear
        assert len(set(summaries.values())) == 3


def test_references_are_stored_and_reused(monkeypatch, tmp_path):
    store = tmp_path / "runs.sqlite"
    options = {"loss": "mse", "lr": 0.01, "reference": True}
    first = compare_table(table(), store, **options)
    trained = []

    def counting(model, of, split):
        trained.append((model, split))
        return train_reference(model, of, split)

    monkeypatch.setattr(references, "train_reference", counting)
    again = compare_table(table(), store, **options)
    assert not trained
    assert numbers(again) == numbers(first)
    compare_table(table(), store, **{**options, "repeats": 2})
    assert trained == [(name, split) for name in REFERENCES for split in (2, 3)]


def test_references_can_be_left_out():
    found = compare_table(table(), loss="mse", lr=0.01, reference=False)
    assert found.references == ()
    assert "reference" not in found.verdict


def test_the_verdict_says_if_the_best_network_loses_to_a_reference():
    data = table("regression")
    recorder = RecordingMonitor()
    slow = {"loss": "mse", "lr": 1e-6, "epochs": 1, "splits": 5}
    found = compare_table(data, None, recorder, **slow, reference=True)
    better = [one for one in found.references if one.scores.mean < found.rows[0].scores.mean]
    best = min(better, key=lambda one: one.scores.mean)
    assert f"The best network loses to the reference {best.name!r}" in found.verdict


def test_a_reference_is_another_one_with_other_rows_or_another_scikit_learn(monkeypatch):
    of, other = study(table()), study(table(seed=1))
    model = "linear"
    specs = [
        build_reference_spec(model, of, 0),
        build_reference_spec(model, of, 1),
        build_reference_spec(model, other, 0),
    ]
    monkeypatch.setattr("losslab.experiment.comparison.references.version", lambda package: "0.0")
    specs.append(build_reference_spec(model, of, 0))
    assert len({str(spec) for spec in specs}) == 4
    with Store.open(None) as store:
        found = references.train_references(of, store, Monitor())
    assert {name: len(records) for name, records in found.items()} == dict.fromkeys(REFERENCES, 2)
