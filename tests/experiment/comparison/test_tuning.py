"""Learning rates: chosen per split on validation rows, and on nothing else."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from example_studies import compare_table, executor, settings, study, table
from losslab.experiment.comparison.candidates import Candidate, Trial, make_candidates
from losslab.experiment.comparison.recording import compute_metrics
from losslab.experiment.comparison.schedule import train_all
from losslab.experiment.comparison.tuning import (
    choose_trials,
    get_selection_score,
    get_test_score,
    narrow_rates,
    score_rates,
    select_records,
)
from losslab.experiment.record import Record
from losslab.experiment.store import Store
from losslab.losses.catalog import LOSSES
from losslab.training.engines.fleet import FleetOptions, train_chunks
from losslab.training.run import Run

RATES = (0.001, 0.01, 0.1)
CANDIDATE = Candidate(name="mse", run=Run(loss="mse", task="binary"), rates=RATES)
SCORES = st.one_of(st.sampled_from([0.25, 0.5, math.nan]), st.floats(0, 1))
TRIED = st.lists(
    st.lists(st.tuples(SCORES, st.booleans()), min_size=3, max_size=3), min_size=1, max_size=4
)


def record(selection, diverged=False, accuracy=0.5):
    measured = {} if diverged else {"accuracy": accuracy}
    return Record.from_spec(
        {}, {"selection": selection, "diverged_at": 2 if diverged else None, "metrics": measured}
    )


def records_of(tried):
    """One record a split and rate, from pairs (selection, diverged)."""
    return {
        split: {Trial(rate): record(*pair) for rate, pair in zip(RATES, row, strict=True)}
        for split, row in enumerate(tried)
    }


def choose_rates(records):
    """The learning rate of every split."""
    return {split: trial.lr for split, trial in choose_trials(records).items()}


@given(TRIED)
def test_the_best_rate_of_each_split_is_the_lowest_on_its_validation_rows(tried):
    chosen = choose_rates(records_of(tried))
    for split, row in enumerate(tried):
        scores = [math.inf if lost or math.isnan(value) else value for value, lost in row]
        # The first of equals, which is the smallest rate.
        assert chosen[split] == RATES[scores.index(min(scores))]


@given(TRIED)
def test_a_rate_that_diverged_is_chosen_only_where_all_did(tried):
    chosen = choose_rates(records_of(tried))
    for split, row in enumerate(tried):
        lost = {rate: own or math.isnan(v) for rate, (v, own) in zip(RATES, row, strict=True)}
        assert not lost[chosen[split]] or all(lost.values())


@given(TRIED)
def test_the_rate_for_the_table_is_none_that_diverged_more_often_than_another(tried):
    (kept,) = narrow_rates(records_of(tried), keep=1)
    lost = dict.fromkeys(RATES, 0)
    for row in tried:
        for rate, (value, own) in zip(RATES, row, strict=True):
            lost[rate] += own or math.isnan(value)
    assert lost[kept] == min(lost.values())


def test_the_rate_for_the_table_has_the_best_mean_place_rather_than_the_most_wins():
    wins_twice, steady, last = (0.1, 0.1, 0.9, 0.9), (0.2, 0.2, 0.1, 0.2), (0.3, 0.3, 0.3, 0.1)
    tried = [
        [(value, False) for value in row] for row in zip(wins_twice, steady, last, strict=True)
    ]
    records = records_of(tried)
    assert list(choose_rates(records).values()) == [0.001, 0.001, 0.01, 0.1]
    assert narrow_rates(records, keep=1) == (0.01,)
    assert narrow_rates(records, keep=3) == RATES


def test_rates_tried_on_fewer_splits_are_out():
    records = records_of([[(0.1, False), (0.2, False), (0.3, False)]] * 2)
    records[2] = {Trial(0.1): record(0.9)}
    assert narrow_rates(records, keep=3) == (0.1,)
    assert choose_rates({2: records[2]}) == {2: 0.1}


def test_every_rate_is_reported_with_its_selection_scores_and_how_often_it_was_chosen():
    records = records_of([[(0.3, False), (0.2, False), (0.1, True)]] * 2)
    del records[1][Trial(0.001)]
    first, second, third = score_rates(CANDIDATE, records, "accuracy")
    assert [rate.lr for rate in (first, second, third)] == list(RATES)
    np.testing.assert_array_equal(first.selection, [0.3, np.nan])
    np.testing.assert_array_equal(first.scores, [0.5, np.nan])
    assert [rate.chosen for rate in (first, second, third)] == [0, 2, 0]
    np.testing.assert_array_equal(third.selection, [np.inf, np.inf])
    np.testing.assert_array_equal(third.scores, [np.nan, np.nan])
    assert [rate.diverged for rate in (first, second, third)] == [0, 0, 2]


def test_rate_and_alpha_are_chosen_together_and_a_rate_is_shown_at_its_best_alpha():
    candidate = replace(CANDIDATE, rates=(0.01, 0.1), alphas=(0.0, 0.5))
    selection = {(0.01, 0.0): 0.4, (0.01, 0.5): 0.3, (0.1, 0.0): 0.2, (0.1, 0.5): 0.9}
    tried = {Trial(*pair): record(value, accuracy=1 - value) for pair, value in selection.items()}
    records = {0: tried}
    assert choose_trials(records) == {0: Trial(0.1, 0.0)}
    slow, fast = score_rates(candidate, records, "accuracy")
    assert (slow.selection[0], slow.scores[0], slow.chosen) == (0.3, 0.7, 0)
    assert (fast.selection[0], fast.scores[0], fast.chosen) == (0.2, 0.8, 1)
    assert narrow_rates(records, keep=1) == (0.1,)


def test_what_diverged_or_was_not_tried_has_no_score():
    assert math.isnan(get_test_score(None, "accuracy"))
    assert math.isnan(get_test_score(record(0.1, diverged=True), "accuracy"))
    assert math.isnan(get_test_score(record(0.1), "auc"))
    assert get_test_score(record(0.1, accuracy=0.75), "accuracy") == 0.75
    assert (
        get_selection_score(record(math.nan))
        == get_selection_score(record(0.1, diverged=True))
        == math.inf
    )


def single_split(data, options):
    whole = study(data, **options)
    return replace(whole, splits=whole.splits[:1])


def spoil_test_rows(of, task):
    """The same study with other features and labels in every test row."""
    rows, data = of.splits[0].test, of.data
    features, y = data.X.copy(), data.y.copy()
    features.loc[rows, "a"] = 1000.0 + np.arange(len(rows))
    features.loc[rows, "c"] = "q"
    y[rows] = (y[rows] + 1) % len(data.classes) if data.classes else -5.0 * y[rows] + 7.0
    return replace(of, data=replace(data, X=features, y=y))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "count"])
def test_neither_weights_nor_choices_see_a_test_row(task):
    options = {"epochs": 3, "loss": "mse,l1"}
    sound = single_split(table(task), options)
    found = {}
    for of in (sound, spoil_test_rows(sound, task)):
        asked = settings(**options)
        candidates = make_candidates(asked, of.data)[0]
        with Store.open(None) as store:
            records = train_all(executor(of, store), candidates, asked).records
        runs = [run for own in candidates for run in own.list_runs(of.splits, 0)]
        results = [r for chunk in train_chunks(runs, of.tables) for r in chunk]
        results.sort(key=lambda result: (result.run.loss, result.run.lr))
        found[of is sound] = {
            "chosen": [choose_rates(select_records(own, records, [0])) for own in candidates],
            "selection": [record.outcome["selection"] for record in records.values()],
            "weights": [w.tobytes() for r in results for layer in r.layers for w in layer],
            "metrics": [record.outcome["metrics"] for record in records.values()],
        }
    for seen in ("chosen", "selection", "weights"):
        assert found[True][seen] == found[False][seen]
    assert found[True]["metrics"] != found[False]["metrics"]


def test_the_rate_of_each_split_is_chosen_on_that_split_alone():
    data = table("regression")  # its folds do not depend on the target
    whole = study(data, splits=3)
    changed = data.y.copy()
    changed[whole.splits[1].test] *= -3  # trained on by splits 0 and 2
    before, after = (
        compare_table(own, loss="mse", splits=3, epochs=8)
        for own in (data, replace(data, y=changed))
    )
    pairs = list(zip(before.rows[0].tuning.rates, after.rows[0].tuning.rates, strict=True))
    assert all(one.selection[1] == other.selection[1] for one, other in pairs)
    assert before.rows[0].tuning.lrs[1] == after.rows[0].tuning.lrs[1]
    assert all(one.selection[0] != other.selection[0] for one, other in pairs)


def test_a_comparison_never_chooses_a_rate_that_diverged_while_another_did_not():
    def quartic(prediction, target):
        return 0.3 * (prediction - target) ** 4

    found = compare_table(table("regression"), loss=[quartic], optimizer="sgd", splits=3)
    (row,) = found.rows
    lost = {rate.lr for rate in row.tuning.rates if rate.diverged}
    assert lost
    assert row.verdict == "best"
    assert lost.isdisjoint(row.tuning.lrs)
    assert row.tuning.lr not in lost
    assert row.training.diverged == sum(rate.diverged for rate in row.tuning.rates) > 0
    assert row.training.runs == 3 * len(row.tuning.rates)


def test_candidates_that_diverged_come_last_and_are_not_recommended():
    found = compare_table(table("regression"), loss="mse,l1", optimizer="sgd", lr="0.01,1e30")
    assert [row.verdict for row in found.rows[2:]] == ["diverged", "diverged"]
    assert [row.rank for row in found.rows[2:]] == [3, 3]
    assert all(
        np.isnan(row.scores.mean) and row.training.diverged == row.training.runs
        for row in found.rows[2:]
    )
    assert found.recommendation.lr == 0.01
    assert "mse / lr 1e+30 and l1 / lr 1e+30 diverged on at least one split." in found.verdict


def test_a_comparison_in_which_everything_diverges_says_so_and_recommends_nothing():
    found = compare_table(table("regression"), loss="mse", optimizer="sgd", lr=1e30)
    assert found.verdict.startswith("Every candidate diverged, so there is nothing to compare")
    assert found.recommendation is None


def test_ties_are_shown_as_ties():
    twins = [replace(LOSSES["mse"], name=name) for name in ("first", "second")]
    found = compare_table(table(), loss=twins, lr=0.01)
    assert [(row.rank, row.verdict) for row in found.rows] == [(1, "best"), (1, "tied")]
    assert "hardly matters" in found.verdict


def train_each_split(task, loss):
    of = study(table(task, rows=90), epochs=5)
    (own,) = make_candidates(settings(loss=loss, lr=0.01, epochs=5), of.data)[0]
    runs = own.list_runs(of.splits, 0)
    chunks = train_chunks(runs, of.tables, FleetOptions(workers=1))
    results = [result for chunk in chunks for result in chunk]
    for result in results:
        rows = of.splits[result.run.split]
        z = (
            result.model()(torch.from_numpy(of.tables[result.run.split].X[rows.test]))
            .detach()
            .numpy()
        )
        yield of, result, rows, z.astype(float)


@pytest.mark.parametrize("task", ["regression", "count"])
def test_errors_are_in_the_units_of_the_target(task):
    for of, result, rows, z in train_each_split(task, "mse"):
        train = of.data.y[rows.train]
        predicted = z[:, 0] * train.std() + train.mean()
        y, measured = of.data.y[rows.test], compute_metrics(result, of)
        assert measured["rmse"] == pytest.approx(np.sqrt(np.mean((predicted - y) ** 2)), rel=1e-4)
        assert measured["mae"] == pytest.approx(np.mean(np.abs(predicted - y)), rel=1e-4)
        assert measured["r2"] == pytest.approx(metrics.r2_score(y, predicted), rel=1e-3)


@pytest.mark.parametrize("loss", ["bce_with_logits", "mse"])
def test_metrics_of_two_classes_equal_scikit_learns(loss):
    for of, result, rows, z in train_each_split("binary", loss):
        p = 1 / (1 + np.exp(-z[:, 0]))
        y, measured = of.data.y[rows.test], compute_metrics(result, of)
        assert measured["accuracy"] == metrics.accuracy_score(y, p > 0.5)
        assert measured["balanced_accuracy"] == metrics.balanced_accuracy_score(y, p > 0.5)
        assert measured["log_loss"] == pytest.approx(metrics.log_loss(y, p), rel=1e-4)
        assert measured["auc"] == pytest.approx(metrics.roc_auc_score(y, p), rel=1e-12)


def test_metrics_of_several_classes_equal_scikit_learns():
    for of, result, rows, z in train_each_split("multiclass", "cross_entropy"):
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        y, measured = of.data.y[rows.test], compute_metrics(result, of)
        assert measured["accuracy"] == metrics.accuracy_score(y, p.argmax(1))
        assert measured["log_loss"] == pytest.approx(metrics.log_loss(y, p), rel=1e-4)
        assert measured["auc"] == pytest.approx(
            metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"), rel=1e-6
        )


def test_signs_of_the_output_are_the_classes_of_hinge():
    for of, result, rows, z in train_each_split("binary", "hinge"):
        y, measured = of.data.y[rows.test], compute_metrics(result, of)
        assert measured["accuracy"] == metrics.accuracy_score(y, z[:, 0] > 0)
        assert measured["auc"] == pytest.approx(metrics.roc_auc_score(y, z[:, 0]), rel=1e-12)
        assert "log_loss" not in measured
